"""Indicators for programs: the library of a programme, typed values and their life, estimates, school years. A value
counts when another person than the one who typed or sent it approved it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.timezone import now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from core.access import Permission
from core.api.doors import Door, location, operation
from core.api.shapes import RowQuery, grouped, page_of, rows_of
from projects.api import feed_door
from projects.models import Change, Project
from reports.indicators import actions
from reports.indicators.models import Definition, Estimate, Indicator, SchoolFigure, Target, Value
from reports.indicators.models.library import programmes_of
from reports.indicators.models.schools import schools_of
from reports.indicators.serializers import (
    DefinitionShape,
    EstimateInput,
    EstimateRow,
    EstimatesShape,
    LibraryShape,
    PartRow,
    PartsInput,
    SchoolFigureRow,
    SchoolYearInput,
    SchoolYearsShape,
    TargetShape,
    ValueCorrecting,
    ValueDeciding,
    ValueDetail,
    ValueInput,
    ValueQuery,
    ValueRow,
    ValueSending,
    ValueStepRow,
)

PARTS = [{"gender": "F", "amount": "12"}, {"gender": "M", "amount": "9"}, {"gender": "U", "amount": "1"}]


def example(name: str, value: dict[str, Any]) -> list[OpenApiExample]:
    return [OpenApiExample(name, request_only=True, value=value)]


class Programmes:
    visible_to = staticmethod(programmes_of)


class Schools:
    visible_to = staticmethod(schools_of)


class LibraryDoor(Door):
    @operation(
        _("Read the indicators of a programme"),
        needs=Permission.SESSION_VIEW,
        answers={200: LibraryShape},
        about=_("Each with all versions of its definition and with what is to be reached. It holds no figures."),
    )
    def retrieve(self, request, number):
        programme = self.fetch(Programmes, code=number)
        indicators = Indicator.objects.filter(programme=programme)
        versions = grouped(DefinitionShape, Definition.objects.filter(indicator__in=indicators), "indicator")
        mine = Project.objects.visible_to(request.user, Permission.SESSION_VIEW)
        targets = Target.objects.filter(indicator__in=indicators)
        targets = targets.filter(project=None) | targets.filter(project__in=mine)
        reached = grouped(TargetShape, targets.order_by("on", "pk"), "indicator")
        told = [
            {"code": code, "ended": ended, "definitions": versions[pk], "targets": reached[pk]}
            for pk, code, ended in indicators.values_list("pk", "code", "ended")
        ]
        return Response({"programme": programme.code, "indicators": told})


class ValueDoor(Door):
    @operation(
        _("List typed values"),
        needs=Permission.SESSION_VIEW,
        query=ValueQuery,
        answers={200: page_of(ValueRow)},
        about=_("Values that no record can give, in every state; those that are approved count."),
    )
    def list(self, request):
        asked: dict[str, Any] = {name: self.asked[name] for name in ("project", "state") if name in self.asked}
        if "indicator" in self.asked:
            asked["definition__indicator__code"] = self.asked["indicator"]
        return self.pages().of(self.visible(Value.objects).filter(**asked), ValueRow)

    @operation(
        _("Begin a typed value"),
        needs=Permission.INDICATOR_TYPE,
        body=ValueInput,
        answers={201: ValueDetail},
        headers=[location(201)],
        about=_("As a draft: send it, and another person decides."),
        examples=example(
            "Teachers trained in a spring",
            {"project": "BG05SFPR001-1.008-0009", "indicator": "TEACHERS", "from": "2026-01-01", "to": "2026-06-30",
             "parts": PARTS},
        ),
    )  # fmt: skip
    def create(self, request):
        told = self.body()
        made = actions.type_value(
            definition_of(told["project"], told["indicator"]), told["project"], from_on=told["from"], to_on=told["to"],
            school=told.get("school"), amounts=told["parts"], by=request.user, at=now(),
        )  # fmt: skip
        return self._made(made)

    @operation(
        _("Read a typed value"),
        needs=Permission.SESSION_VIEW,
        query=RowQuery,
        answers={200: ValueDetail},
        about=_("With its parts, and each step with what was said."),
    )
    def retrieve(self, request, key):
        return self._detail(self._value(key))

    @operation(
        _("Change the parts of a typed value"),
        needs=Permission.INDICATOR_TYPE,
        body=PartsInput,
        answers={200: ValueDetail},
        matches=True,
        about=_("Of a draft, or of a value that was returned; these parts take the place of those that are there."),
        examples=example("Women, men and unknown", {"parts": PARTS}),
    )
    def partial_update(self, request, key):
        value = self.fetch(Value.objects.select_for_update(of=("self",)), key=key)
        self.require_match(self._detail(value))
        actions.fill_value(value, amounts=self.body()["parts"], version=value.version, by=request.user, at=now())
        return self._detail(value)

    @operation(
        _("Send a typed value"),
        needs=Permission.INDICATOR_TYPE,
        body=ValueSending,
        answers={200: ValueDetail},
        about=_("From then on it cannot be changed. Another person decides on it."),
        examples=example("As it was read", {"version": 1}),
    )
    def send(self, request, key):
        return self._detail(actions.send_value(self._value(key), **self.body(), by=request.user, at=now()))

    @operation(
        _("Decide on a typed value"),
        needs=Permission.INDICATOR_EDIT,
        body=ValueDeciding,
        answers={200: ValueDetail},
        about=_("Approve it, or return it with a remark. Refused to whoever typed or sent it."),
        examples=example("Returned", {"version": 2, "approve": False, "comment": "Which lists are these from?"}),
    )
    def decide(self, request, key):
        return self._detail(actions.decide_value(self._value(key), **self.body(), by=request.user, at=now()))

    @operation(
        _("Correct a typed value"),
        needs=Permission.INDICATOR_TYPE,
        body=ValueCorrecting,
        answers={201: ValueDetail},
        headers=[location(201)],
        about=_("A new draft with the same parts. The approved value counts until the correction is approved."),
        examples=example("Two more", {"version": 3, "because": "Two certificates came later."}),
    )
    def correct(self, request, key):
        return self._made(actions.correct_value(self._value(key), **self.body(), by=request.user, at=now()))

    def _value(self, key) -> Value:
        return self.fetch(Value.objects.select_related("project__programme", "school"), key=key)

    def _made(self, value: Value) -> Response:
        answer = self._detail(value, 201)
        answer["Location"] = self.request.build_absolute_uri(f"/api/v1/indicator-values/{value.key}/")
        return answer

    def _detail(self, value: Value, code: int = 200) -> Response:
        parts = rows_of(PartRow, value.cells.order_by("pk"))
        total = sum((part["amount"] for part in parts), Decimal(0))
        steps = rows_of(ValueStepRow, value.moves.order_by("pk"))
        rows = Value.objects.filter(pk=value.pk)
        return self.answer(rows, ValueDetail, code, parts=parts, total=total, steps=steps)


ValueFeedDoor = feed_door(
    Change.Collection.VALUES, Value.objects, ValueRow, Permission.SESSION_VIEW,
    summary=_("Follow typed values"), about=_("All typed values, then each that is begun, changed or decided."),
)  # fmt: skip


def definition_of(project: Project, code: str) -> Definition:
    """The definition in force of an indicator of the programme. Raises ValidationError."""
    found = Definition.objects.newest().filter(indicator__programme=project.programme_id, indicator__code=code).first()
    if found is None:
        words = gettext("The programme has no indicator “%(code)s”. Check the code.")
        raise ValidationError({"indicator": [words % {"code": code}]})
    return found


class EstimateDoor(Door):
    @operation(
        _("Read the informed estimates of a project"),
        needs=Permission.SESSION_VIEW,
        answers={200: EstimatesShape},
        about=_("Of sensitive indicators (Regulation (EU) 2021/1057, Annex I), each with method, basis and day."),
    )
    def retrieve(self, request, number):
        return self._all(self.fetch(Project.objects, number=number))

    @operation(
        _("Write down an informed estimate"),
        needs=Permission.INDICATOR_EDIT,
        body=EstimateInput,
        answers={201: EstimatesShape},
        about=_("A newer one of the same period takes the place of the one that is there; both stay."),
        examples=example(
            "Homeless people among the participants",
            {"indicator": "EECO16", "from": "2026-01-01", "to": "2026-12-31", "value": 14, "method": "Sample of 80",
             "basis": "Survey of May 2026", "estimated_on": "2026-06-30"},
        ),
    )  # fmt: skip
    def create(self, request, number):
        project = self.fetch(Project.objects.select_related("programme"), number=number)
        told = self.body()
        indicator = definition_of(project, told.pop("indicator")).indicator
        period = {"from_on": told.pop("from"), "to_on": told.pop("to")}
        actions.estimate(indicator, project, **period, **told, by=request.user, at=now())
        return self._all(project, 201)

    def _all(self, project: Project, code: int = 200) -> Response:
        rows = Estimate.objects.filter(project=project).order_by("-to_on", "-pk")
        return Response({"project": project.number, "estimates": rows_of(EstimateRow, rows)}, status=code)


class SchoolYearDoor(Door):
    @operation(
        _("Read the school years of a school"),
        needs=Permission.SESSION_VIEW,
        answers={200: SchoolYearsShape},
        about=_("Numerators and denominators as the school reported them, such as absences and results of tests."),
    )
    def retrieve(self, request, key):
        return self._all(self.fetch(Schools, key=key))

    @operation(
        _("Report figures of a school year"),
        needs=Permission.INDICATOR_TYPE,
        body=SchoolYearInput,
        answers={200: SchoolYearsShape},
        about=_("All of them or none. Another value than the one that is there needs a reason; the old one is kept."),
        examples=example(
            "Who dropped out",
            {"year": 2025, "figures": [{"measure": "dropout", "numerator": "4", "denominator": "212"}]},
        ),
    )  # fmt: skip
    def create(self, request, key):
        school, told = self.fetch(Schools, key=key), self.body()
        figures = {each["measure"]: (each["numerator"], each.get("denominator")) for each in told["figures"]}
        if len(figures) < len(told["figures"]):
            raise ValidationError({"figures": [gettext("Give each measure once.")]})
        actions.set_school_figures(
            school, year=told["year"], figures=figures, because=told["because"], by=request.user, at=now()
        )
        return self._all(school)

    def _all(self, school) -> Response:
        rows = SchoolFigure.objects.in_force().filter(school=school).order_by("year", "measure")
        return Response({"school": school.key, "figures": rows_of(SchoolFigureRow, rows)})
