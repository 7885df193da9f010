"""From a snapshot to PDF: tagged PDF/UA-1, and an archive copy as PDF/A-3a. The same bytes each time, nothing fetched
from anywhere."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import orjson
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from core import formats, pdf, signing, storage
from core.charts import Chart
from core.models import StoredFile
from reports import snapshot as snapshots
from reports.catalogue import kinds
from reports.charts import charts_by_table
from reports.columns import KINDS
from reports.cover import cover
from reports.layouts import Part
from reports.models import Filing
from reports.tables import Shown, currency_of, sections_of, shown, shows_both, subject_of


class Table(NamedTuple):
    """A table as a file."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Source:
    """All that a PDF is laid out from, but fonts and pictures: kept with a sealed report, so that its files come out
    the same though templates, words and stylesheet have changed since. `words`: see `words_of`."""

    html: str
    css: str
    words: dict[str, str]


ROWS = 200  # of a table were printed before each report kept its own limit
BROADEST = 20  # columns; a broader table is printed row by row, each with the headings beside its values


def html(taken: dict[str, Any], *, preview: bool = False) -> str:
    """The report as one HTML document in the language of the report; as a `preview` it says so on every page, and draws
    and seals nothing."""
    language, kind = taken["language"], kinds()[taken["kind"]]
    first = cover(taken)
    own, both = currency_of(taken), shows_both(taken)
    tables = {key: shown(key, table, language, own, both=both) for key, table in taken["tables"].items()}
    layout, charts = taken.get("layout"), {} if preview else charts_by_table(taken)
    page = {
        "report": taken,
        "subject": subject_of(taken),
        "language": language,
        "tables": tables,
        "longest": taken.get("rows_printed", ROWS),  # a longer table stands in the CSV file, and the PDF says so
        "charts": charts.values(),
        "preview": preview,
        "facts": _facts(taken, language) if "contract" in taken else taken.get("facts", []),
        "sections": sections_of(taken, tables),
        "cover": first,
        "qr": pdf.qr(first.verify_url),
        "lockup": pdf.lockup(subject_of(taken)["statement"], language),
    }
    with override(language):
        name = _name(taken)
        if layout is None:
            return render_to_string(kind.template, page | {"name": name})
        own_way = _laid_out(layout, tables, None if preview else charts) | {
            "name": layout["title"] or name,
            "kind_name": name,
        }
        return render_to_string("pdf/laid.html", page | own_way | {"standard": kind.template})


def _laid_out(
    layout: dict[str, Any], tables: Mapping[str, Shown], charts: Mapping[str, Chart] | None
) -> dict[str, Any]:
    """What the template needs of a funder's own layout: logos with their bytes, and sections with the chart or the
    table they show, without the columns that are hidden. What the report does not have this time is passed over;
    where no `charts` are drawn, their places are kept."""
    sections: list[tuple[dict[str, Any], Shown | None]] = []
    fresh = False  # whether the next section begins a page
    for section in layout["sections"]:
        table, chart = None, (charts or {}).get(section.get("chart", ""))
        if charts is not None and "chart" in section and chart is None:
            continue
        if section["is"] == Part.PAGE:
            fresh = True
            continue
        if "table" in section:
            if section["table"] not in tables:
                continue
            table = tables[section["table"]].without(section["hidden"])
            table = replace(table, title=section["heading"] or table.title)
        sections.append((section | {"fresh": fresh, "charts": [chart] if chart else []}, table))
        fresh = False
    logos = []
    for sha256, alt in layout["logos"]:
        with storage.opened(StoredFile(sha256=sha256)) as source:
            logos.append((pdf.picture(source.read()), alt))
    return {"layout": layout, "laid": sections, "logos": logos, "broadest": BROADEST}


def _name(taken: dict[str, Any]) -> str:
    """What the report is called, in the language in force."""
    if "submitted" in taken:
        return str(Filing.Kind(taken["submitted"]["kind"]).label)
    return str(kinds()[taken["kind"]].name)


def source(taken: dict[str, Any]) -> Source:
    """As the portal of today lays a snapshot out."""
    return Source(html(taken), pdf.stylesheet(), words_of(taken))


