"""What a changed contract leads to, said before anybody decides: one function, one kind of consequence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Sum
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from activities.models import Activity, Session
from budgets import checks
from budgets.checks.forms_of_cost import Cost, rules_of, wrong_forms
from budgets.checks.lumps import management_above
from budgets.models import Amendment, BudgetLine, Claim, Deliverable, ReportedCost
from budgets.snapshot.terms import ONLY, Changed, Tree, differences
from core import formats
from core.models.texts import said
from core.money import NOTHING, share
from projects.actions import above_rate
from projects.models import ContractVersion, PlannedFigure

MONEY = ("total", "eu_part", "national_part", "own_part")


@dataclass(frozen=True)
class Consequence:
    """One thing that follows. `stops`: nobody can send or approve while it stands."""

    text: str
    part: str
    ref: str = ""
    stops: bool = False


@dataclass(frozen=True)
class Effect:
    """A figure before and after the amendment; None where it is not known."""

    name: str
    before: Decimal | None
    after: Decimal | None


def amount(value: Any) -> Decimal | None:
    return None if value in (None, "") else Decimal(value)


def sums(tree: Tree) -> dict[str, Decimal | None]:
    """Sum of the lines, in total and by part; a part is None while a line does not know it."""
    found: dict[str, Decimal | None] = {}
    for name in MONEY:
        each = [amount(line[name]) for line in tree["lines"].values()]
        known = [value for value in each if value is not None]
        found[name] = sum(known, NOTHING) if len(known) == len(each) else None
    return found


def gaps(tree: Tree) -> dict[str, Decimal]:
    """What the lines leave of the contract, in total and by part, where both are known and differ."""
    contract, lines = tree["contract"][ONLY], sums(tree)
    found = {}
    for name in MONEY:
        whole, there = amount(contract[name]), lines[name]
        if tree["lines"] and whole is not None and there is not None and whole != there:
            found[name] = whole - there
    return found


def all_of(amendment: Amendment, today: date) -> list[Consequence]:
    """Every consequence of an amendment; those that stop it first."""
    changed = differences(amendment.base, amendment.draft)
    contract = amendment.contract
    found = [
        *_nothing(changed),
        *_amounts(amendment.draft, contract.currency),
        *_forms(amendment),
        *_rate(amendment),
        *_management(amendment),
        *_deliverables(amendment, changed),
        *_days(amendment.draft),
        *_reported(contract, changed),
        *_dates_hit(contract, amendment.draft, today),
        *_units(changed),
        *_targets(amendment, changed),
        *_partners(contract, changed),
        *_claims(amendment),
        *_open_amendments(amendment),
    ]
    return sorted(found, key=lambda each: not each.stops)


def effects(amendment: Amendment) -> list[Effect]:
    """Contracted amount, co-financing rate and absorption before and after."""
    before, after = (tree["contract"][ONLY] for tree in (amendment.base, amendment.draft))
    reported = sum(checks.spent(amendment.contract).values(), NOTHING)
    totals = [amount(each["total"]) for each in (before, after)]
    return [
        Effect("contracted", *totals),
        Effect("eu_rate", *(share(amount(each["eu_part"]), amount(each["total"])) for each in (before, after))),
        Effect("absorption", *(share(reported, total) for total in totals)),
    ]


def _nothing(changed: list[Changed]) -> Iterator[Consequence]:
    if not changed:
        yield Consequence(
            _("Nothing is changed yet. Change a date, a line, a target or a partner first."), "", stops=True
        )


def _amounts(tree: Tree, currency: str) -> Iterator[Consequence]:
    """Parts that do not make their total, and lines that do not make the contract."""
    language = get_language() or "en"
    for part, rows in (("contract", tree["contract"]), ("lines", tree["lines"])):
        for ref, row in rows.items():
            parts = [amount(row[name]) for name in MONEY[1:]]
            known = [value for value in parts if value is not None]
            if known and (len(known) < 3 or sum(known) != amount(row["total"])):
                what = _("the contract") if part == "contract" else _("line %(code)s") % {"code": ref}
                text = _("The EU, national and own parts of %(what)s do not add up to its total.") % {"what": what}
                yield Consequence(text, part, ref, stops=True)
    words = {
        "total": _("Total"), "eu_part": _("EU part"), "national_part": _("National part"), "own_part": _("Own part")
    }  # fmt: skip
    for name, gap in gaps(tree).items():
        values = {"what": words[name], "gap": formats.money(abs(gap), language, currency)}
        if gap > 0:
            text = _("%(what)s: %(gap)s of the contract stand on no line.") % values
        else:
            text = _("%(what)s: the lines are %(gap)s above the contract.") % values
        yield Consequence(text, "contract", ONLY, stops=True)


def costs_of(tree: Tree) -> list[Cost]:
    """The lines of a tree as the rules about forms of cost see them."""
    return [
        Cost(ref, amount(row["total"]) or NOTHING, row["form"], row.get("nature", ""), row.get("flat", ""))
        for ref, row in tree["lines"].items()
    ]


def _forms(amendment: Amendment) -> Iterator[Consequence]:
    """Lines whose form the call does not allow, and flat rates that do not come to what they should."""
    rules = rules_of(amendment.project)
    for code, text in wrong_forms(costs_of(amendment.draft), rules, amendment.contract.currency):
        yield Consequence(text, "lines", code, stops=True)


def _management(amendment: Amendment) -> Iterator[Consequence]:
    """More for project management than the call allows of the grant (Erasmus+ KA220: 20 %)."""
    tree = amendment.draft
    planned = [(row["activity"], amount(row["total"]) or NOTHING) for row in tree["lines"].values()]
    if text := management_above(
        amendment.project, planned, amount(tree["contract"][ONLY]["total"]), amendment.contract.currency
    ):
        yield Consequence(text, "lines", stops=True)


def _rate(amendment: Amendment) -> Iterator[Consequence]:
    """A contract of which the EU would pay more than its priority and category of region allow."""
    row = amendment.draft["contract"][ONLY]
    if text := above_rate(amendment.project, amount(row["total"]), amount(row["eu_part"]), amendment.contract.currency):
        yield Consequence(text, "contract", ONLY, stops=True)


def _deliverables(amendment: Amendment, changed: list[Changed]) -> Iterator[Consequence]:
    """Lines taken out or changed on which deliverables hang."""
    codes = [change.ref for change in changed if change.part == "lines" and change.before is not None]
    rows = Deliverable.objects.filter(project=amendment.project_id, line__in=codes)
    there = dict(rows.values_list("line").annotate(n=Count("pk")).order_by("line"))
    for change in changed:
        if change.part != "lines" or change.ref not in there:
            continue
        words = {"code": change.ref, "n": there[change.ref]}
        if change.after is None:
            text = ngettext(
                "Line %(code)s is taken out, and %(n)s deliverable belongs to it.",
                "Line %(code)s is taken out, and %(n)s deliverables belong to it.",
                there[change.ref],
            )
            yield Consequence(text % words, "lines", change.ref, stops=True)
        elif any(value.field == "total" for value in change.values):
            text = ngettext(
                "The lump sum of line %(code)s changes: its %(n)s deliverable releases another amount.",
                "The lump sum of line %(code)s changes: its %(n)s deliverables release another amount.",
                there[change.ref],
            )
            yield Consequence(text % words, "lines", change.ref)


def _days(tree: Tree) -> Iterator[Consequence]:
    row = tree["contract"][ONLY]
    if row["starts_on"] and row["ends_on"] and row["ends_on"] < row["starts_on"]:
        yield Consequence(_("The work cannot end before it starts."), "contract", ONLY, stops=True)
    if row["eligible_from"] and row["eligible_to"] and row["eligible_to"] < row["eligible_from"]:
        yield Consequence(_("Eligibility cannot end before it begins."), "contract", ONLY, stops=True)


def _reported(contract: ContractVersion, changed: list[Changed]) -> Iterator[Consequence]:
    """Lines that fall below what is reported on them already."""
    language, spent = get_language() or "en", checks.spent(contract)
    for change in changed:
        if change.part != "lines" or change.before is None or not spent[change.ref]:
            continue
        total = amount(change.after["total"]) if change.after else NOTHING
        words = {"code": change.ref, "reported": formats.money(spent[change.ref], language, contract.currency)}
        if change.after is None:
            text = _("Line %(code)s is taken out, and %(reported)s are reported on it.") % words
        elif total is not None and total < spent[change.ref]:
            over = formats.money(spent[change.ref] - total, language, contract.currency)
            text = _("Line %(code)s falls %(over)s below the %(reported)s reported on it.") % {**words, "over": over}
        else:
            continue
        yield Consequence(text, "lines", change.ref)


def _dates_hit(contract: ContractVersion, tree: Tree, today: date) -> Iterator[Consequence]:
    """Costs whose documents fall outside the new days of eligibility, and sessions and activities after the new end."""
    row, language = tree["contract"][ONLY], get_language() or "en"
    new = ContractVersion(
        **{name: row[name] and date.fromisoformat(row[name])
           for name in ("starts_on", "ends_on", "eligible_from", "eligible_to")}
    )  # fmt: skip
    (old_first, old_last), (first, last) = checks.eligible_days(contract), checks.eligible_days(new)
    costs = ReportedCost.objects.filter(project=contract.project_id)
    outside = [
        *([costs.filter(document_on__lt=first)] if first and first != old_first else []),
        *([costs.filter(document_on__gt=last)] if last and last != old_last else []),
    ]
    for found in outside:
        for currency, count, total in (
            found.values_list("currency").annotate(n=Count("pk"), sum=Sum("total")).order_by()
        ):
            words = {"count": count, "sum": formats.money(total, language, currency)}
            text = ngettext(
                "%(count)s reported cost over %(sum)s has a document outside the new days of eligibility.",
                "%(count)s reported costs over %(sum)s have documents outside the new days of eligibility.",
                count,
            )
            yield Consequence(text % words, "contract", ONLY)
    end = new.ends_on
    if end and end != contract.ends_on:
        after = Session.objects.filter(project=contract.project_id, on__gt=max(end, today)).exclude(
            state=Session.State.CANCELLED
        )
        if count := after.count():
            text = ngettext(
                "%(count)s session is planned after the new end of work.",
                "%(count)s sessions are planned after the new end of work.",
                count,
            )
            yield Consequence(text % {"count": count}, "contract", ONLY)
        late = Activity.objects.filter(project=contract.project_id, ends_on__gt=end).order_by("position")
        for activity in late:
            words = {"number": activity.number, "day": formats.long_day(activity.ends_on, language)}
            text = _("Activity %(number)s runs until %(day)s, after the new end of work.") % words
            yield Consequence(text, "contract", ONLY)


def _units(changed: Iterable[Changed]) -> Iterator[Consequence]:
    """Unit costs whose number of units becomes another."""
    language = get_language() or "en"
    for change in changed:
        if change.part != "lines" or change.before is None or change.after is None:
            continue
        before, after = _count_of(change.before), _count_of(change.after)
        if before is not None and after is not None and before != after:
            unit = BudgetLine.Unit(change.after["unit"]).label if change.after["unit"] else ""
            words = {
                "code": change.ref, "before": _whole(before, language), "after": _whole(after, language), "unit": unit,
            }  # fmt: skip
            text = _("Line %(code)s pays for %(after)s units instead of %(before)s (%(unit)s).") % words
            yield Consequence(text, "lines", change.ref)


def _count_of(line: dict[str, Any]) -> Decimal | None:
    price, total = amount(line["unit_price"]), amount(line["total"])
    return None if not price or total is None else (total / price).quantize(Decimal("0.01"))


def _targets(amendment: Amendment, changed: Iterable[Changed]) -> Iterator[Consequence]:
    """Targets that are lowered or taken away."""
    language = get_language() or "en"
    for change in changed:
        if change.part not in ("figures", "outputs") or change.before is None:
            continue
        before, after = Decimal(change.before["planned"]), Decimal(change.after["planned"] if change.after else 0)
        if after < before:
            if change.part == "figures":
                name = str(PlannedFigure.Counter(change.before["counter"]).label)
            else:
                name = said(change.before["name"], language, amendment.project.programme.language)[0]
            words = {"name": name, "before": _whole(before, language), "after": _whole(after, language)}
            text = _("The target “%(name)s” falls from %(before)s to %(after)s.") % words
            yield Consequence(text, change.part, change.ref)


def _whole(value: Decimal, language: str) -> str:
    """A number without decimals where it has none."""
    return formats.number(int(value) if value == value.to_integral_value() else value, language)


def _partners(contract: ContractVersion, changed: Iterable[Changed]) -> Iterator[Consequence]:
    """Partners that leave while lines of the budget are theirs."""
    for change in changed:
        if change.part != "partners" or change.after is None or not change.after["until_on"]:
            continue
        if change.before and change.before["until_on"] == change.after["until_on"]:
            continue
        lines = contract.budget_lines.filter(partner__key=change.after["organisation"])
        if count := lines.count():
            text = ngettext(
                "A partner leaves to whom %(count)s budget line belongs.",
                "A partner leaves to whom %(count)s budget lines belong.",
                count,
            )
            yield Consequence(text % {"count": count}, "partners", change.ref)


def _claims(amendment: Amendment) -> Iterator[Consequence]:
    """Claims that nobody has decided yet: one that was sent stays under the version it was made under."""
    claims = Claim.objects.filter(project=amendment.project_id, state__in=[*Claim.AT_OFFICE, *Claim.EDITED])
    for claim in claims.select_related("contract").order_by("number"):
        words = {"n": claim.number, "number": claim.contract.number}
        if claim.received_on or claim.state in Claim.AT_OFFICE:
            text = _("Claim %(n)s is not decided yet and stays under %(number)s.") % words
        else:
            text = _("Claim %(n)s is being prepared and goes over to the new version.") % words
        yield Consequence(text, "")


def _open_amendments(amendment: Amendment) -> Iterator[Consequence]:
    """Other amendments that wait: the one approved second has to be brought up to date."""
    others = Amendment.objects.open().filter(project=amendment.project_id).exclude(pk=amendment.pk)
    if count := others.count():
        text = ngettext(
            "%(count)s other amendment of this contract is open. The one approved second must be brought up to date.",
            "%(count)s other amendments of this contract are open. Those approved later must be brought up to date.",
            count,
        )
        yield Consequence(text % {"count": count}, "")
