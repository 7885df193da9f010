"""The part of the bench about money: the accounts of a programme, and a large claim as an officer opens it.

Ours is what the page does: the projects of the programme, and their sums by `budgets.figures.rollup`, in euro. The base
is what somebody who knows the tables writes: one statement that goes over the same facts once and gives back the same
six figures of each project, in euro. Both must agree to the cent before anything is timed.

Pages of the large claim are held against 300 ms of work of the portal and its database, the least of the rounds: what
is above it other programs on the machine cost. Each asks as many queries as with a claim of a tenth of the lines.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import astuple
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.db.models import Sum
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localdate, now

from activities.models import Evidence
from budgets.figures import rollup
from budgets.models import (
    ApplicationEntry,
    BudgetLine,
    Claim,
    ClaimLine,
    ClaimMove,
    Correction,
    LineDecision,
    LineFact,
    Payment,
    PaymentApplication,
    ReportedCost,
    accounting_year,
)
from core.models import Role, StoredFile, User
from core.money import BGN_PER_EUR, NOTHING, split, to_eur
from projects.models import ContractVersion, Membership, Programme, Project
from reports.management.measure import Line, pair, working

CODE = "BENCH-MONEY"
PROJECTS, LINES = 500, 100  # lines of each claim
LARGE, SMALL = 2000, 200  # lines of one more claim of the first project, and of the last
RATE = Decimal("0.85")
OPENS = 0.3  # seconds of work in which a page opens
State = Claim.State
CLAIMS = (State.ACCEPTED, State.ACCEPTED, State.IN_CHECK, State.REJECTED)  # 1 to 4 of each project
EXTRA = 5  # number of the large and the small one
EACH = LINES * len(CLAIMS)
PASSED = (State.DRAFT, State.SENT, State.IN_CHECK, State.PROPOSED, State.ACCEPTED)

# Every fiftieth document of a project looks like one of another project.
COSTS = """
INSERT INTO budgets_reportedcost (key, project_id, line_id, document, kind, number, supplier, supplier_number, vat,
  document_on, paid_on, reported_on, evidence_id, currency, total, eu_part, national_part, own_part, entered_at,
  synthetic)
SELECT md5('money ' || p.id || ' ' || n)::uuid, p.id, b.id, 'Фактура ' || n, 'invoice', x.number,
  'Доставчик ' || m %% 997, 100000000 + m %% 997, NULL, bought, bought + 9, bought + 12, e.id, v.currency, x.total, eu,
  x.total - eu, 0, %(at)s, true
FROM projects_project p JOIN projects_contractversion v ON v.project_id = p.id AND v.version = 1
  CROSS JOIN generate_series(1,
    %(each)s + CASE p.id WHEN %(first)s THEN %(large)s WHEN %(last)s THEN %(small)s ELSE 0 END) AS n
  JOIN budgets_budgetline b ON b.contract_id = v.id AND b.code = (n %% 10)::text
  LEFT JOIN activities_evidence e ON e.project_id = p.id AND n %% 10 < 8
    AND e.file_id = %(file)s + CASE WHEN p.id = %(first)s THEN n ELSE %(each)s + %(large)s + n END
  CROSS JOIN LATERAL (SELECT
      CASE WHEN n %% 50 <> 7 THEN p.id WHEN p.id < %(first)s + 5 THEN p.id + 5 ELSE p.id - 5 END,
      CASE WHEN n %% 50 <> 7 THEN n ELSE n %% %(each)s + 1 END) AS w (family, m)
  CROSS JOIN LATERAL (SELECT date '2025-02-01' + m %% 300, (family * 10000 + m)::text,
    (10000 + (m * 7919 + family * 104729) %% 400000) / 100.0) AS x (bought, number, total)
  CROSS JOIN LATERAL (SELECT floor(x.total * 85) / 100) AS y (eu)
WHERE p.programme_id = %(programme)s ORDER BY p.id, n
"""
HOLD = """
INSERT INTO budgets_claimline (claim_id, number, cost_id, released)
SELECT c.id, n - (c.number - 1) * %(lines)s, r.id, c.state = 'rejected' OR (c.state = 'in_review' AND n %% 10 = 0)
FROM (SELECT r.id, r.project_id, row_number() OVER (PARTITION BY r.project_id ORDER BY r.id) AS n
      FROM budgets_reportedcost r JOIN projects_project p ON p.id = r.project_id
      WHERE p.programme_id = %(programme)s) r
