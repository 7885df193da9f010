"""The code lists: loaded whole, loaded once, and changed only where their file changed."""

from __future__ import annotations

import csv
import hashlib
import shutil
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from core.management.commands.load_codes import FOLDER, LAYOUTS
from core.models import AuditEvent, Code, CodeList


@pytest.fixture(autouse=True)
def no_lists(db):
    """The suite keeps the lists loaded; here they go first, and come back with the end of the test."""
    Code.objects.all().delete()
    CodeList.objects.all().delete()
    return AuditEvent.objects.count()


def load(**options) -> str:
    out = StringIO()
    call_command("load_codes", stdout=out, **options)
    return out.getvalue()


def file_rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def state() -> list:
    return [list(model.objects.order_by("pk").values()) for model in (CodeList, Code, AuditEvent)]


@pytest.fixture
def folder(tmp_path):
    """A copy of the shipped files that a test may spoil."""
    return shutil.copytree(FOLDER, tmp_path / "codes")


def edit(folder, name: str, before: str, after: str) -> None:
    path = folder / f"{name}.csv"
    content = path.read_bytes().decode()
    assert content.count(before) == 1
    path.write_bytes(content.replace(before, after).encode())


def test_every_row_of_every_file_becomes_one_code(no_lists):
    load()

    assert set(CodeList.objects.values_list("name", flat=True)) == set(LAYOUTS)
    for name in LAYOUTS:
        assert Code.objects.of(name).count() == len(file_rows(name)), name
    assert AuditEvent.objects.count() == no_lists + len(LAYOUTS)


def test_every_code_and_every_name_is_valid():
    load()

    for code in Code.objects.select_related("list"):
        code.clean_fields()
        assert code.name, code


def test_a_list_says_which_file_it_is():
    load()

    nuts = CodeList.objects.get(name="nuts")
    assert nuts.version == "2024"
    assert nuts.sha256 == hashlib.sha256((FOLDER / "nuts.csv").read_bytes()).hexdigest()
    assert CodeList.objects.get(name="annex_xvii_fields").source == "Regulation (EU) 2021/1060, Annex XVII (own words)"


def test_the_indicators_have_three_languages_and_stand_in_the_order_of_the_annex():
    load()

    indicators = list(Code.objects.of("esf_indicators"))
    outputs, results = range(1, 20), range(1, 7)
    assert [i.code for i in indicators] == [f"EECO{n:02}" for n in outputs] + [f"EECR{n:02}" for n in results]
    for indicator in indicators:
        assert set(indicator.name) == {"en", "bg", "lv"}
        assert all(indicator.more[f"short_{language}"] for language in ("en", "bg", "lv"))
    assert indicators[0].name["bg"] == "Общ брой на участниците"
    assert indicators[0].name["lv"] == "Dalībnieku kopskaits"
    assert all(set(level.name) == {"en", "bg", "lv"} for level in Code.objects.of("isced_2011"))


def test_places_keep_their_languages_parents_and_zeros():
    load()

    nuts = {code.code: code for code in Code.objects.of("nuts")}
    assert (nuts["BG411"].name, nuts["BG411"].parent) == ({"bg": "София (столица)", "en": "Sofia (stolitsa)"}, "BG41")
    assert nuts["LV00A"].name == {"lv": "Rīga", "en": "Riga"}
    assert not Code.objects.of("nuts").current().filter(code="LV007").exists()  # Pierīga ended with 2023
    capital = Code.objects.of("bg_municipalities").get(code="SOF46")
    assert (capital.name["bg"], capital.parent, capital.more["numeric_code"]) == ("Столична", "BG411", "2246")
    assert Code.objects.of("bg_municipalities").get(name__bg="Сърница").code == "1339"  # has no letters yet
    assert Code.objects.of("dimensions").get(code="esf_secondary_theme:09").name["en"] == "Not applicable"


