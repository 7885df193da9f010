"""HTML to tagged PDF/UA-1 with the portal's own fonts and pictures; nothing is fetched from anywhere else."""

from __future__ import annotations

import locale
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlparse

import segno
from django.conf import settings
from django.utils.safestring import mark_safe

ACCESSIBLE, ARCHIVE = "pdf/ua-1", "pdf/a-3a"
STATIC = (settings.BASE_DIR / "static").resolve()
PICTURE = "data:image/jpeg;base64,"


def lockup(statement: str, language: str) -> str:
    """The file of the EU lock-up for a funding statement; "" where there is none."""
    return "" if statement == "none" else f"img/eu/eu-{statement}-{language}-positive.svg"


def picture(jpeg: bytes) -> str:
    """A picture as an address that holds it whole, for the documents laid out here."""
    return PICTURE + b64encode(jpeg).decode()


def stylesheet(name: str = "pdf.css") -> str:
    """The text of one of the portal's own stylesheets."""
    return (STATIC / "css" / name).read_text(encoding="utf-8")


def qr(url: str) -> str:
    """An address as a picture to be read by a phone, with the address as its title."""
    return mark_safe(
        segno.make(url, error="m", micro=False).svg_inline(scale=3, border=0, title=url, omitsize=True)
    )  # fmt: skip


@dataclass(frozen=True)
class Embedded:
    """A file that an archive copy carries inside."""

    name: str
    content: bytes
    description: str
    source: bool = True  # the pages were made from it; otherwise it stands beside them


class Laid:
    """An HTML document laid out as pages by the text of a stylesheet (that of reports where there is none), to be
    written in one form or several.

    WeasyPrint is loaded here, not with the module: it weighs 40 MB, and most web workers never make a PDF.
    """

    def __init__(self, document: str, css: str = ""):
        from weasyprint import CSS, HTML
        from weasyprint.text.fonts import FontConfiguration
        from weasyprint.urls import URLFetcher

        class Local(URLFetcher):
            """Gives WeasyPrint the portal's own static files and the pictures that stand in the document itself, and
            nothing else from network or disk."""

            def fetch(self, url, headers=None):
                if url.startswith(PICTURE):
                    return super().fetch(url, headers)
                path = Path(unquote(urlparse(url).path)).resolve()
                if not url.startswith("file:") or not path.is_relative_to(STATIC):
                    raise ValueError(f"a document may not load {url}")
                return super().fetch(url, headers)

        locale.setlocale(locale.LC_CTYPE, "C.UTF-8")  # Pango takes the language of text in pictures from it
        fonts = FontConfiguration()
        base = (STATIC / "css").as_uri() + "/"
        style = CSS(string=css or stylesheet(), base_url=base, font_config=fonts, url_fetcher=Local())
        page = HTML(string=document, base_url=STATIC.as_uri() + "/", url_fetcher=Local())
        self._pages = page.render(stylesheets=[style], font_config=fonts, pdf_variant=ACCESSIBLE)

    @property
    def pages(self) -> int:
        """How many there are."""
        return len(self._pages.pages)

    def accessible(self, identifier: bytes) -> bytes:
        """As PDF/UA-1. Equal documents with equal `identifier` (16 bytes) give equal bytes."""
        return self._pages.write_pdf(pdf_variant=ACCESSIBLE, pdf_identifier=identifier)

    def archive(self, identifier: bytes, embedded: Sequence[Embedded], at: datetime) -> bytes:
        """As PDF/A-3a with files inside, dated `at`; equal input gives equal bytes."""
        from weasyprint import Attachment

        inside = [
            Attachment(
                string=file.content, name=file.name, description=file.description, created=at, modified=at,
                relationship="Source" if file.source else "Supplement",
            )
            for file in embedded
        ]  # fmt: skip
        self._pages.output_intent = "srgb"
        return self._pages.write_pdf(pdf_variant=ARCHIVE, pdf_identifier=identifier, attachments=inside)


def write(document: str, identifier: bytes, style: str = "pdf.css") -> bytes:
    """An HTML document as PDF/UA-1. Equal documents with equal `identifier` (16 bytes) give equal bytes."""
    return Laid(document, stylesheet(style)).accessible(identifier)
