"""The wizard of imports, through the browser's requests."""

from __future__ import annotations

import csv

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from beneficiaries import figures
from beneficiaries.actions import imports
from beneficiaries.columns import COLUMNS, guess
from beneficiaries.models import Import, Participation
from core import sheets
from core.models import Role, StoredFile
from projects.models import Membership
from tests import factories
from tests.beneficiaries.test_imports import ALWAYS

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(client, people):
    client.force_login(people["coordinator"])
    return client


def upload(browser, project, school, content: str, name="list.csv", encoding="utf-8"):
    file = SimpleUploadedFile(name, content.encode(encoding))
    place = f"{project.number}:{school.key}"
    return browser.post(reverse("beneficiaries:imports"), {"kind": "participants", "place": place, "file": file})


def columns_as_guessed(page) -> dict[str, str]:
    return {f"column-{f['column'].name}": f["heading"] for f in page.context["fields"] if f["heading"]}


def test_the_worked_example_through_the_wizard(browser, people, programme):
    projects = {}
    for number in ("OP-A", "OP-B"):
        projects[number] = project = factories.ProjectFactory(programme=programme, number=number)
        school = factories.school_of(project)
        Membership.objects.create(
            user=people["coordinator"], role=Role.COORDINATOR, project=project, organisation=school
        )
    with open("tests/data/example_participants.csv", encoding="utf-8") as file:
        answer = upload(browser, projects["OP-A"], projects["OP-A"].partners.get().organisation, file.read())
    page = browser.get(answer.url)
    assert page.status_code == 200
    checked = browser.post(page.context["request"].path + "columns/", columns_as_guessed(page), follow=True)
    assert "All 11 rows are in order" in checked.text
    done = browser.post(page.context["request"].path + "bring-in/", follow=True)
    assert done.context["source"].state == Import.State.DONE
    with open("tests/data/example_expected_indicators.csv", encoding="utf-8") as file:
        for line in csv.DictReader(file):
            counted = figures.esf_indicators([projects[line["operation"]].pk], *ALWAYS)
            if line["indicator"].startswith("incomplete"):
                assert counted.incomplete_to_date == int(line["total"])
            else:
                c = counted.to_date[line["indicator"]]
                told = [str(n) for n in (c.women, c.men, c.non_binary, c.total)]
                assert told == [line[k] for k in ("women", "men", "non_binary", "total")]


BAD = """Име;Фамилия;Дата на раждане;Дата на включване
Ани;Примерова;04.05.2014;12.01.2026
Борис;Образцов;31.02.2013;12.01.2026
"""


def test_a_wrong_row_waits_is_corrected_and_goes_in(browser, project, school):
    answer = upload(browser, project, school, BAD, encoding="windows-1251")
    page = browser.get(answer.url)
    assert "Борис" in page.text
    checked = browser.post(f"{answer.url}columns/", columns_as_guessed(page), follow=True)
    assert "1 of 2 rows has a problem" in checked.text
    assert "31.02.2013" in checked.text
    half = browser.post(f"{answer.url}bring-in/", follow=True)
    assert Participation.objects.count() == 1
    assert "Row 3" in " ".join(half.text.split())
    marked = browser.get(f"{answer.url}answer/")
    assert marked["Content-Type"].endswith("spreadsheetml.sheet")
    assert marked.content[:2] == b"PK"
    again = browser.post(f"{answer.url}rows/", {"row": "3", "cell-born_on": "3.2.2013"}, follow=True)
    assert "All 2 rows are in order" in again.text
    done = browser.post(f"{answer.url}bring-in/", follow=True)
    assert Participation.objects.count() == 2
    assert "Undo this import" in done.text
    undone = browser.post(f"{answer.url}undo/", follow=True)
    assert Participation.objects.count() == 0
    assert "2 rows were taken back" in undone.text


def test_a_corrected_file_takes_the_place_of_the_draft_and_nothing_goes_in_twice(browser, project, school):
    answer = upload(browser, project, school, BAD)
    browser.post(f"{answer.url}columns/", columns_as_guessed(browser.get(answer.url)) | {"mode": "add"})
    browser.post(f"{answer.url}bring-in/")
    corrected = SimpleUploadedFile("list.csv", BAD.replace("31.02.2013", "03.02.2013").encode())
    broken = SimpleUploadedFile("list.xlsx", b"%PDF-1.7")
    refused = browser.post(f"{answer.url}again/", {"file": broken})
    assert refused.url == answer.url
    assert Import.objects.get().state == Import.State.CHECKED  # the draft is as it was
    again = browser.post(f"{answer.url}again/", {"file": corrected})
    assert again.url != answer.url
    page = browser.get(again.url)
    assert page.context["mode"] == "add"
    checked = browser.post(f"{again.url}columns/", columns_as_guessed(page) | {"mode": "add"}, follow=True)
    assert "All 2 rows are in order" in checked.text
    browser.post(f"{again.url}bring-in/")
    assert Participation.objects.count() == 2
    old, new = Import.objects.order_by("pk")
    assert (old.state, new.state, new.new, new.same) == ("done", "done", 1, 1)


def test_a_list_of_another_kind_is_called_by_its_name(browser, project, school):
    sheet = "Дата;От час;До час;Група;Дейност\n16.03.2026;14:00;15:30;5 А;1\n"
    page = browser.get(upload(browser, project, school, sheet).url)
    assert "This looks like another kind of list: Sessions." in page.text
    marks = SimpleUploadedFile("marks.csv", "Дата;Код;Присъствие\n16.03.2026;P-1;да\n".encode())
    place = {"kind": "attendance", "place": f"{project.number}:{school.key}"}
    page = browser.get(browser.post(reverse("beneficiaries:imports"), place | {"file": marks}).url)
    assert "looks like" not in page.text


