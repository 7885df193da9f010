"""C3: consent and privacy notice of a participant, with the signed form."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from activities.actions import today_in
from beneficiaries import actions
from beneficiaries.forms import ConsentForm, WithdrawForm, refuse
from beneficiaries.models import Consent
from beneficiaries.views.changes import change_page, record, to_change
from beneficiaries.views.participants import record_of
from core import storage
from core.access import Refused


@login_required
def consent(request: HttpRequest, key: UUID) -> HttpResponse:
    """Write down that the privacy notice was given, or consent."""
    participation = to_change(request, key)
    today = today_in(participation.project, now())
    notices = actions.notices(participation, today)
    data = (request.POST, request.FILES) if request.method == "POST" else ()
    form = ConsentForm(*data, notices=notices, initial={"given_on": today})
    if request.method == "POST" and form.is_valid():
        try:
            actions.give_consent(participation, by=request.user, at=now(), **form.cleaned_data)
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("It is written down."))
            return record(participation)
    status = 422 if form.is_bound else 200
    return change_page(request, "participant_consent", participation, form, status, notices=notices)


@login_required
def withdraw(request: HttpRequest, key: UUID, consent: UUID) -> HttpResponse:
    """Write down that consent was taken back; what that means is said before."""
    participation = to_change(request, key)
    found = get_object_or_404(participation.consents, key=consent, kind=Consent.Kind.CONSENTED, withdrawn_on=None)
    form = WithdrawForm(request.POST or None, initial={"withdrawn_on": today_in(participation.project, now())})
    if request.method == "POST" and form.is_valid():
        try:
            actions.withdraw_consent(found, by=request.user, at=now(), **form.cleaned_data)
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The consent is taken back."))
            return record(participation)
    status = 422 if form.is_bound else 200
    return change_page(request, "participant_withdraw", participation, form, status, consent=found)


@require_GET
@login_required
def file(request: HttpRequest, key: UUID, consent: UUID) -> HttpResponseBase:
    """The signed form, as a download; every download leaves an audit row."""
    participation = record_of(request, key)
    found = get_object_or_404(participation.consents.select_related("file"), key=consent)
    if found.file is None:
        raise Http404(_("No form was attached."))
    actions.hand_out_consent(found, by=request.user, at=now())
    try:
        return storage.answer(found.file)
    except FileNotFoundError:
        raise Http404(_("The file is missing from the store. Please tell an administrator.")) from None
