"""Consent and privacy notice: what a participant was told or agreed to, and what they took back."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from activities.actions import require, today_in
from beneficiaries.models import Consent, Notice, Participation
from core import audit, storage
from core.access import Permission, Refused


def notices(participation: Participation, today: date):
    """The versions of the privacy notice that may have been handed out by `today`, the newest first."""
    return Notice.objects.filter(programme=participation.project.programme_id, from_on__lte=today)


@transaction.atomic
def give_consent(
    participation: Participation, *, kind: str, notice: Notice, given_on: date, by, at: datetime, upload=None
) -> Consent:
    """Write down that the privacy notice was given, or consent to it, on a day; `upload` is the signed form.

    Raises Refused for a day in the future or before the version was in use, and for a file of another kind.
    """
    project, school = participation.project, participation.school
    require(by, Permission.PARTICIPANT_EDIT, project, school)
    Participation.objects.select_for_update(no_key=True).get(pk=participation.pk)
    if kind not in Consent.Kind.values:
        raise Refused({"kind": _("Choose one of the answers.")})
    if notice.programme_id != project.programme_id:
        raise Refused({"notice": _("Choose a version of this programme.")})
    if given_on > today_in(project, at):
        raise Refused({"given_on": _("The day lies in the future. Enter the day it was signed.")})
    if given_on < notice.from_on:
        raise Refused({"given_on": _("This version of the notice was not in use on that day.")})
    file = storage.put_upload(upload, by=by, at=at) if upload else None
    consent = Consent.objects.create(
        participation=participation, notice=notice, kind=kind, given_on=given_on, file=file, recorded_at=at,
        recorded_by=by,
    )  # fmt: skip
    audit.record(
        "participant.consent_given", participation, by=by, at=at, project=project.number,
        after={
            "code": participation.person.code, "kind": kind, "document": notice.version, "on": str(given_on),
            "sha256": file.sha256 if file else "",
        },
    )  # fmt: skip
    return consent


@transaction.atomic
def withdraw_consent(consent: Consent, *, withdrawn_on: date, by, at: datetime) -> Consent:
    """Write down that consent was taken back: from then on the record counts where the programme asks for it no more.

    What was reported before stays reported (GDPR Art. 7(3)).
    """
    consent = Consent.objects.select_for_update(of=("self",)).select_related(
        "participation__project__programme", "participation__school", "participation__person", "notice"
    ).get(pk=consent.pk)  # fmt: skip
    row = consent.participation
    require(by, Permission.PARTICIPANT_EDIT, row.project, row.school)
    if consent.withdrawn_on or consent.kind != Consent.Kind.CONSENTED:
        raise Refused(_("There is no consent to take back here."))
    if not consent.given_on <= withdrawn_on <= today_in(row.project, at):
        raise Refused({"withdrawn_on": _("Enter a day from the day of consent to today.")})
    consent.withdrawn_on, consent.withdrawn_by = withdrawn_on, by
    consent.save(update_fields=["withdrawn_on", "withdrawn_by"])
    audit.record(
        "participant.consent_withdrawn", row, by=by, at=at, project=row.project.number,
        before={"code": row.person.code, "document": consent.notice.version},
        after={"code": row.person.code, "on": str(withdrawn_on)},
    )  # fmt: skip
    return consent


@transaction.atomic
def hand_out_consent(consent: Consent, *, by, at: datetime) -> None:
    """Write down that the signed form was opened: it holds a name."""
    row = consent.participation
    require(by, Permission.PARTICIPANT_NAMES, row.project, row.school)
    told = {"code": row.person.code, "kind": consent.kind}
    audit.record("participant.consent_opened", row, by=by, at=at, project=row.project.number, after=told)