def test_files_that_are_loaded_are_left_alone(django_assert_num_queries):
    load()
    before = state()

    with django_assert_num_queries(3):  # one look at the lists, then a savepoint with nothing in it
        said = load()

    assert state() == before
    assert said == "0 of 21 lists loaded, the others are as their files.\n"


def test_a_changed_file_changes_its_own_list_only(folder, no_lists):
    load(folder=folder)
    before = {row["code"]: row for row in Code.objects.of("funding_statement").values()}
    others = list(Code.objects.exclude(list__name="funding_statement").values())
    edit(folder, "funding_statement", "lv,", "et,")  # one code goes, another comes
    edit(folder, "funding_statement", "Co-funded by", "Funded by")

    load(folder=folder)

    after = {row["code"]: row for row in Code.objects.of("funding_statement").values()}
    assert after["bg"] == before["bg"]
    assert after["en"] == before["en"] | {"name": {"en": "Funded by the European Union"}}
    assert after["lv"] == before["lv"] | {"ended": True}
    assert after["et"]["name"] == {"et": "Līdzfinansē Eiropas Savienība"}
    assert list(Code.objects.exclude(list__name="funding_statement").values()) == others
    event = AuditEvent.objects.latest("pk")
    assert AuditEvent.objects.count() == no_lists + len(LAYOUTS) + 1
    assert (event.action, event.key) == ("codes.loaded", "funding_statement")
    assert {key: event.after[key] for key in ("new", "changed", "ended")} == {"new": 1, "changed": 1, "ended": 1}


def test_a_code_that_comes_back_is_in_use_again(folder):
    load(folder=folder)
    edit(folder, "funding_statement", "lv,", "et,")
    load(folder=folder)

    load()

    assert not Code.objects.of("funding_statement").get(code="lv").ended
    assert Code.objects.of("funding_statement").get(code="et").ended


def test_a_code_added_by_the_office_stays(folder):
    load(folder=folder)
    own = Code.objects.create(
        list=CodeList.objects.get(name="funding_statement"), code="own", name={"en": "Ours"}, position=9
    )
    edit(folder, "funding_statement", "Co-funded by", "Funded by")

    load(folder=folder)

    own.refresh_from_db()
    assert not own.ended


def test_new_names_of_ours_reach_the_list(folder):
    load(folder=folder)
    edit(folder, "names_bg_lv", "Dalībnieku kopskaits", "Visi dalībnieki")

    load(folder=folder)

    assert Code.objects.of("esf_indicators").get(code="EECO01").name["lv"] == "Visi dalībnieki"
    assert Code.objects.of("esf_indicators").get(code="EECO02").name["lv"].startswith("Bezdarbnieki")


def test_check_says_what_differs_and_writes_nothing(folder):
    load()
    edit(folder, "funding_statement", "lv,", "et,")
    before, out = state(), StringIO()

    with pytest.raises(CommandError, match="1 code lists differ"):
        call_command("load_codes", folder=folder, check=True, stdout=out)

    assert out.getvalue() == "funding_statement: 1 new, 1 no longer in use\n"
    assert state() == before
    assert load(check=True) == ""


@pytest.mark.parametrize(
    ("name", "before", "after", "reason"),
    [
        ("nuts", ",BG412,", ",BG411,", "BG411.*stands twice"),
        ("nuts", "name_latin", "latin", "name_latin"),
        ("names_bg_lv", "isced_2011,8,", "isced_2011,9,", "8"),
    ],
)
def test_a_spoilt_file_is_refused_whole(folder, name, before, after, reason):
    edit(folder, name, before, after)
    nothing = state()

    with pytest.raises(CommandError, match=reason):
        call_command("load_codes", folder=folder, verbosity=0)

    assert nothing[:2] == [[], []]
    assert state() == nothing


def test_a_missing_file_is_named(folder):
    (folder / "nuts.csv").unlink()

    with pytest.raises(CommandError, match=r"nuts\.csv"):
        call_command("load_codes", folder=folder, verbosity=0)
