"""Trees of contract versions and their differences in words, for the pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import BooleanField, DateField, DecimalField
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from budgets.snapshot.consequences import MONEY, amount, gaps, sums
from budgets.snapshot.terms import ONLY, PARTS, Changed, Clash, Tree
from core import formats
from core.models import Code, Organisation
from core.models.texts import Text, said
from core.money import NOTHING
from projects.models import Project

PRICES = (*MONEY, "unit_price")


@dataclass(frozen=True)
class Said:
    """One value that changed, in words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Row:
    """One row of a part in words; amounts stay amounts, for the columns of money."""

    ref: str
    name: str
    kind: str  # added, removed, changed, or "" for a row that stands as it was
    before: Decimal | None
    after: Decimal | None
    values: list[Said]

    @property
    def gap(self) -> Decimal:
        return (self.after or NOTHING) - (self.before or NOTHING)


class Words:
    """Names and values of the rows of some trees; what they name is fetched once."""

    def __init__(self, project: Project, currency: str, *trees: Tree) -> None:
        self.project, self.currency, self.language = project, currency, get_language() or "en"
        self.original = project.programme.language
        keys = {row[name] for tree in trees for part, name in (("partners", "organisation"), ("lines", "partner"))
                for row in tree.get(part, {}).values() if row.get(name)}  # fmt: skip
        self.bodies = {
            str(o.key): said(o.name, self.language, self.original)[0] for o in Organisation.objects.filter(key__in=keys)
        }
        self.categories = dict(Code.objects.of("cost_categories").values_list("code", "name"))

    def name(self, part: str, row: dict[str, Any]) -> str:
        """What a row is called."""
        text = said(row.get("name"), self.language, self.original)[0]
        match part:
            case "lines":
                return f"{row['code']} {text}"
            case "figures":
                return self.value(part, "counter", row["counter"])
            case "outputs":
                return f"{row['activity']} {text}"
            case "partners":
                body = self.bodies.get(row["organisation"], row["organisation"])
                return f"{body} ({self.value(part, 'role', row['role'])})"
        return _("Contract")

    def label(self, part: str, name: str) -> str:
        return capfirst(str(_field(part, name).verbose_name))

    def value(self, part: str, name: str, value: Any) -> str:
        """A plain value as people read it; "" where nothing is known."""
        if value is None or value == "":
            return ""
        field = _field(part, name)
        if name in PRICES:
            return formats.money(amount(value), self.language, self.currency)
        if field.choices:
            return str(dict(field.flatchoices).get(value, value))
        if isinstance(field, DateField):
            return formats.day(date.fromisoformat(value), self.language)
        if isinstance(field, BooleanField):
            return _("yes") if value else _("no")
        if isinstance(field, Text):
            return said(value, self.language, self.original)[0]
        if isinstance(field, DecimalField):
            return whole(Decimal(value), self.language)
        if name in ("organisation", "partner"):
            return self.bodies.get(value, value)
        if name == "category":
            return said(self.categories.get(value), self.language)[0] or value
        return str(value)

    def changed(self, change: Changed) -> Row:
        row = change.after or change.before or {}
        shown = [v for v in change.values if change.kind == "changed" or v.field in _NEW.get(change.part, ())]
        found = [
            Said(self.label(change.part, v.field), self.value(change.part, v.field, v.before),
                 self.value(change.part, v.field, v.after))
            for v in shown if change.part != "lines" or v.field != "total"
        ]  # fmt: skip
        before, after = (amount((side or {}).get("total")) for side in (change.before, change.after))
        return Row(change.ref, self.name(change.part, row), change.kind, before, after, found)

    def clash(self, clash: Clash, tree: Tree) -> dict[str, str]:
        """What was changed on both sides, in words."""
        there = tree.get(clash.part, {}).get(clash.ref) or clash.mine or clash.base
        row = there if isinstance(there, dict) else {}
        name = self.name(clash.part, row) if row else clash.ref
        if not clash.field:
            sides = (_("taken out") if side is None else _("kept or added") for side in (clash.mine, clash.theirs))
            return dict(zip(("mine", "theirs"), sides, strict=True)) | {"name": name}
        said_sides = {
            side: self.value(clash.part, clash.field, getattr(clash, side)) for side in ("base", "mine", "theirs")
        }
        return said_sides | {"name": f"{name}: {self.label(clash.part, clash.field)}"}


_NEW = {
    "lines": (
        "activity", "partner", "category", "year", "nature", "form", "flat", "unit", "unit_price", *MONEY[1:],
    ),
    "figures": ("planned",), "outputs": ("planned", "counts"), "partners": ("since_on", "until_on"),
}  # fmt: skip


def _field(part: str, name: str) -> Any:
    return PARTS[part].model._meta.get_field(name)


def whole(value: Decimal, language: str) -> str:
    """A number without decimals where it has none."""
    return formats.number(int(value) if value == value.to_integral_value() else value, language)


@dataclass(frozen=True)
class Comparison:
    """Everything that differs between two trees, by part, and the sums of the lines on both sides."""

    contract: list[Said]
    lines: list[Row]
    targets: list[Row]
    partners: list[Row]
    total: Row
    whole: Row  # the totals of the contract, beside the sums of the lines
    gap: Decimal | None  # what the new lines leave of the new contract

    @property
    def anything(self) -> bool:
        return bool(self.contract or self.lines or self.targets or self.partners)


def compared(words: Words, before: Tree, after: Tree, changes: Iterable[Changed]) -> Comparison:
    rows: dict[str, list[Row]] = {part: [] for part in PARTS}
    for change in changes:
        rows[change.part].append(words.changed(change))
    one, other = sums(before)["total"], sums(after)["total"]
    old, new = (amount(tree["contract"][ONLY]["total"]) for tree in (before, after))
    return Comparison(
        contract=[value for row in rows["contract"] for value in row.values],
        lines=rows["lines"],
        targets=[*rows["figures"], *rows["outputs"]],
        partners=rows["partners"],
        total=Row("", "", "", one, other, []),
        whole=Row("", "", "", old, new, []),
        gap=gaps(after).get("total"),
    )
