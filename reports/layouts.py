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
DRAWN = {"months", "weeks", "counters", "activities"}  # tables from which every report draws its charts
BROAD = 6  # a table with more columns does not fit upright


class Part(TextChoices):
    """What a section may be; each table and each of the last three stands in a layout once at most."""

    TEXT = "text", pgettext_lazy("section of a layout", "Text")
    TABLE = "table", pgettext_lazy("section of a layout", "Table")
    PAGE = "page", pgettext_lazy("section of a layout", "New page")
    FACTS = "facts", pgettext_lazy("section of a layout", "At a glance")
    TOLD = "told", pgettext_lazy("section of a layout", "What the project writes")
    CHARTS = "charts", pgettext_lazy("section of a layout", "Charts")


def parts_of(kind: Kind) -> list[str]:
    """What a section of a report of this kind may be."""
    fit = [Part.TEXT, Part.TABLE, Part.PAGE, Part.FACTS]
    fit += [Part.TOLD] * (kind.key == SUBMITTED)
    fit += [Part.CHARTS] * bool(kind.charts or DRAWN & set(kind.table_keys))
    return [str(part) for part in fit]


def standard(kind: Kind) -> Contents:
    """The layout the portal itself gives a report of this kind, to start from."""
    sections: list[dict[str, Any]] = [_section(part) for part in parts_of(kind) if part in (Part.FACTS, Part.TOLD)]
    sections += [_section(Part.CHARTS)] * (Part.CHARTS in parts_of(kind))
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


def new_section(kind: Kind, what: str) -> dict[str, Any]:
    """A section from what a form names: the key of a table of the kind, or a `Part`. Raises KeyError."""
    if what in kind.table_keys:
        return of_table(what)
    if what not in parts_of(kind) or what == Part.TABLE:
        raise KeyError(what)
    return _section(what) | ({"text": {}} if what == Part.TEXT else {})


def left_to_add(kind: Kind, contents: Contents) -> list[str]:
    """What may still be added, as `new_section` takes it: texts and page breaks always, the rest once."""
    there = {section.get("table", section["is"]) for section in contents["sections"]}
    again = (Part.TEXT, Part.PAGE)
    parts = [str(part) for part in parts_of(kind) if part != Part.TABLE and (part in again or part not in there)]
    return parts + [key for key in kind.table_keys if key not in there]


def names() -> dict[str, str]:
    """What the words of the cover are called."""
    return {"title": _("Title on the cover"), "statement": _("Funding statement"), "footer": _("Footer")}


def name_of(section: Mapping[str, Any]) -> str:
    """What a section is, in words."""
    if section["is"] == Part.TABLE:
        known = KINDS.get(section["table"])
        return str(known.title) if known else section["table"]
    return str(Part(section["is"]).label)


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
        once = section.get("table", section["is"])
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
    elif section["is"] not in parts_of(kind):
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
        kept = {name: section[name] for name in ("is", "table", "hidden", "wide") if name in section}
        sections.append(
            kept | {name: words(section[name]) for name in ("heading", "text") if name in section}
        )  # fmt: skip
    return {name: words(contents[name]) for name in WORDS} | {"sections": sections}
