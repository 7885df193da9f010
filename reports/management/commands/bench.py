"""`make bench`: how fast the portal is, as ratios against the plainest way to the same result, measured in one run."""

from __future__ import annotations

import statistics
import time
from datetime import timedelta

import orjson
import psycopg
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.db.models import Count
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from beneficiaries import figures
from beneficiaries.models import Participation
from budgets.models import Claim
from core.actions import make_token
from core.export import csv_rows
from core.models import ApiToken, Role, User
from projects.models import Membership, Programme, Project
from reports.management import bulk_bench, feed_bench, import_bench, load_bench, money_bench, report_bench, table_bench
from reports.management.demo.scale import MANY
from reports.management.measure import Line, pair, peak
from reports.management.report_bench import BY_GENDER, PERIOD


class Command(BaseCommand):
    help = "Measure pages, lists, indicators, files, exports, imports and money against the plainest way to the same."

    def add_arguments(self, parser):
        parser.add_argument("--participations", type=int, default=200_000, help="In projects of 400 each.")
        parser.add_argument("--rounds", type=int, default=15)
        parser.add_argument("--only", default="", help="One part: pages, indicators, csv, tables, json, bulk, feed …")
        parser.add_argument("--rows", type=int, default=100_000, help="Rows of the spreadsheets that are imported.")
        parser.add_argument("--cells", type=int, default=50_000, help="Rows of the workbook that is written.")
        parser.add_argument("--changes", type=int, default=1_000_000, help="History of the feed that is read.")
        parser.add_argument("--queued", type=int, default=12, help="Reports that two workers make.")
        parser.add_argument("--rate", type=int, default=200, help="Requests a second that the web server is asked.")
        parser.add_argument("--seconds", type=int, default=30, help="How long it is asked.")

    def handle(self, *, participations: int, rounds: int, only: str, rows: int, **options):
        if not settings.TRIAL:
            raise CommandError("The bench fills its database with invented rows; it runs in the trial only.")
        call_command("seed_demo", quiet=True)
        if only != "money" and Participation.objects.count() < participations:
            start = time.perf_counter()
            call_command("seed_demo", scale=-(-participations // (5 * MANY.people)), quiet=True)
            self.stdout.write(f"filled in {time.perf_counter() - start:.0f} s")
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        self.rounds = rounds
        self.stdout.write(
            f"{Project.objects.count()} projects, {Participation.objects.count()} participations, {rounds} rounds\n"
        )
        parts = {
            "pages": self.pages,
            "indicators": self.indicators,
            "csv": self.csv,
            "tables": lambda: table_bench.lines(max(3, rounds // 3), self._api()),
            "json": self.json,
            "reports": lambda: report_bench.lines(
                rounds, options["cells"], options["queued"], self._person("reports"), self.stdout.write
            ),
            "import": lambda: import_bench.lines(rows, self._person("everywhere"), self.stdout.write),
            "bulk": lambda: bulk_bench.lines(rounds, self._person("everywhere")),
            "feed": lambda: feed_bench.lines(rounds, self._api(), self._person("everywhere"), options["changes"]),
            "load": lambda: load_bench.lines(options["rate"], options["seconds"], self._secret(), self.stdout.write),
            "money": lambda: money_bench.lines(rounds, self._person("money"), self.stdout.write),
        }
        self.stdout.write(f"{'against the plainest way':46} {'ours':>10} {'plain':>10} {'ratio':>7} {'limit':>6}\n")
        bad = []
        for part in [part for name, part in parts.items() if only in ("", name)]:
            for line in part():  # told as it is measured: what a later part meets takes nothing away
                mark = "" if line.good else "  ABOVE THE LIMIT"
                self.stdout.write(
                    f"{line.name:46} {line.ours * 1000:8.1f} ms {line.base * 1000:7.1f} ms {line.ratio:6.2f}x"
                    f" {line.limit:5.2f}x{mark}  {line.more}"
                )
                self.stdout.flush()
                bad += [] if line.good else [line.name]
        if bad:
            raise CommandError("above the limit: " + ", ".join(bad))

    # --- pages and lists ---------------------------------------------------------------------------------------------

    def pages(self) -> list[Line]:
        """Time, queries and weight of each page with all rows, and queries again with the rows of one project."""
        small = self._person("small")
        project = self._largest()
        number = project.number
        Membership.objects.get_or_create(user=small, role=Role.API_CLIENT, project=project, organisation=None)
        officer = self._person("officer")  # the same panels with few projects
        Membership.objects.get_or_create(user=officer, role=Role.OFFICER, programme=self._smallest_with_claims())
        everywhere = self._person("everywhere")
        Membership.objects.get_or_create(user=everywhere, role=Role.ADMINISTRATOR)
        one = f"/en/work/projects/{number}/"
        addresses = {
            "public home": "/en/",
            "public projects": "/en/projects/",
            "public project": "/en/projects/BG05SFPR001-1.008-0009/",
            "dashboard": "/en/work/",
            "projects": "/en/work/projects/",
            "project": one,
            "project, money": one + "money/",
            "project, people": one + "people/",
            "project, indicators": one + "indicators/",
            "participants": "/en/work/participants/",
            "reports": "/en/work/reports/",
            "trail": "/en/work/trail/",
            "API projects": "/api/v1/projects/?page_size=100",
            "API activities": "/api/v1/activities/?page_size=100",
            "API sessions": "/api/v1/sessions/?page_size=100",
            "API participants": "/api/v1/participants/?page_size=100",
            "API reports": "/api/v1/reports/?page_size=100",
        }
        self.stdout.write(f"{'page or list':24} {'p50':>8} {'p95':>8} {'queries':>8} {'few rows':>9} {'kB':>7}")
        grew = []
        for name, address in addresses.items():
            times, answer = self._times(everywhere, address)
            queries = self._queries(everywhere, address)
            less = officer if name == "dashboard" else small
            few = self._queries(less, address) if "public" not in name and "trail" not in name else queries
            kilobytes = len(answer.content) / 1024
            p95 = sorted(times)[int(len(times) * 0.95)]
            self.stdout.write(
                f"{name:24} {statistics.median(times) * 1000:5.1f} ms {p95 * 1000:5.1f} ms {queries:8} {few:9}"
                f" {kilobytes:7.1f}"
            )
            if queries > few + 1:  # an administrator's dashboard may hold one panel more
                grew.append(f"{name} ({few} → {queries})")
        if grew:
            raise CommandError("queries grow with rows: " + ", ".join(grew))
        return []

    def _person(self, name: str) -> User:
        email = f"bench-{name}@demo.example"
        return User.objects.filter(email=email).first() or User.objects.create_user(email, None, synthetic=True)

    def _smallest_with_claims(self) -> Programme:
        """The programme with the fewest projects among those in which a claim waits."""
        found = Programme.objects.filter(pk__in=Claim.objects.waiting().values("project__programme"))
        return found.annotate(n=Count("projects")).order_by("n")[0]

    def _client(self, user: User) -> Client:
        client = Client(SERVER_NAME="localhost")
        client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
        return client

    def _times(self, user: User, address: str):
        client, times = self._client(user), []
        for _ in range(self.rounds + 1):
            start = time.perf_counter()
            answer = client.get(address)
            times.append(time.perf_counter() - start)
            if answer.status_code != 200:
                raise CommandError(f"{address} answered {answer.status_code}")
        return times[1:], answer

    def _queries(self, user: User, address: str) -> int:
        client = self._client(user)
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        return len(queries)

    # --- figures -----------------------------------------------------------------------------------------------------

    def indicators(self) -> list[Line]:
        """The ESF+ table against one hand-written pass over the same rows; goal 1.3."""
        largest = self._largest()
        programme = list(largest.programme.projects.values_list("pk", flat=True))
        lines = []
        for name, ids in (("one project", [largest.pk]), ("programme", programme)):

            def by_hand(ids=ids):
                with connection.cursor() as cursor:
                    cursor.execute(BY_GENDER, {"projects": ids, "start": PERIOD[0], "end": PERIOD[1]})
                    return {row[0]: row[1:] for row in cursor.fetchall()}

            counted = figures.esf_indicators(ids, *PERIOD)
            plain = by_hand()
            for i, code in enumerate(figures.INDICATORS):
                if counted.period[code].total != sum(plain.get(g, [0] * 40)[i] for g in figures.GENDERS):
                    raise CommandError(f"{code} differs from the hand-written pass")

            def ours(ids=ids):
                return figures.esf_indicators(ids, *PERIOD)

            times = pair(ours, by_hand, self.rounds)
            people = counted.to_date["EECO01"].total
            lines.append(Line(f"ESF+ indicators, {name}", *times, 1.3, f"{len(ids)} projects, {people} people"))
        return lines

    def _largest(self) -> Project:
        return Project.objects.annotate(n=Count("participations")).order_by("-n").select_related("programme")[0]

    # --- files -------------------------------------------------------------------------------------------------------

    def csv(self) -> list[Line]:
        """All participants as CSV against COPY TO STDOUT of the same query; goal 1.5 with flat memory."""
        columns = ("person__code", "project__number", "entered_on", "left_on", "labour_status", "education")
        rows = Participation.objects.order_by("pk").values(*columns)

        def count(blocks) -> int:
            return sum(len(block) for block in blocks)

        sql, parameters = rows.query.sql_with_params()
        raw: psycopg.Connection = connection.connection

        def plain() -> int:
            query = psycopg.ClientCursor(raw).mogrify(sql, parameters)
            with (
                raw.cursor() as cursor,
                cursor.copy(f"COPY ({query}) TO STDOUT WITH (FORMAT csv, HEADER true)") as copy,
            ):
                return count(copy)

        with peak() as rose:
            size = count(csv_rows(rows))
        times = pair(lambda: count(csv_rows(rows)), plain, max(3, self.rounds // 3))
        more = f"{rows.count()} rows, {size / 1024 / 1024:.1f} MiB, peak +{rose[0]:.0f} MiB"
        if rose[0] > 24:
            raise CommandError(f"the CSV export is not flat: +{rose[0]:.0f} MiB")
        return [Line("participants CSV", *times, 1.5, more)]

    def _api(self) -> Client:
        """A program that reads everything."""
        return Client(SERVER_NAME="localhost", headers={"authorization": f"Bearer {self._secret()}"})

    def _secret(self) -> str:
        """Its token."""
        user = self._person("everywhere")
        Membership.objects.get_or_create(user=user, role=Role.ADMINISTRATOR)
        scopes = [ApiToken.Scope.READ.value, ApiToken.Scope.PARTICIPANTS.value]
        until = now() + timedelta(days=1)
        _token, secret = make_token(user=user, name="bench", scopes=scopes, expires_at=until, by=user, at=now())
        return secret

    def json(self) -> list[Line]:
        """The API's list of 1,000 participants against psycopg + orjson of the same cells; goal 3.0."""
        client = self._api()
        address = "/api/v1/participants/?page_size=1000"
        sql = """
            SELECT p.key, q.code, r.number AS project, o.key AS school, q.gender, q.born_on, p.entered_on, p.left_on,
                   p.labour_status, p.education, ok.complete,
                   CASE WHEN g.consent_to_count AND NOT EXISTS (
                            SELECT FROM beneficiaries_consent c WHERE c.participation_id = p.id
                            AND c.kind = 'consented' AND c.withdrawn_on IS NULL) THEN 'no'
                        WHEN ok.complete THEN 'counted' ELSE 'total' END AS counting, p.version, p.synthetic
            FROM beneficiaries_participation p JOIN beneficiaries_person q ON q.id = p.person_id
            JOIN projects_project r ON r.id = p.project_id JOIN projects_programme g ON g.id = r.programme_id
            JOIN core_organisation o ON o.id = p.school_id
            CROSS JOIN LATERAL (SELECT q.gender <> '' AND q.born_on IS NOT NULL AND p.labour_status <> ''
                                       AND p.education IS NOT NULL AS complete) ok
            ORDER BY p.key LIMIT 1000
        """

        def plain() -> bytes:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                names = [c.name for c in cursor.description]
                return orjson.dumps([dict(zip(names, row, strict=True)) for row in cursor.fetchall()], default=str)

        rows = client.get(address).json()["results"]
        if rows != orjson.loads(plain()):
            raise CommandError("the API's list differs from the hand-written one")
        with transaction.atomic():
            ours, base = pair(lambda: client.get(address).content, plain, self.rounds)
        return [Line("API list of 1,000 participants", ours, base, 3.0, f"{len(rows[0])} fields, whole request")]
