"""C4: a spreadsheet in four steps: file, columns, check, import. A draft is its maker's alone."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from activities.models import Group
from beneficiaries import tasks
from beneficiaries.actions import imports as actions
from beneficiaries.columns import BLANKS, columns_of, guess, heads
from beneficiaries.forms import FileForm, ImportForm, ReadingForm, refuse
from beneficiaries.models import Import, StagedRow
from beneficiaries.views.common import language, require_any
from beneficiaries.views.history import ACTIONS
from core.access import Permission, Refused
from core.imports import Home, kinds
from core.requests import Request
from projects.models import Partner, Project, Reach, reach

MOST_SHOWN = 50  # rows with problems on the page; the marked file holds all
MOST_GROUPS = 200  # in the list of a template
MOST_LATER = 100  # later changes on the page that asks whether to undo
SINCE = {  # what may have happened after an import, beside what happens to participants
    "attendance.marked": gettext_lazy("Attendance marked"),
    "session.changed": gettext_lazy("Session changed"),
    "session.cancelled": gettext_lazy("Session cancelled"),
    "participant.erased": gettext_lazy("Identity erased"),
    "member.added": gettext_lazy("Role given"),
    "member.removed": gettext_lazy("Role taken away"),
    "contract.added": gettext_lazy("Annex added"),
    "project.texts_changed": gettext_lazy("Texts of the project changed"),
    "account.preferences": gettext_lazy("Settings of the account changed"),
    "import.row_undone": gettext_lazy("Changed by undoing another import"),
}
ABOUT = {  # the modes in words
    actions.Mode.ADD: gettext_lazy("What the portal has already stays as it is; the check says where it differs."),
    actions.Mode.UPDATE: gettext_lazy("Where the file contradicts the portal, the row waits until you decide."),
    actions.Mode.REPLACE: gettext_lazy(
        "The marks in the file take the place of those in the portal, for the children in the file only. The check "
        "shows how many marks change."
    ),
}  # fmt: skip
STEPS = ("file", "columns", "check", "done")
Heap = StagedRow.Heap


def _own(request: Request, key: UUID) -> Import:
    mine = Import.objects.of(request.user).select_related("project__programme", "school", "file")
    return get_object_or_404(mine, key=key)


@login_required
def imports(request: Request) -> HttpResponse:
    """Step 1: the file, what it holds and where its rows belong; drafts to continue and what came in earlier."""
    require_any(request.user, Permission.PARTICIPANT_EDIT)
    places, kinds = _places(request.user), _kinds(request.user)
    form = ImportForm(request.POST or None, request.FILES or None, kinds=kinds, places=places, language=language())
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            upload, (project, school) = form.cleaned_data["file"], places[form.cleaned_data["place"]]
            try:
                source = actions.begin(
                    kind=form.cleaned_data["kind"], project=project, school=school, name=upload.name,
                    chunks=upload.chunks(), size=upload.size, language=language(), by=request.user, at=now(),
                )  # fmt: skip
            except Refused as refused:
                refuse(form, Refused({"file": refused.messages}))
            else:
                return redirect("beneficiaries:import", key=source.key)
    mine = Import.objects.of(request.user).select_related("project", "school")
    page = {
        "form": form, "places": places, "drafts": mine.drafts(), "kinds": kinds,
        "earlier": mine.exclude(finished_at=None).exclude(state__in=["draft", "checked"])[:10],
    }  # fmt: skip
    return render(request, "beneficiaries/imports.html", page, status=status)


def _kinds(user) -> list[tuple[str, str]]:
    """What this person may import on a page: staff only who may give roles."""
    known = actions.BY_SCHOOLS | ({Import.Kind.STAFF} if reach(user, Permission.MEMBERS_EDIT) != Reach() else set())
    return [(kind.value, str(kind.label)) for kind in Import.Kind if kind in known]


def _places(user) -> dict[str, tuple[Project, Any]]:
    """Where this person may import to: key → project and school."""
    where = reach(user, Permission.PARTICIPANT_EDIT)
    partners = Partner.objects.filter(role=Partner.Role.SCHOOL).filter(where.schools_q("project", "organisation"))
    partners = partners.select_related("project__programme", "organisation").order_by("project__number", "pk")[:500]
    return {f"{p.project.number}:{p.organisation.key}": (p.project, p.organisation) for p in partners}


@require_GET
@login_required
def template(request: Request, kind: str) -> HttpResponse:
    """An empty workbook with the headings of one kind."""
    require_any(request.user, Permission.PARTICIPANT_EDIT)
    if kind not in dict(_kinds(request.user)):
        raise Http404
    return _template(kind, {"group": _groups_of(request.user)})


def _template(kind: str, lists: Mapping[str, Sequence[str]]) -> HttpResponse:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "template.xlsx"
        media_type = actions.template(kind, out, language(), lists)
        return _workbook(out, media_type, f"{kind}_{language()}.xlsx")


@login_required
def into(request: Request, kind: str, about: UUID) -> HttpResponse:
    """Step 1 for rows that all go into one thing of another app: the file, and the draft to continue."""
    home = _home(request, kind, about)
    form, status = FileForm(request.POST or None, request.FILES or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            upload = form.cleaned_data["file"]
            try:
                source = actions.begin(
                    kind=kind, project=home.project, school=None, about=about, name=upload.name,
                    chunks=upload.chunks(), size=upload.size, language=language(), by=request.user, at=now(),
                )  # fmt: skip
            except Refused as refused:
                refuse(form, Refused({"file": refused.messages}))
            else:
                return redirect("beneficiaries:import", key=source.key)
    mine = Import.objects.of(request.user).filter(kind=kind)
    page = {
        "form": form, "home": home, "kind": Import.Kind(kind), "about": about, "drafts": mine.drafts(),
        "earlier": mine.filter(about=about).exclude(finished_at=None).exclude(state__in=["draft", "checked"])[:10],
    }  # fmt: skip
    return render(request, "beneficiaries/import_into.html", page, status=status)


@require_GET
@login_required
def template_into(request: Request, kind: str, about: UUID) -> HttpResponse:
    """An empty workbook for what goes into this thing, with its lists to choose from."""
    _home(request, kind, about)
    return _template(kind, kinds()[kind].lists(about))


def _home(request: Request, kind: str, about: UUID) -> Home:
    """What the rows go into; 404 for strangers, 403 for those without the right."""
    if kind not in kinds():
        raise Http404
    home = kinds()[kind].home(about, by=request.user)
    if home is None:
        raise Http404
    return home


def _groups_of(user) -> list[str]:
    """The names of the groups this person enters things for, as the list to choose from in a template."""
    groups = Group.objects.visible_to(user, Permission.PARTICIPANT_EDIT)
    return list(groups.order_by("name").values_list("name", flat=True).distinct()[:MOST_GROUPS])


def _workbook(path: Path, media_type: str, name: str) -> HttpResponse:
    response = HttpResponse(path.read_bytes(), content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response


@require_GET
@login_required
def step(request: Request, key: UUID) -> HttpResponse:
    """The step an import is at."""
    source = _own(request, key)
    if source.job:
        return _page(request, source, "job")
    if source.state == Import.State.DRAFT:
        return _page(request, source, "columns", reading=ReadingForm(look=source.look, initial=source.choice))
    if source.state == Import.State.CHECKED:
        return _page(request, source, "check")
    return _page(request, source, "done")


def _page(request: Request, source: Import, at: str, status: int = 200, **more: Any) -> HttpResponse:
    page: dict[str, Any] = {"source": source, "at": at, "place": STEPS.index("check" if at == "job" else at)} | more
    page |= _up(source)
    if at == "columns":
        page |= _columns(source)
    if at in ("check", "done"):
        page |= _findings(source)
    if at == "done":
        if page["whole"] and source.about:
            page["home"] = kinds()[source.kind].home(source.about, by=request.user)
        page["may_undo"] = not actions.may_undo(source, request.user)
        page["heaps"] = _heaps(source)
    if at == "check":
        page["heaps"] = _heaps(source)
        page["problems"] = source.wrong + source.doubtful
        page["waiting"] = source.staged.filter(heap=Heap.NEW, done_at=None).count()
        if page["whole"] and page["problems"]:
            page["waiting"] = 0
        page |= _noted(source)
    if at == "job":
        page |= _progress(source)
    return render(request, f"beneficiaries/import_{at}.html", page, status=status)


def _up(source: Import) -> dict[str, Any]:
    """Where an import belongs: the list of imports, or the thing all its rows go into."""
    if source.kind not in kinds():
        return {"up_url": reverse("beneficiaries:imports"), "up_label": _("Imports"), "whole": False}
    up = reverse("beneficiaries:import_into", args=[source.kind, source.about])
    return {"up_url": up, "up_label": source.get_kind_display(), "whole": True}


def _columns(source: Import) -> dict[str, Any]:
    """Each expected column with the heading chosen for it; those that are needed and have none come first."""
    sheet = next(s for s in source.look["sheets"] if s["name"] == source.choice["sheet"])
    names = heads(sheet["headings"])
    values = {
        name: [row[n] for row in sheet["sample"] if n < len(row) and row[n].strip() not in BLANKS][:3]
        for n, name in enumerate(names)
    }
    chosen = source.mapping.get("columns", {})
    fields = []
    for column in columns_of(source.kind):
        heading = chosen.get(column.name, "")
        parts = [] if isinstance(heading, str) else heading
        fields.append({
            "column": column, "heading": heading, "parts": parts,
            "values": [] if parts else values.get(heading, []),
        })  # fmt: skip
    fields.sort(key=lambda f: not (f["column"].required and not f["heading"]))
    needed = {field["column"].name for field in fields if field["column"].required and not field["heading"]}
    modes = [(mode, mode.label, ABOUT[mode]) for mode in actions.modes_of(source.kind)]
    return {
        "looks_like": _looks_like(source.kind, sheet) if needed else "",
        "modes": modes,
        "mode": actions.mode_of(source),
        "fields": fields,
        "names": names,
        "sheet": sheet,
        "samples": [(n, values[n]) for n in names],
    }


def _looks_like(kind: str, sheet: dict[str, Any]) -> str:
    """What a sheet seems to hold instead, where all that another kind needs is there; "" when that is not clear."""
    for other in set(Import.Kind) - set(kinds()) if kind not in kinds() else ():
        found = guess(other, sheet["headings"], sheet["sample"])["columns"]
        needed = {column.name for column in columns_of(other) if column.required}
        if other != kind and len(needed) > 1 and needed <= set(found):
            return str(other.label)
    return ""


def _heaps(source: Import) -> list[dict[str, Any]]:
    about = {
        Heap.NEW: _("New or with something new: go in with one click."),
        Heap.SAME: _("There already, nothing to do."),
        Heap.DOUBTFUL: _("Somebody must decide."),
        Heap.WRONG: _("Must be corrected first."),
    }
    return [{"label": heap.label, "count": getattr(source, heap), "about": about[heap]} for heap in Heap]


def _findings(source: Import) -> dict[str, Any]:
    """The rows that wait, with their cells to correct, and how many there are."""
    waiting = source.staged.filter(heap__in=[Heap.WRONG, Heap.DOUBTFUL]).order_by("number")
    labels = {column.name: column.label for column in columns_of(source.kind)}
    rows = []
    for row in waiting[:MOST_SHOWN]:
        wrong: dict[str, list] = {}
        for found in row.findings:
            if found["grade"] in ("error", "doubt"):
                wrong.setdefault(found["column"], []).append(found)
        cells = [
            {"name": name, "label": labels.get(name, ""), "found": found,
             "value": "" if name == "national_number" else row.cells.get(name, "")}
            for name, found in wrong.items()
        ]  # fmt: skip
        codes = [found["code"] for found in row.findings if found.get("code")]
        who = " ".join(row.cells.get(name, "") for name in ("given_name", "family_name")).strip()
        number = row.cells.get("reference", "") or row.cells.get("number", "")
        rows.append({
            "row": row, "cells": cells, "codes": codes, "who": who or number,
            "doubtful": row.heap == Heap.DOUBTFUL,
        })  # fmt: skip
    return {"rows": rows, "more": waiting.count() > MOST_SHOWN, "most": MOST_SHOWN, "groups": _groups(source)}


def _noted(source: Import) -> dict[str, Any]:
    """Rows that are known: what the file replaces, or what is left although the file says something else."""
    rows = actions.noted(source)
    mode = actions.mode_of(source)
    shown = [
        {"number": row.number, "code": row.cells.get("code", "") or row.cells.get("reference", ""), "found": found}
        for row in rows[:MOST_SHOWN] for found in row.findings if found.get("mode") == mode
    ]  # fmt: skip
    return {"mode": mode, "mode_about": ABOUT[mode], "noted": shown, "noted_count": rows.count()}


def _groups(source: Import) -> list[dict[str, Any]]:
    """Wrong values that stand in several rows, to be corrected at once; the most frequent first."""
    counted: Counter[tuple[str, str, str, str]] = Counter()
    for findings in source.staged.filter(done_at=None, heap=Heap.WRONG).values_list("findings", flat=True).iterator():
        for found in findings:
            if found["grade"] == "error" and found["value"] and found["column"] not in ("", "national_number"):
                counted[found["column"], found["value"], found["rule"], found["fix"]] += 1
    known = {column.name: column for column in columns_of(source.kind)}
    return [
        {"column": known[column], "value": value, "rule": rule, "fix": fix, "n": n, "words": known[column].known()}
        for (column, value, rule, fix), n in counted.most_common(10) if n > 1 and column in known
    ]  # fmt: skip


@require_POST
@login_required
def columns(request: Request, key: UUID) -> HttpResponse:
    """Step 2: the file read otherwise, or the columns said and the rows checked."""
    source = _own(request, key)
    form = ReadingForm(request.POST, look=source.look)
    try:
        if "read" in request.POST:
            if form.is_valid():
                actions.read_otherwise(source, {k: v for k, v in form.cleaned_data.items() if v})
            return redirect("beneficiaries:import", key=key)
        chosen: dict[str, Any] = {}
        before = source.mapping.get("columns", {})
        for column in columns_of(source.kind):
            heading = request.POST.get(f"column-{column.name}", "")
            if heading == "=":  # a date in parts, as the mapping had it
                chosen[column.name] = before.get(column.name, "")
            elif heading:
                chosen[column.name] = heading
        actions.set_columns(source, source.mapping | {"columns": chosen}, mode=request.POST.get("mode", ""))
        return _put_to_work(request, source, Import.Job.READ)
    except Refused as refused:
        refuse(form, Refused(refused.messages))
        return _page(request, source, "columns", 422, reading=form, form=form)


def _put_to_work(request: Request, source: Import, job: str) -> HttpResponse:
    """Few rows are done at once; many are a job of a worker."""
    try:
        if actions.ask(source, job):
            tasks.wake(source)
        else:
            actions.work(source, at=now())
    except Refused as refused:
        actions.fail(source, "", at=now())
        if job != Import.Job.READ:
            messages.error(request, " ".join(refused.messages))
            return redirect("beneficiaries:import", key=source.key)
        raise
    return redirect("beneficiaries:import", key=source.key)


@require_POST
@login_required
def rows(request: Request, key: UUID) -> HttpResponse:
    """Step 3: cells corrected, doubts taken upon oneself, and the rows checked again."""
    source = _own(request, key)
    number = request.POST.get("row", "")
    try:
        if number.isdecimal() and source.staged.filter(number=int(number)).exists():
            if "accept" in request.POST:
                same_as = request.POST.get("same_as", "")
                reason = request.POST.get("reason", "")
                actions.accept(source, int(number), reason=reason, same_as=same_as, by=request.user, at=now())
            else:
                typed = [name for name in request.POST if name.startswith("cell-")]
                cells = {name.removeprefix("cell-"): request.POST.get(name, "") for name in typed}
                actions.correct(source, int(number), cells, at=now())
        elif "all" in request.POST:
            _correct_all(source, *(request.POST.get(name, "").strip() for name in ("column", "value", "instead")))
    except Refused as refused:
        messages.error(request, " ".join(refused.messages))
        return redirect(reverse("beneficiaries:import", args=[key]) + f"#row-{number}")
    return _put_to_work(request, source, Import.Job.CHECK)


def _correct_all(source: Import, column: str, value: str, instead: str) -> None:
    """Put one text in the place of another in every wrong row."""
    if not instead:
        raise Refused(_("Enter what should stand there instead."))
    wrong = source.staged.filter(done_at=None, heap=Heap.WRONG).values_list("number", "cells")
    for number in [number for number, cells in wrong if cells.get(column, "")[:80] == value]:
        actions.correct(source, number, {column: instead}, at=now())


@require_POST
@login_required
def bring_in(request: Request, key: UUID) -> HttpResponse:
    """Step 4: what is new goes in; the rest stays in the draft."""
    return _put_to_work(request, _own(request, key), Import.Job.BRING_IN)


@require_GET
@login_required
def job(request: Request, key: UUID) -> HttpResponse:
    """How far the work is; asked every two seconds."""
    source = _own(request, key)
    if not source.job:
        response = HttpResponse(status=286)
        response["HX-Redirect"] = reverse("beneficiaries:import", args=[key])
        return response
    return render(request, "beneficiaries/import_job.html#job", {"source": source} | _progress(source))


def _progress(source: Import) -> dict[str, Any]:
    words = _("%(done)s of %(all)s rows") % {"done": source.progress, "all": source.rows}
    return {
        "job_title": Import.Job(source.job).label, "job_stage": words if source.progress else "",
        "poll_url": reverse("beneficiaries:import_job", args=[source.key]),
        "cancel_url": reverse("beneficiaries:import_cancel", args=[source.key]),
    }  # fmt: skip


@require_POST
@login_required
def cancel(request: Request, key: UUID) -> HttpResponse:
    """Stop the work under way; the draft stays."""
    actions.cancel(_own(request, key))
    return redirect("beneficiaries:import", key=key)


@require_POST
@login_required
def discard(request: Request, key: UUID) -> HttpResponse:
    """Throw a draft away."""
    source = _own(request, key)
    actions.discard(source, by=request.user, at=now())
    messages.success(request, _("The draft is thrown away."))
    return redirect(_up(source)["up_url"])


@require_POST
@login_required
def again(request: Request, key: UUID) -> HttpResponse:
    """The corrected file takes the place of the draft's."""
    source, upload = _own(request, key), request.FILES.get("file")
    if upload is None:
        messages.error(request, _("Choose a file."))
        return redirect("beneficiaries:import", key=key)
    try:
        new = actions.begin_again(
            source, name=upload.name or "", chunks=upload.chunks(), size=upload.size or 0, by=request.user, at=now()
        )
    except Refused as refused:
        messages.error(request, " ".join(refused.messages))
        return redirect("beneficiaries:import", key=key)
    return redirect("beneficiaries:import", key=new.key)