def test_one_draft_of_a_kind_and_it_can_be_thrown_away(browser, project, school):
    first = upload(browser, project, school, BAD)
    second = upload(browser, project, school, BAD)
    assert second.status_code == 422
    assert "You have a draft of this kind already" in second.text
    browser.post(f"{first.url}discard/")
    assert not StoredFile.objects.exists()
    assert upload(browser, project, school, BAD).status_code == 302


def test_a_file_that_is_no_table_is_refused_with_its_reason(browser, project, school):
    answer = upload(browser, project, school, "%PDF-1.7 not a table", name="list.xlsx")
    assert answer.status_code == 422
    assert not Import.objects.exists()


def test_a_draft_is_its_makers_alone(browser, client, people, project, school):
    answer = upload(browser, project, school, BAD)
    client.force_login(people["admin"])
    assert client.get(answer.url).status_code == 404


def test_the_template_comes_back_as_an_import(browser, project, school, tmp_path):
    template = browser.get(reverse("beneficiaries:import_template", args=["participants"]))
    path = tmp_path / "template.xlsx"
    path.write_bytes(template.content)
    found = sheets.look(path)
    assert (found.template, found.version) == ("participants", "1")
    mapped = guess("participants", found.sheet.headings)["columns"]
    assert set(mapped) == {column.name for column in COLUMNS["participants"]}


def test_many_rows_are_a_job_that_a_worker_does_and_cancel_stops(browser, project, school, settings):
    lines = [f"X{n};2026-01-12" for n in range(imports.AT_ONCE + 1)]
    answer = upload(browser, project, school, "person;entry_date\n" + "\n".join(lines))
    page = browser.get(answer.url)
    waiting = browser.post(f"{answer.url}columns/", columns_as_guessed(page), follow=True)
    assert "progress" in waiting.text
    source = Import.objects.get()
    assert source.job == Import.Job.READ
    claimed = imports.claim(source.pk, at=source.made_at)
    assert claimed is not None
    browser.post(f"{answer.url}cancel/")
    with pytest.raises(imports.Stopped):
        imports.work(claimed, at=source.made_at)
    source.refresh_from_db()
    assert (source.job, source.state) == ("", Import.State.DRAFT)
    imports.ask(source, Import.Job.READ)
    imports.work(imports.claim(source.pk, at=source.made_at), at=source.made_at)
    source.refresh_from_db()
    assert source.new == imports.AT_ONCE + 1


def test_one_wrong_word_in_many_rows_is_corrected_at_once(browser, project, school):
    lines = [f"Дете{n};Тестов{n};1.2.2013;дете;12.01.2026" for n in range(3)]
    answer = upload(browser, project, school, "\n".join(["Име;Фамилия;Дата на раждане;Пол;Дата на включване", *lines]))
    page = browser.get(answer.url)
    checked = browser.post(answer.url + "columns/", columns_as_guessed(page), follow=True)
    assert "The same in several rows" in checked.text
    wrong = {"all": "1", "column": "gender", "value": "дете", "instead": ""}
    assert "Enter what should stand there instead" in browser.post(answer.url + "rows/", wrong, follow=True).text
    mended = browser.post(answer.url + "rows/", wrong | {"instead": "мъж"}, follow=True)
    assert "All 3 rows are in order" in mended.text


STAFF = "E-mail;Name;Role\nmaria@school.example;Мария Учителка;coordinator\nnot an address;Иван;coordinator\n"


def test_who_gives_roles_imports_the_staff_of_a_school(client, people, project, school):
    client.force_login(people["admin"])
    file = SimpleUploadedFile("staff.csv", STAFF.encode())
    place = f"{project.number}:{school.key}"
    answer = client.post(reverse("beneficiaries:imports"), {"kind": "staff", "place": place, "file": file})
    page = client.get(answer.url)
    checked = client.post(f"{answer.url}columns/", columns_as_guessed(page), follow=True)
    assert "This is no e-mail address" in checked.text
    client.post(f"{answer.url}bring-in/")
    given = Membership.objects.get(user__email="maria@school.example")
    assert (given.role, given.organisation) == (Role.COORDINATOR, school)
    assert not Membership.objects.filter(user__name="Иван").exists()


def test_a_coordinator_cannot_import_staff(browser, project, school):
    file = SimpleUploadedFile("staff.csv", STAFF.encode())
    place = f"{project.number}:{school.key}"
    answer = browser.post(reverse("beneficiaries:imports"), {"kind": "staff", "place": place, "file": file})
    assert answer.status_code == 422
    assert browser.get(reverse("beneficiaries:import_template", args=["staff"])).status_code == 404
    assert not Import.objects.exists()


@pytest.mark.slow
def test_a_real_worker_brings_many_rows_in(worker, client, wait_for):
    project = factories.ProjectFactory()
    factories.ContractFactory(project=project)
    school = factories.school_of(project)
    client.force_login(factories.people_of(project, school)["coordinator"])
    lines = [f"X{n};2026-01-12" for n in range(imports.AT_ONCE + 100)]
    answer = upload(client, project, school, "person;entry_date\n" + "\n".join(lines))
    client.post(f"{answer.url}columns/", columns_as_guessed(client.get(answer.url)))
    wait_for(lambda: Import.objects.get().state == Import.State.CHECKED, seconds=60)
    assert not Participation.objects.exists(), "the check wrote nothing"
    client.post(f"{answer.url}bring-in/")
    wait_for(lambda: Import.objects.get().state == Import.State.DONE, seconds=60)
    assert Participation.objects.count() == Import.objects.get().new == imports.AT_ONCE + 100
