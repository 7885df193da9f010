"""Templates carry a version: the last three load by the headings they had, others are refused by name."""

from __future__ import annotations

import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from beneficiaries.actions import imports
from beneficiaries.columns import templates
from beneficiaries.models import Import, Participation
from core import sheets
from core.access import Refused
from tests.beneficiaries.test_imports import LATER

# Made up: version 4 called the columns otherwise, and even used today's heading of one column for another.
OTHERWISE = {"given_name": ["Рождено"], "family_name": ["Родово"], "born_on": ["Entry date"], "entered_on": ["Since"]}


@pytest.fixture
def five_versions(monkeypatch):
    told = {str(n): {"participants": OTHERWISE} for n in range(1, 5)} | {"5": templates.headings_now()}
    monkeypatch.setattr(templates, "versions", lambda: told)


def filled(path, version, heads, row, kind="participants"):
    columns = [sheets.Column(heading=heading) for heading in heads]
    sheets.write_template(columns, version, kind=kind, title="T", out=path, language="en", rows=[row])
    return path


def take(path, project, **more):
    told = {"kind": "participants", "project": project, "school": None, "path": path, "name": path.name}
    return imports.take_at_once(**told, language="en", by=None, at=LATER, write=True, **more)


def test_the_newest_version_is_what_the_columns_say():
    assert templates.versions()[templates.newest()] == templates.headings_now(), (
        "A heading changed: add a version to templates.json with what headings_now() gives"
    )


def test_an_older_template_is_read_by_its_own_headings(project, school, tmp_path, five_versions):
    heads = ["Рождено", "Родово", "Entry date", "Since", "Пол"]
    file = filled(tmp_path / "old.xlsx", "4", heads, ["Ани", "Примерова", "04.05.2014", "12.01.2026", "жена"])
    assert take(file, project).counts["new"] == 1
    ani = Participation.objects.select_related("person__identity").get()
    assert (str(ani.person.born_on), str(ani.entered_on), ani.person.gender) == ("2014-05-04", "2026-01-12", "F")
    assert str(ani.person.identity) == "Ани Примерова"


@pytest.mark.parametrize("version", ["2", "6", "", "x"])
def test_a_version_too_old_or_unknown_is_refused_with_both_versions(project, school, tmp_path, five_versions, version):
    file = filled(tmp_path / "old.xlsx", version, ["Рождено", "Since"], ["Ани", "12.01.2026"])
    with pytest.raises(Refused, match=rf"version {version or '.'}.* reads: 3, 4, 5\. .*version 5"):
        take(file, project)
    assert not Participation.objects.exists()


def test_the_page_offers_todays_template_with_the_groups_of_the_school(
    client, people, project, school, group, tmp_path, five_versions
):
    client.force_login(people["coordinator"])
    old = filled(tmp_path / "old.xlsx", "1", ["Рождено", "Since"], ["Ани", "12.01.2026"])
    other = filled(tmp_path / "other.xlsx", "5", ["Date"], ["12.01.2026"], kind="sessions")
    place = {"kind": "participants", "place": f"{project.number}:{school.key}"}
    for path, said in ((old, "version 1 of the template"), (other, "This file is the template for “Sessions”")):
        file = SimpleUploadedFile(path.name, path.read_bytes())
        answer = client.post(reverse("beneficiaries:imports"), place | {"file": file})
        assert answer.status_code == 422
        assert said in answer.text
    url = reverse("beneficiaries:import_template", args=["participants"])
    assert url in answer.text
    assert not Import.objects.exists()
    new = tmp_path / "new.xlsx"
    new.write_bytes(client.get(url).content)
    assert sheets.look(new).version == "5"
    assert group.name in sheets_text(new)


def sheets_text(path) -> str:
    with zipfile.ZipFile(path) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist() if name.endswith(".xml"))
