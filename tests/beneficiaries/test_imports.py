"""Participants from a spreadsheet: the worked example, four heaps, nothing twice, and back out again."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from beneficiaries import actions, figures
from beneficiaries.actions import imports
from beneficiaries.columns import guess
from beneficiaries.models import Import, Participation, Person, StagedRow
from core.access import Refused
from core.models import AuditEvent
from projects.models import Membership
from tests import factories
from tests.factories import NOON

LATER = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
ALWAYS = (date(2021, 1, 1), date(2029, 12, 31))
HEADS = ["Име", "Фамилия", "Дата на раждане", "Пол", "Дата на включване", "Статут на пазара на труда", "Образование"]
CHILDREN = [
    ["Ани", "Примерова", "04.05.2014", "жена", "12.01.2026", "ученик", "1"],
    ["Борис", "Образцов", "2013-02-03", "мъж", "12.01.2026", "ученик", "1"],
    ["Вяра", "Пробина", "5.6.2013", "Ж", "12.01.2026", "ученик", "начално"],
]
OURS = ("beneficiaries.", "activities.", "projects.", "core.organisation", "core.user")


def database(*but: str) -> dict[str, list]:
    """Every row of the portal's own tables, but those of the imports themselves, the trail and the feed."""
    left_out = (
        "beneficiaries.import",
        "beneficiaries.stagedrow",
        "beneficiaries.columnmapping",
        "projects.change",
        *but,
    )
    return {
        model._meta.label_lower: sorted(map(str, model._default_manager.values_list()))
        for model in apps.get_models()
        if model._meta.label_lower.startswith(OURS) and model._meta.label_lower not in left_out
    }


def taken_in(rows, heads=None, *, kind="participants", write=True, at=LATER, mapping=None, close=True, **of) -> Import:
    """An import of these rows, staged and settled."""
    heads, rows = (heads, rows) if heads else (HEADS, rows)
    source = Import.objects.create(
        kind=kind, language="en", made_at=at, file_name="test.csv", mapping=mapping or guess(kind, heads, rows),
        state=Import.State.AT_ONCE if close else Import.State.DRAFT, **of,
    )  # fmt: skip
    imports.stage(source, heads, list(enumerate(rows, 2)), at=at)
    return imports.settle(source, write=write, at=at)


def heaps(source) -> dict[str, int]:
    return {heap: getattr(source, heap) for heap in StagedRow.Heap.values}


@pytest.fixture
def example(programme):
    """The projects of the worked example, each with one school, and its table."""
    path = "tests/data/example_participants.csv"
    with open(path, encoding="utf-8") as file:
        heads, *rows = csv.reader(file)
    projects = {}
    for number in ("OP-A", "OP-B"):
        projects[number] = factories.ProjectFactory(programme=programme, number=number)
        factories.school_of(projects[number])
    return projects, heads, rows


def test_the_worked_example_gives_exactly_the_published_table(example):
    projects, heads, rows = example
    source = taken_in(rows, heads, project=projects["OP-A"])
    assert heaps(source) == {"new": 11, "same": 0, "doubtful": 0, "wrong": 0}
    with open("tests/data/example_expected_indicators.csv", encoding="utf-8") as file:
        for line in csv.DictReader(file):
            counted = figures.esf_indicators([projects[line["operation"]].pk], *ALWAYS)
            if line["indicator"].startswith("incomplete"):
                assert counted.incomplete_to_date == int(line["total"])
                continue
            c = counted.to_date[line["indicator"]]
            expected = tuple(int(line[k]) for k in ("women", "men", "non_binary", "total"))
            assert (c.women, c.men, c.non_binary, c.total) == expected, line["indicator"]
    assert Person.objects.count() == 9  # P09 takes part in both projects


