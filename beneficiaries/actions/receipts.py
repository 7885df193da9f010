"""Receipts: the same request sent twice is answered once."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from beneficiaries.models import (
    Receipt,
)
from core.access import Refused


def digest(body: Any) -> str:
    return hashlib.sha256(json.dumps(body, ensure_ascii=False, default=str).encode()).hexdigest()


def plain(number: str) -> str:
    return re.sub(r"\W", "", number)


def receipt_of(by, idempotency_key: str, body: str) -> Receipt | None:
    """The receipt of the same request, if it came before; raises Refused when its key was used for something else."""
    if not idempotency_key:
        return None
    receipt = Receipt.objects.filter(user=by, idempotency_key=idempotency_key[:80]).first()
    if receipt and receipt.body_sha256 != body:
        raise Refused(_("This request was sent before with other content. Load the page again and repeat the change."))
    return receipt


def keep_receipt(by, idempotency_key: str, body: str, answer: dict[str, Any], at: datetime) -> None:
    if not idempotency_key:
        return
    try:
        with transaction.atomic():
            Receipt.objects.create(
                user=by, idempotency_key=idempotency_key[:80], body_sha256=body, answer=answer, received_at=at
            )
    except IntegrityError:  # two requests with one key at the same moment, about different things
        raise Refused(_("This request was sent twice at once. Load the page again.")) from None


def forget_receipts(*, before: datetime) -> int:
    """Remove receipts older than `before`; returns how many went."""
    return Receipt.objects.filter(received_at__lt=before).delete()[0]
