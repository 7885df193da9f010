"""A funder's own layout: made in the browser, asked for, sealed into the report, and gone its own way afterwards."""

from __future__ import annotations

import io
import re
from contextlib import suppress
from datetime import timedelta

import pikepdf
import pypdfium2
import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from PIL import Image

from core.access import Refused
from core.models import AuditEvent
from projects.models import PlannedFigure
from reports import actions, layouts, pdf, snapshot
from reports.catalogue import kinds
from reports.charts import charts_by_table
from reports.cover import cover
from reports.models import Layout, LayoutVersion, Report
from tests import factories
from tests.conftest import NOON

LANGUAGES = ("en", "bg", "lv")


def texts(name, en, bg, lv):
    return {f"{name}_{language}": text for language, text in zip(LANGUAGES, (en, bg, lv), strict=True)}


def png(colour="red", size=(300, 100)):
    out = io.BytesIO()
    Image.new("RGBA", size, colour).save(out, "PNG")
    return SimpleUploadedFile("Sign.png", out.getvalue(), "image/png")


class Pages:
    """What an officer does with a layout in the browser."""

    def __init__(self, client, key):
        self.client, self.key = client, key

    @property
    def draft(self):
        return LayoutVersion.objects.filter(layout__key=self.key).order_by("-number")[0]

    def post(self, door, *args, code=302, **given):
        address = reverse(f"reports:{door}", args=[self.key, *args])
        answer = self.client.post(address, {"edits": self.draft.edits, **given})
        assert answer.status_code == code, answer.content.decode()
        return answer

    def keep_only(self, *tables):
        for section in self.draft.contents["sections"]:
            if section.get("table") not in tables:
                self.post("layout_sections", drop=section["id"])

    def id_of(self, table):
        return next(each["id"] for each in self.draft.contents["sections"] if each.get("table") == table)


@pytest.fixture
def pages(sign_in, project):
    client = sign_in("officer")
    given = {"programme": project.programme.code, "kind": "progress", "name": "Ministry"}
    answer = client.post(reverse("reports:layout_new"), given)
    assert answer.status_code == 302
    return Pages(client, Layout.objects.get().key)


@pytest.fixture
def published(pages):
    """Money by source after people and schools, between them a text; two columns left out; a logo; published."""
    pages.keep_only("money_sources", "counters")
    pages.post("layout_sections", down=pages.id_of("money_sources"))
    pages.post("layout_sections", what="text")
    words = pages.draft.contents["sections"][-1]["id"]
    told = texts("heading", "What it meant", "Какво означава", "Ko tas nozīmē")
    told |= texts("text", "One.\n\nTwo <b>.", "Едно.\n\nДве <b>.", "Viens.\n\nDivi <b>.")
    pages.post("layout_section", words, **told)
    pages.post("layout_sections", up=words)
    money = pages.id_of("money_sources")
    own = texts("heading", "Where the money came from", "Откъде са средствата", "No kurienes nauda")
    pages.post("layout_section", money, **own, shown=["contracted", "to_date", "left"], wide="on")
    shows = texts("alt", "Sign of the Ministry", "Знак на министерството", "Ministrijas zīme")
    pages.post("layout_logo", upload=png(), **shows)
    cover = texts("title", "Yearly account", "Годишен отчет", "Gada pārskats")
    cover |= texts("footer", "Ministry, file 7", "Министерство, дело 7", "Ministrija, lieta 7")
    pages.post("layout_words", **cover)
    pages.post("layout_move", "publish")
    return pages.draft


def words_of(document: bytes) -> str:
    found = pypdfium2.PdfDocument(document)
    return "\n".join(page.get_textpage().get_text_range() for page in found)


def structure(document: bytes) -> list[tuple[str, str]]:
    """Kind and alternative text of every element of the structure tree."""
    found = []

    def walk(node):
        if isinstance(node, pikepdf.Array):
            for child in node:
                walk(child)
        elif isinstance(node, pikepdf.Dictionary) and "/S" in node:
            found.append((str(node.S), str(node.get("/Alt", ""))))
            walk(node.get("/K"))

    with pikepdf.open(io.BytesIO(document)) as opened:
        walk(opened.Root.StructTreeRoot.K)
    return found