def test_the_same_file_again_changes_nothing(example):
    projects, heads, rows = example
    taken_in(rows, heads, project=projects["OP-A"])
    before, events = database(), AuditEvent.objects.exclude(action="import.brought_in").count()
    again = taken_in(rows, heads, project=projects["OP-A"])
    assert heaps(again) == {"new": 0, "same": 11, "doubtful": 0, "wrong": 0}
    assert database() == before
    assert AuditEvent.objects.exclude(action="import.brought_in").count() == events


def test_a_dry_run_leaves_the_database_as_it_was(project, school):
    before, events = database(), AuditEvent.objects.count()
    source = taken_in(CHILDREN, project=project, write=False)
    assert heaps(source) == {"new": 3, "same": 0, "doubtful": 0, "wrong": 0}
    assert database() == before
    assert AuditEvent.objects.count() == events


def test_somebody_imported_is_like_somebody_typed(project, school, people, group):
    """Bulk and single entry leave the same rows and the same events."""
    heads = [*HEADS, "Увреждане", "Клас", "Напуснал на", "Резултат", "Дата на резултата"]
    exit_ = ["не", group.name, "30.01.2026", "обучение", "2.2.2026"]
    taken_in([[*CHILDREN[0], *exit_]], heads, project=project, by=people["coordinator"])
    who = {"by": people["coordinator"], "at": LATER}
    typed = actions.add_participant(
        project=project, school=school, given_name="Дона", family_name="Тестова", born_on=date(2014, 5, 4),
        gender="F", entered_on=date(2026, 1, 12), labour_status="INE", education=1, sensitive={"disability": "no"},
        group=group, **who,
    )  # fmt: skip
    actions.leave(typed, left_on=date(2026, 1, 30), results={"in_education": date(2026, 2, 2)}, **who)
    imported = Participation.objects.exclude(pk=typed.pk).get()
    own = {"id", "key", "participation_id", "person_id", "code", "given_name", "family_name", "search_key"}

    def rows_of(one):
        parts = [one.stays, one.sensitive_answers, one.results, one.group_members, one.follow_ups]
        tables = [Participation.objects.filter(pk=one.pk), Person.objects.filter(pk=one.person_id), *parts]
        return [{n: v for n, v in row.items() if n not in own} for table in tables for row in table.all().values()]

    def events_of(one):
        events = AuditEvent.objects.filter(key=str(one.key)).order_by("pk")
        return [(e.action, e.kind, e.project, e.by_name, set(e.before), {**e.after, "code": ""}) for e in events]

    typed.refresh_from_db()
    assert rows_of(imported) == rows_of(typed)
    assert events_of(imported) == events_of(typed)
    assert imported.person.identity.search_key == actions.search_key("Ани", "Примерова")


def test_all_problems_are_told_at_once_and_good_rows_go_in(project, school):
    bad = ["", "Безимен", "31.02.2014", "дракон", "12.01.2031", "ученик", "12"]
    source = taken_in([CHILDREN[0], bad, CHILDREN[1]], project=project)
    assert heaps(source) == {"new": 2, "same": 0, "doubtful": 0, "wrong": 1}
    told = list(imports.problems(source))
    assert {p["field"] for p in told} == {"given_name", "born_on", "gender", "entered_on", "education"}
    assert all(p["row"] == 3 and p["rule"] and p["grade"] == "error" for p in told)
    assert next(p for p in told if p["field"] == "born_on")["column"] == "Дата на раждане"
    assert Participation.objects.count() == 2


def test_a_missing_entry_datum_is_a_warning_and_the_row_goes_in(project, school):
    source = taken_in([[*CHILDREN[0][:6], ""]], project=project)
    assert heaps(source)["new"] == 1
    assert [(p["field"], p["grade"]) for p in imports.problems(source)] == [("education", "warning")]


