"""Programmes, projects, organisations, code lists and who is asking, for programs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import Case, F, Q, When
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.timezone import localdate, now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework.response import Response

from core.access import Permission, roles_with
from core.api import Problem, WrongQuery, named
from core.api.doors import Door, operation
from core.api.feed import Feed, FeedQuery, feed_of
from core.api.persons import person_only
from core.api.shapes import ListQuery, Row, RowQuery, columns, grouped, page_of, rows_of
from core.models import Code, CodeList, Organisation
from projects import actions
from projects.actions.external import External, give_ids, known_as
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
    CallDetail,
    CallQuery,
    CallRow,
    CodeListRow,
    CodeRow,
    CodesQuery,
    ContractRow,
    KnownProblem,
    Me,
    ObjectiveRow,
    OrganisationQuery,
    OrganisationRow,
    PartnerRow,
    PlaceRow,
    PlannedFigureRow,
    ProgrammeRow,
    ProjectChange,
    ProjectDetail,
    ProjectFacts,
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

    @operation(
        _("Read a programme with its calls"), needs=Permission.PROJECT_VIEW, query=RowQuery,
        answers={200: ProgrammeRow},
    )  # fmt: skip
    def retrieve(self, request, number):
        found = rows_of(ProgrammeRow, Programme.objects.filter(code=number))
        if not found:
            raise Http404
        self._with_calls(found)
        return Response(found[0])

    @staticmethod
    def _with_calls(programmes: Iterable[dict[str, Any]]) -> None:
        codes = [programme["code"] for programme in programmes]
        calls = grouped(CallRow, Call.objects.filter(programme__code__in=codes).order_by("code"), "programme__code")
        types = TypeOfAction.objects.filter(programme__code__in=codes).order_by("position")
        of = grouped(TypeOfActionRow, types, "programme__code")
        for programme in programmes:
            programme["calls"] = calls[programme["code"]]
            programme["types_of_action"] = of[programme["code"]]


class CallDoor(Door):
    @operation(
        _("List calls"),
        needs=Permission.PROJECT_VIEW,
        query=CallQuery,
        answers={200: page_of(CallDetail)},
        about=_("The calls of all programmes, with the limits that each sets for its projects."),
    )
    def list(self, request):
        asked = {"programme__code": self.asked["programme"]} if "programme" in self.asked else {}
        return self.pages().of(Call.objects.filter(**asked), CallDetail)

    @operation(_("Read a call"), needs=Permission.PROJECT_VIEW, query=RowQuery, answers={200: CallDetail})
    def retrieve(self, request, key):
        return self.answer(Call.objects.filter(pk=get_object_or_404(Call, key=key).pk), CallDetail)


def contracts_in_force(numbers: Iterable[str], day: date) -> dict[str, dict[str, Any]]:
    """The contract version in force on `day` of each project: the newest whose force began by then, else the first
    one (as `Project.contract_on`), in one query."""
    began = Q(in_force_from=None) | Q(in_force_from__lte=day)
    versions = ContractVersion.objects.filter(project__number__in=numbers)
    versions = versions.alias(rank=Case(When(began, then=F("version")), default=-F("version")))
    newest = versions.order_by("project_id", "-rank").distinct("project_id")
    return {number: found[0] for number, found in grouped(ContractRow, newest, "project__number").items()}


FACTS: dict[str, tuple[type[Row], Any]] = {
    "contracts": (ContractRow, ContractVersion.objects.order_by("version")),
    "partners": (PartnerRow, Partner.objects.order_by("role", "pk")),
    "places": (PlaceRow, ProjectPlace.objects.order_by("place__code")),
    "objectives": (ObjectiveRow, Objective.objects.order_by("position")),
    "target_groups": (TargetGroupRow, TargetGroup.objects.order_by("position")),
    "planned_figures": (PlannedFigureRow, PlannedFigure.objects.order_by("counter")),
}


def with_facts(projects: list[dict[str, Any]]) -> None:
    """Adds all that belongs to a project, with queries that do not grow with the projects."""
    numbers = [project["number"] for project in projects]
    for name, (shape, rows) in FACTS.items():
        of = grouped(shape, rows.filter(project__number__in=numbers), "project__number")
        for project in projects:
            project[name] = of[project["number"]]
    for project in projects:
        project["objectives"] = [objective["text"] for objective in project["objectives"]]


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
        return self._detail(self.fetch(Project.objects, number=number))

    @operation(
        _("Change the texts of a project"),
        needs=Permission.PROJECT_EDIT,
        body=ProjectChange,
        answers={200: ProjectDetail},
        matches=True,
        about=_(
            "Title and description in the languages that are sent; the others stay as they are, and an empty text "
            "takes its language away. Dates and amounts change by an amendment of the contract only."
        ),
        examples=[
            OpenApiExample("A title in English", request_only=True, value={"title": {"en": "Together we succeed"}})
        ],
    )
    def partial_update(self, request, number):
        rows = Project.objects.select_for_update(of=("self",))
        project = rows.get(pk=self.fetch(Project.objects, number=number).pk)
        self.require_match(self._detail(project))
        told = self.body()
        texts = {name: getattr(project, name) | told.get(name, {}) for name in actions.TEXTS}
        with named({f"title_{project.programme.language}": "title"}):
            actions.change_project_texts(project, seen_at=project.updated_at, **texts, by=request.user, at=now())
        return self._detail(project)

    def _detail(self, project: Project) -> Response:
        found = rows_of(ProjectDetail, Project.objects.filter(pk=project.pk))
        self._with_contracts(found)
        with_facts(found)
        return Response(found[0])


def feed_door(
    collection: Change.Collection, rows: Any, shape: type[Row], needs: Permission, *, summary: Any, about: Any,
    also: Iterable[Permission] = (), finish: Callable[[list[dict[str, Any]]], object] | None = None,
) -> type[Door]:  # fmt: skip
    """The door of a feed of changes: of the visible `rows` of a model, in a shape. Some rows of a project are hidden
    from those who have none of the rights of `also` there."""

    class FeedDoor(Door):
        @operation(summary, needs=needs, query=FeedQuery, answers=feed_of(shape), about=about)
        def list(self, request):
            source = followed(collection, request.user, needs, also=also)
            return Feed(self, source).of(self.visible(rows), shape, finish=finish)

    return FeedDoor


KNOWN_ALREADY = OpenApiResponse(KnownProblem, description=_("Refused, or the external id is that of another row."))


def refuse_known(project: Project, collection: Change.Collection, rows: Any, external: External | None, user) -> None:
    """Refuse to make a second row of a collection that a source system calls so; its key is told to whoever may see
    it. `rows` are those of the model."""
    if external is None:
        return
    key = known_as(project, collection, [external]).get(external)
    if key is None or not rows.filter(key=key).exists():
        return
    words = gettext("“%(external)s” is in the portal already. Change that row instead of adding it again.")
    more = {"key": str(key)} if rows.visible_to(user).filter(key=key).exists() else {}
    raise Problem(409, "known-already", words % {"external": ":".join(external)}, **more)


def keep_external(row: Any, collection: Change.Collection, external: External | None, *, by, at: datetime) -> None:
    """Keep what a source system calls a row that was just made, if it said so."""
    if external is not None:
        give_ids(row.project, collection, {external: row.key}, by=by, at=at)


class Organisations:
    visible_to = staticmethod(known_organisations)


ProjectFeedDoor = feed_door(
    Change.Collection.PROJECTS, Project.objects, ProjectFacts, Permission.PROJECT_VIEW, finish=with_facts,
    summary=_("Follow projects"),
    about=_("All projects with their contract versions, partners and places, then each of which anything changes."),
)  # fmt: skip
OrganisationFeedDoor = feed_door(
    Change.Collection.ORGANISATIONS, Organisations, OrganisationRow, Permission.PROJECT_VIEW,
    summary=_("Follow organisations"),
    about=_("All schools, partners, beneficiaries and authorities, then each that changes or has no part any more."),
)  # fmt: skip


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

    @operation(_("Read an organisation"), needs=Permission.PROJECT_VIEW, query=RowQuery, answers={200: OrganisationRow})
    def retrieve(self, request, key):
        one = self.fetch(Organisations, key=key)
        return self.answer(Organisation.objects.filter(pk=one.pk), OrganisationRow)


class MemberDoor(Door):
    create = person_only(
        _("Give a person a role"),
        _("Who works here is decided by an administrator, in the portal under People and roles, never by a program."),
    )


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
