"""Funders' own layouts of reports: the list, one layout with its sections and preview, and the forms that change it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from budgets.forms import add_refusal
from core.access import Permission, Refused
from core.requests import Request
from projects.models import Call, Programme, Reach, reach
from reports import actions, layouts
from reports.forms import LayoutLogoForm, LayoutSectionForm, LayoutWordsForm, NewLayoutForm
from reports.forms.layouts import adding
from reports.models import Layout, LayoutVersion

State = LayoutVersion.State


def _layout(request: Request, key: Any, *, edit: bool = False) -> LayoutVersion:
    """The newest version of a layout this person may see; `edit`: and may change."""
    layout = get_object_or_404(Layout.objects.visible_to(request.user), key=key)
    if edit and not actions.may_lay_out(request.user, layout.programme):
        raise PermissionDenied(_("Your role may not change layouts. A programme officer can."))
    rows = layout.versions.select_related("layout__programme", "layout__call", "by")
    number = request.GET.get("version", "")
    return get_object_or_404(rows, number=number) if number.isdecimal() and not edit else rows[0]


def _mine(request: Request) -> list[Programme]:
    """The programmes whose layouts this person makes."""
    where = reach(request.user, Permission.LAYOUT_EDIT)
    found = Programme.objects.order_by("code")
    return list(found if where.everywhere else found.filter(pk__in=where.programmes))


@require_GET
@login_required
def layout_list(request: Request) -> HttpResponse:
    """The layouts of the programmes this person sees, each with its newest version and the published one."""
    if reach(request.user, Permission.REPORT_VIEW) == Reach():
        raise PermissionDenied(_("Reports are for programme officers, the finance of partners and auditors."))
    visible = Layout.objects.visible_to(request.user).select_related("programme", "call").prefetch_related("versions")
    rows = []
    for layout in visible:
        versions = list(layout.versions.all())
        live = next((each for each in versions if each.state == State.PUBLISHED), None)
        rows.append({"layout": layout, "newest": versions[0], "live": live})
    return render(request, "reports/layouts.html", {"rows": rows, "may_add": bool(_mine(request))})


@require_http_methods(["GET", "POST"])
@login_required
def layout_new(request: Request) -> HttpResponse:
    """Begin a layout, as the usual one of a kind or as a copy of another."""
    programmes = _mine(request)
    if not programmes:
        raise PermissionDenied(_("Your role may not change layouts. A programme officer can."))
    there = LayoutVersion.objects.filter(layout__in=Layout.objects.visible_to(request.user))
    form = NewLayoutForm(
        request.POST or None, programmes=programmes, there=there.select_related("layout"),
        calls=Call.objects.filter(programme__in=programmes).select_related("programme"),
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.add_layout(**form.facts(), by=request.user, at=now())
        except Refused as refused:
            add_refusal(form, refused)
        else:
            return redirect("reports:layout", made.layout.key)
    page = {"form": form, "title": _("New layout"), "send": _("Make the layout")}
    return render(request, "reports/layout_form.html", page, status=422 if form.errors else 200)


@require_GET
@login_required
def layout(request: Request, key) -> HttpResponse:
    """One layout: its sections in order, what stands in the way of publishing it, its first page as a picture."""
    return _page(request, _layout(request, key))


def _page(request: Request, version: LayoutVersion, *, refused: Refused | None = None) -> HttpResponse:
    kind, contents = version.layout.of_kind, version.contents
    spoken = request.GET.get("language") or get_language() or "en"
    number = request.GET.get("page", "1")
    edit = actions.may_lay_out(request.user, version.layout.programme)
    page = {
        "one": version,
        "layout": version.layout,
        "sections": [(each, layouts.name_of(each)) for each in contents["sections"]],
        "words": [(words, contents[name]) for name, words in layouts.names().items() if contents[name]],
        "logos": list(version.logos.all()),
        "may_edit": edit,
        "draft": edit and version.state == State.DRAFT,
        "problems": actions.in_the_way(version) if version.state == State.DRAFT else [],
        "adding": adding(kind, contents),
        "versions": version.layout.versions.all(),
        "spoken": spoken if spoken in layouts.LANGUAGES else "en",
        "number": int(number) if number.isdecimal() and int(number) else 1,
        "refused": refused,
        "language_names": layouts.LANGUAGES.items(),
    }
    return render(request, "reports/layout.html", page, status=409 if refused else 200)


@require_http_methods(["GET", "POST"])
@login_required
def layout_words(request: Request, key) -> HttpResponse:
    """Title of the cover, funding statement and footer."""
    version = _layout(request, key, edit=True)
    form = LayoutWordsForm(request.POST or None, version=version)
    return _change(request, version, form, actions.set_words, _("Cover and footer"))


@require_http_methods(["GET", "POST"])
@login_required
def layout_section(request: Request, key, section: int) -> HttpResponse:
    """One section: its heading, its text, its columns."""
    version = _layout(request, key, edit=True)
    if (found := version.section(section)) is None:
        raise Http404
    form = LayoutSectionForm(request.POST or None, version=version, section=found)
    return _change(request, version, form, actions.set_section, layouts.name_of(found), section=section)


@require_http_methods(["GET", "POST"])
@login_required
def layout_logo(request: Request, key) -> HttpResponse:
    """Add a logo."""
    version = _layout(request, key, edit=True)
    form = LayoutLogoForm(request.POST or None, request.FILES or None, version=version)
    return _change(request, version, form, actions.add_logo, _("New logo"))


def _change(request: Request, version: LayoutVersion, form: Any, act: Any, title: str, **more: Any) -> HttpResponse:
    """A form for a part of a draft: drawn, or done and back to the layout."""
    if request.method == "POST" and form.is_valid():
        try:
            act(version, edits=form.cleaned_data["edits"], **form.facts(), **more, by=request.user, at=now())
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("Saved in the draft."))
            return redirect("reports:layout", version.layout.key)
    page = {"form": form, "title": title, "send": _("Save"), "layout": version.layout}
    return render(request, "reports/layout_form.html", page, status=422 if form.errors else 200)


@require_POST
@login_required
def layout_sections(request: Request, key) -> HttpResponse:
    """Move, add or take out a section, or take out a logo: the button says what, and its value which."""
    version = _layout(request, key, edit=True)
    given = request.POST
    who: dict[str, Any] = {"edits": int(given.get("edits", "")[:9] or -1), "by": request.user, "at": now()}
    try:
        which = {name: int(given[name]) for name in ("up", "down", "drop", "logo") if name in given}
        for name, number in which.items():
            if name == "drop":
                actions.drop_section(version, section=number, **who)
            elif name == "logo":
                actions.drop_logo(version, logo=number, **who)
            else:
                actions.move_section(version, section=number, places=-1 if name == "up" else 1, **who)
        if not which:
            made = actions.add_section(version, what=given.get("what", ""), **who)
            if made["is"] == layouts.Part.TEXT:
                return redirect("reports:layout_section", version.layout.key, made["id"])
    except ValueError:
        raise Http404 from None
    except Refused as refused:
        return _page(request, version, refused=refused)
    return redirect("reports:layout", version.layout.key)


@require_http_methods(["GET", "POST"])
@login_required
def layout_move(request: Request, key, to: str) -> HttpResponse:
    """Publish, retire, drop the draft, or begin a new version: first what it means, then the deed."""
    version = _layout(request, key, edit=True)
    if to not in MOVES:
        raise Http404
    refused = None
    if request.method == "POST":
        try:
            edits = int(request.POST.get("edits", "")[:9] or -1)
            gone = _moved(version, to, edits, request.user)
        except ValueError:
            raise Http404 from None
        except Refused as wrong:
            refused = wrong
        else:
            return redirect("reports:layouts") if gone else redirect("reports:layout", version.layout.key)
    page = {"one": version, "layout": version.layout, "to": to, "refused": refused, "move": MOVES[to]}
    page["problems"] = actions.in_the_way(version) if to == "publish" and not refused else []
    return render(request, "reports/layout_move.html", page, status=409 if refused else 200)


MOVES = {  # name in the address: title, what it means, what its button says
    "publish": (
        gettext_lazy("Publish the layout"),
        gettext_lazy("Whoever asks for such a report can choose it from then on. This version can never be changed "
                     "again, only retired; the version published before is retired."),
        gettext_lazy("Publish it"),
    ),
    "retire": (
        gettext_lazy("Retire the layout"),
        gettext_lazy("Nobody can choose it any more. Reports made with it stay as they are, also when their files are "
                     "made again."),
        gettext_lazy("Retire it"),
    ),
    "drop": (
        gettext_lazy("Drop the draft"),
        gettext_lazy("The draft is gone for good. A layout that was never published goes with it."),
        gettext_lazy("Drop it"),
    ),
    "begin": (
        gettext_lazy("Begin a new version"),
        gettext_lazy("The draft begins as the newest version is. That one stays in use until the draft is published."),
        gettext_lazy("Begin it"),
    ),
}  # fmt: skip


def _moved(version: LayoutVersion, to: str, edits: int, by: Any) -> bool:
    """Do it; returns whether the layout is gone."""
    if to == "publish":
        actions.publish(version, edits=edits, by=by, at=now())
    elif to == "retire":
        live = version.layout.versions.published().first()
        actions.retire(live or version, by=by, at=now())
    elif to == "begin":
        actions.begin_version(version.layout, by=by, at=now())
    else:
        return actions.drop_draft(version, edits=edits, by=by, at=now())
    return False


@require_GET
@login_required
def layout_preview(request: Request, key, language: str, number: int) -> HttpResponse:
    """A page of the layout with invented figures, as a picture."""
    version = _layout(request, key)
    if language not in layouts.LANGUAGES:
        raise Http404
    try:
        picture = actions.preview(version, language=language, page=number, by=request.user, at=now())
    except Refused as refused:
        return HttpResponse(" ".join(refused.messages), status=404, content_type="text/plain; charset=utf-8")
    answer = HttpResponse(picture.jpeg, content_type="image/jpeg")
    answer["Cache-Control"] = "private, no-store"
    return answer
