"""A sample of the lines of a claim is drawn, and widened when something was found in it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from budgets.actions.checking import deciding
from budgets.checks import sampling
from budgets.models import Claim, ClaimSample, SampledLine
from core import audit, sealing
from core.access import Refused
from core.money import NOTHING


@transaction.atomic
def draw_sample(claim: Claim, *, seed: str, because: str = "", by, at: datetime) -> ClaimSample:
    """Draw from the lines no earlier draw took, by the method of the programme. Raises Refused when there are none,
    and for a further draw without a reason."""
    claim = deciding(claim, by)
    seed, because = seed.strip(), because.strip()
    position = claim.samples.count() + 1
    if not seed:
        raise Refused({"seed": [_("Enter a seed: the same seed gives the same lines.")]})
    if position > 1 and not because:
        raise Refused({"because": [_("Say why the sample is widened.")]})
    units, method = sampling.population(claim), sampling.method_of(claim)
    if not units:
        raise Refused(_("Every line is in the sample already."))
    drawn, told = sampling.draw(units, method, seed), [unit.told() for unit in units]
    sample = ClaimSample.objects.create(
        claim=claim, position=position, seed=seed, method=method, population=len(units), because=because, by=by, at=at,
        value=sum((unit.amount for unit in units), NOTHING),
        units=told, sha256=sealing.digest({"lines": told}),
    )  # fmt: skip
    SampledLine.objects.bulk_create(
        SampledLine(sample=sample, line_id=unit.line, weight=unit.weight(method), risks=list(unit.risks))
        for unit in drawn
    )
    audit.record(
        "claim.sample_drawn", claim, by=by, at=at, project=claim.project.number, key=str(claim.key),
        after={"seed": seed, "lines": len(drawn), "sha256": sample.sha256}, note=because,
    )  # fmt: skip
    return sample