JOIN budgets_claim c ON c.project_id = r.project_id AND c.number = least((n - 1) / %(lines)s + 1, %(extra)s)
ORDER BY c.id, n
"""
FACT = """
INSERT INTO budgets_linefact (line_id, step, total, eu_part, national_part, own_part, {cause}at)
SELECT l.id, '{step}', eu + national, eu, national, 0, {of}%(at)s
FROM budgets_claimline l JOIN budgets_claim c ON c.id = l.claim_id JOIN projects_project p ON p.id = c.project_id
  JOIN budgets_reportedcost r ON r.id = l.cost_id {join}
  CROSS JOIN LATERAL (SELECT CASE WHEN c.state = 'accepted' AND l.number %% 20 = 0 THEN 2 ELSE 1 END) AS w (by)
  CROSS JOIN LATERAL (SELECT {eu}, {national}) AS x (eu, national)
WHERE p.programme_id = %(programme)s AND {when}
ORDER BY l.id
"""
FOUND = {"eu": "floor(r.eu_part / by * 100) / 100", "national": "floor(r.national_part / by * 100) / 100"}
FACTS: tuple[tuple[str, str, str, dict[str, str]], ...] = (  # step, its lines, what causes it, its amounts
    ("declared", "true", "", {"eu": "r.eu_part", "national": "r.national_part"}),
    ("released", "l.released", "", {"eu": "r.eu_part", "national": "r.national_part"}),
    ("verified", "c.state = 'accepted'", "", FOUND),
    ("corrected", "l.number <= 5", "correction", {"eu": "floor(r.eu_part) / 10", "national": "0.01"}),
    ("certified", "true", "applicationentry", FOUND),
    ("paid", "true", "payment", FOUND),
)
DECIDE = """
INSERT INTO budgets_linedecision (line_id, position, verdict, total, error, comment, note, at)
SELECT l.id, 1, 'accept', r.total, '', '', '', %(at)s
FROM budgets_claimline l JOIN budgets_claim c ON c.id = l.claim_id JOIN projects_project p ON p.id = c.project_id
  JOIN budgets_reportedcost r ON r.id = l.cost_id
WHERE p.programme_id = %(programme)s AND c.state = 'in_review' AND l.number %% 2 = 1
"""
# What the trigger of the facts says of each line, said of all at once.
WRONG = """
SELECT count(*) FROM (
  SELECT sum(f.total) FILTER (WHERE step = 'declared') AS declared,
    coalesce(sum(f.total) FILTER (WHERE step = 'released'), 0) AS released,
    coalesce(sum(f.total) FILTER (WHERE step = 'verified'), 0) AS verified,
    coalesce(sum(f.total) FILTER (WHERE step = 'corrected'), 0) AS corrected,
    coalesce(sum(f.total) FILTER (WHERE step = 'certified'), 0) AS certified,
    coalesce(sum(f.total) FILTER (WHERE step = 'paid'), 0) AS paid
  FROM budgets_linefact f JOIN budgets_claimline l ON l.id = f.line_id JOIN budgets_claim c ON c.id = l.claim_id
    JOIN projects_project p ON p.id = c.project_id
  WHERE p.programme_id = %(programme)s GROUP BY f.line_id
) s WHERE released > declared OR verified > declared - released OR corrected > verified
  OR greatest(certified, paid) > verified - corrected
"""
TABLES = (
    Project, ContractVersion, BudgetLine, ReportedCost, Evidence, Claim, ClaimMove, ClaimLine, LineDecision, LineFact,
    Payment, ApplicationEntry, Correction,
)  # fmt: skip

BY_HAND = """
SELECT p.id, coalesce(k.contracted, 0), coalesce(f.claimed, 0), coalesce(f.verified, 0), coalesce(f.corrected, 0),
  coalesce(e.certified, 0), coalesce(m.paid, 0)
