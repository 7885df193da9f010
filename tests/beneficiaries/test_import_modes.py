"""What an import does with rows the portal knows: leaves them, asks, or replaces marks after showing which."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse

from activities.models import Session
from beneficiaries.actions import imports
from beneficiaries.models import Attendance, ColumnMapping, Participation
from core.access import Refused
from tests import factories
from tests.beneficiaries.test_import_pages import columns_as_guessed
from tests.beneficiaries.test_imports import CHILDREN, HEADS, LATER, database, guess, heaps, taken_in
from tests.beneficiaries.test_imports_by_row import PLAN


def in_mode(mode, lines, heads, **more):
    return taken_in(
        lines, heads, mapping=guess(more.get("kind", "participants"), heads, lines) | {"mode": mode}, **more
    )


def test_only_adding_leaves_what_is_known_and_says_where_the_file_differs(project, people, group, activity, session):
    who = people["coordinator"]
    taken_in(CHILDREN[:2], HEADS, project=project, by=who)
    taken_in([["17.3.2026", "14:00", "15:30", group.name, activity.number, "Четене"]], PLAN, kind="sessions",
             project=project, by=who)  # fmt: skip
    before = database()
    other = [[*CHILDREN[0][:6], "2"], CHILDREN[1], CHILDREN[2]]
    source = in_mode("add", other, HEADS, project=project, by=who)
    assert heaps(source) == {"new": 1, "same": 2, "doubtful": 0, "wrong": 0}
    assert [(row.number, row.findings[0]["column"]) for row in imports.noted(source)] == [(2, "education")]
    assert Participation.objects.get(person__identity__given_name="Ани").education == 1
    imports.undo(source, by=who, at=LATER)
    line = ["17.3.2026", "14:00", "16:00", group.name, activity.number, "Смятане"]
    source = in_mode("add", [line], PLAN, kind="sessions", project=project, by=who)
    assert heaps(source)["same"] == 1
    assert {found["column"] for found in imports.noted(source).get().findings} == {"topic", "ends_at"}
    assert database() == before
    assert Session.objects.get(on="2026-03-17").topic == "Четене"


def test_replacing_shows_the_marks_that_go_and_can_be_undone(client, people, project, school, session, class_of_30):
    """Through the wizard: chosen beside the columns, shown at the check, remembered, undone."""
    old = [factories.attended(session, row, "absent") for row in class_of_30[:3]]
    client.force_login(people["coordinator"])
    words = ["присъствал", "отсъствал", "да", "да"]
    table = "\n".join(["Дата;Код;Присъствие", *(
        f"16.03.2026;{row.person.code};{word}" for row, word in zip(class_of_30, words, strict=False)
    )])  # fmt: skip
    file = SimpleUploadedFile("marks.csv", table.encode())
    place = {"kind": "attendance", "place": f"{project.number}:{school.key}"}
    page = client.post(reverse("beneficiaries:imports"), place | {"file": file}, follow=True)
    path = page.context["request"].path
    asked = columns_as_guessed(page)
    waits = client.post(f"{path}columns/", asked, follow=True)
    assert "2 of 4 rows have problems" in " ".join(waits.text.split())
    client.post(f"{path}discard/")

    file = SimpleUploadedFile("marks.csv", table.encode())
    page = client.post(reverse("beneficiaries:imports"), place | {"file": file}, follow=True)
    path = page.context["request"].path
    shown = client.post(f"{path}columns/", asked | {"mode": "replace"}, follow=True)
    text = " ".join(shown.text.split())
    assert "2 marks in the portal are replaced." in text
    assert f"{class_of_30[0].person.code}</span>: “Here”. The portal says “Absent” for this participant." in text
    assert "All 4 rows are in order" in text
    assert set(Attendance.objects.values_list("mark", flat=True)) == {"absent"}  # nothing is stored yet
    client.post(f"{path}bring-in/")
    marks = Attendance.objects.order_by("participation").values_list("mark", flat=True)
    assert list(marks) == ["here", "absent", "here", "here"]
    assert ColumnMapping.objects.get(school=school, kind="attendance").mapping["mode"] == "replace"
    client.post(f"{path}undo/")
    assert {(a.pk, a.mark) for a in Attendance.objects.all()} == {(a.pk, "absent") for a in old}


def test_programs_choose_the_mode_themselves(project, people, session, class_of_30, tmp_path, capsys):
    factories.attended(session, class_of_30[0], "absent")
    file = tmp_path / "marks.csv"
    file.write_text(f"Date;Code;Mark\n16.03.2026;{class_of_30[0].person.code};here\n", "utf-8")

    def told(**options):
        call_command("import_file", "attendance", str(file), project=project.number, json=True, **options)
        return json.loads(capsys.readouterr().out)["counts"]

    assert told()["doubtful"] == 1
    assert told(mode="add")["same"] == 1
    assert Attendance.objects.get().mark == "absent"
    assert told(mode="replace")["new"] == 1
    assert Attendance.objects.get().mark == "here"
    with pytest.raises(Refused, match="It has: update, add"):
        imports.take_at_once(
            kind="participants", project=project, school=None, path=file, name="x", language="en", by=None, at=LATER,
            write=True, mode="replace",
        )  # fmt: skip
