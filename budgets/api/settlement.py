"""What was paid, corrected and certified, for programs: read as on the lists of the accounts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _
from rest_framework.response import Response

from budgets.figures import corrections as figures
from budgets.models import Correction, Payment, PaymentApplication
from budgets.serializers.accounts import (
    ApplicationDetail,
    ApplicationQuery,
    ApplicationRow,
    CorrectionDetail,
    CorrectionQuery,
    CorrectionRow,
    EntryRow,
    PaymentQuery,
    PaymentRow,
)
from core.access import Permission
from core.api.doors import Door, operation
from core.api.shapes import RowQuery, page_of, rows_of


class Settlement(Door):
    """A list that its columns narrow."""

    def asked_of(self, rows: Any, **where: str) -> Any:
        """The visible rows with the values that were asked for, by the way from a row to each."""
        ways = {name: where.get(name, name) for name in ("project", "programme", "kind", "state", "year")}
        return self.visible(rows).filter(**{ways[name]: self.asked[name] for name in ways if name in self.asked})


class PaymentDoor(Settlement):
    @operation(
        _("List payments and recoveries"),
        needs=Permission.ACCOUNT_VIEW,
        query=PaymentQuery,
        answers={200: page_of(PaymentRow)},
        about=_("What was paid to beneficiaries and what came back. They are recorded in the portal."),
    )
    def list(self, request):
        return self.pages().of(self.asked_of(Payment.objects, programme="project__programme__code"), PaymentRow)


class CorrectionDoor(Settlement):
    @operation(
        _("List corrections and irregularities"),
        needs=Permission.ACCOUNT_VIEW,
        query=CorrectionQuery,
        answers={200: page_of(CorrectionRow)},
        about=_("The register, with amounts and whether each is reported to the Commission."),
    )
    def list(self, request):
        ways = {"project": "claim__project", "programme": "claim__project__programme__code"}
        return self.pages().of(self.asked_of(Correction.objects, **ways), CorrectionRow, _with_amounts)

    @operation(
        _("Read a correction"),
        needs=Permission.ACCOUNT_VIEW,
        query=RowQuery,
        answers={200: CorrectionDetail},
        about=_("With the lines of the claim that it corrects."),
    )
    def retrieve(self, request, key):
        case = self.fetch(Correction.objects, key=key)
        lines = [
            {"number": number, "document": document, **asdict(amount)}
            for number, document, amount in figures.lines_of(case)
        ]
        (row,) = rows_of(CorrectionRow, Correction.objects.filter(pk=case.pk))
        _with_amounts([row])
        return Response(row | {"lines": lines})


class ApplicationDoor(Settlement):
    @operation(
        _("List payment applications"),
        needs=Permission.ACCOUNT_VIEW,
        query=ApplicationQuery,
        answers={200: page_of(ApplicationRow)},
        about=_("Of programmes, by accounting year. They are drawn up, and sent by a second person, in the portal."),
    )
    def list(self, request):
        return self.pages().of(
            _with_sums(self.asked_of(PaymentApplication.objects, programme="programme__code")), ApplicationRow
        )

    @operation(
        _("Read a payment application"),
        needs=Permission.ACCOUNT_VIEW,
        query=RowQuery,
        answers={200: ApplicationDetail},
        about=_("With what each claim adds to it (Regulation (EU) 2021/1060, Annex XVII, fields 106 and 107)."),
    )
    def retrieve(self, request, key):
        one = self.fetch(PaymentApplication.objects, key=key)
        entries = one.entries.order_by("claim__project__number", "claim__number")
        claims = one.claims.order_by("project__number", "number").values_list("key", flat=True)
        rows = _with_sums(PaymentApplication.objects.filter(pk=one.pk))
        return self.answer(rows, ApplicationDetail, claims=list(claims), entries=rows_of(EntryRow, entries))


def _with_sums(rows: Any) -> Any:
    return rows.annotate(total=Sum("entries__eur_total"), eu_part=Sum("entries__eur_eu_part"))


def _with_amounts(rows: Iterable[dict[str, Any]]) -> None:
    """Adds the figures of the register."""
    told = {row["key"]: row for row in rows}
    found = Correction.objects.filter(key__in=told).select_related("claim__contract")
    for case in figures.cases(found):
        row = told[case.correction.key]
        row |= asdict(case.amount) | {
            "euro": case.euro, "reported": case.reported, "report_due_on": case.due_on,
        }  # fmt: skip
