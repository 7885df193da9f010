"""gzip for programs: an answer to a token goes out compressed to who takes that.

A browser signs in by cookie and gets the answer as it is: a page of another site could make it ask, and read from the
length of what comes back what stands in it (BREACH). It can not make it send a token."""

from __future__ import annotations

import re

from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers
from rest_framework.request import Request

MARK = '-gzip"'
NOT_TAKEN = re.compile(r"\bgzip\s*;\s*q=0(\.0*)?\s*(,|$)")


class _Packer(GZipMiddleware):
    """Django's, without random bytes: the same answer has the same bytes, as its strong ETag says."""

    max_random_bytes = 0


def packed(request: Request, response: HttpResponseBase) -> HttpResponseBase:
    """The answer as it goes out, a table in blocks as it is read; in gzip it has an ETag of its own."""
    if not request.headers.get("Authorization", "").lower().startswith("bearer "):
        return response
    patch_vary_headers(response, ["Accept-Encoding"])
    if NOT_TAKEN.search(request.headers.get("Accept-Encoding", "")):
        return response
    tag = response.headers.get("ETag", "")
    _Packer(lambda _request: response).process_response(request, response)
    if tag and response.headers.get("Content-Encoding"):
        response.headers["ETag"] = tag[:-1] + MARK
    return response


def plain(tag: str) -> str:
    """The ETag of the same answer as it is without gzip."""
    return tag.removesuffix(MARK) + '"' if tag.endswith(MARK) else tag
