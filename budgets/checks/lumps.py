"""Lump sums: what deliverables release, whether the shares make the grant, what is paid when, and the final report.

Nothing here corrects an amount: what does not fit is told. Parameters are data: the shares of the instalments and the
days for the final report stand in the contract, the way of release and the bars of the score in the call.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Prefetch, Sum
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from activities.models import Activity
from budgets.checks import exchanged
from budgets.models import BudgetLine, Deliverable, DeliverableMove, Form, LumpRule, Payment, ScoreBand
from core import formats
from core.money import NOTHING, cents, split
from projects.models import Call, ContractVersion, Project
from projects.models.contracts import instalments

Release = LumpRule.Release


def release_of(call: Call | None) -> str:
    """How the call pays lump sums: in full when everything is done, where it says nothing else."""
    rule = LumpRule.objects.filter(call=call).first() if call else None
    return rule.release if rule else Release.WHOLE


def released_by(total: Decimal, deliverables: Iterable[Deliverable], release: str) -> Decimal:
    """What a lump sum of `total` releases, in its currency: all of it when everything is done; before that nothing, or
    the shares of what is done, to the cent and rounded down."""
    planned = list(deliverables)
    done = [each for each in planned if each.state == Deliverable.State.DONE]
    if planned and len(done) == len(planned):
        return total
    if release == Release.WHOLE or not done:
        return NOTHING
    reached = sum((each.share or NOTHING for each in done), NOTHING)
    return split(total, min(reached / 100, Decimal(1)))[0]


def by_line(project: Project, until: datetime | None = None) -> dict[str, list[Deliverable]]:
    """What each line promises; `until` a moment: in the states and with the moves of then."""
    found: dict[str, list[Deliverable]] = defaultdict(list)
    rows = Deliverable.objects.filter(project=project).order_by("due_on", "pk")
    if until is not None:
        moves = DeliverableMove.objects.filter(at__lt=until).order_by("pk")
        rows = rows.prefetch_related(Prefetch("moves", moves))
    for each in rows:
        if until is not None:
            states = [move.after for move in each.moves.all()]
            each.state = states[-1] if states else Deliverable.State.PLANNED
        found[each.line].append(each)
    return found


def released(contract: ContractVersion, until: datetime | None = None) -> dict[str, Decimal]:
    """What each lump-sum line (by code) of a contract version releases so far, or did by a moment, in the currency of
    the contract."""
    rule, promised = release_of(contract.project.call), by_line(contract.project, until)
    lumps = contract.budget_lines.filter(form=Form.LUMP).order_by("code")
    return {line.code: released_by(line.total, promised[line.code], rule) for line in lumps}


def management_above(
    project: Project, planned: Iterable[tuple[str | None, Decimal]], whole: Decimal | None, currency: str
) -> str:
    """More for project management than the call allows of the grant (Erasmus+ KA220: 20 %). `planned` are the lines
    as number of the activity and amount."""
    highest = project.call.management_share if project.call else None
    if highest is None or not whole:
        return ""
    numbers = set(Activity.objects.filter(project=project, management=True).values_list("number", flat=True))
    taken = sum((total for number, total in planned if number in numbers), NOTHING)
    if taken * 100 <= whole * highest:
        return ""
    language = get_language() or "en"
    words = {
        "planned": formats.money(taken, language, currency),
        "most": formats.money(split(whole, highest / 100)[0], language, currency),
    }
    return _("Project management takes %(planned)s. This call allows at most %(most)s.") % words


def problems(contract: ContractVersion) -> Iterator[str]:
    """What does not fit in the lump sums of a contract version, in words."""
    language, currency = get_language() or "en", contract.currency
    lines = list(contract.budget_lines.select_related("activity").order_by("code"))
    lumps = [line for line in lines if line.form == Form.LUMP]
    if not lumps:
        return
    whole, there = contract.total, sum((line.total for line in lines), NOTHING)
    if whole is not None and there != whole:
        words = {"sum": formats.money(there, language, currency), "grant": formats.money(whole, language, currency)}
        yield _("The shares of the work packages make %(sum)s; the grant is %(grant)s.") % words
    planned = [(line.activity.number if line.activity else None, line.total) for line in lines]
    if wrong := management_above(contract.project, planned, whole, currency):
        yield wrong
    promised, by_share = by_line(contract.project), release_of(contract.project.call) == Release.SHARE
    for line in lumps:
        found = promised[line.code]
        if not found:
            yield _("Line %(code)s promises nothing yet, so it releases nothing.") % {"code": line.code}
        elif by_share and sum((each.share or NOTHING for each in found), NOTHING) != 100:
            reached = formats.percent(sum((each.share or NOTHING for each in found), NOTHING), language)
            yield _("The deliverables of line %(code)s make %(sum)s, not 100%%.") % {"code": line.code, "sum": reached}
    for code in sorted(set(promised) - {line.code for line in lines}):
        if promised[code]:
            yield _("Deliverables belong to line %(code)s, which this contract does not have.") % {"code": code}


# --- paying ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Instalment:
    """One payment of a grant as agreed; the last one is the balance."""

    number: int
    percent: int
    amount: Decimal
    balance: bool


def plan_of(contract: ContractVersion) -> list[Instalment]:
    """The instalments of a grant in its currency: each to the cent, the balance takes the rest; none without a total
    or agreed shares."""
    shares = instalments(contract.instalments)
    if contract.total is None or not shares:
        return []
    amounts = [cents(contract.total * share / 100) for share in shares[:-1]]
    amounts.append(contract.total - sum(amounts, NOTHING))
    return [
        Instalment(n, share, amount, n == len(shares))
        for n, (share, amount) in enumerate(zip(shares, amounts, strict=True), start=1)
    ]


def report_due(contract: ContractVersion) -> date | None:
    """The last day for the final report, counted from the last day of work."""
    if contract.ends_on is None or contract.report_days is None:
        return None
    return contract.ends_on + timedelta(days=contract.report_days)


def lowered_by(call: Call | None, score: Decimal) -> Decimal:
    """The per cent by which a score lowers the grant: of the bars it misses, the lowest counts."""
    missed = ScoreBand.objects.filter(call=call, below__gt=score).order_by("below").first() if call else None
    return missed.lowers if missed else NOTHING


@dataclass(frozen=True)
class Settlement:
    """A grant as it stands, in the currency of the contract. `due` is what the deliverables release less what the
    score takes; of that, `paid` (pre-financing and further payments less what came back, as they were made) comes off
    the balance, which below zero is to be paid back."""

    released: Decimal
    score: Decimal | None
    percent: Decimal
    lowered: Decimal
    paid: Decimal

    @property
    def due(self) -> Decimal:
        return self.released - self.lowered

    @property
    def balance(self) -> Decimal:
        return self.due - self.paid


def settled(contract: ContractVersion, today: date, until: datetime | None = None) -> Settlement:
    """The reduction is taken from what is released, to the cent. Each currency paid is converted once, as a total.
    `until` a moment: with the deliverables and the score of then."""
    sums = sum(released(contract, until).values(), NOTHING)
    scores = contract.project.assessments.order_by("-pk")
    newest = (scores if until is None else scores.filter(at__lt=until)).first()
    percent = lowered_by(contract.project.call, newest.score) if newest else NOTHING
    payments = Payment.objects.filter(project=contract.project_id, paid_on__lte=today).values_list("currency")
    by_currency = payments.annotate(sum=Sum("amount")).order_by()
    paid = sum((exchanged(total, currency, contract.currency) for currency, total in by_currency), NOTHING)
    return Settlement(sums, newest.score if newest else None, percent, cents(sums * percent / 100), paid)


def lump_line(code: str, contract: ContractVersion | None) -> BudgetLine | None:
    """The lump-sum line with this code in a contract version."""
    if contract is None:
        return None
    return contract.budget_lines.filter(code=code, form=Form.LUMP).select_related("activity").first()
