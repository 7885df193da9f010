"""Claims against the rules of their call: forms of cost, and how far a budget line may be passed.

Articles are those of Regulation (EU) 2021/1060.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _

from budgets.checks.claim_facts import Facts, Finding, Row, digits_of, money, named
from budgets.checks.forms_of_cost import form_not_allowed
from budgets.models import Form
from core.money import NOTHING


def above_line(facts: Facts) -> Iterator[Finding]:
    over = []
    for left in facts.left.values():
        if not (left.passed and left.here["total"] > 0):
            continue
        words = {"code": left.code, "over": money(left.passed, facts.contract.currency)}
        if left.tolerance:
            words["allowed"] = money(left.tolerance, facts.contract.currency)
            over.append(_("Line %(code)s is passed by %(over)s more than the %(allowed)s this call allows.") % words)
        else:
            over.append(_("Line %(code)s is passed by %(over)s.") % words)
    if over:
        yield Finding("line", True, " ".join(over), "costs", "Art. 73(3)")
    wrong = [row for row in facts.rows if row.code not in facts.left]
    if wrong:
        words = {"number": facts.contract.number}
        text = _("The budget line of the cost is not in %(number)s.") % words
        yield Finding("unknown_line", True, text, "costs", "", named(wrong, _on_line))


def above_contract(facts: Facts) -> Iterator[Finding]:
    """However far a line may be passed: the lines together stay within the sum of the contract."""
    whole = facts.contract.total
    here = sum((left.here["total"] for left in facts.left.values()), NOTHING)
    claimed = sum((left.used["total"] for left in facts.left.values()), here)
    if whole is not None and here > 0 and claimed > whole:
        words = {"number": facts.contract.number, "over": money(claimed - whole, facts.contract.currency)}
        text = _("All claims together pass the sum of %(number)s by %(over)s.") % words
        yield Finding("contract_sum", True, text, "costs", "Art. 73(3)")


def form_of_call(facts: Facts) -> Iterator[Finding]:
    """Lines whose form of cost the call does not allow."""
    lines = {(row.code, row.form, row.flat) for row in facts.rows}
    said = {line: text for line in lines if (text := form_not_allowed(*line, facts.rules))}
    wrong: dict[str, list[Row]] = defaultdict(list)
    for row in facts.rows if said else ():
        if (line := (row.code, row.form, row.flat)) in said and row.total > 0:  # what takes back a cost is always taken
            wrong[said[line]].append(row)
    if wrong:
        rows = [row for each in wrong.values() for row in each]
        yield Finding("call_form", True, " ".join(wrong), "costs", "Art. 53(1)", named(rows, _on_line))


def form_of_line(facts: Facts) -> Iterator[Finding]:
    """Costs that were reported in another form than their line has under the contract in force."""
    wrong = [
        row for row in facts.rows
        if row.code in facts.left and row.form and row.form != facts.left[row.code].form and row.total > 0
    ]  # fmt: skip
    if wrong:
        text = _("The cost was reported in another form of cost than its line has now. A line is claimed in one form.")
        told = named(wrong, lambda row: f"{_on_line(row)}: {Form(row.form).label}")
        yield Finding("line_form", True, text, "costs", "Art. 53(1)", told)


def covered_twice(facts: Facts) -> Iterator[Finding]:
    documents: dict[tuple[str, str, date], list[Row]] = defaultdict(list)
    rows = [row for row in facts.rows if not row.computed]  # what the portal computes has no document of its own
    if len({row.form for row in rows}) < 2:
        return
    digits = digits_of(facts.claim)
    for row in rows:
        documents[digits[row.line] or row.document, row.supplier_number, row.document_on].append(row)
    wrong = [row for rows in documents.values() if len({row.form for row in rows}) > 1 for row in rows]
    if wrong:
        text = _("One document stands on lines of different forms of cost. A cost is covered by one form only.")
        yield Finding("forms", True, text, "costs", "Art. 53(1)(e)", named(wrong, _on_line))


def _on_line(row: Row) -> str:
    return f"{row.code} {row.document}"


CHECKS = (above_line, above_contract, form_of_call, form_of_line, covered_twice)
FLAGS = (form_of_call, form_of_line, covered_twice)  # those an officer sees at each line
