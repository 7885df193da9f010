"""Reported costs of any project that may be the same document as a line of a claim. For officers only."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from budgets.models import Claim
from core import formats

NEAR = 31  # days between two documents of one number and amount
MOST = 5  # of one line: whoever sees so many knows enough

# Each line looks into two indexes and stops at so many: by the number of a document, as `budgets.models.costs.digits`
# writes it, then by the supplier and the day where the number is another one.
ALIKE = r"""
WITH mine AS (
  SELECT l.id AS line, r.id, r.supplier_number, r.document_on, r.total, r.currency,
    ltrim(regexp_replace(coalesce(nullif(r.number, ''), r.document), '\D', '', 'g'), '0') AS digits
  FROM budgets_claimline l JOIN budgets_reportedcost r ON r.id = l.cost_id
  WHERE l.claim_id = %(claim)s AND NOT l.released AND r.total > 0
    AND NOT EXISTS (SELECT FROM budgets_computation c WHERE c.cost_id = r.id)
)
SELECT m.line, p.number, c.number, o.document, o.document_on, o.same
FROM mine m CROSS JOIN LATERAL (
  (
    SELECT o.id, o.project_id, o.document, o.document_on, o.document_on = m.document_on AS same
    FROM budgets_reportedcost o
    WHERE ltrim(regexp_replace(coalesce(nullif(o.number, ''), o.document), '\D', '', 'g'), '0') = m.digits
      AND m.digits <> '' AND o.total = m.total AND o.currency = m.currency AND o.id <> m.id
      AND (o.supplier_number = m.supplier_number OR o.supplier_number = '' OR m.supplier_number = '')
      AND abs(o.document_on - m.document_on) <= %(near)s
    LIMIT %(most)s
  ) UNION ALL (
    SELECT o.id, o.project_id, o.document, o.document_on, s.digits = m.digits
    FROM budgets_reportedcost o CROSS JOIN LATERAL (
      SELECT ltrim(regexp_replace(coalesce(nullif(o.number, ''), o.document), '\D', '', 'g'), '0') AS digits
    ) s
    WHERE o.supplier_number = m.supplier_number AND o.supplier_number <> '' AND o.document_on = m.document_on
      AND o.total = m.total AND o.currency = m.currency AND o.id <> m.id
      AND (s.digits <> m.digits OR m.digits = '')
    LIMIT %(most)s
  )
  LIMIT %(most)s
) o
JOIN projects_project p ON p.id = o.project_id
LEFT JOIN budgets_claimline h ON h.cost_id = o.id AND NOT h.released
LEFT JOIN budgets_claim c ON c.id = h.claim_id
ORDER BY m.line, o.same DESC, o.id
"""


@dataclass(frozen=True)
class Twin:
    """Another reported cost that may be the same document; `same`: number, day, amount, and no other supplier."""

    project: str  # its number
    claim: int | None  # number of the claim that holds it
    document: str
    document_on: date
    same: bool

    def said(self) -> str:
        day = formats.day(self.document_on, get_language() or "en")
        words = {"document": self.document, "project": self.project, "day": day}
        if self.same:
            text = _("The same document stands in project %(project)s: %(document)s of %(day)s.") % words
        else:
            text = _("A similar document stands in project %(project)s: %(document)s of %(day)s.") % words
        return text if self.claim is None else text + " " + _("It is in claim %(number)s.") % {"number": self.claim}


def twins(claim: Claim) -> dict[int, list[Twin]]:
    """By line (id), at most five each; one query. What takes an amount back or was computed has no twin."""
    found: dict[int, list[Twin]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(ALIKE, {"claim": claim.pk, "near": NEAR, "most": MOST})
        for line, *twin in cursor.fetchall():
            found[line].append(Twin(*twin))
    return found