def test_somebody_alike_waits_for_a_person_and_never_overwrites(project, school):
    taken_in(CHILDREN, project=project)
    alike = ["Ани", "Примерова", "05.04.2014", "мъж", "13.01.2026", "ученик", "2"]  # day and month swapped
    before = database()
    source = taken_in([alike], project=project)
    assert heaps(source) == {"new": 0, "same": 0, "doubtful": 1, "wrong": 0}
    assert database() == before
    assert Person.objects.get(identity__given_name="Ани").code in next(imports.problems(source))["rule"]


def test_two_rows_alike_in_one_file(project, school):
    typo = ["Ани", "Примерва", *CHILDREN[0][2:]]
    source = taken_in([CHILDREN[0], typo, CHILDREN[0]], project=project)
    assert heaps(source) == {"new": 1, "same": 1, "doubtful": 1, "wrong": 0}


def test_a_row_that_contradicts_the_day_of_entry_waits_for_a_reason(project, school, people):
    taken_in(CHILDREN, project=project)
    other = [*CHILDREN[0][:5], "ученик", "2"]
    source = taken_in([other], project=project, close=False, by=people["coordinator"])
    assert heaps(source)["doubtful"] == 1
    imports.accept(source, 2, reason="Свидетелството го показва", by=people["coordinator"], at=LATER)
    imports.settle(source, write=True, at=LATER)
    assert heaps(source)["new"] == 1
    assert Participation.objects.get(person__identity__given_name="Ани").education == 2
    event = AuditEvent.objects.get(action="participant.changed")
    assert event.note == "Свидетелството го показва"
    accepted = next(imports.problems(source))
    assert (accepted["grade"], accepted["fix"]) == ("accepted", "Свидетелството го показва — Coordinator")


def test_what_was_missing_is_filled_in_and_exits_are_added(project, school):
    taken_in([[*CHILDREN[0][:5], "", ""]], project=project)
    heads = [*HEADS, "Дата на напускане"]
    source = taken_in([[*CHILDREN[0], "30.06.2026"]], heads, project=project)
    assert heaps(source) == {"new": 1, "same": 0, "doubtful": 0, "wrong": 0}
    one = Participation.objects.get()
    assert (one.labour_status, one.education, one.left_on) == ("INE", 1, date(2026, 6, 30))


def test_rows_of_another_school_are_refused_to_its_neighbour(project, school, people):
    other = factories.school_of(project)
    heads = [*HEADS, "Училище"]
    rows = [[*CHILDREN[0], school.name["bg"]], [*CHILDREN[1], other.name["bg"]]]
    source = taken_in(rows, heads, project=project, by=people["coordinator"])
    assert heaps(source) == {"new": 1, "same": 0, "doubtful": 0, "wrong": 1}
    assert [p["field"] for p in imports.problems(source)] == ["school"]


def test_a_national_number_is_kept_as_a_fingerprint_only_and_finds_the_person_again(project, school):
    heads, row = [*HEADS, "ЕГН"], [*CHILDREN[0][:2], "", *CHILDREN[0][3:], "1445046078"]
    source = taken_in([row], heads, project=project)
    assert heaps(source)["new"] == 1, list(imports.problems(source))
    assert "1445046078" not in str(list(StagedRow.objects.values()))
    assert Person.objects.get().born_on == date(2014, 5, 4)
    assert heaps(taken_in([row], heads, project=project))["same"] == 1


def test_rows_in_are_rows_out(project, school):
    rows = [CHILDREN[0], ["", "", "", "", "", "", "x"], CHILDREN[0], [""] * 7, CHILDREN[1]]
    source = taken_in(rows, project=project)
    assert source.rows == 4 == sum(heaps(source).values()) == source.staged.count()


def test_a_stranger_may_not_import(project, school, people):
    source = taken_in(CHILDREN, project=project, by=people["officer"])
    assert heaps(source) == {"new": 0, "same": 0, "doubtful": 0, "wrong": 3}
    assert not Participation.objects.exists()
    assert Membership.objects.filter(user=people["officer"]).exists()
    assert source.made_at != NOON


