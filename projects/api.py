"""Programmes, projects, organisations, code lists and who is asking, for programs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from django.db.models import Case, F, Q, When
from django.http import Http404
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from rest_framework.response import Response

from core.access import Permission, roles_with
from core.api import WrongQuery
from core.api.doors import Door, operation
from core.api.feed import Feed, FeedQuery, feed_of
from core.api.shapes import ListQuery, Row, RowQuery, columns, grouped, page_of, rows_of
from core.models import Code, CodeList
from projects.filters import ProjectFilter
from projects.models import (
    Call,
    Change,
    ContractVersion,
    Membership,
    Objective,
    Partner,
    PlannedFigure,
    Programme,
    Project,
    ProjectPlace,
    TargetGroup,
    TypeOfAction,
    followed,
)
from projects.serializers import (
    CallRow,
    CodeListRow,
    CodeRow,
    CodesQuery,
    ContractRow,
    Me,
    OrganisationQuery,
    OrganisationRow,
    PartnerRow,
    PlaceRow,
    PlannedFigureRow,
    ProgrammeRow,
    ProjectDetail,
    ProjectQuery,
    ProjectRow,
    RoleRow,
    TargetGroupRow,
    TokenRow,
    TypeOfActionRow,
    known_organisations,
)


class ProgrammeDoor(Door):
    @operation(
        _("List programmes with their calls"),
        needs=Permission.PROJECT_VIEW,
        query=ListQuery,
        answers={200: page_of(ProgrammeRow)},
        about=_("Every source of funding the portal knows, with its rules as data."),
    )
    def list(self, request):
        return self.pages("code").of(Programme.objects.all(), ProgrammeRow, self._with_calls)

    @staticmethod
    def _with_calls(programmes: Iterable[dict[str, Any]]) -> None:
        codes = [programme["code"] for programme in programmes]
        calls = grouped(CallRow, Call.objects.filter(programme__code__in=codes).order_by("code"), "programme__code")
        types = TypeOfAction.objects.filter(programme__code__in=codes).order_by("position")
        of = grouped(TypeOfActionRow, types, "programme__code")
        for programme in programmes:
            programme["calls"] = calls[programme["code"]]
            programme["types_of_action"] = of[programme["code"]]


def contracts_in_force(numbers: Iterable[str], day: date) -> dict[str, dict[str, Any]]:
    """The contract version in force on `day` of each project: the newest whose force began by then, else the first
    one (as `Project.contract_on`), in one query."""
    began = Q(in_force_from=None) | Q(in_force_from__lte=day)
    versions = ContractVersion.objects.filter(project__number__in=numbers)
    versions = versions.alias(rank=Case(When(began, then=F("version")), default=-F("version")))
    newest = versions.order_by("project_id", "-rank").distinct("project_id")
    return {number: found[0] for number, found in grouped(ContractRow, newest, "project__number").items()}


class ProjectDoor(Door):
    @operation(
        _("List projects"),
        needs=Permission.PROJECT_VIEW,
        query=ProjectQuery,
        answers={200: page_of(ProjectRow)},
        about=_("The projects you may open, by number, each with the contract version in force today."),
    )
    def list(self, request):
        asked = {name: value for name, value in self.asked.items() if name in ProjectFilter.base_filters}
        rows = self.visible(Project.objects)
        if asked:
            chosen = ProjectFilter(asked, queryset=rows)
            if not chosen.is_valid():
                raise WrongQuery(chosen.errors)
            rows = chosen.qs
        return self.pages("number").of(rows, ProjectRow, self._with_contracts)

    @staticmethod
    def _with_contracts(projects: Iterable[dict[str, Any]]) -> None:
        found = contracts_in_force([project["number"] for project in projects], localdate())
        for project in projects:
            project["contract"] = found.get(project["number"])

    @operation(
        _("Read a project"),
        needs=Permission.PROJECT_VIEW,
        query=RowQuery,
        answers={200: ProjectDetail},
        about=_("All facts of one project: contract versions, partners, places, objectives and target groups."),
    )
    def retrieve(self, request, number):
        project = self.fetch(Project.objects, number=number)
        of = {"project": project}
        return self.answer(
            Project.objects.filter(pk=project.pk),
            ProjectDetail,
            contract=contracts_in_force([number], localdate()).get(number),
            contracts=rows_of(ContractRow, ContractVersion.objects.filter(**of).order_by("version")),
            partners=rows_of(PartnerRow, Partner.objects.filter(**of).order_by("role", "pk")),
            places=rows_of(PlaceRow, ProjectPlace.objects.filter(**of).order_by("place__code")),
            objectives=list(Objective.objects.filter(**of).order_by("position").values_list("text", flat=True)),
            target_groups=rows_of(TargetGroupRow, TargetGroup.objects.filter(**of).order_by("position")),
            planned_figures=rows_of(PlannedFigureRow, PlannedFigure.objects.filter(**of).order_by("counter")),
        )


def feed_door(
    collection: Change.Collection, rows: Any, shape: type[Row], needs: Permission, *, summary: Any, about: Any,
    also: Iterable[Permission] = (), finish: Callable[[list[dict[str, Any]]], object] | None = None,
) -> type[Door]:  # fmt: skip
    """The door of a feed of changes: of the visible `rows` of a model, in a shape. Where the rights of `also` hide rows
    from some of those who reach their project, a row that was never shown is no news."""

    class FeedDoor(Door):
        @operation(summary, needs=needs, query=FeedQuery, answers=feed_of(shape), about=about)
        def list(self, request):
            source = followed(collection, request.user, needs, also=also)
            return Feed(self, source).of(self.visible(rows), shape, finish=finish, of=rows.all() if also else None)

    return FeedDoor


class OrganisationDoor(Door):
    @operation(
        _("List organisations"),
        needs=Permission.PROJECT_VIEW,
        query=OrganisationQuery,
        answers={200: page_of(OrganisationRow)},
        about=_("Schools, partners, beneficiaries and authorities of the projects you may open."),
    )
    def list(self, request):
        rows = known_organisations(request.user)
        if project := self.asked.get("project"):
            in_it = Q(pk__in=Partner.objects.filter(project=project).values("organisation"))
            rows = rows.filter(in_it | Q(pk__in=[project.beneficiary_id, project.granting_authority_id]))
        if kind := self.asked.get("kind"):
            rows = rows.filter(kind=kind)
        return self.pages().of(rows, OrganisationRow)


class CodeDoor(Door):
    @operation(
        _("List code lists"),
        query=ListQuery,
        answers={200: page_of(CodeListRow)},
        about=_("Each list with its version, its source and the hash of its file."),
    )
    def list(self, request):
        return self.pages("name").of(CodeList.objects.all(), CodeListRow)

    @operation(
        _("List the codes of one list"),
        query=CodesQuery,
        answers={200: page_of(CodeRow)},
        about=_("Codes are text: leading zeros matter."),
    )
    def codes(self, request, name):
        if not CodeList.objects.filter(name=name).exists():
            raise Http404
        rows = Code.objects.filter(list__name=name)
        if parent := self.asked.get("parent"):
            rows = rows.filter(parent=parent)
        return self.pages("code").of(rows, CodeRow)


class MeDoor(Door):
    @operation(
        _("Who am I"),
        answers={200: Me},
        about=_("Your roles in force, the token of this request, and what both let through together."),
    )
    def retrieve(self, request):
        user, token = request.user, request.auth
        memberships = Membership.objects.in_force(localdate()).filter(user=user)
        roles = rows_of(RoleRow, memberships.order_by("pk"))
        mine = {role["role"] for role in roles}
        allowed = [permission for permission in Permission if mine & set(roles_with(permission, user))]
        return Response(
            {
                "key": user.key,
                "email": user.email,
                "name": user.name,
                "language": user.language,
                "roles": roles,
                "token": token and {name: getattr(token, name) for name in columns(TokenRow)},
                "permissions": sorted(allowed),
            }
        )
