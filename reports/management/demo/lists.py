"""Papers of the demo: a signed attendance list and an invoice, as small PDF files that look scanned."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.utils.html import format_html, format_html_join
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from reports.management.demo.cast import dice

STATIC = settings.BASE_DIR / "static"
STYLE = f"""
@font-face {{ font-family: Plex; src: url({(STATIC / "vendor/plex-pdf/IBMPlexSans-Regular.woff2").as_uri()}) }}
@page {{ size: A4; margin: 18mm }}
body {{ font: 10pt Plex; color: #222 }}
img {{ height: 15mm }}
h1 {{ font-size: 14pt; font-weight: 400 }}
table {{ width: 100%; border-collapse: collapse }}
td, th {{ border: .5pt solid #999; padding: 2pt 4pt; text-align: left; font-weight: 400 }}
svg {{ height: 12pt; width: 60pt }}
"""


INVENTED = {
    "bg": "Примерен документ. Имената и сумите са измислени.",
    "lv": "Parauga dokuments. Vārdi un summas ir izdomāti.",
}


def signed_list(*, title: str, facts: str, names: list[tuple[str, bool]], language: str, lockup: str) -> bytes:
    """A list of names, with something like a signature beside everyone who came. `lockup` names the picture of the
    funding statement below static/, or is empty."""
    picture = format_html('<img src="{}" alt="">', (STATIC / lockup).as_uri()) if lockup else ""
    rows = format_html_join(
        "",
        "<tr><td>{}</td><td>{}</td><td>{}</td></tr>",
        ((n, name, _scrawl(name) if came else "") for n, (name, came) in enumerate(names, start=1)),
    )
    body = format_html("{}<h1>{}</h1><p>{}</p><table>{}</table>", picture, title, facts, rows)
    return _pdf(title, body, language)


def invoice(*, title: str, rows: list[tuple[str, str]], language: str) -> bytes:
    """A paper with a title and pairs of words and values."""
    table = format_html_join("", "<tr><th>{}</th><td>{}</td></tr>", rows)
    return _pdf(title, format_html("<h1>{}</h1><table>{}</table>", title, table), language)


def _scrawl(name: str) -> str:
    chance = dice("signature", name)
    waves = " ".join(f"q{chance.randint(3, 6)} {chance.randint(-9, 9)} {chance.randint(5, 9)} 0" for _n in range(8))
    return format_html(
        '<svg viewBox="0 0 70 16"><path d="M2 9 {}" fill="none" stroke="#2a3f8f" stroke-width="1.1"/></svg>', waves
    )


def _pdf(title: str, body: str, language: str) -> bytes:
    document = format_html(
        '<html lang="{}"><head><title>{}</title></head><body>{}<p>{}</p></body></html>',
        language,
        title,
        body,
        INVENTED[language],
    )
    fonts, style = _style()
    return HTML(string=document).write_pdf(font_config=fonts, stylesheets=[style])


@cache
def _style() -> tuple[FontConfiguration, CSS]:
    """The look of all papers; unpacking the font takes longer than laying out a page, so it is done once."""
    fonts = FontConfiguration()
    return fonts, CSS(string=STYLE, font_config=fonts)
