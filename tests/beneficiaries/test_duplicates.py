"""The same name in three alphabets, and who is taken for the same person."""

from __future__ import annotations

from datetime import date

import pytest

from beneficiaries.actions import LIKELY, fold, possible_duplicates, search_key
from beneficiaries.models import Identity
from tests import factories

BORN = date(2012, 5, 4)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Рига", "riga"),
        ("Rīga", "riga"),
        ("Бургас", "burgas"),
        ("Щерю Ъглов-Жеков", "shteryu aglov zhekov"),
        ("Мария", "maria"),
        ("Mariya", "maria"),
        ("Ģirts Ķēniņš", "girts kenins"),
        ("Žanna Čakste", "zanna cakste"),
        ("О’Конър", "o konar"),
        ("Ёлкин Эдуард", "elkin eduard"),
        ("  ", ""),
    ],
)
def test_text_is_folded_to_plain_latin(text, folded):
    assert fold(text) == folded


def test_order_and_script_of_a_name_do_not_matter():
    assert search_key("Ани", "Иванова") == search_key("Ivanova", "Ani") == "ani ivanova"


def test_a_long_name_fits_its_column():
    assert len(search_key("я" * 80, "щ" * 80)) == 200


def known(project, given, family, *, born_on=BORN, school=None):
    row = factories.participation(project, school or factories.school_of(project), born_on=born_on)
    Identity.objects.filter(person=row.person).update(
        given_name=given, family_name=family, search_key=search_key(given, family)
    )
    return row


def found(project, given, family, born_on=BORN):
    return possible_duplicates(project=project, given_name=given, family_name=family, born_on=born_on)


@pytest.mark.parametrize(
    ("there", "typed"),
    [
        (("Мария", "Йорданова"), ("Maria", "Yordanova")),
        (("Мария", "Йорданова"), ("Mariya", "Jordanova")),
        (("Мария", "Йорданова"), ("Йорданова", "Мария")),
        (("Александра", "Цветанова"), ("Alexandra", "Tzvetanova")),
        (("Jānis", "Bērziņš"), ("Janis", "Berzins")),
        (("Jānis", "Bērziņš"), ("Янис", "Берзиньш")),
        (("Žanna", "Šķēle"), ("Жанна", "Шкеле")),
        (("Николай", "Ангелов"), ("Nikolai", "Angelov")),
        (("Петър", "Стоянов"), ("Petar", "Stojanov")),
        (("Анна-Мария", "Колева"), ("Анна Мария", "Колева")),
        (("Александра", "Петрова"), ("Сандра", "Петрова")),
        (("Мария Иванова", "Йорданова"), ("Мария", "Йорданова")),
        (("Георги", "Иванов"), ("Георги", "Ивонов")),
    ],
)
def test_the_same_person_is_found_in_every_spelling(project, there, typed):
    row = known(project, *there)
    duplicates = found(project, *typed)
    assert [d.code for d in duplicates] == [row.person.code]
    assert duplicates[0].score >= LIKELY
    assert duplicates[0].in_project
    assert "The date of birth is the same." in duplicates[0].reasons


@pytest.mark.parametrize(
    ("typed", "born_on"),
    [
        (("Борис", "Петров"), BORN),
        (("Мария", "Димитрова"), BORN),
        (("Красимира", "Йорданова"), BORN),
    ],
)
def test_another_name_on_the_same_birthday_is_not_likely(project, typed, born_on):
    known(project, "Мария", "Йорданова")
    assert all(d.score < LIKELY for d in found(project, *typed, born_on))


@pytest.mark.parametrize(
    ("born_on", "likely", "reason"),
    [
        (BORN, True, "The date of birth is the same."),
        (date(2012, 4, 5), True, "Day and month of birth are swapped."),
        (date(2011, 5, 4), True, "differs in the day, the month or the year only"),
        (None, True, "A date of birth is missing"),
        (date(2009, 11, 23), False, "The date of birth is another one."),
    ],
)
def test_the_score_is_told_in_words(project, born_on, likely, reason):
    known(project, "Мария", "Йорданова")
    (duplicate,) = found(project, "Мария", "Йорданова", born_on)
    assert (duplicate.score >= LIKELY) is likely
    assert duplicate.reasons[0] == "The name is the same in Latin letters."
    assert reason in duplicate.reasons[1]


def test_the_most_alike_comes_first_and_there_is_a_limit(project):
    for n in range(7):
        known(project, "Мария", "Йорданова", born_on=date(2012, 5, 4 + n))
    duplicates = found(project, "Мария", "Йорданова")
    assert len(duplicates) == 5
    assert [d.score for d in duplicates] == sorted((d.score for d in duplicates), reverse=True)
    assert duplicates[0].score == 100


def test_people_of_the_same_programme_are_compared_and_no_others(project):
    neighbour = factories.ProjectFactory(programme=project.programme)
    elsewhere = factories.ProjectFactory()
    there = known(neighbour, "Мария", "Йорданова")
    known(elsewhere, "Мария", "Йорданова")
    (duplicate,) = found(project, "Мария", "Йорданова")
    assert duplicate.code == there.person.code
    assert not duplicate.in_project


def test_reasons_name_nobody(project):
    known(project, "Мария", "Йорданова")
    (duplicate,) = found(project, "Maria", "Jordanova")
    assert "ордан" not in str(duplicate.reasons)
    assert "ordan" not in str(duplicate.reasons)
