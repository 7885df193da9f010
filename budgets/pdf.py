"""From the figures of a letter to tagged PDF/UA: equal figures give equal bytes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from budgets.models import Claim, LineDecision
from core import formats, pdf, sealing

LONGEST_TABLE = 200
"""Lines verified as claimed that are printed; all of them stand in the portal."""


def letter(taken: dict[str, Any], sha256: str) -> bytes:
    """The letter as PDF in the language of its figures."""
    return pdf.write(html(taken, sha256), bytes.fromhex(sha256)[:16])


def html(taken: dict[str, Any], sha256: str, **preview: str) -> str:
    """The letter as one HTML document. Without a hash it is not sealed; a preview names what stands above the letter
    (`preview`), the address of its style and of the lock-up."""
    language, claim, clock = taken["language"], taken["claim"], taken["clock"]
    code = sealing.check_code(sha256) if sha256 else ""
    url = sealing.verify_url(taken["site"], language, code)
    with override(language):
        lines = [_line(line, claim["currency"], language) for line in taken["lines"]]
        as_claimed = [line for line in lines if line["whole"]]
        page = {
            "letter": taken,
            "language": language,
            "kind": Claim.Kind(claim["kind"]).label,
            "decided_on": formats.long_day(date.fromisoformat(taken["decided_on"]), language),
            "received_on": formats.day(date.fromisoformat(claim["received_on"]), language),
            "period": formats.period(date.fromisoformat(claim["from"]), date.fromisoformat(claim["to"]), language),
            "amounts": [
                {"label": _step(step), "amounts": [_money(amount, claim["currency"], language) for amount in amounts]}
                for step, *amounts in taken["amounts"]
                if step != "released" or Decimal(amounts[0])
            ],
            "lower": [line for line in lines if not line["whole"]],
            "as_claimed": as_claimed[:LONGEST_TABLE],
            "more": len(as_claimed) - LONGEST_TABLE,
            "due_on": formats.day(date.fromisoformat(clock["due_on"]), language) if clock else "",
            "sha256": sha256,
            "code": code,
            "url": url,
            "qr": pdf.qr(url) if sha256 else "",
            "lockup": pdf.lockup(taken["project"]["statement"], language),
        } | preview
        return render_to_string("pdf/letter.html", page)


def _step(step: str) -> str:
    return {
        "declared": pgettext("step of an amount", "Claimed"),
        "released": pgettext("step of an amount", "Returns in a later claim"),
        "verified": pgettext("step of an amount", "Verified"),
        "rest": _("Not approved"),
    }[step]


def _verdict(verdict: str) -> str:
    return {
        "accept": pgettext("claim line", "Accepted"),
        "reduce": pgettext("claim line", "Reduced"),
        "refuse": pgettext("claim line", "Refused"),
    }[verdict]


def _money(amount: str | None, currency: str, language: str) -> str:
    return formats.money(None if amount is None else Decimal(amount), language, currency)


def _line(line: dict[str, Any], currency: str, language: str) -> dict[str, Any]:
    claimed, returns, verified = (Decimal(line[name]) for name in ("claimed", "returns", "verified"))
    rest = claimed - returns - verified
    return {
        "number": line["number"],
        "document": line["document"] or _("Advance"),
        "on": formats.day(date.fromisoformat(line["on"]), language) if line["on"] else "",
        "code": line["code"],
        "whole": verified == claimed,
        "decision": _step("released") if returns else _verdict(line["verdict"]),
        "error": str(LineDecision.Error(line["error"]).label) if line["error"] else "",
        "article": line["article"],
        "comment": line["comment"],
        "amounts": [formats.money(amount, language, currency) for amount in (claimed, verified, rest)],
    }
