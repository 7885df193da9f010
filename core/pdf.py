"""HTML to tagged PDF/UA-1 with the portal's own fonts and pictures; nothing is fetched from anywhere else."""

from __future__ import annotations

import locale
from pathlib import Path
from urllib.parse import unquote, urlparse

from django.conf import settings

STATIC = (settings.BASE_DIR / "static").resolve()


def lockup(statement: str, language: str) -> str:
    """The file of the EU lock-up for a funding statement; "" where there is none."""
    return "" if statement == "none" else f"img/eu/eu-{statement}-{language}-positive.svg"


def write(document: str, identifier: bytes, stylesheet: str = "pdf.css") -> bytes:
    """Lay an HTML document out. Equal documents with equal `identifier` (16 bytes) give equal bytes.

    WeasyPrint is loaded here, not with the module: it weighs 40 MB, and most web workers never make a PDF.
    """
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

    class Local(URLFetcher):
        """Gives WeasyPrint the portal's own static files, and nothing else from network or disk."""

        def fetch(self, url, headers=None):
            path = Path(unquote(urlparse(url).path)).resolve()
            if not url.startswith("file:") or not path.is_relative_to(STATIC):
                raise ValueError(f"a document may not load {url}")
            return super().fetch(url, headers)

    locale.setlocale(locale.LC_CTYPE, "C.UTF-8")  # Pango takes the language of text in pictures from it
    fonts = FontConfiguration()
    css = CSS(filename=STATIC / "css" / stylesheet, font_config=fonts, url_fetcher=Local())
    page = HTML(string=document, base_url=STATIC.as_uri() + "/", url_fetcher=Local())
    return page.write_pdf(stylesheets=[css], font_config=fonts, pdf_variant="pdf/ua-1", pdf_identifier=identifier)