FROM projects_project p
LEFT JOIN (
  SELECT DISTINCT ON (project_id) project_id,
    round(total / CASE currency WHEN 'BGN' THEN 1.95583 ELSE 1 END, 2) AS contracted
  FROM projects_contractversion
  ORDER BY project_id, coalesce(in_force_from <= %(day)s, true) DESC,
    CASE WHEN coalesce(in_force_from <= %(day)s, true) THEN -version ELSE version END
) k ON k.project_id = p.id
LEFT JOIN (
  SELECT project_id, sum(round((declared - released) / rate, 2)) AS claimed, sum(round(verified / rate, 2)) AS verified,
    sum(round(corrected / rate, 2)) AS corrected
  FROM (
    SELECT c.project_id, CASE v.currency WHEN 'BGN' THEN 1.95583 ELSE 1 END AS rate,
      coalesce(sum(f.total) FILTER (WHERE f.step = 'declared' AND c.state NOT IN ('draft', 'rejected')), 0) AS declared,
      coalesce(sum(f.total) FILTER (WHERE f.step = 'released' AND c.state NOT IN ('draft', 'rejected')), 0) AS released,
      coalesce(sum(f.total) FILTER (WHERE f.step = 'verified' AND c.state = 'accepted'), 0) AS verified,
      coalesce(sum(f.total) FILTER (WHERE f.step = 'corrected'), 0) AS corrected
    FROM budgets_linefact f JOIN budgets_claimline l ON l.id = f.line_id JOIN budgets_claim c ON c.id = l.claim_id
      JOIN projects_contractversion v ON v.id = c.contract_id JOIN projects_project p ON p.id = c.project_id
    WHERE p.programme_id = %(programme)s AND l.cost_id IS NOT NULL
      AND f.step IN ('declared', 'released', 'verified', 'corrected')
    GROUP BY c.project_id, v.currency
  ) s GROUP BY project_id
) f ON f.project_id = p.id
LEFT JOIN (
  SELECT c.project_id, sum(e.eur_total) AS certified FROM budgets_applicationentry e
  JOIN budgets_claim c ON c.id = e.claim_id GROUP BY 1
) e ON e.project_id = p.id
LEFT JOIN (
  SELECT project_id, sum(round(paid / CASE currency WHEN 'BGN' THEN 1.95583 ELSE 1 END, 2)) AS paid
  FROM (SELECT project_id, currency, sum(amount) AS paid FROM budgets_payment GROUP BY 1, 2) s GROUP BY 1
) m ON m.project_id = p.id
WHERE p.programme_id = %(programme)s
"""


def lines(rounds: int, by: User, say: Callable[[str], Any]) -> list[Line]:
    """Both rows; the programme is made where it is missing. `by` becomes its officer."""
    programme = Programme.objects.filter(code=CODE).first()
    if programme is None:
        start = time.perf_counter()
        programme = _fill()
        say(f"the money is filled in {time.perf_counter() - start:.0f} s")
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE " + ", ".join(model._meta.db_table for model in TABLES))
    Membership.objects.get_or_create(user=by, role=Role.OFFICER, programme=programme)
    return [_accounts(programme, max(3, rounds // 3)), *_large_claim(programme, rounds, by)]


def _accounts(programme: Programme, rounds: int) -> Line:
    day = localdate()

    def ours() -> dict[int, rollup.Row]:
        return rollup.of_projects(list(Project.objects.filter(programme=programme).order_by("number")), day)

    def plain() -> dict[int, tuple[Decimal, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(BY_HAND, {"programme": programme.pk, "day": day})
            return {row[0]: row[1:] for row in cursor.fetchall()}

    with CaptureQueriesContext(connection) as queries:
        found = ours()
    passes = sum("budgets_linefact" in query["sql"] for query in queries)
    if passes != 1:
        raise CommandError(f"the accounts of a programme go over its facts {passes} times")
    if {pk: astuple(row) for pk, row in found.items()} != plain():
        raise CommandError("the accounts of a programme differ from the hand-written pass")
    held = ClaimLine.objects.filter(claim__project__programme=programme).count()
    facts = LineFact.objects.filter(line__claim__project__programme=programme).count()
    more = f"{len(found)} projects, {held} lines, {facts} facts, {len(queries)} queries"
    return Line("accounts of a programme", *pair(ours, plain, rounds), 1.3, more)


def _large_claim(programme: Programme, rounds: int, by: User) -> list[Line]:
    client = Client(SERVER_NAME="localhost")
    client.force_login(by, backend=settings.AUTHENTICATION_BACKENDS[0])
    large, small = Claim.objects.filter(project__programme=programme, number=EXTRA).order_by("project")
    places = {
        "list of 2,000 claims": "/en/work/claims/",
        "claim of 2,000 lines": "/en/work/claims/{}/check/",
        "claim of 2,000 lines, at a line": "/en/work/claims/{}/check/?line=88",
    }
    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")  # whose work another process would do
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    found = []
    for name, place in places.items():
        counts = []
        for claim in (small, large):
            address = place.format(claim.key)
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                answer = client.get(address)
            if answer.status_code != 200:
                raise CommandError(f"{address} answered {answer.status_code}")
            counts.append(len(queries))
        if counts[1] > counts[0]:
            raise CommandError(f"queries grow with the lines of a claim ({counts[0]} → {counts[1]})")
        walls, works = [], []
        for _round in range(rounds):
            wall, work = time.perf_counter(), working(backend)
            client.get(address)
            walls.append(time.perf_counter() - wall)
            works.append(working(backend) - work)
        wall, work = (statistics.median(each) * 1000 for each in (walls, works))
        more = f"{counts[1]} queries, {len(answer.content) / 1024:.0f} kB, p50: work {work:.0f} ms, wait {wall:.0f} ms"
        found.append(Line(f"{name}, work to {OPENS * 1000:.0f} ms", min(works), OPENS, 1.0, more))
    return found


# --- what is measured ------------------------------------------------------------------------------------------------


@transaction.atomic
def _fill() -> Programme:
    """500 projects with 400 claim lines each and their facts, a fifth of them in lev; one claim more in two of them."""
    at = now()
    programme = Programme.objects.create(
        code=CODE, name={"en": "For measuring money"}, fund=Programme.Fund.ESF_PLUS, country="BG", language="bg",
        statement=Programme.Statement.COFUNDED, synthetic=True,
    )  # fmt: skip
    projects = Project.objects.bulk_create(
        Project(
            number=f"{CODE}-{n:03}", programme=programme, title={"en": f"For measuring money {n}"},
            state=Project.State.IN_PROGRESS, updated_at=at, synthetic=True,
        )
        for n in range(PROJECTS)
    )  # fmt: skip
    contracts = _contracts(projects)
    claims = _claims(projects, contracts, at)
    values: dict[str, Any] = {
        "programme": programme.pk, "at": at, "first": projects[0].pk, "last": projects[-1].pk, "lines": LINES,
        "each": EACH, "extra": EXTRA, "large": LARGE, "small": SMALL,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE budgets_linefact DISABLE TRIGGER linefact_in_bounds")  # row by row it takes minutes
        cursor.execute(COSTS, values | {"file": _files(projects, at)})
        cursor.execute(HOLD, values)
        for step, when, cause, amounts in FACTS:
            if cause:
                _causes(cause, programme, claims, at)
                column = {"applicationentry": "entry"}.get(cause, cause) + "_id, "
                join = f"JOIN budgets_{cause} z ON z.claim_id = c.id"
            else:
                column = join = ""
            sql = FACT.format(step=step, when=when, cause=column, of="z.id, " if cause else "", join=join, **amounts)
            cursor.execute(sql, values)
        cursor.execute(WRONG, values)
        if wrong := cursor.fetchone()[0]:
            raise CommandError(f"{wrong} lines of claims are out of their bounds")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE budgets_linefact ENABLE TRIGGER linefact_in_bounds")
        cursor.execute(DECIDE, values)
    return programme


def _contracts(projects: list[Project]) -> list[ContractVersion]:
    """The first version of each, with ten budget lines; every fifth was in lev until the euro came."""
    total, start = Decimal(10_000_000), date(2025, 1, 1)
    eu, national = split(total, RATE)
    parts: dict[str, Any] = {"total": total, "eu_part": eu, "national_part": national, "own_part": NOTHING}
    days: dict[str, Any] = {"starts_on": start, "ends_on": date(2028, 12, 31)}
    contracts = ContractVersion.objects.bulk_create(
        ContractVersion(
            project=project, number=f"{project.number}-C01", version=1, in_force_from=start, signed_on=start,
            currency="EUR" if n % 5 else "BGN", **parts, **days,
        )
        for n, project in enumerate(projects)
    )  # fmt: skip
    ContractVersion.objects.bulk_create(
        ContractVersion(
            project=first.project, number=f"{first.project.number}-C02", version=2, in_force_from=date(2026, 1, 1),
            kind=ContractVersion.Kind.CHANGE, **parts, **days,
        )
        for first in contracts[::5]
    )  # fmt: skip
    BudgetLine.objects.bulk_create(
        BudgetLine(
            contract=contract, code=str(n), name={"en": f"Line {n}"}, form=BudgetLine.Form.REAL, synthetic=True,
            **{name: part / 10 for name, part in parts.items()},
        )
        for contract in contracts
        for n in range(10)
    )  # fmt: skip
    return contracts


def _claims(projects: list[Project], contracts: list[ContractVersion], at: datetime) -> list[Claim]:
    """Four of each project, and one more of the first and the last, with the moves they made."""
    wanted = [(n, number, state) for n in range(PROJECTS) for number, state in enumerate(CLAIMS, 1)]
    claims = Claim.objects.bulk_create(
        Claim(
            project=projects[n], contract=contracts[n], number=number, kind=Claim.Kind.INTERIM, state=state,
            from_on=date(2025, 1, 1), to_on=date(2025, 12, 31), received_on=localdate(at) - timedelta(days=30),
            made_at=at, synthetic=True,
        )
        for n, number, state in [*wanted, (0, EXTRA, State.IN_CHECK), (PROJECTS - 1, EXTRA, State.IN_CHECK)]
    )  # fmt: skip
    ways = {
        State.IN_CHECK: (State.DRAFT, State.SENT, State.IN_CHECK),
        State.REJECTED: (State.DRAFT, State.SENT, State.IN_CHECK, State.REJECTED),
    }
    ClaimMove.objects.bulk_create(
        ClaimMove(claim=claim, before=before, after=after, at=at - timedelta(days=30))
        for claim in claims
        for before, after in pairwise(ways.get(State(claim.state), PASSED))
    )
    return claims


def _files(projects: list[Project], at: datetime) -> int:
    """Papers of the costs of the first and the last project; the key before that of the first file."""
    first, last = EACH + LARGE, EACH + SMALL
    files = StoredFile.objects.bulk_create(
        StoredFile(sha256=f"{n:064x}", size=1, name=f"{n}.pdf", media_type="application/pdf", stored_at=at)
        for n in range(first + last)
    )
    Evidence.objects.bulk_create(
        Evidence(
            project=projects[0] if n < first else projects[-1], kind=Evidence.Kind.DOCUMENT, file=file, added_at=at,
            synthetic=True,
        )
        for n, file in enumerate(files)
    )  # fmt: skip
    return files[0].pk - 1


def _causes(cause: str, programme: Programme, claims: list[Claim], at: datetime) -> None:
    """The entry in an application and the payment of each first claim, or the correction of each second one."""
    if cause == "correction":
        Correction.objects.bulk_create(
            Correction(
                claim=claim, number=1, kind=Correction.Kind.IRREGULARITY, error="procurement",
                found_by=Correction.FoundBy.AUDIT, found_on=localdate(at), way=Correction.Way.LATER,
                because="No offers were compared.", made_at=at, synthetic=True,
            )
            for claim in claims
            if claim.number == 2
        )  # fmt: skip
        return
    verified = LineFact.objects.filter(
        line__claim__project__programme=programme, line__claim__number=1, step=LineFact.Step.VERIFIED
    )
    names = ("total", "eu_part", "national_part")
    sums = {pk: amounts for pk, *amounts in verified.values_list("line__claim").annotate(*map(Sum, names)).order_by()}
    first = [(claim, *sums[claim.pk]) for claim in claims if claim.number == 1]
    if cause == "payment":
        Payment.objects.bulk_create(
            Payment(
                project=claim.project, claim=claim, kind=Payment.Kind.INTERIM, paid_on=localdate(at),
                currency=claim.contract.currency, amount=total, made_at=at, synthetic=True,
            )
            for claim, total, _eu, _national in first
        )  # fmt: skip
        return
    application = PaymentApplication.objects.create(
        programme=programme, entered_on=localdate(at), year=accounting_year(localdate(at)), number=1,
        state=PaymentApplication.State.SENT, made_at=at, sent_at=at, synthetic=True,
    )  # fmt: skip
    application.claims.add(*(claim for claim, *_amounts in first))
    ApplicationEntry.objects.bulk_create(
        ApplicationEntry(
            application=application, claim=claim, currency=claim.contract.currency,
            rate=BGN_PER_EUR if claim.contract.currency == "BGN" else 1,
            total=total, eu_part=eu, national_part=national, own_part=NOTHING,
            eur_total=to_eur(total, claim.contract.currency), eur_eu_part=to_eur(eu, claim.contract.currency),
            eur_national_part=to_eur(total, claim.contract.currency) - to_eur(eu, claim.contract.currency),
            eur_own_part=NOTHING,
        )
        for claim, total, eu, national in first
    )  # fmt: skip