def test_a_layout_made_in_the_browser_ends_in_the_pdf_and_changes_no_figure(published, question, people):
    report, _new = actions.ask(**question, layout=published, by=people["officer"], at=NOON)
    usual, _new = actions.ask(**question, by=people["officer"], at=NOON)
    assert usual != report
    taken, plain = snapshot.take(report, NOON), snapshot.take(usual, NOON)
    assert taken["tables"] == plain["tables"]
    assert set(taken["tables"]) <= set(report.of_kind.table_keys)

    document = pdf.html(taken)
    assert document.count('<th scope="col"') == 4 + 5  # two of six columns of the money are left out
    laid = pdf.lay_out(document)
    made = pdf.render(laid, taken)
    text = words_of(made)
    order = ["Годишен отчет", "Хора и училища", "Какво означава", "Две <b>.", "Откъде са средствата", "Ministry"]
    places = [text.find(each) for each in order]
    assert -1 not in places
    assert places == sorted(places)
    assert "Посещаемост по седмици" not in text  # a table that was left out
    for proof in (cover(taken).code, cover(taken).sha256, str(people["officer"]), cover(taken).data_at):
        assert proof in text
    assert text.count("Министерство, дело 7") >= 2  # on the cover and at the foot of each page
    tree = structure(made)
    assert ("/Figure", "Знак на министерството") in tree
    assert sum(kind == "/Table" for kind, _alt in tree) == 2
    assert [kind for kind, _alt in tree].count("/H1") == 1
    with pikepdf.open(io.BytesIO(made)) as opened, opened.open_metadata() as meta:
        assert meta["{http://www.aiim.org/pdfua/ns/id/}part"] == "1"
        assert str(opened.Root.Lang) == "bg"
    kept = pdf.archive(laid, taken, {"counters": pdf.Table("counters.csv", b"x")})
    with pikepdf.open(io.BytesIO(kept)) as opened, opened.open_metadata() as meta:
        assert (meta["pdfaid:part"], meta["pdfaid:conformance"]) == ("3", "A")


