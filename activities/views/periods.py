"""Which month is open at which school, and the exceptions an officer gives and takes back."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from activities import actions, checks, figures
from activities.forms import AskToOpenForm, OpenAgainForm, refuse
from activities.models import Group, LockException, LockRequest
from activities.views.sessions import key_of
from core import formats
from core.access import Permission, Refused
from core.models.texts import said
from projects.models import Project, reach

SCHOOLS = 25  # rows of a page of it


@require_GET
@login_required
def periods(request: HttpRequest) -> HttpResponse:
    """Every month × school the person may see: open, closing, locked, opened again; and the exceptions in force."""
    user, today = request.user, localdate()
    _require_somewhere(user)
    last = _month(request.GET.get("to", ""), today)
    months = [figures.earlier(last, n) for n in reversed(range(figures.MONTHS))]
    places = sorted(
        figures.places(user), key=lambda place: formats.sort_key(said(place[1].name, _language())[0], _language())
    )
    projects = sorted({project.number for project, _school in places})
    number = request.GET.get("project", "")
    if number in projects:
        places = [place for place in places if place[0].number == number]
    page = Paginator(places, SCHOOLS).get_page(request.GET.get("page"))
    may_open = {p.pk for p in Project.objects.visible_to(user, Permission.PROJECT_EDIT)}
    exceptions = LockException.objects.visible_to(user).filter(taken_back_at=None, until_on__gte=today)
    shown = {
        "months": months,
        "rows": [
            {"project": row.project, "school": row.school, "cells": row.cells, "may_open": row.project.pk in may_open}
            for row in figures.board(page, months, today)
        ],
        "page": page,
        "projects": projects,
        "number": number if number in projects else "",
        "exceptions": exceptions.select_related("project", "school", "person", "given_by"),
        "requests": LockRequest.objects.visible_to(user).waiting().select_related("project", "school", "asked_by"),
        "may_open": may_open,
        "before": figures.earlier(last, figures.MONTHS),
        "after": figures.earlier(last, -figures.MONTHS) if last < today.replace(day=1) else None,
        "today": today,
        "url_query": f"&project={number}" if number in projects else "",
    }
    return render(request, "activities/periods.html", shown)


def _require_somewhere(user) -> None:
    where = reach(user, Permission.SESSION_VIEW)
    if not (where.everywhere or where.programmes or where.projects or where.schools):
        raise PermissionDenied(_("Your role does not open this page. An administrator can give you access."))


@login_required
def open_again(request: HttpRequest) -> HttpResponse:
    """Open a locked month of a project again for one school or one person."""
    asked = request.POST if request.method == "POST" else request.GET
    visible = Project.objects.visible_to(request.user, Permission.SESSION_VIEW).select_related("programme")
    project = get_object_or_404(visible, number=asked.get("project", ""))
    actions.require(request.user, Permission.PROJECT_EDIT, project)
    today = checks.today_in(project, now())
    begun = {"month": asked.get("month", ""), "who": asked.get("who", ""), "because": asked.get("because", "")}
    form = OpenAgainForm(request.POST or None, project=project, today=today, initial=begun)
    if request.method == "POST" and form.is_valid():
        try:
            actions.open_again(project=project, by=request.user, at=now(), **form.exception())
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The month is open again. It locks by itself when the exception ends."))
            return redirect(f"{reverse('activities:periods')}?project={project.number}")
    status = 422 if form.is_bound else 200
    return render(request, "activities/period_open.html", {"form": form, "project": project}, status=status)


@login_required
def ask(request: HttpRequest) -> HttpResponse:
    """Ask the officer to open a locked month of one's own school again: `?project=&school=&month=`."""
    asked = request.POST if request.method == "POST" else request.GET
    groups = Group.objects.visible_to(request.user).select_related("project__programme", "school")
    school = key_of(asked.get("school", ""))
    group = groups.filter(project__number=asked.get("project", ""), school__key=school).first() if school else None
    if group is None:
        raise Http404
    actions.require(request.user, Permission.SESSION_EDIT, group.project, group.school)
    month = _month(asked.get("month", ""), localdate())
    form = AskToOpenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.ask_to_open(
                project=group.project, school=group.school, month=month, by=request.user, at=now(), **form.cleaned_data
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The officer is asked. You see here when the month is open again."))
            return redirect(f"{reverse('activities:periods')}?project={group.project.number}")
    page = {"form": form, "project": group.project, "school": group.school, "month": month}
    return render(request, "activities/period_ask.html", page, status=422 if form.is_bound else 200)


@require_POST
@login_required
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(LockRequest.objects.visible_to(request.user).select_related("project"), pk=pk)
    actions.decline(found, by=request.user, at=now())
    messages.success(request, _("The request is off the list. The month stays locked."))
    return redirect(f"{reverse('activities:periods')}?project={found.project.number}")


@require_POST
@login_required
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    exception = get_object_or_404(LockException.objects.visible_to(request.user).select_related("project"), pk=pk)
    actions.take_back(exception, by=request.user, at=now())
    messages.success(request, _("The exception is taken back. The month is locked again."))
    return redirect(f"{reverse('activities:periods')}?project={exception.project.number}")


def _month(text: str, today: date) -> date:
    """The month of an address such as 2026-03, the current one when it cannot be read or lies ahead."""
    try:
        wanted = date.fromisoformat(f"{text}-01")
    except ValueError:
        return today.replace(day=1)
    return min(max(wanted, date(formats.FIRST_YEAR + 1, 1, 1)), today.replace(day=1))


def _language() -> str:
    return get_language() or "en"
