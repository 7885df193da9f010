"""Funders' own layouts: officers make them, change the draft, publish and retire.

A missing right raises PermissionDenied, a rule that stands against raises Refused (by field where it has one). A draft
is changed by who read its newest state (`edits`), so that nobody overwrites another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, pictures, storage
from core.access import Permission, Refused
from core.sealing import digest
from projects.models import Call, Programme, reach
from reports import layouts
from reports.catalogue import kinds
from reports.models import Layout, LayoutLogo, LayoutVersion

State = LayoutVersion.State
PICTURES = ("image/jpeg", "image/png")


def may_lay_out(by, programme: Programme) -> bool:
    """Whether `by` (None: the command line) may make layouts of this programme."""
    where = None if by is None else reach(by, Permission.LAYOUT_EDIT)
    return where is None or where.everywhere or programme.pk in where.programmes


def _require(by, programme: Programme) -> None:
    if not may_lay_out(by, programme):
        words = _("Your role may not change the layouts of programme %(code)s. A programme officer can.")
        raise PermissionDenied(words % {"code": programme.code})


@transaction.atomic
def add_layout(
    programme: Programme, *, kind: str, name: str, call: Call | None = None, copy_of: LayoutVersion | None = None, by,
    at: datetime,
) -> LayoutVersion:  # fmt: skip
    """A new layout whose first draft is the standard layout of the kind, or a copy."""
    _require(by, programme)
    if not (of_kind := kinds().get(kind)) or not of_kind.table_keys:
        raise Refused({"kind": [_("Choose among the kinds of report that have a PDF.")]})
    if call is not None and call.programme_id != programme.pk:
        raise Refused({"call": [_("This call belongs to another programme.")]})
    if copy_of is not None and copy_of.layout.kind != kind:
        raise Refused({"copy_of": [_("The layout to copy is for another kind of report.")]})
    layout = Layout(programme=programme, call=call, kind=kind, name=name.strip())
    try:
        layout.full_clean()
    except ValidationError as error:
        raise Refused(error) from None
    layout.save()
    contents = copy_of.contents if copy_of else layouts.standard(of_kind)
    made = _draft_of(layout, 1, contents, copy_of, by, at)
    _record("layout.added", made, by, at, after={"kind": kind, "call": call.code if call else ""})
    return made


@transaction.atomic
def begin_version(layout: Layout, *, by, at: datetime) -> LayoutVersion:
    """A draft of the next version, which starts as the newest one was."""
    _require(by, layout.programme)
    layout = Layout.objects.select_for_update(of=("self",)).select_related("programme").get(pk=layout.pk)
    newest = layout.versions.order_by("-number")[0]
    if newest.state == State.DRAFT:
        raise Refused(_("This layout has a draft already."))
    made = _draft_of(layout, newest.number + 1, newest.contents, newest, by, at)
    _record("layout.begun", made, by, at)
    return made


def _draft_of(
    layout: Layout, number: int, contents: layouts.Contents, like: LayoutVersion | None, by, at
) -> LayoutVersion:
    made = LayoutVersion.objects.create(layout=layout, number=number, contents=contents, by=by, changed_at=at)
    for logo in like.logos.all() if like else ():
        LayoutLogo.objects.create(version=made, file=logo.file, alt=logo.alt)
    return made


@contextmanager
def _changing(version: LayoutVersion, edits: int, by, at: datetime, **told: Any) -> Iterator[LayoutVersion]:
    """The locked draft to be changed in the body, saved with its audit row after it."""
    with transaction.atomic():
        draft = _locked(version, by)
        if draft.state != State.DRAFT:
            raise Refused(_("This version is published and stays as it is. Begin a new version to change it."))
        if draft.edits != edits:
            raise Refused(_("Somebody changed this meanwhile. Load the page again and look at the newest version."))
        yield draft
        draft.edits, draft.by, draft.changed_at = draft.edits + 1, by, at
        draft.save()
        _record("layout.changed", draft, by, at, after=told)


def _locked(version: LayoutVersion, by) -> LayoutVersion:
    rows = LayoutVersion.objects.select_for_update(of=("self",)).select_related("layout__programme")
    found = rows.get(pk=version.pk)
    _require(by, found.layout.programme)
    return found


def set_words(version: LayoutVersion, *, edits: int, words: Mapping[str, layouts.Texts], by, at: datetime) -> None:
    """Title of the cover, funding statement and footer, by language; empty ones are left out."""
    with _changing(version, edits, by, at, section="cover") as draft:
        for name in layouts.WORDS:
            draft.contents[name] = _written(name, words[name])


def add_section(version: LayoutVersion, *, edits: int, what: str, by, at: datetime) -> dict[str, Any]:
    """Put a section at the end: the key of a table, or a part of a report. Returns it."""
    with _changing(version, edits, by, at, section=f"+ {what}"[:80]) as draft:
        sections = draft.contents["sections"]
        if what not in layouts.left_to_add(draft.layout.of_kind, draft.contents):
            raise Refused({"what": [_("This cannot be added to the layout, or stands in it already.")]})
        if len(sections) >= layouts.MOST_SECTIONS:
            raise Refused({"what": [_("A layout has at most %(n)s sections.") % {"n": layouts.MOST_SECTIONS}]})
        made = {
            "id": max((each["id"] for each in sections), default=0) + 1,
            **layouts.new_section(draft.layout.of_kind, what),
        }
        sections.append(made)
    return made


def set_section(
    version: LayoutVersion, *, edits: int, section: int, heading: layouts.Texts, text: layouts.Texts | None = None,
    hidden: list[str] | None = None, wide: bool = False, by, at: datetime,
) -> None:  # fmt: skip
    """Heading, text, columns left out, and whether a section stands on pages turned sideways."""
    with _changing(version, edits, by, at, section=str(section)) as draft:
        found = _there(draft, section)
        found |= {"heading": _written("heading", heading), "wide": wide}
        if found["is"] == layouts.Part.TEXT:
            found["text"] = _written("text", text or {})
        if found["is"] == layouts.Part.TABLE:
            found["hidden"] = list(hidden or ())
        if wrong := list(layouts.wrong(draft.layout.of_kind, found, whole=False)):
            raise Refused(wrong)


def move_section(version: LayoutVersion, *, edits: int, section: int, places: int, by, at: datetime) -> None:
    """Move a section by so many places, up where the number is below 0; at either end it stays."""
    with _changing(version, edits, by, at, section=f"{section} {places:+d}") as draft:
        sections, found = draft.contents["sections"], _there(draft, section)
        place = sections.index(found)
        sections.insert(max(0, min(len(sections) - 1, place + places)), sections.pop(place))


def drop_section(version: LayoutVersion, *, edits: int, section: int, by, at: datetime) -> None:
    """Take a section out of the draft."""
    with _changing(version, edits, by, at, section=f"- {section}") as draft:
        draft.contents["sections"].remove(_there(draft, section))


def add_logo(version: LayoutVersion, *, edits: int, upload, alt: layouts.Texts, by, at: datetime) -> None:
    """Put a JPEG or PNG on the cover, drawn anew without what else its file holds, so that every PDF takes it."""
    with _changing(version, edits, by, at, section="+ logo") as draft:
        if draft.logos.count() >= layouts.MOST_LOGOS:
            raise Refused({"upload": [_("A layout has at most %(n)s logos.") % {"n": layouts.MOST_LOGOS}]})
        words = _written("alt", alt)
        if not words:
            raise Refused({"alt_en": [_("Say in words what the logo shows: not everybody sees it.")]})
        try:
            sent = storage.put_upload(upload, by=by, at=at)
            if sent.media_type not in PICTURES:
                raise Refused(_("A logo is a JPEG or PNG."))
            picture = pictures.of(sent)
        except Refused as refused:
            raise Refused({"upload": refused.messages}) from None
        name = f"{sent.name.rpartition('.')[0] or 'logo'}.jpg"
        sent.delete()  # its bytes go with the next sweep
        drawn = storage.put([picture.jpeg], name=name, media_type="image/jpeg", by=by, at=at)
        LayoutLogo.objects.create(version=draft, file=drawn, alt=words)


def drop_logo(version: LayoutVersion, *, edits: int, logo: int, by, at: datetime) -> None:
    """Take the logo with this number (from 1) off the cover; layouts copied before keep it."""
    with _changing(version, edits, by, at, section="- logo") as draft:
        there = list(draft.logos.all())
        if not 1 <= logo <= len(there):
            raise Refused(_("This logo is not in the layout any more."))
        there[logo - 1].delete()


def in_the_way(version: LayoutVersion) -> list[str]:
    """Why a draft may not be published yet."""
    alts = [logo.alt for logo in version.logos.all()]
    return layouts.problems(version.layout.of_kind, version.contents, alts)


@transaction.atomic
def publish(version: LayoutVersion, *, edits: int, by, at: datetime) -> LayoutVersion:
    """Make the draft final and offer it; the version published before is retired. Raises Refused with all problems."""
    draft = _locked(version, by)
    if draft.state != State.DRAFT:
        raise Refused(_("This version is published already."))
    if draft.edits != edits:
        raise Refused(_("Somebody changed this meanwhile. Load the page again and look at the newest version."))
    if wrong := in_the_way(draft):
        raise Refused(wrong)
    for before in draft.layout.versions.published().select_for_update(of=("self",)):
        _retire(before, by, at)
    draft.state, draft.published_at = State.PUBLISHED, at
    draft.save(update_fields=["state", "published_at"])
    _record("layout.published", draft, by, at, after={"sha256": digest(draft.contents)})
    return draft


@transaction.atomic
def retire(version: LayoutVersion, *, by, at: datetime) -> None:
    """Offer a published version no longer; reports made with it stay as they are."""
    found = _locked(version, by)
    if found.state != State.PUBLISHED:
        raise Refused(_("Only a published version can be retired."))
    _retire(found, by, at)


def _retire(version: LayoutVersion, by, at: datetime) -> None:
    version.state, version.retired_at = State.RETIRED, at
    version.save(update_fields=["state", "retired_at"])
    _record("layout.retired", version, by, at)


@transaction.atomic
def drop_draft(version: LayoutVersion, *, edits: int, by, at: datetime) -> bool:
    """Throw a draft away, and with it a layout that has no other version; returns whether the layout is gone."""
    draft = _locked(version, by)
    if draft.state != State.DRAFT:
        raise Refused(_("This version is published and stays as it is. Begin a new version to change it."))
    if draft.edits != edits:
        raise Refused(_("Somebody changed this meanwhile. Load the page again and look at the newest version."))
    _record("layout.dropped", draft, by, at)
    layout = draft.layout
    draft.delete()
    if gone := not layout.versions.exists():
        layout.delete()
    return gone


def _there(draft: LayoutVersion, section: int) -> dict[str, Any]:
    found = draft.section(section)
    if found is None:
        raise Refused(_("This section is not in the layout any more."))
    return found


def _written(name: str, texts: layouts.Texts) -> dict[str, str]:
    """Texts by language without the empty ones. Raises Refused for one that is too long."""
    found = {language: text.strip() for language, text in texts.items() if text.strip()}
    if any(len(text) > layouts.LONGEST[name] for text in found.values()):
        raise Refused(_("A text here has at most %(n)s characters.") % {"n": layouts.LONGEST[name]})
    return found


def _record(action: str, version: LayoutVersion, by, at: datetime, *, after: Mapping[str, Any] | None = None) -> None:
    layout = version.layout
    audit.record(
        action, layout, by=by, at=at, key=f"{layout.programme.code} {layout.name}"[:80],
        after={"version": version.number, **(after or {})},
    )  # fmt: skip
