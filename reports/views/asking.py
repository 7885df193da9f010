"""Asking for a report: which kind, about what, for which time, in which language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from core.access import Permission, Refused
from core.requests import Request
from projects.models import Project, reach
from reports import actions
from reports.catalogue import Group, Kind, Subject, kinds, offered
from reports.forms import AskForm, find_project, periods
from reports.models import LayoutVersion, Report
from reports.subjects import Thing, find, spelled, things
from reports.tasks import wake


@dataclass(frozen=True)
class Choice:
    """A kind of report this person may ask for about one sort of thing."""

    kind: Kind
    subject: Subject
    rows: QuerySet

    @property
    def url(self) -> str:
        return reverse("reports:ask") + "?" + urlencode({"kind": self.kind.key, "of": self.subject})


def see(url: str) -> HttpResponse:
    """Send the browser on to `url`, which it opens with GET (303)."""
    answer = redirect(url)
    answer.status_code = 303
    return answer


def _choices(user) -> list[Choice]:
    """All this person may ask for, in the order of the catalogue."""
    known: dict[tuple[Permission, Subject], QuerySet | None] = {}
    found = []
    for kind in offered():
        for subject in kind.subjects:
            asked_with = kind.asked_with or Permission.REPORT_MAKE
            if (asked_with, subject) not in known:
                rows = things(subject, reach(user, asked_with))
                known[asked_with, subject] = rows if rows.exists() else None
            if (rows_there := known[asked_with, subject]) is not None:
                found.append(Choice(kind, subject, rows_there))
    return found


def _chosen(choices: list[Choice], given: QueryDict) -> Choice:
    """The choice an address or a form names; the first one where it names none."""
    if given.get("kind", "") not in ("", *kinds()):
        raise Http404
    of = given.get("of") or next((each for each in Subject if given.get(str(each))), "")
    fit = [c for c in choices if given.get("kind", choices[0].kind.key) == c.kind.key and of in ("", c.subject)]
    if not fit:
        raise PermissionDenied(_("Your role may not make this report. A programme officer can."))
    return fit[0]


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def ask(request: Request) -> HttpResponse:
    """Ask for a report: first its kind, where there is a choice; then a page that proposes what it is about, period and
    language; htmx asks that page what a period holds."""
    choices = _choices(request.user)
    if not choices:
        raise PermissionDenied(_("Your role may not make reports. A programme officer can."))
    if request.method == "POST":
        return _ask(request, _chosen(choices, request.POST))
    if len(choices) > 1 and not request.GET:
        return _catalogue(request, choices)
    choice = _chosen(choices, request.GET)
    about = str(choice.subject)
    names = (about, "from", "to", "school_year", "language", "layout")
    given = {name: request.GET[name] for name in names if request.GET.get(name)}
    proposed = _form(choice, initial={about: _named(choice, given.get(about, ""))})
    values = {name: proposed[name].value() for name in proposed.names} | given
    form = _form(choice, values)
    wrong = not form.is_valid()
    if request.htmx:
        problems = [text for name in form.names if values[name] for text in form.errors.get(name, [])]
        return render(request, "reports/ask.html#scope", _scope(form, choice) | {"problems": problems})
    if wrong and given:
        return _page(request, form, choice, status=422)
    again = _form(choice, initial={**proposed.initial, **form.cleaned_data})
    return _page(request, again, choice, scope=form)


def _catalogue(request: Request, choices: list[Choice]) -> HttpResponse:
    """The kinds this person may ask for, by group, each with what it is of."""
    groups = []
    for group in Group:
        of_group = {c.kind.key: c.kind for c in choices if c.kind.group == group}
        if of_group:
            groups.append((group.label, [(kind, [c for c in choices if c.kind is kind]) for kind in of_group.values()]))
    return render(request, "reports/ask_kinds.html", {"groups": groups})


def _form(choice: Choice, *args: Any, **kwargs: Any) -> AskForm:
    layouts = list(LayoutVersion.objects.offered(choice.kind.key, choice.subject, choice.rows))
    return AskForm(
        *args, rows=choice.rows, today=localdate(), kind=choice.kind, subject=choice.subject, layouts=layouts, **kwargs
    )  # fmt: skip


def _named(choice: Choice, text: str) -> Thing | None:
    """What an address names; None where it is unknown: the field says so."""
    if not text:
        return None
    try:
        return find_project(choice.rows, text) if choice.subject == Subject.PROJECT else find(choice.rows, text)
    except ValidationError:
        return None


def _ask(request: Request, choice: Choice) -> HttpResponse:
    """A question that is being worked on or was declined to be answered by an older report leads to its report."""
    form = _form(choice, request.POST)
    if not form.is_valid():
        return _page(request, form, choice, status=422)
    question, again = form.question(), form.cleaned_data["again"]
    mail = form.cleaned_data["mail"]
    if report := actions.at_work(**question):
        if mail:
            actions.watch(report, by=request.user, wanted=True)
        return see(_url(report))
    found = actions.ready(**question)
    if found and found.key != again:
        if again and Report.objects.filter(key=again, **question).exists():
            return see(_url(found))  # the form was sent twice, and the first one is done already
        return _page(request, form, choice, found=found, changed=actions.changed_since(found), status=409)
    thing = form.about()
    assert thing is not None
    scope = actions.in_scope(thing, question["from_on"], question["to_on"])
    if not (any(scope.values()) or again or form.cleaned_data["empty"]):
        return _page(request, form, choice, nothing=True, status=409)
    try:
        report, _new = actions.ask(**question, by=request.user, at=now())
    except ValidationError as refused:
        form.add_error(None, refused)
        return _page(request, form, choice, status=409 if isinstance(refused, Refused) else 422)
    if mail:
        actions.watch(report, by=request.user, wanted=True)
    wake(report)
    return see(_url(report))


def _url(report: Report) -> str:
    return reverse("reports:report", args=[report.key])


def _page(
    request: Request, form: AskForm, choice: Choice, *, scope: AskForm | None = None, status: int = 200, **more: Any
) -> HttpResponse:
    page = {"form": form, "choice": choice, "others": len(offered()) > 1, "usual": usual(choice.kind.key)}
    if choice.kind.key == "annex_vii":
        page["plans"] = choice.rows.order_by("code")
    page |= _scope(scope or form, choice) | more
    return render(request, "reports/ask.html", page, status=status)


def _scope(form: AskForm, choice: Choice) -> dict[str, Any]:
    """What the chosen time holds of the chosen thing, and other periods to choose from."""
    valid = form.is_valid()
    data, thing = getattr(form, "cleaned_data", {}), form.about()
    page: dict[str, Any] = {"about": thing, "presets": [], "problems": []}
    if thing and "from" in form.fields:
        same = {"kind": choice.kind.key, str(choice.subject): spelled(thing)}
        if isinstance(thing, Project):
            page["contract"] = thing.contract_on(data.get("to") or localdate())
        page["presets"] = [
            (
                name,
                first,
                until,
                "?" + urlencode({**same, "from": first, "to": until, "language": data.get("language") or ""}),
            )
            for name, first, until in periods(thing if isinstance(thing, Project) else None, localdate())
        ]
    if valid and thing:
        question = form.question()
        page["scope"] = actions.in_scope(thing, question["from_on"], question["to_on"])
        page["nothing_there"] = not any(page["scope"].values())
    return page


def usual(kind: str) -> str:
    """How long a report of this kind usually takes, in words; "" when there is nothing to go by."""
    seconds = actions.usual_seconds(kind)
    if seconds is None:
        return ""
    if seconds < 60:
        return _("usually under a minute")
    minutes = round(seconds / 60)
    return ngettext("usually about %(n)s minute", "usually about %(n)s minutes", minutes) % {"n": minutes}


def ready_in(seconds: float | None) -> str:
    """When a waiting report will be ready, in words; "" when there is nothing to go by."""
    if seconds is None:
        return ""
    if seconds < 60:
        return _("ready in under a minute")
    minutes = round(seconds / 60)
    return ngettext("ready in about %(n)s minute", "ready in about %(n)s minutes", minutes) % {"n": minutes}
