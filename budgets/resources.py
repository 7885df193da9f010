"""Many costs at once: those of a claim as a spreadsheet (its columns, how its rows are read, what the wizard asks about
it), and those that a finance system sends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import prefetch_related_objects
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from budgets import actions
from budgets.models import BudgetLine, Claim, ClaimLine, ReportedCost
from budgets.serializers.costs import SentCost
from core.access import Permission, Refused
from core.api import errors_of, pointers
from core.bulk import Result
from core.imports import Cells, Column, Home, Outcome, Row, choices, finding, findings_of
from core.models.texts import said
from core.money import NOTHING
from projects.actions import PARTS, require
from projects.models import Project

KINDS = {
    "invoice": "bill;фактура;rēķins;factura;pavadzīme", "receipt": "бележка;касов бон;фискален бон;касова бележка;čeks",
    "cash_order": "рко;разходен касов ордер;kases orderis", "payroll": "ведомост;ведомост за заплати;algu saraksts",
    "travel_order": "командировка;заповед за командировка;komandējums", "advance_report": "авансов отчет",
    "account": "сметка;сметка за изплатени суми;konts", "debit_note": "дебитно;debit note;debeta nota",
    "credit_note": "кредитно;credit note;kredīta nota;kredītrēķins", "vat_protocol": "протокол;протокол по ддс",
    "other": "друго;cits",
}  # fmt: skip
SIGNS = {
    "€": "EUR",
    "EURO": "EUR",
    "ЕВРО": "EUR",
    "EIRO": "EUR",
    "ЛВ": "BGN",
    "ЛВ.": "BGN",
    "ЛЕВА": "BGN",
    "LEV": "BGN",
}

COLUMNS = (
    Column(
        "line", gettext_lazy("Budget line"), "line;budget line;code;бюджетен ред;ред;перо;бюджетно перо;"
        "izmaksu pozīcija;pozīcija;budžeta pozīcija", required=True, example="1.1", longest=400,
    ),
    Column(
        "kind", gettext_lazy("Kind of document"), "kind;document kind;document type;type;вид;вид документ;"
        "вид на документа;тип документ;veids;dokumenta veids", "code", True, codes=choices(ReportedCost.Kind, KINDS),
        about=gettext_lazy("The amounts of a credit note have a minus."),
    ),
    Column(
        "number", gettext_lazy("Number of the document"), "number;document number;invoice number;invoice no;номер;"
        "номер на документа;номер на фактура;документ номер;numurs;dokumenta numurs;rēķina numurs",
        required=True, longest=60, example="0000000118",
    ),
    Column(
        "document_on", gettext_lazy("Document date"), "date;document date;invoice date;дата;дата на документа;"
        "дата на фактура;datums;dokumenta datums;rēķina datums", "day", True, "02.02.2026",
    ),
    Column("supplier", gettext_lazy("Supplier"), "supplier;vendor;доставчик;изпълнител;piegādātājs"),
    Column(
        "supplier_number", gettext_lazy("Number of the supplier"), "supplier number;vat number;еик;булстат;"
        "номер на доставчика;reģistrācijas numurs;piegādātāja numurs", longest=40,
        about=gettext_lazy("As in the register of its country."),
    ),
    Column("currency", gettext_lazy("Currency"), "currency;валута;valūta", longest=10, example="EUR",
           about=gettext_lazy("Empty: the currency of the contract.")),
    Column("net", gettext_lazy("Net amount"), "net;net amount;без ддс;сума без ддс;данъчна основа;bez pvn;"
           "summa bez pvn", "number"),
    Column("vat", gettext_lazy("VAT"), "vat;vat amount;ддс;сума ддс;pvn;pvn summa", "number"),
    Column("total", pgettext_lazy("column", "Amount"), "total;amount;gross;сума;обща сума;сума с ддс;общо;summa;"
           "kopā;summa ar pvn", "number", example="600.00",
           about=gettext_lazy("Empty: the net amount and the VAT together.")),
    Column("paid_on", gettext_lazy("Paid on"), "paid;paid on;payment date;платено на;дата на плащане;samaksāts;"
           "apmaksas datums", "day"),
    Column("activity", gettext_lazy("Activity"), "activity;activity number;дейност;номер на дейност;darbība",
           longest=40,
           about=gettext_lazy("Its number; only where the line pays for several.")),
    Column("units", gettext_lazy("Number of units"), "units;брой единици;единици;vienības;vienību skaits", "number"),
    Column("procurement", gettext_lazy("Contract with a supplier"), "contract;contract number;договор;"
           "договор с изпълнител;номер на договор;līgums;līguma numurs", longest=300),
    Column("eu_part", gettext_lazy("EU part"), "eu;eu part;ес;част ес;съфинансиране от ес;es finansējums;es daļa",
           "number", about=gettext_lazy("May stay empty: the portal splits the amount. It is checked, never changed.")),
    Column("national_part", gettext_lazy("National part"), "national;national part;национално;национално съфинансиране;"
           "национална част;valsts finansējums;valsts daļa", "number"),
    Column("own_part", gettext_lazy("Own part"), "own;own part;own contribution;собствен принос;собствено;"
           "собствено финансиране;"
           "pašu finansējums", "number"),
)  # fmt: skip
BESIDE = {"document": "number", "reported_on": "document_on"}  # field of a refusal → the column it is told at


class Costs:
    """The kind of import whose rows are costs of one claim (see `core.imports.Kind`)."""

    columns = COLUMNS
    tables = (ReportedCost, ClaimLine, ClaimLine.papers.through)

    def home(self, about: UUID, *, by) -> Home | None:
        claims = Claim.objects.all() if by is None else Claim.objects.visible_to(by)
        claim = claims.select_related("project__programme").filter(key=about).first()
        if claim is None:
            return None
        require(by, Permission.CLAIM_EDIT, claim.project)
        why = ""
        if claim.state not in Claim.EDITED:
            why = _("This claim is sent. It can be changed only when the officer returns it.")
        elif claim.kind == Claim.Kind.ADVANCE:
            why = _("An advance is asked for as an amount; it holds no costs.")
        name = _("Claim %(number)s") % {"number": claim.number}
        return Home(claim.project, name, reverse("budgets:claim_costs", args=[claim.key]), why)

    def named(self, project: Project, said: str) -> UUID | None:
        found = project.claims.filter(number=int(said)) if said.isdecimal() else project.claims.none()
        return found.values_list("key", flat=True).first()

    def lists(self, about: UUID) -> Mapping[str, Sequence[str]]:
        claim = _claim(about)
        contracts = claim.project.procurements.order_by("signed_on", "pk")
        typed = claim.contract.budget_lines.exclude(form__in=["flat", "lump"]).filter(unit="")
        return {
            "line": [_name(line, claim) for line in typed.order_by("code")],
            "procurement": [f"{each.number} {each.contractor}" for each in contracts],
            "activity": list(claim.project.activities.order_by("position").values_list("number", flat=True)),
        }

    def run(self, about: UUID, cells: Cells, rows: Iterable[Row], *, by, at: datetime) -> Iterator[Outcome]:
        claim = _claim(about)
        reading = Reading(claim, cells)
        read = [(number, texts, *reading.row(texts)) for number, texts, _accepted in rows]
        good = [(number, facts) for number, _texts, facts, found in read if not found]
        try:
            entered = actions.enter_costs(claim, good, whole=len(good) == len(read), by=by, at=at)
        except PermissionDenied as denied:
            raise Refused(str(denied)) from None
        for number, texts, _facts, found in read:
            if refused := entered.refused.get(number):
                found = findings_of(refused, texts, BESIDE)
            if found:
                yield Outcome(number, "wrong", found)
            elif number in entered.held:
                note = _("This cost is in the claim already. It is not stored twice.")
                yield Outcome(number, "same", [finding("number", texts.get("number", ""), note, "warning")])
            else:
                cost = entered.costs.get(number)
                yield Outcome(number, "new", [], [[ReportedCost._meta.label_lower, cost.pk, None]] if cost else [])

    def may_undo(self, about: UUID, made: Sequence[int], *, by) -> str:
        return actions.may_take_back(_claim(about), made, by=by)

    def undo(self, about: UUID, made: Sequence[int], *, by, at: datetime) -> None:
        actions.take_back_costs(_claim(about), made, by=by, at=at)


COSTS = Costs()


def _claim(about: UUID) -> Claim:
    return Claim.objects.select_related("project__programme", "contract").get(key=about)


def _name(line: BudgetLine, claim: Claim) -> str:
    return f"{line.code} {said(line.name, claim.project.programme.language)[0]}".strip()


def _by_number(rows: Iterable[Any], *more: str) -> dict[str, Any]:
    """Rows by their number as people write it, and by the number with these fields behind it."""
    found = {each.number.casefold(): each for each in rows}
    return found | {" ".join([each.number, *(getattr(each, name) for name in more)]).casefold(): each for each in rows}


class Reading:
    """Reads the rows of one file: lines, activities and contracts by what people call them."""

    def __init__(self, claim: Claim, cells: Cells):
        self.cells, self.currency = cells, claim.contract.currency
        lines = list(claim.contract.budget_lines.order_by("code"))
        self.codes = ", ".join(line.code for line in lines[:20])
        self.lines = {name.casefold(): line for line in lines for name in (line.code, _name(line, claim))}
        self.activities = _by_number(claim.project.activities.all())
        self.contracts = _by_number(claim.project.procurements.all(), "contractor")

    def row(self, texts: dict[str, str]) -> tuple[dict[str, Any], list[dict[str, str]]]:
        """The facts of a cost as `actions.enter_costs` takes them, and what could not be read."""
        facts, found = self.cells.values(texts)
        unread = {each["column"] for each in found}

        def note(column: str, message: str) -> None:
            if column not in unread:
                found.append(finding(column, texts.get(column, ""), message))

        line = self.lines.get(facts["line"].casefold())
        if line is None:
            note("line", _("The contract has no such budget line. Use one of: %(known)s.") % {"known": self.codes})
        for column, known, message in (
            ("activity", self.activities, _("The project has no activity with this number. Correct it.")),
            ("procurement", self.contracts, _("The project has no such contract. Enter it on the page of contracts.")),
        ):
            text = facts[column].casefold()
            facts[column] = known.get(text)
            if text and facts[column] is None:
                note(column, message)
        written = facts["currency"].upper()
        facts["currency"] = SIGNS.get(written, written) or self.currency
        if facts["total"] is None and not {"total", "net", "vat"} & unread:
            if facts["net"] is None:
                note("total", _("Enter the amount, or the net amount and the VAT."))
            else:
                facts["total"] = facts["net"] + (facts["vat"] or NOTHING)
        return facts | {"line": line and line.pk, "parts": {name: facts.pop(name) for name in PARTS}}, found


class SentCosts:
    """Costs of projects: one whose external id is known is unchanged or corrected, any other one is reported."""

    one_by_one = False

    def take(self, rows: Sequence[Any], *, by, at: datetime, going_on=None) -> list[Result]:
        context = {"request": SimpleNamespace(user=by), "known": {}}
        sent, results = [], []
        for index, row in enumerate(rows):
            shape = SentCost(data=row, context=context)
            if shape.is_valid():
                sent.append(_sent(index, shape.validated_data, frozenset(row), at))
            else:
                results.append(Result(index, errors=pointers(shape.errors)))
        for became in actions.take_costs(sent, by=by, at=at, going_on=going_on):
            errors = errors_of(became.refused) if became.refused else []
            results.append(Result(became.index, became.status, str(became.cost.key) if became.cost else None, errors))
        return results


def _sent(index: int, told: dict[str, Any], said: frozenset[str], at: datetime) -> actions.SentCost:
    project, line, external = told.pop("project"), told.pop("line"), told.pop("external", None)
    because = told.pop("because")
    prefetch_related_objects([project], "contracts")  # once: rows of a project share it
    facts = actions.facts_of(told, project, at=at)
    return actions.SentCost(index, project, line, facts, said, external, because)


SENT_COSTS = SentCosts()
