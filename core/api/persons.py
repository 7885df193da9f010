"""What a program never does: operations that are told of, so that nobody looks for them in vain, and always refused
with the reason and the place where a person does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import OpenApiResponse

from core.api import PROBLEM, Problem
from core.api.doors import operation
from core.api.shapes import ProblemDocument


def person_only(summary: Any, because: Any) -> Callable[..., Any]:
    """A method of a Door that answers 403 of the kind “person-only”, whoever asks; `because` says why, and where a
    person does it. It looks nothing up, so it tells nothing of what is there."""
    refusal: dict[Any, Any] = {(403, PROBLEM): OpenApiResponse(ProblemDocument, description=because)}

    @operation(summary, answers=refusal, about=because)
    def refused(self, request, **_named):
        raise Problem(403, "person-only", because)

    return refused