def test_import_and_undo_is_as_before(example):
    projects, heads, rows = example
    before = database()
    source = taken_in(rows, heads, project=projects["OP-A"])
    assert imports.undo(source, by=None, at=LATER) == 11
    assert database() == before
    with pytest.raises(Refused):
        imports.undo(source, by=None, at=LATER)
    assert AuditEvent.objects.filter(action="import.row_undone").count() == 10  # participations


texts = st.sampled_from(["", "Ани", "Борис", "Вяра"])
children = st.lists(
    st.tuples(
        texts, st.sampled_from(["Примерова", "Пробина", "=1+1", ""]),
        st.sampled_from(["04.05.2014", "2013-02-03", "", "31.02.2014"]), st.sampled_from(["жена", "M", "", "?"]),
        st.sampled_from(["12.01.2026", "2026-03-01", "30.06.2026", ""]), st.sampled_from(["ученик", "UE", ""]),
        st.sampled_from(["1", "", "2"]), st.sampled_from(["", "20.01.2026", "2026-05-05"]),
    ).map(list),
    min_size=1, max_size=9,
)  # fmt: skip


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=children, second=children)
def test_twice_is_once_and_undo_is_before_whatever_the_rows(project, school, first, second):
    heads = [*HEADS, "Дата на напускане"]
    mapping = guess("participants", heads)
    with transaction.atomic():
        taken_in(first, heads, project=project, mapping=mapping)
        before = database()
        dry = taken_in(second, heads, project=project, mapping=mapping, write=False)
        assert database() == before
        source = taken_in(second, heads, project=project, mapping=mapping)
        assert heaps(source) == heaps(dry)
        assert sum(heaps(source).values()) == source.rows == sum(1 for row in second if any(row))
        after = database()
        again = taken_in(second, heads, project=project, mapping=mapping)
        assert again.new == 0
        assert database() == after
        assert again.wrong >= source.wrong
        imports.undo(source, by=None, at=LATER)
        assert without_versions(database()) == without_versions(before)
        transaction.set_rollback(True)


def without_versions(tables):
    """Undoing a change is a change of its own: the counter of a participation goes on."""
    rows = [Participation.objects.order_by("pk").defer("version").values()]
    return tables | {
        "beneficiaries.participation": [{k: v for k, v in row.items() if k != "version"} for row in rows[0]]
    }


def test_later_edits_are_shown_first_and_stay(project, school, people):
    who = people["coordinator"]
    source = taken_in(CHILDREN, project=project, by=who)
    ani = Participation.objects.get(person__identity__given_name="Ани")
    after = LATER + timedelta(hours=1)
    actions.leave(ani, left_on=date(2026, 6, 30), results={}, by=who, at=after)
    found = imports.later_edits(source, by=who, at=after)
    assert [(later.what, later.action, later.who) for later in found] == [
        (ani.person.code, "participant.left", "Coordinator")
    ]
    with pytest.raises(Refused):
        imports.undo(source, by=who, at=after)
    assert Participation.objects.count() == 3
    assert imports.undo(source, by=who, at=after, keep_edited=True) == 2
    assert list(Participation.objects.values_list("pk", flat=True)) == [ani.pk]


def test_only_who_imported_undoes_and_not_once_a_report_counts_it(project, school, people):
    source = taken_in(CHILDREN, project=project, by=people["coordinator"])
    with pytest.raises(Refused):
        imports.undo(source, by=people["admin"], at=LATER)
    assert imports.use_in_report(project=project, report="AAAA-BBBB-CCCC", data_at=LATER) == 1
    with pytest.raises(Refused, match="AAAA-BBBB-CCCC"):
        imports.undo(source, by=people["coordinator"], at=LATER)
    assert Participation.objects.count() == 3