@require_GET
@login_required
def answer(request: Request, key: UUID) -> HttpResponse:
    """The person's own workbook with the problems marked."""
    source = _own(request, key)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "answer.xlsx"
        try:
            media_type = actions.marked(source, out)
        except Refused as refused:
            messages.error(request, " ".join(refused.messages))
            return redirect("beneficiaries:import", key=key)
        return _workbook(out, media_type, f"checked_{source.key}.xlsx")


@login_required
def undo(request: Request, key: UUID) -> HttpResponse:
    """What undoing takes back, and what was changed since; then undo."""
    source = _own(request, key)
    if why := actions.may_undo(source, request.user):
        messages.error(request, why)
        return redirect("beneficiaries:import", key=key)
    if request.method == "POST":
        try:
            count = actions.undo(source, by=request.user, at=now(), keep_edited="keep_edited" in request.POST)
        except Refused as refused:
            messages.error(request, " ".join(refused.messages))
        else:
            words = _("The import is undone: %(count)s rows were taken back.") % {"count": count}
            messages.success(request, words)
            return redirect("beneficiaries:import", key=key)
    later = [
        {"row": one, "said": one.why or str((ACTIONS | SINCE).get(one.action, one.action))}
        for one in actions.later_edits(source, by=request.user, at=now())
    ]
    page = {"source": source, "later": later[:MOST_LATER], "more": max(len(later) - MOST_LATER, 0)}
    return render(request, "beneficiaries/import_undo.html", page)
