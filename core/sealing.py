"""Figures in their one written form, and the hash that seals them."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def canonical(snapshot: dict[str, Any]) -> bytes:
    """The figures with sorted keys, no spaces, as UTF-8."""
    return json.dumps(snapshot, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def digest(snapshot: dict[str, Any]) -> str:
    return hashlib.sha256(canonical(snapshot)).hexdigest()