def test_the_command_answers_with_heaps_and_problems(example, tmp_path, capsys):
    file = "tests/data/example_participants.csv"
    before = database()
    call_command("import_file", "participants", file, project="OP-A", dry_run=True, json=True)
    told = json.loads(capsys.readouterr().out)
    assert told["counts"] == {"rows": 11, "new": 11, "same": 0, "doubtful": 0, "wrong": 0}
    assert database() == before
    assert not Import.objects.exists()
    call_command("import_file", "participants", file, project="OP-A")
    assert "new: 11" in capsys.readouterr().out
    call_command("import_file", "participants", file, project="OP-B", json=True)
    assert json.loads(capsys.readouterr().out)["counts"]["same"] == 11
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("person;birth date;entry_date;gender\nX1;31.02.2014;1.3.2026;Ж\n", "utf-8")
    with pytest.raises(SystemExit) as stop:
        call_command("import_file", "participants", str(wrong), project="OP-A", json=True)
    assert stop.value.code == 1
    told = json.loads(capsys.readouterr().out)
    assert told["problems"][0] | {"rule": "", "fix": ""} == {
        "sheet": told["problems"][0]["sheet"], "row": 2, "column": "birth date", "field": "born_on",
        "value": "31.02.2014", "rule": "", "fix": "", "grade": "error", "heap": "wrong",
    }  # fmt: skip


def test_the_national_micro_data_sheet_comes_in_and_goes_out_by_its_mapping(project, school, tmp_path, client, people):
    with open("core/codes/umis_microdata.csv", encoding="utf-8-sig") as file:
        columns = list(csv.DictReader(file))
    assert len(columns) == 35
    row = dict.fromkeys((column["header_bg"] for column in columns), "-") | {
        "№": "1", "Име": "Ани", "Презиме": "Х", "Фамилия": "Примерова", "ЕГН": "1445046078", "Пол": "жена",
        "Статут на пазара на труда": "неактивно лице, ангажирано с образование и обучение (учащ)",
        "Степен на завършено образование": "Основно образование (начално или прогимназиално)", "Малцинства": "да",
        "Дата на включване в дейности (година)": "2026", "Дата на включване в дейности (месец)": "1",
        "Дата на включване в дейности (ден)": "12", "Дата на напускане на дейности (година)": "2026",
        "Дата на напускане на дейности (месец)": "6", "Дата на напускане на дейности (ден)": "30",
        "Статут на участника при излизане от операцията": "ангажирано с образование/обучение",
    }  # fmt: skip
    path = tmp_path / "umis.csv"
    with path.open("w", encoding="windows-1251", newline="") as file:
        writer = csv.DictWriter(file, row, delimiter=";")
        writer.writeheader()
        writer.writerow(row)
    call_command("import_file", "participants", str(path), project=project.number, mapping="umis_2014_2020")
    one = Participation.objects.get()
    assert (one.entered_on, one.left_on, one.labour_status, one.education) == (
        date(2026, 1, 12), date(2026, 6, 30), "INE", 2,
    )  # fmt: skip
    assert (one.person.gender, one.person.born_on) == ("F", date(2014, 5, 4))
    assert one.results.get().kind == "in_education"
    client.force_login(people["coordinator"])
    url = f"/en/work/participants/microdata.csv?project={project.number}"
    assert "What the file is for" in client.get(url).text
    assert client.post(url, {"because": " "}).status_code == 422
    assert not AuditEvent.objects.filter(action="participant.exported").exists()
    answer = client.post(url, {"because": "Report of June"})
    heads, written = csv.reader(b"".join(answer.streaming_content).decode("utf-8-sig").splitlines())
    assert heads == list(row)
    expected = {head: "" if text == "-" else text for head, text in row.items()}
    expected |= {"Презиме": "", "ЕГН": "", "Възраст": "11"}
    assert dict(zip(heads, written, strict=True)) == expected
    event = AuditEvent.objects.filter(action="participant.exported").get()
    assert (event.after, event.note) == ({"project": project.number, "kind": "microdata"}, "Report of June")
