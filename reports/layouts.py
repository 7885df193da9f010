"""What a funder's own layout holds: its sections in order, texts by language, and what speaks against it. A layout
chooses and arranges; it changes no figure and cannot leave out what proves a report.

Contents are plain JSON: `title`, `statement` and `footer` are texts by language, `sections` a list of sections. A
section has an `id` (once in a layout), what it `is` (`Part`), its `heading` by language, and whether it stands `wide`
(on pages turned sideways); a table also `table` and the columns it has `hidden`, a text also its `text` by language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext_lazy

from reports.catalogue import SUBMITTED, Kind
from reports.columns import KINDS

Contents = dict[str, Any]
Texts = Mapping[str, str]
WORDS = ("title", "statement", "footer")
LANGUAGES = dict(settings.LANGUAGES)
MOST_SECTIONS, MOST_LOGOS = 60, 4
LONGEST = {"title": 200, "statement": 300, "footer": 120, "heading": 200, "text": 5000, "alt": 200}  # characters
DRAWN = ("months", "weeks", "counters", "activities")  # tables from which every report draws its charts
CHART_OF = "chart:"  # before the key of the table, where a form names a chart
BROAD = 6  # a table with more columns does not fit upright


class Part(TextChoices):
    """What a section may be; each table, each chart and each of the other last ones stands in a layout once at most."""

    TEXT = "text", pgettext_lazy("section of a layout", "Text")
    TABLE = "table", pgettext_lazy("section of a layout", "Table")
    PAGE = "page", pgettext_lazy("section of a layout", "New page")
    FACTS = "facts", pgettext_lazy("section of a layout", "At a glance")
    TOLD = "told", pgettext_lazy("section of a layout", "What the project writes")
    CHART = "chart", pgettext_lazy("section of a layout", "Chart")
    CHARTS = "charts", pgettext_lazy("section of a layout", "All charts")


def parts_of(kind: Kind) -> list[str]:
    """What a section of a report of this kind may be."""
    fit = [Part.TEXT, Part.TABLE, Part.PAGE, Part.FACTS]
    fit += [Part.TOLD] * (kind.key == SUBMITTED)
    fit += [Part.CHART, Part.CHARTS] * bool(drawn(kind))
    return [str(part) for part in fit]


def drawn(kind: Kind) -> list[str]:
    """The tables a report of this kind draws a chart of, in the order of the charts."""
    return [key for key in (*DRAWN, *kind.charts) if key in kind.table_keys]


def standard(kind: Kind) -> Contents:
    """The layout the portal itself gives a report of this kind, to start from."""
    sections: list[dict[str, Any]] = [_section(part) for part in parts_of(kind) if part in (Part.FACTS, Part.TOLD)]
    sections += [of_chart(key) for key in drawn(kind)]
    for heading, keys in kind.tables:
        if heading:
            sections.append(_section(Part.TEXT) | {"heading": _in_each(heading), "text": {}, "wide": True})
        sections += [of_table(key) | {"wide": True} for key in keys]
    return {name: {} for name in WORDS} | {
        "sections": [{"id": number, **section} for number, section in enumerate(sections, start=1)]
    }


def _section(part: str) -> dict[str, Any]:
    return {"is": str(part), "heading": {}, "wide": False}


def of_table(key: str) -> dict[str, Any]:
    """A section for a table, without its id."""
    return _section(Part.TABLE) | {"table": key, "hidden": [], "wide": len(KINDS[key].columns) > BROAD}


def of_chart(key: str) -> dict[str, Any]:
    """A section for the chart of a table, without its id."""
    return _section(Part.CHART) | {"chart": key}


def new_section(kind: Kind, what: str) -> dict[str, Any]:
    """A section from what a form names: the key of a table of the kind, `chart:` and the key of one it draws, or a
    `Part`. Raises KeyError."""
    if what in kind.table_keys:
        return of_table(what)
    if what in _charts(kind):
        return of_chart(what.removeprefix(CHART_OF))
    if what == Part.CHART or what not in parts_of(kind) or what == Part.TABLE:
        raise KeyError(what)
    return _section(what) | ({"text": {}} if what == Part.TEXT else {})


def left_to_add(kind: Kind, contents: Contents) -> list[str]:
    """What may still be added, as `new_section` takes it: texts and page breaks always, the rest once."""
    there = {what_of(section) for section in contents["sections"]}
    again, charts = (Part.TEXT, Part.PAGE), [] if Part.CHARTS in there else _charts(kind)
    never = (Part.TABLE, Part.CHART, *([Part.CHARTS] if there & set(charts) else []))
    parts = [str(part) for part in parts_of(kind) if part not in never and (part in again or part not in there)]
    return parts + [what for what in (*charts, *kind.table_keys) if what not in there]


def _charts(kind: Kind) -> list[str]:
    return [f"{CHART_OF}{key}" for key in drawn(kind)]


def what_of(section: Mapping[str, Any]) -> str:
    """What a section is, as `new_section` takes it; all but a text and a page break stand in a layout once."""
    return f"{CHART_OF}{section['chart']}" if "chart" in section else section.get("table", section["is"])


def names() -> dict[str, str]:
    """What the words of the cover are called."""
    return {"title": _("Title on the cover"), "statement": _("Funding statement"), "footer": _("Footer")}


def name_of(section: Mapping[str, Any]) -> str:
    """What a section is, in words."""
    key = section.get("table", section.get("chart"))
    if key is None:
        return str(Part(section["is"]).label)
    known = KINDS.get(key)
    title = str(known.title) if known else key
    return _("Chart: %(table)s") % {"table": title} if section["is"] == Part.CHART else title


def problems(kind: Kind, contents: Contents, alts: list[Texts]) -> list[str]:
    """Why a layout may not be published yet, one sentence each; `alts` are the words for its logos."""
    found = [] if contents["sections"] else [_("The layout has no section yet. Add at least one.")]
    found += [text for name, words in names().items() for text in _gaps(words, contents[name])]
    for place, alt in enumerate(alts, start=1):
        found += list(_gaps(_("Words for logo %(n)s") % {"n": place}, alt, needed=True))
    seen: set[str] = set()
    for place, section in enumerate(contents["sections"], start=1):
        what = _("Section %(n)s, “%(name)s”") % {"n": place, "name": name_of(section)}
        found += [f"{what}: {text}" for text in wrong(kind, section)]
        found += list(_gaps(_("%(section)s: heading") % {"section": what}, section["heading"]))
        found += list(_gaps(_("%(section)s: text") % {"section": what}, section.get("text", {})))
        once = what_of(section)
        if ("chart" in section and Part.CHARTS in seen) or (once == Part.CHARTS and seen & set(_charts(kind))):
            found.append(_("%(section)s stands in the layout twice.") % {"section": what})
        if once in seen and once not in (Part.TEXT, Part.PAGE):
            found.append(_("%(section)s stands in the layout twice.") % {"section": what})
        seen.add(once)
    return found


def wrong(kind: Kind, section: Mapping[str, Any], *, whole: bool = True) -> Iterator[str]:
    """What a section holds that the kind does not have; where it is to be `whole`, also what it lacks."""
    if section["is"] == Part.TABLE:
        if section["table"] not in kind.table_keys:
            yield _("a report of the kind “%(kind)s” has no such table.") % {"kind": kind.name}
            return
        columns = [column.key for column in KINDS[section["table"]].columns]
        if unknown := sorted(set(section["hidden"]) - set(columns)):
            yield _("the table has no column %(columns)s.") % {"columns": ", ".join(unknown)}
        if columns[0] in section["hidden"]:
            yield _("the first column says what each row is and cannot be left out.")
    elif section["is"] not in parts_of(kind) or ("chart" in section and section["chart"] not in drawn(kind)):
        yield _("a report of the kind “%(kind)s” has nothing to put there.") % {"kind": kind.name}
    elif whole and section["is"] == Part.TEXT and not any((section["heading"], section["text"])):
        yield _("write a heading or a text, or remove the section.")


def _gaps(what: str, texts: Texts, *, needed: bool = False) -> Iterator[str]:
    """A text is given in every language of the portal or in none."""
    missing = [str(name) for code, name in settings.LANGUAGES if not texts.get(code)]
    if missing and (needed or any(texts.values())):
        yield _("%(what)s is missing in: %(languages)s.") % {"what": what, "languages": ", ".join(missing)}


def _in_each(words: Any) -> dict[str, str]:
    """A translated text in every language of the portal."""
    found = {}
    for language, _name in settings.LANGUAGES:
        with override(language):
            found[language] = str(words)
    return found


def spoken(contents: Contents, language: str) -> Contents:
    """The contents in one language, as a snapshot seals them."""

    def words(texts: Texts) -> str:
        return texts.get(language, "")

    sections = []
    for section in contents["sections"]:
        kept = {name: section[name] for name in ("is", "table", "chart", "hidden", "wide") if name in section}
        sections.append(
            kept | {name: words(section[name]) for name in ("heading", "text") if name in section}
        )  # fmt: skip
    return {name: words(contents[name]) for name in WORDS} | {"sections": sections}
