"""Is this file what it says it is? For anyone who holds a report, without signing in."""

from __future__ import annotations

import hashlib
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from beneficiaries.models import Certificate
from budgets.models import ClaimLetter
from reports import actions
from reports.forms import VerifyForm
from reports.models import Report
from reports.views.reports import holds

MOST_SHOWN = 10  # reports that hold the very same file, such as a table without rows


@csrf_exempt  # it changes nothing, and a public page sets no cookie
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest, code: str = "") -> HttpResponse:
    """What the portal knows about a check code, a hash or a file. A file sent here is hashed and forgotten."""
    if request.method == "POST":
        form = VerifyForm(request.POST, request.FILES)
        if not form.is_valid():
            return render(request, "reports/verify.html", {"form": form}, status=422)
        answer = redirect(_address(form))
        answer.status_code = 303
        return answer
    given = {name: request.GET[name] for name in ("code", "sha256") if request.GET.get(name)}
    if code:
        given["code"] = code
    if not given:
        return render(request, "reports/verify.html", {"form": VerifyForm()})
    form = VerifyForm(given)
    if not form.is_valid():
        return render(request, "reports/verify.html", {"form": form}, status=422)
    found = _found(form.cleaned_data["code"], form.cleaned_data["sha256"])
    page = {"form": VerifyForm(initial=form.cleaned_data), "asked": form.cleaned_data, **found}
    return render(request, "reports/verify.html", page)


def _address(form: VerifyForm) -> str:
    """The page of the answer, which can be sent on and says nothing about who asked."""
    asked = form.cleaned_data
    sha256 = asked["sha256"]
    if upload := asked["file"]:
        digest = hashlib.sha256()
        for chunk in upload.chunks():
            digest.update(chunk)
        sha256 = digest.hexdigest()
    if asked["code"] and not sha256:
        return reverse("reports:verify_code", args=[asked["code"]])
    query = {name: value for name, value in (("code", asked["code"]), ("sha256", sha256)) if value}
    return f"{reverse('reports:verify')}?{urlencode(query)}"


def _found(code: str, sha256: str) -> dict[str, Any]:
    """The letter, the certificates or the finished reports behind a code, a hash, or both: a file then has to be one
    with that code."""
    letters = ClaimLetter.objects.sealed(code=code, sha256=sha256).select_related("file", "claim__project__programme")
    if letter := letters.defer("snapshot").first():
        return {"letter": letter, "later": letter.claim.letters.filter(position__gt=letter.position).exists()}
    printed = Certificate.objects.sealed(code=code, sha256=sha256).select_related("project__programme")
    if certificates := list(printed[: MOST_SHOWN + 1]):
        return {"certificates": certificates[:MOST_SHOWN], "more": len(certificates) > MOST_SHOWN}
    done = Report.objects.filter(state=Report.State.DONE).with_subject().defer("snapshot")
    if not sha256:
        report = done.filter(code=code).first()
        files = [(f, holds(f)) for f in report.files.select_related("file")] if report else []
        return {"report": report, "files": files}
    matches = [
        {"report": file.report, "name": file.file.name, "size": file.file.size, "holds": holds(file)}
        for file in islice(actions.found_by_hash(sha256, code), MOST_SHOWN + 1)
    ]
    figures = done.filter(snapshot_sha256=sha256, **({"code": code} if code else {})).first()
    return {
        "matches": matches[:MOST_SHOWN],
        "more": len(matches) > MOST_SHOWN,
        "figures": figures,
    }
