"""Layouts of reports, for programs: read, begun, changed while a draft, published and retired, as on the pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from core.access import Permission, Refused
from core.api import AsItIs, Problem, named, placed
from core.api.doors import Door, location, operation
from core.api.shapes import ListQuery, page_of
from reports import actions, layouts
from reports.models import Layout, LayoutVersion
from reports.serializers import (
    LayoutChange,
    LayoutDetail,
    LayoutDraftRow,
    LayoutDropped,
    LayoutQuery,
    LayoutRow,
    NewLayout,
    NewLogo,
    PreviewQuery,
)

State = LayoutVersion.State


def version_of(layout: Layout, number: int | None = None) -> LayoutVersion:
    """The newest version of a layout, or the one with this number. Raises Http404."""
    rows = layout.versions.select_related("layout__programme", "layout__call").order_by("-number")
    return rows[0] if number is None else get_object_or_404(rows, number=number)


class LayoutDoor(Door):
    @operation(
        _("List layouts of reports"),
        needs=Permission.REPORT_VIEW,
        query=ListQuery,
        answers={200: page_of(LayoutRow)},
        about=_("The published layouts of your programmes; name one by its key when you ask for a report."),
    )
    def list(self, request):
        return self.pages().of(self.visible(Layout.objects).published(), LayoutRow)

    @operation(
        _("List drafts of layouts"),
        needs=Permission.REPORT_VIEW,
        query=ListQuery,
        answers={200: page_of(LayoutDraftRow)},
        about=_("The layouts of your programmes that have a version which is not published yet."),
    )
    def drafts(self, request):
        return self.pages().of(self.visible(Layout.objects).filter(versions__state=State.DRAFT), LayoutDraftRow)

    @operation(
        _("Read a layout"),
        needs=Permission.REPORT_VIEW,
        query=LayoutQuery,
        answers={200: LayoutDetail},
        about=_("Its newest version, which may be a draft: texts, sections in order, logos, and what it still lacks."),
    )
    def retrieve(self, request, key):
        return self._detail(version_of(self.fetch(Layout.objects, key=key), self.asked.get("version")))

    @operation(
        _("Begin a layout"),
        needs=Permission.LAYOUT_EDIT,
        body=NewLayout,
        answers={201: LayoutDetail},
        about=_("A draft that begins as the usual layout of the kind or as a copy. Change it, then publish it."),
        headers=[location(201)],
        examples=[
            OpenApiExample(
                "Of a programme",
                request_only=True,
                value={"programme": "2021BG05SFPR001", "kind": "progress", "name": "Short report"},
            )
        ],
    )
    def create(self, request):
        told = self.body()
        like = version_of(told.pop("copy_of")) if "copy_of" in told else None
        made = actions.add_layout(told.pop("programme"), **told, copy_of=like, by=request.user, at=now())
        response = self._detail(made, 201)
        response["Location"] = request.build_absolute_uri(reverse("api_layout", args=[made.layout.key]))
        return response

    @operation(
        _("Change the draft of a layout"),
        needs=Permission.LAYOUT_EDIT,
        body=LayoutChange,
        answers={200: LayoutDetail},
        matches=True,
        about=_(
            "Texts change in the languages that are sent; an empty one takes its language away. `sections` are all of "
            "them in their order: a new one says what it is, one that is there only what changes about it."
        ),
        examples=[
            OpenApiExample(
                "A title, and a text before the first section",
                request_only=True,
                value={
                    "title": {"en": "Report of the school", "bg": "Отчет на училището", "lv": "Skolas pārskats"},
                    "sections": [{"what": "text", "heading": {"en": "In short"}}, {"section": 1}],
                },
            )
        ],
    )  # fmt: skip
    def partial_update(self, request, key):
        draft = self._matched(key)
        told = self.body()
        sections = told.pop("sections", None)
        edits = draft.edits
        if told:
            words = {name: draft.contents[name] | told.get(name, {}) for name in layouts.WORDS}
            actions.set_words(draft, edits=edits, words=words, by=request.user, at=now())
            edits += 1
        if sections is not None:
            _arrange(draft, sections, edits=edits, by=request.user)
        return self._detail(version_of(draft.layout))

    @operation(
        _("Put a logo on the cover"),
        needs=Permission.LAYOUT_EDIT,
        body=NewLogo,
        answers={200: LayoutDetail},
        matches=True,
        about=_("It is drawn anew without what else its file holds, beside the emblem of the Union and never larger."),
        examples=[
            OpenApiExample(
                "A picture",
                request_only=True,
                value={"file": {"name": "logo.png", "content": "iVBORw0KGgo="}, "alt": {"en": "An open book"}},
            )
        ],
    )
    def logo(self, request, key):
        draft, told = self._matched(key), self.body()
        with named({"upload": "file", "alt_en": "alt"}):
            actions.add_logo(
                draft, edits=draft.edits, upload=told["file"], alt=told["alt"], by=request.user, at=now()
            )  # fmt: skip
        return self._detail(version_of(draft.layout))

    @operation(
        _("Take a logo off the cover"),
        needs=Permission.LAYOUT_EDIT,
        answers={200: LayoutDetail},
        matches=True,
        about=_("By its number, from 1. Layouts copied before keep it."),
    )
    def drop_logo(self, request, key, position):
        draft = self._matched(key)
        actions.drop_logo(draft, edits=draft.edits, logo=position, by=request.user, at=now())
        return self._detail(version_of(draft.layout))

    @operation(
        _("Publish a layout"),
        needs=Permission.LAYOUT_EDIT,
        answers={200: LayoutDetail},
        matches=True,
        about=_("From then on it can be chosen and never changes; the version published before is retired."),
    )
    def publish(self, request, key):
        draft = self._matched(key)
        actions.publish(draft, edits=draft.edits, by=request.user, at=now())
        return self._detail(version_of(draft.layout))

    @operation(
        _("Retire a layout"),
        needs=Permission.LAYOUT_EDIT,
        answers={200: LayoutDetail},
        matches=True,
        about=_("Nobody can choose it any more. Reports made with it stay as they are."),
    )
    def retire(self, request, key):
        newest = self._matched(key)
        live = newest.layout.versions.published().first()
        actions.retire(live or newest, by=request.user, at=now())
        return self._detail(version_of(newest.layout))

    @operation(
        _("Begin a new version of a layout"),
        needs=Permission.LAYOUT_EDIT,
        answers={200: LayoutDetail},
        matches=True,
        about=_("The draft begins as the newest version is. That one stays in use until the draft is published."),
    )
    def begin(self, request, key):
        newest = self._matched(key)
        return self._detail(actions.begin_version(newest.layout, by=request.user, at=now()))

    @operation(
        _("Drop the draft of a layout"),
        needs=Permission.LAYOUT_EDIT,
        answers={200: LayoutDropped},
        matches=True,
        about=_("The draft is gone for good. A layout that was never published goes with it."),
    )
    def drop(self, request, key):
        draft = self._matched(key)
        gone = actions.drop_draft(draft, edits=draft.edits, by=request.user, at=now())
        return Response({"key": key, "gone": gone})

    def _matched(self, key: UUID) -> LayoutVersion:
        """The newest version, locked, as the client read it."""
        version = version_of(self.fetch(Layout.objects, key=key))
        version = LayoutVersion.objects.select_for_update(of=("self",)).select_related(
            "layout__programme", "layout__call"
        ).get(pk=version.pk)  # fmt: skip
        self.require_match(self._detail(version))
        return version

    def _detail(self, version: LayoutVersion, code: int = 200) -> Response:
        contents, draft = version.contents, version.state == State.DRAFT
        return self.answer(
            Layout.objects.filter(pk=version.layout_id), LayoutDetail, code,
            version=version.number, state=version.state, changed_at=version.changed_at,
            **{name: contents[name] for name in layouts.WORDS},
            sections=[_told(section) for section in contents["sections"]],
            logos=[
                {"number": number, "name": logo.file.name, "alt": logo.alt}
                for number, logo in enumerate(version.logos.select_related("file"), start=1)
            ],
            may_be_added=layouts.left_to_add(version.layout.of_kind, contents) if draft else [],
            missing=actions.in_the_way(version) if draft else [],
            versions=list(version.layout.versions.values("number", "state", "published_at", "retired_at")),
        )  # fmt: skip


def _told(section: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "section": section["id"], "what": layouts.what_of(section), "heading": section["heading"],
        "text": section.get("text", {}), "hidden": section.get("hidden", []), "wide": section["wide"],
    }  # fmt: skip


def _arrange(draft: LayoutVersion, wanted: Sequence[Mapping[str, Any]], *, edits: int, by: Any) -> None:
    """Bring the sections of a draft into these, one action of the page after the other."""
    there = [section["id"] for section in draft.contents["sections"]]
    kept = [each["section"] for each in wanted if "section" in each]
    errors: dict[Any, Any] = {}
    for place, each in enumerate(wanted):
        if "section" in each and (each["section"] not in there or kept.count(each["section"]) > 1):
            errors[place] = {"section": [gettext("Give each section that is there once, by its number.")]}
    if errors:
        raise ValidationError({"sections": errors})
    who: dict[str, Any] = {"by": by, "at": now()}
    for section in there:
        if section not in kept:
            actions.drop_section(draft, edits=edits, section=section, **who)
            edits += 1
    order = [section for section in there if section in kept]
    for place, each in enumerate(wanted):
        with placed(f"sections.{place}"):
            if "what" in each:
                made = actions.add_section(draft, edits=edits, what=each["what"], **who)
                order.append(made["id"])
                edits += 1
            else:
                made = draft.section(each["section"]) or {}
            if changed := _changed(made, each):
                actions.set_section(draft, edits=edits, section=made["id"], **changed, **who)
                edits += 1
            if (now_at := order.index(made["id"])) != place:
                actions.move_section(draft, edits=edits, section=made["id"], places=place - now_at, **who)
                order.insert(place, order.pop(now_at))
                edits += 1


def _changed(made: Mapping[str, Any], each: Mapping[str, Any]) -> dict[str, Any]:
    """What `actions.set_section` is to write in a section; {} where all is so already."""
    for name in ("text", "hidden"):
        if name in each and name not in made:
            raise Refused({name: [gettext("A section of this sort has none.")]})
    now_so = {name: made[name] for name in ("heading", "text", "hidden", "wide") if name in made}
    wanted = now_so | {name: each[name] for name in ("hidden", "wide") if name in each}
    wanted |= {name: made.get(name, {}) | each[name] for name in ("heading", "text") if name in each}
    return wanted if wanted != now_so else {}


class LayoutPreviewDoor(Door):
    content_negotiation_class = AsItIs

    @operation(
        _("Look at a page of a layout"),
        needs=Permission.REPORT_VIEW,
        query=PreviewQuery,
        answers={(200, "image/jpeg"): OpenApiResponse(OpenApiTypes.BINARY, description=_("The page as a picture."))},
        about=_("With invented figures, in the language asked for. 404 where the layout has no such page."),
    )
    def retrieve(self, request, key):
        version = version_of(self.fetch(Layout.objects, key=key), self.asked.get("version"))
        language = self.asked.get("language") or get_language() or "en"
        try:
            made = actions.preview(version, language=language, page=self.asked["page"], by=request.user, at=now())
        except Refused as refused:
            raise Problem(404, "", " ".join(refused.messages)) from None
        return HttpResponse(made.jpeg, content_type="image/jpeg")
