"""Figures in their one written form, and the hash that seals them."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any


def canonical(snapshot: dict[str, Any]) -> bytes:
    """The figures with sorted keys, no spaces, as UTF-8."""
    return json.dumps(snapshot, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def digest(snapshot: dict[str, Any]) -> str:
    return hashlib.sha256(canonical(snapshot)).hexdigest()


def check_code(sha256: str) -> str:
    """Twelve letters and digits printed on a sealed file, in groups of four, that lead to the verify page."""
    letters = base64.b32encode(bytes.fromhex(sha256)).decode()[:12]
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def begins(code: str) -> str:
    """The 15 digits with which the hash behind a check code begins."""
    return base64.b32decode(code.replace("-", "") + "AAAA").hex()[:15]


def verify_url(site: str, language: str, code: str) -> str:
    """Where anyone checks the seal with that code."""
    return f"{site}/{language}/verify/{code}/"
