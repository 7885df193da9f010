"""Secrets and signatures of webhooks, as Standard Webhooks has them (standardwebhooks.com, specification 1.0).

A secret must be had again to sign with it, so it is kept encrypted: by the first of WEBHOOK_KEYS; older ones still
open what they closed.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Iterable

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PREFIX = "whsec_"


class Unreadable(Exception):
    """A secret was closed with a key that is not among WEBHOOK_KEYS any more."""


def new_secret() -> str:
    """Of 256 random bits."""
    return PREFIX + b64encode(secrets.token_bytes(32)).decode()


def close(secret: str) -> str:
    return _box().encrypt(secret.encode()).decode()


def opened(closed: str) -> str:
    try:
        return _box().decrypt(closed).decode()
    except InvalidToken:
        raise Unreadable from None


def _box() -> MultiFernet:
    def derived(key: str) -> bytes:
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"secrets of webhooks").derive(key.encode())

    return MultiFernet([Fernet(urlsafe_b64encode(derived(key))) for key in settings.WEBHOOK_KEYS])


def headers(message: str, moment: int, body: bytes, keys: Iterable[str]) -> dict[str, str]:
    """The three headers of a message sent at a moment (seconds since 1970), signed with each of the secrets."""
    signed = f"{message}.{moment}.".encode() + body
    made = [hmac.digest(b64decode(key.removeprefix(PREFIX)), signed, "sha256") for key in keys]
    signatures = " ".join(f"v1,{b64encode(each).decode()}" for each in made)
    return {"webhook-id": message, "webhook-timestamp": str(moment), "webhook-signature": signatures}
