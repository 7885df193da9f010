"""The money of the projects of a programme side by side, for programs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from django.utils.timezone import localdate, now
from django.utils.translation import gettext_lazy as _

from budgets.figures import rollup
from budgets.serializers.accounts import AccountRow, AccountsQuery
from core.access import Permission
from core.api.doors import Door, operation
from core.api.shapes import page_of
from projects.models import Project


class AccountDoor(Door):
    @operation(
        _("List the accounts of projects"),
        needs=Permission.ACCOUNT_VIEW,
        query=AccountsQuery,
        answers={200: page_of(AccountRow)},
        about=_("Contracted, claimed, verified, corrected, certified and paid of each project, in euro, as of today."),
    )
    def list(self, request):
        asked = {"programme__code": self.asked["programme"]} if "programme" in self.asked else {}
        return self.pages("number").of(self.visible(Project.objects).filter(**asked), AccountRow, self._with_sums)

    @staticmethod
    def _with_sums(rows: Iterable[dict[str, Any]]) -> None:
        wanted = [row["number"] for row in rows]
        projects = list(Project.objects.filter(number__in=wanted))
        sums = rollup.of_projects(projects, localdate(now()))
        by_number = {project.number: asdict(sums[project.pk]) for project in projects}
        for row in rows:
            row.update(by_number[row["number"]])
