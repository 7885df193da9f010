"""What a claim is called in the report packages of the national system; the kinds and states are code lists."""

from __future__ import annotations

from budgets.models import Claim
from core.models import Code

LISTS = ("package_kinds", "package_states", "document_states")


def package_of(claim: Claim) -> list[Code]:
    """Kind and state of its package and state of its document, as far as the lists know them: a code names the kinds
    or states of claims it stands for. One query."""
    found = {}
    for code in Code.objects.filter(list__name__in=LISTS, ended=False).select_related("list").order_by("-position"):
        known = claim.kind if code.list.name == "package_kinds" else claim.state
        if known in code.more.get("claims", "").split():
            found[code.list.name] = code
    return [found[name] for name in LISTS if name in found]
