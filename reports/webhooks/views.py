"""Webhooks in one's account: list, form, and a page with what was sent."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.access import Refused
from core.requests import Request
from reports.webhooks import actions, events, tasks
from reports.webhooks.forms import AgainForm, WebhookForm
from reports.webhooks.models import Delivery, Webhook

ON_A_PAGE = 25


@require_safe
@login_required
def webhooks(request: Request) -> HttpResponse:
    """One's own; an administrator sees those of everybody."""
    found = Webhook.objects.visible_to(request.user).select_related("owner", "project").order_by("-pk")
    page = Paginator(found, ON_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "webhooks/webhooks.html", {"page": page})


@login_required
def webhook_new(request: Request) -> HttpResponse:
    form = WebhookForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            made, secret = actions.add(**form.told(), by=request.user, at=now())
        except Refused as refused:
            form.add_error(None, refused)
        else:
            return _page(request, made, secret=secret)
    page = {"form": form, "webhook": None}
    return render(request, "webhooks/webhook_form.html", page, status=422 if form.is_bound else 200)


@login_required
def webhook_change(request: Request, key: UUID) -> HttpResponse:
    found = get_object_or_404(Webhook, key=key, owner=request.user)
    form = WebhookForm(request.POST or None, user=request.user, webhook=found)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change(found, **form.told(), by=request.user, at=now())
        except Refused as refused:
            form.add_error(None, refused)
        else:
            messages.success(request, _("The webhook is changed."))
            return redirect("webhooks:webhook", key=key)
    page = {"form": form, "webhook": found}
    return render(request, "webhooks/webhook_form.html", page, status=422 if form.is_bound else 200)


@require_safe
@login_required
def webhook(request: Request, key: UUID) -> HttpResponse:
    return _page(request, _visible(request, key))


@require_POST
@login_required
def webhook_act(request: Request, key: UUID) -> HttpResponse:
    """Pause, resume, test, or renew the secret: what the button says."""
    found, by, at = _visible(request, key), request.user, now()
    match request.POST.get("do"):
        case "pause":
            actions.pause(found, by=by, at=at)
            messages.success(request, _("Nothing is sent any more until you resume it; nothing is lost."))
        case "resume":
            actions.resume(found, by=by, at=at)
            messages.success(request, _("It goes on, with everything since the pause."))
        case "test":
            actions.test(found, by=by, at=at)
            tasks.wake(found)
            messages.success(request, _("The test is on its way. Load this page again to see how it went."))
        case "secret":
            secret = actions.renew_secret(found, by=by, at=at)
            return _page(request, _visible(request, key), secret=secret)
        case _:
            raise Http404
    return redirect("webhooks:webhook", key=key)


@login_required
def webhook_remove(request: Request, key: UUID) -> HttpResponse:
    found = _visible(request, key)
    if request.method == "POST":
        actions.remove(found, by=request.user, at=now())
        messages.success(request, _("The webhook “%(name)s” is removed.") % {"name": found.name})
        return redirect("webhooks:webhooks")
    return render(request, "webhooks/webhook_remove.html", {"webhook": found})


@require_POST
@login_required
def webhook_again(request: Request, key: UUID) -> HttpResponse:
    """Send everything from a day on again."""
    found, form = get_object_or_404(Webhook, key=key, owner=request.user), AgainForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form=form, status=422)
    return _again(request, found, since=form.moment())


@require_safe
@login_required
def delivery(request: Request, key: UUID) -> HttpResponse:
    found = get_object_or_404(Delivery.objects.visible_to(request.user).select_related("webhook__owner"), key=key)
    page = {"delivery": found, "webhook": found.webhook, "attempts": found.attempts.order_by("-pk")}
    return render(request, "webhooks/delivery.html", page | {"mine": found.webhook.owner_id == request.user.pk})


@require_POST
@login_required
def delivery_again(request: Request, key: UUID) -> HttpResponse:
    found = get_object_or_404(Delivery.objects.visible_to(request.user).select_related("webhook"), key=key)
    return _again(request, found.webhook, delivery=found)


def _again(request: Request, found: Webhook, **which: Any) -> HttpResponse:
    try:
        actions.replay(found, **which, by=request.user, at=now())
    except Refused as refused:
        for message in refused.messages:
            messages.error(request, message)
    else:
        tasks.wake(found)
        messages.success(request, _("It is sent again, under the id it had."))
    return redirect("webhooks:webhook", key=found.key)


def _visible(request: Request, key: UUID) -> Webhook:
    return get_object_or_404(Webhook.objects.visible_to(request.user).select_related("owner", "project"), key=key)


def _page(
    request: Request, found: Webhook, *, secret: str = "", form: AgainForm | None = None, status: int = 200
) -> HttpResponse:
    labels = dict(events.choices())
    page = {
        "webhook": found,
        "mine": found.owner_id == request.user.pk,
        "secret": secret,
        "told": [labels.get(name, name) for name in found.events],
        "form": form or AgainForm(),
        "page": Paginator(found.deliveries.order_by("-pk"), ON_A_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "webhooks/webhook.html", page, status=status)