def words_of(taken: dict[str, Any]) -> dict[str, str]:
    """The words of a PDF that stand beside its pages: what each table in the archive copy and its manifest are called,
    and the reason of the signature."""
    with override(taken["language"]):
        words = {key: str(kind.title) for key, kind in KINDS.items()}
        words |= {"columns": _("What each column means"), "manifest": _("SHA-256 of each file")}
        words["reason"] = _("Seal of the portal, check code %(code)s") % {"code": cover(taken).code}
    return words


def lay_out(document: str, css: str = "") -> pdf.Laid:
    return pdf.Laid(document, css)


def render(laid: pdf.Laid, taken: dict[str, Any], words: Mapping[str, str] | None = None) -> bytes:
    """The pages as PDF/UA-1, signed where the portal has a certificate. The identifier comes from the figures and the
    signature carries the moment of their seal, so equal figures give equal bytes."""
    return _signed(laid.accessible(_identifier(taken)), taken, (words or words_of(taken))["reason"])


def archive(
    laid: pdf.Laid, taken: dict[str, Any], tables: Mapping[str, Table], words: Mapping[str, str] | None = None
) -> bytes:
    """The same pages as PDF/A-3a, to be kept for long: inside are the CSV tables, by key, and a manifest that gives the
    SHA-256 of each."""
    words = words or words_of(taken)
    manifest = pdf.Embedded("manifest.json", _manifest(taken, tables), words["manifest"], source=False)
    inside = [pdf.Embedded(table.name, table.content, words[key]) for key, table in tables.items()]
    made = laid.archive(_identifier(taken), [*inside, manifest], datetime.fromisoformat(taken["data_at"]))
    return _signed(made, taken, words["reason"])


def _signed(document: bytes, taken: dict[str, Any], reason: str) -> bytes:
    """With the portal's signature, if it had a certificate when the report was sealed; the same one gives the same
    bytes."""
    if not taken.get("signed_with"):
        return document
    return signing.sign(document, at=datetime.fromisoformat(taken["data_at"]), reason=reason)


def _identifier(taken: dict[str, Any]) -> bytes:
    return bytes.fromhex(snapshots.digest(taken))[:16]


def _manifest(taken: dict[str, Any], tables: Mapping[str, Table]) -> bytes:
    first, period, about = cover(taken), taken["period"], subject_of(taken)
    return orjson.dumps(
        {
            "report": {
                "kind": taken["kind"], about.get("is", "project"): about["number"], "from": period["from"],
                "to": period["to"], "language": taken["language"], "data_at": taken["data_at"],
                "template": taken["template"], "figures_sha256": first.sha256, "check_code": first.code,
                "verify": first.verify_url,
            },
            "files": [
                {"name": t.name, "bytes": len(t.content), "sha256": hashlib.sha256(t.content).hexdigest()}
                for t in tables.values()
            ],
        },
        option=orjson.OPT_INDENT_2,
    )  # fmt: skip


def _facts(taken: dict[str, Any], language: str) -> dict[str, str]:
    """Contract facts as people read them; a fact that is not known is a dash."""
    contract, money = taken["contract"] or {}, taken["money"]
    lev = money["currency"] != "BGN" and shows_both(taken)

    def day(name: str) -> str:
        value = contract.get(name)
        if value is None:
            return formats.UNKNOWN
        shown_as = formats.month if contract["dates_to_the_month"] and name in ("starts_on", "ends_on") else formats.day
        return shown_as(date.fromisoformat(value), language)

    def amount(value: str | None, currency: str = "EUR") -> str:
        write = formats.both if lev and currency == "EUR" else formats.money
        return write(value and Decimal(value), language, currency)

    return {
        "number": contract.get("number") or formats.UNKNOWN,
        "signed_on": day("signed_on"),
        "starts_on": day("starts_on"),
        "ends_on": day("ends_on"),
        "eligible_from": day("eligible_from"),
        "eligible_to": day("eligible_to"),
        "contracted": amount(money["contracted"]),
        "original": amount(money["original"], money["currency"]) if money["currency"] != "EUR" else "",
        "reported": amount(money["reported"]),
        "left": amount(money["left"]),
        "paid": amount(money["paid"]),
        "eu_rate": formats.percent(Decimal(contract["eu_rate"]), language)
        if contract.get("eu_rate")
        else formats.UNKNOWN,
        "time_gone": formats.percent(Decimal(taken["time_gone"]), language) if taken["time_gone"] else formats.UNKNOWN,
    }
