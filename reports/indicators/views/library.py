"""The library of a programme: the list, one indicator with its versions and targets, and its forms."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from budgets.forms import add_refusal
from core.access import Permission, Refused
from core.models import Code, Organisation
from projects.models import Partner, Programme, Project, SpecificObjective
from reports.indicators import actions
from reports.indicators.actions.library import require_programme
from reports.indicators.figures import told
from reports.indicators.forms import DefinitionForm, TargetForm
from reports.indicators.models import Definition, Indicator, Snapshot
from reports.indicators.models.library import programmes_of

P = Permission


def _programme(request: HttpRequest, code: str, edit: bool = False) -> Programme:
    programme = get_object_or_404(programmes_of(request.user, P.SESSION_VIEW), code=code)
    if edit:
        require_programme(request.user, P.INDICATOR_EDIT, programme)
    return programme


def may_edit(request: HttpRequest, programme: Programme) -> bool:
    try:
        require_programme(request.user, P.INDICATOR_EDIT, programme)
    except PermissionDenied:
        return False
    return True


def _indicator(request: HttpRequest, programme: str, code: str, edit: bool = False) -> Indicator:
    visible = Indicator.objects.visible_to(request.user).select_related("programme")
    indicator = get_object_or_404(visible, programme__code=programme, code=code)
    if edit:
        require_programme(request.user, P.INDICATOR_EDIT, indicator.programme)
    return indicator


@login_required
@require_safe
def library(request: HttpRequest) -> HttpResponse:
    """What the programmes of this person measure, with the figures of the last night where the whole is theirs."""
    programmes = list(programmes_of(request.user, P.SESSION_VIEW).order_by("code"))
    chosen = next(
        (p for p in programmes if p.code == request.GET.get("programme")), programmes[0] if programmes else None
    )
    rows, snapshot = [], None
    if chosen is not None:
        edit = may_edit(request, chosen)
        snapshot = Snapshot.objects.filter(programme=chosen, project=None).first() if edit else None
        definitions = Definition.objects.filter(indicator__programme=chosen).newest()
        figures = snapshot.figures if snapshot else {}
        rows = [{"one": d, "figure": figures.get(d.indicator.code, {}).get("whole")} for d in definitions]
    page = {
        "programmes": programmes, "programme": chosen, "rows": rows, "snapshot": snapshot,
        "may_edit": chosen is not None and may_edit(request, chosen),
    }  # fmt: skip
    return render(request, "indicators/library.html", page)


@login_required
@require_safe
def indicator(request: HttpRequest, programme: str, code: str) -> HttpResponse:
    """One indicator: what it means now, the versions before, what is to be reached."""
    one = _indicator(request, programme, code)
    versions = list(one.definitions.select_related("by").order_by("-version"))
    targets = one.targets.select_related("project", "school", "municipality", "specific_objective", "based_on")
    visible = Project.objects.visible_to(request.user, P.SESSION_VIEW)
    page = {
        "indicator": one, "programme": one.programme, "newest": versions[0], "versions": versions,
        "rule": told(versions[0].rule), "may_edit": may_edit(request, one.programme),
        "targets": [t for t in targets if t.project_id is None or visible.filter(pk=t.project_id).exists()],
    }  # fmt: skip
    return render(request, "indicators/indicator.html", page)


@login_required
@require_POST
def common(request: HttpRequest, programme: str) -> HttpResponse:
    """Put the common indicators of the regulation into the library."""
    found = _programme(request, programme, edit=True)
    n = actions.add_common(found, by=request.user, at=now())
    words = ngettext("%(n)s indicator is added.", "%(n)s indicators are added.", n) % {"n": n}
    messages.success(request, words)
    return redirect(_list(found))


def _list(programme: Programme) -> str:
    return f"{reverse('indicators:library')}?programme={programme.code}"


@login_required
@require_http_methods(["GET", "POST"])
def indicator_new(request: HttpRequest, programme: str) -> HttpResponse:
    found = _programme(request, programme, edit=True)
    form = DefinitionForm(request.POST or None, programme=found, changes=False)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.add_indicator(
                found, code=form.cleaned_data["code"], **form.facts(), by=request.user, at=now()
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("The indicator is in the library."))
            return redirect("indicators:indicator", programme=found.code, code=made.indicator.code)
    page = {"form": form, "programme": found}
    return render(request, "indicators/definition.html", page, status=422 if request.method == "POST" else 200)


@login_required
@require_http_methods(["GET", "POST"])
def indicator_change(request: HttpRequest, programme: str, code: str) -> HttpResponse:
    """A new version of the definition, or out of use and back."""
    one = _indicator(request, programme, code, edit=True)
    newest = one.definitions.order_by("-version")[0]
    if request.method == "POST" and "ended" in request.POST:
        actions.end_indicator(one, ended=request.POST["ended"] == "1", by=request.user, at=now())
        return redirect("indicators:indicator", programme=programme, code=code)
    start = DefinitionForm.initial_of(newest)
    form = DefinitionForm(request.POST or None, programme=one.programme, changes=True, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_definition(
                one, version=form.cleaned_data["version"], because=form.cleaned_data["because"], **form.facts(),
                by=request.user, at=now(),
            )  # fmt: skip
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("The new version counts from now on. Sealed reports keep theirs."))
            return redirect("indicators:indicator", programme=programme, code=code)
    page = {"form": form, "programme": one.programme, "indicator": one, "newest": newest}
    return render(request, "indicators/definition.html", page, status=422 if request.method == "POST" else 200)


@login_required
@require_http_methods(["GET", "POST"])
def target(request: HttpRequest, programme: str, code: str) -> HttpResponse:
    """Set, change or take out what is to be reached."""
    one = _indicator(request, programme, code, edit=True)
    projects = Project.objects.filter(programme=one.programme).order_by("number")
    schools = Organisation.objects.filter(
        pk__in=Partner.objects.filter(project__in=projects, role=Partner.Role.SCHOOL).values("organisation")
    )
    places = Code.objects.of("bg_municipalities").filter(pk__in=schools.values("place"))
    form = TargetForm(
        request.POST or None, projects=projects, schools=schools, municipalities=places,
        objectives=SpecificObjective.objects.filter(priority__programme=one.programme).order_by("code"),
        outputs=one.programme.indicators.current().filter(definitions__kind=Definition.Kind.OUTPUT).distinct(),
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_target(one, **form.cleaned_data, by=request.user, at=now())
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("The value is saved."))
            return redirect("indicators:indicator", programme=programme, code=code)
    page = {"form": form, "programme": one.programme, "indicator": one}
    return render(request, "indicators/target.html", page, status=422 if request.method == "POST" else 200)
