"""The documents of an amendment: attach, take out, download."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from budgets import actions, forms
from budgets.views.amendments import amendment_of, amendment_page
from core import storage
from core.access import Permission, Refused

P = Permission


@login_required
@require_POST
def amendment_papers(request: HttpRequest, key: UUID) -> HttpResponse:
    """Attach a file."""
    one = amendment_of(request, key, P.AMENDMENT_EDIT)
    form = forms.PaperForm(request.POST, request.FILES)
    status = 422
    if form.is_valid():
        try:
            actions.attach_document(one, upload=form.cleaned_data["upload"], by=request.user, at=now())
        except Refused as refused:
            forms.add_refusal(form, refused)
            status = 409
        else:
            messages.success(request, _("The file is attached."))
            return redirect("budgets:amendment", key=key)
    return amendment_page(request, one, status=status, paper_form=form, wrong=form)


@login_required
@require_POST
def amendment_paper_out(request: HttpRequest, key: UUID, paper: UUID) -> HttpResponse:
    """Take a file out again."""
    one = amendment_of(request, key, P.AMENDMENT_EDIT)
    try:
        actions.take_out_document(get_object_or_404(one.papers, key=paper), by=request.user, at=now())
    except Refused as refused:
        return amendment_page(request, one, status=409, refused=refused.messages)
    messages.success(request, _("The file is taken out."))
    return redirect("budgets:amendment", key=key)


@login_required
@require_safe
def amendment_paper(request: HttpRequest, key: UUID, paper: UUID) -> HttpResponseBase:
    """A file as a download; every download leaves an audit row."""
    one = amendment_of(request, key)
    found = get_object_or_404(one.papers.there().select_related("file", "amendment__project"), key=paper)
    try:
        answer = storage.answer(found.file)
    except FileNotFoundError:
        raise Http404(_("The file is missing from the store. Please tell an administrator.")) from None
    actions.hand_out_document(found, by=request.user, at=now())
    return answer