def test_what_is_published_is_final_and_a_sealed_report_keeps_its_layout(published, pages, question, people):
    report, _new = actions.ask(**question, layout=published, by=people["officer"], at=NOON)
    taken = snapshot.take(report, NOON)
    before = pdf.render(pdf.lay_out(pdf.html(taken)), taken)

    for change in (
        lambda: LayoutVersion.objects.filter(pk=published.pk).update(contents={}),
        lambda: LayoutVersion.objects.filter(pk=published.pk).update(state="draft"),
        lambda: published.logos.all().update(alt={}),
        lambda: LayoutVersion.objects.filter(pk=published.pk).delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    with pytest.raises(Refused):
        actions.add_section(published, edits=published.edits, what="text", by=people["officer"], at=NOON)

    pages.post("layout_move", "begin")
    pages.post("layout_sections", logo=1)
    pages.post("layout_sections", drop=pages.id_of("counters"))
    pages.post("layout_move", "publish")
    published.refresh_from_db()
    assert published.state == LayoutVersion.State.RETIRED
    later = question | {"to_on": question["to_on"] - timedelta(days=1)}
    with pytest.raises(ValidationError) as refused:
        actions.ask(**later, layout=published, by=people["officer"], at=NOON)
    assert "layout" in refused.value.message_dict
    assert pdf.render(pdf.lay_out(pdf.html(taken)), taken) == before
    pages.post("layout_move", "retire")
    assert not LayoutVersion.objects.published().exists()
    told = AuditEvent.objects.filter(kind="reports.layout").values_list("action", flat=True)
    assert {"layout.added", "layout.begun", "layout.changed", "layout.published", "layout.retired"} == set(told)
    assert not any("Откъде" in str(event.after) for event in AuditEvent.objects.all())


def test_a_layout_that_cannot_be_is_refused_with_a_reason(pages, people, project):
    draft = pages.draft
    by = {"by": people["officer"], "at": NOON}
    pages.post("layout_words", **texts("title", "Account", "", ""))
    answer = pages.client.get(reverse("reports:layout_move", args=[pages.key, "publish"]))
    assert "Title on the cover is missing in: Български, Latviešu." in answer.content.decode()
    pages.post("layout_move", "publish", code=409)
    pages.post("layout_sections", what="annex_vii_1", code=409)  # a table of another kind
    pages.post("layout_sections", what="counters", code=409)  # stands there already
    pages.post("layout_sections", what="told", code=409)  # working figures have no texts of a project
    pages.post("layout_sections", up="x", code=404)
    stale = {"edits": 0, "what": "text"}
    assert "Somebody changed this meanwhile" in pages.post("layout_sections", code=409, **stale).content.decode()
    for upload in (SimpleUploadedFile("a.png", b"GIF89a"), SimpleUploadedFile("b.png", b"\x89PNG\r\n\x1a\nnothing")):
        pages.post("layout_logo", upload=upload, **texts("alt", "a", "b", "c"), code=422)
    pages.post("layout_logo", upload=png(), **texts("alt", "", "", ""), code=422)
    kind = kinds()["progress"]
    foreign = layouts.standard(kinds()["annex_vii"])
    assert any("no such table" in text for text in layouts.problems(kind, foreign, []))
    first = layouts.of_table("counters") | {"id": 1, "hidden": ["counter", "nothing"]}
    assert len(list(layouts.wrong(kind, first))) == 2
    other = factories.ProjectFactory().programme
    with pytest.raises(PermissionDenied):
        actions.add_layout(other, kind="progress", name="x", **by)
    with pytest.raises(Refused):  # the name is taken
        actions.add_layout(project.programme, kind="progress", name="Ministry", **by)
    with pytest.raises(Refused):
        actions.add_layout(project.programme, kind="annex_vii", name="y", copy_of=draft, **by)
    assert actions.drop_draft(pages.draft, edits=pages.draft.edits, **by)
    assert not Layout.objects.exists()


def test_who_sees_and_who_changes_a_layout(published, sign_in):
    page = reverse("reports:layout", args=[published.layout.key])
    preview = reverse("reports:layout_preview", args=[published.layout.key, "lv", 1])
    for who, code in {"stranger": 404, "auditor": 200, "coordinator": 404, "officer": 200}.items():
        client = sign_in(who)
        assert client.get(page).status_code == code, who
        answer = client.get(preview)
        assert answer.status_code == code, who
        if code == 200:
            assert Image.open(io.BytesIO(answer.content)).height > 1000
        gone = client.get(reverse("reports:layout_move", args=[published.layout.key, "retire"])).status_code
        assert gone == (200 if who == "officer" else 403 if code == 200 else 404), who


def test_every_kind_can_begin_as_its_usual_layout_and_be_looked_at(people, project, school):
    made = []
    for kind in kinds().values():
        assert kind.table_keys, kind.key
        version = actions.add_layout(project.programme, kind=kind.key, name=kind.key, by=people["officer"], at=NOON)
        assert actions.in_the_way(version) == []
        with suppress(Refused):
            made.append(pdf.html(actions.invented(version, "bg", people["officer"], NOON), preview=True))
    assert len(made) >= 8


def test_a_layout_is_offered_where_it_fits_on_page_and_through_the_api(published, sign_in, question, project):
    client = sign_in("officer")
    address = f"{reverse('reports:ask')}?kind=progress&project={project.number}"
    assert "Ministry" in client.get(address).content.decode()
    assert "Ministry" not in client.get(address.replace("kind=progress", "kind=funder")).content.decode()
    assert f'<option value="{published.layout.key}"' in client.get(address).content.decode()
    listed = client.get("/api/v1/layouts/").json()["results"]
    assert [(row["key"], row["kind"], row["version"]) for row in listed] == [(str(published.layout.key), "progress", 1)]
    body = {"kind": "progress", "project": project.number, "from": "2026-01-01", "to": "2026-03-31", "language": "lv"}
    send = {"content_type": "application/json"}
    made = client.post("/api/v1/reports/", body | {"layout": str(published.layout.key)}, **send)
    assert made.status_code == 202
    assert Report.objects.get(key=made.json()["key"]).layout == published
    wrong = client.post("/api/v1/reports/", body | {"layout": made.json()["key"], "language": "en"}, **send)
    assert wrong.status_code == 422
    assert [error["pointer"] for error in wrong.json()["errors"]] == ["/layout"]
    other = factories.ProjectFactory()
    fit = LayoutVersion.objects.published()
    assert fit.fit_for("progress", project).exists()
    assert not fit.fit_for("progress", other).exists()
    assert not fit.fit_for("funder", project).exists()


def test_each_chart_is_a_section_of_its_own(pages, project, session, question, people):
    """They can be ordered and left out; what was published with all charts in one section keeps them there."""
    factories.attended(session, factories.participation(project, session.school))
    PlannedFigure.objects.create(project=project, counter="participants", planned=90)
    kind = kinds()["progress"]
    usual = [each["chart"] for each in pages.draft.contents["sections"] if each["is"] == "chart"]
    assert usual == ["months", "weeks", "counters", "activities", "indicator_targets"]
    pages.keep_only()
    assert {"charts", "chart:weeks", "chart:counters"} <= set(layouts.left_to_add(kind, pages.draft.contents))
    for what in ("chart:weeks", "chart:months", "chart:counters"):
        pages.post("layout_sections", what=what)
    pages.post("layout_sections", what="chart:weeks", code=409)
    pages.post("layout_sections", up=pages.draft.contents["sections"][-1]["id"])
    pages.post("layout_sections", up=pages.draft.contents["sections"][-2]["id"])
    assert [each["chart"] for each in pages.draft.contents["sections"]] == ["counters", "weeks", "months"]
    assert "charts" not in layouts.left_to_add(kind, pages.draft.contents)
    page = pages.client.get(reverse("reports:layout", args=[pages.key])).content.decode()
    assert "Chart: Attendance by week" in page
    pages.post("layout_move", "publish")

    report, _new = actions.ask(**question, layout=pages.draft, by=people["officer"], at=NOON)
    taken = snapshot.take(report, NOON)
    document = pdf.html(taken)
    drawn = re.findall(r"<figure><h3>(.*?)</h3>", document)
    assert drawn == [charts_by_table(taken)[key].title for key in ("counters", "weeks")]  # no money yet: none of months
    all_at_once = taken | {"layout": taken["layout"] | {"sections": [{"is": "charts", "heading": "", "wide": False}]}}
    assert len(re.findall("<figure><h3>", pdf.html(all_at_once))) == len(charts_by_table(taken)) > 2
    both = pages.draft.contents["sections"] + [{"id": 99, "is": "charts", "heading": {}, "wide": False}]
    assert "stands in the layout twice" in " ".join(
        layouts.problems(kind, pages.draft.contents | {"sections": both}, [])
    )
