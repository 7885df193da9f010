"""Load the demo: five real projects in their own words, and a sample life around them."""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.timezone import localdate, now

from projects.models import Project
from reports.management.demo import (
    accounts,
    amending,
    casework,
    claims,
    desk,
    filling,
    layouts,
    library,
    load,
    money,
    partnership,
    promised,
    scale,
    settling,
    values,
)
from reports.management.demo.cast import STAGES


class Command(BaseCommand):
    help = (
        "Load the demo projects, where they are not loaded yet. With --scale N also N × 5 large sample projects. "
        "Works in the trial only; it puts invented people into the database."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("--scale", type=int, default=0, metavar="N", help="make N × 5 further sample projects")
        parser.add_argument("--today", type=date.fromisoformat, default=None, help="the day to lay the term around")
        parser.add_argument("--quiet", action="store_true", help="say nothing")
        parser.add_argument(
            "--i-know-this-is-not-a-trial",
            "--force-scale",
            dest="forced",
            action="store_true",
            help="with --scale: fill a scratch database that is not the trial's",
        )

    def handle(self, *, today: date | None, quiet: bool, forced: bool, **options) -> None:
        if options["scale"] < 0:
            raise CommandError("--scale is a number of sets of five projects, from 0 up.")
        if not settings.TRIAL and not (forced and options["scale"]):
            raise CommandError(
                "This is not the trial (TRIAL is not set), and the demo would mix invented people into real data. "
                "Nothing was loaded. For a scratch database use --scale N --i-know-this-is-not-a-trial."
            )
        day, at = today or localdate(), now()
        call_command("load_codes", verbosity=0)
        new = load_demo(day, at)
        made = scale.make(options["scale"] * 5, day, at)
        if not quiet:
            self.stdout.write(f"{len(new)} demo projects loaded, {len(STAGES) - len(new)} were there already.")
            if options["scale"]:
                self.stdout.write(f"{made} further sample projects made.")


@transaction.atomic
def load_demo(today: date, at: datetime) -> list[Project]:
    """The demo projects that were missing, each with its filling; the sign-ins of the trial."""
    new = load.load_facts(at)
    if sample := partnership.load_sample(at):
        new.append(sample)
    for project in new:
        filling.make_schools(project)
    desk.set_rules()
    desk.set_holidays(today)
    users = accounts.load_accounts(today, at)
    if new:
        library.make(users.get("officer"), at)
        layouts.make(users.get("officer"), at)
    for project in new:
        filling.fill(project, users, today, at)
        casework.add(project, today, at)
        money.fill_money(project, users, today, at)
        amending.add(project, users, today, at)
        promised.add(project, users, today, at)
        claims.fill_claims(project, users, today)
        if users:
            settling.settle(project, users, today)
            settling.certify(project, users, today)
            settling.visit(project, users, today)
        desk.fill_desk(project, users, today, at)
        desk.lay_out_reports(project, users, today)
        values.fill(project, users, today, at)
    return new
