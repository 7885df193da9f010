"""Texts in several languages: what is stored, and which one a reader gets."""

import pytest
from django.core.exceptions import ValidationError
from django.db import models
from django.template import Context, Engine
from django.utils import translation

from core.models.texts import Text, said

TITLE = {"bg": "Заедно успяваме", "en": "Together we succeed"}


@pytest.mark.parametrize(
    ("texts", "language", "original", "expected"),
    [
        (TITLE, "bg", None, ("Заедно успяваме", "bg")),
        (TITLE, "en", "bg", ("Together we succeed", "en")),
        (TITLE, "lv", "bg", ("Заедно успяваме", "bg")),
        (TITLE, "lv", None, ("Together we succeed", "en")),
        (TITLE, "lv", "ro", ("Together we succeed", "en")),
        ({"lv": "Skola kopienā", "bg": "Училище в общността"}, "en", None, ("Училище в общността", "bg")),
        (TITLE, "en-gb", None, ("Together we succeed", "en")),
        (TITLE, "BG_bg", None, ("Заедно успяваме", "bg")),
        ({}, "en", "bg", ("", "")),
        (None, "en", None, ("", "")),
    ],
)
def test_a_reader_gets_the_nearest_language(texts, language, original, expected):
    assert said(texts, language, original) == expected


@pytest.mark.parametrize("value", [TITLE, {"rm": "Communabel"}, {"lv": "Skola kopienā"}])
def test_texts_by_language_are_accepted(value):
    assert Text().clean(value, None) == value


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("Заедно успяваме", "Give the text by language"),
        (["bg", "Заедно"], "Give the text by language"),
        ({"BG": "Заедно"}, "“BG” is not a language code"),
        ({"xx": "Заедно"}, "“xx” is not a language code"),
        ({"bul": "Заедно"}, "“bul” is not a language code"),
        ({1: "Заедно"}, "“1” is not a language code"),
        ({"bg": ""}, "in language “bg” is empty"),
        ({"bg": "  \n"}, "in language “bg” is empty"),
        ({"bg": None}, "in language “bg” is empty"),
        ({}, "cannot be blank"),
        (None, "cannot be null"),
    ],
)
def test_anything_else_is_refused_with_a_reason(value, message):
    with pytest.raises(ValidationError) as refused:
        Text().clean(value, None)
    assert len(refused.value.messages) == 1
    assert message in refused.value.messages[0]


def test_every_problem_is_named_at_once():
    with pytest.raises(ValidationError) as refused:
        Text().clean({"BG": "Заедно", "en": ""}, None)
    assert [error.code for error in refused.value.error_list] == ["language", "empty"]


def test_nothing_known_is_allowed_where_the_field_may_be_blank():
    assert Text(blank=True).clean({}, None) == {}


def test_a_text_starts_empty_and_rows_do_not_share_it():
    field = Text()
    assert field.get_default() == {}
    assert field.get_default() is not field.get_default()


def test_migrations_name_the_field_and_leave_out_what_it_always_has():
    field = Text("title", blank=True)
    _name, path, args, kwargs = field.deconstruct()
    assert (path, args, kwargs) == ("core.models.texts.Text", [], {"verbose_name": "title", "blank": True})
    again = Text(*args, **kwargs)
    assert again.deconstruct()[1:] == (path, args, kwargs)
    assert isinstance(again, models.JSONField)


def test_migrations_keep_a_default_of_its_own():
    assert Text(default=None, null=True).deconstruct()[3] == {"default": None, "null": True}


# The tag of the templates.


def rendered(template, language="en", **context):
    engine = Engine(libraries={"portal": "core.templatetags.portal"})
    with translation.override(language):
        return engine.from_string("{% load portal %}" + template).render(Context(context))


def test_a_text_in_the_readers_language_stands_alone():
    assert rendered("{% said title %}", "bg", title=TITLE) == "Заедно успяваме"


def test_a_text_in_another_language_says_which():
    assert rendered("{% said title original='bg' %}", "lv", title=TITLE) == '<span lang="bg">Заедно успяваме</span>'


def test_a_text_for_a_title_or_an_attribute_is_plain_and_escaped():
    title = {"bg": '<Заедно> & "успяваме"'}
    assert rendered("{% said title as_text=True %}", title=title) == "&lt;Заедно&gt; &amp; &quot;успяваме&quot;"
    assert (
        rendered("{% said title as_text=True as name %}{{ name }}", title=title)
        == "&lt;Заедно&gt; &amp; &quot;успяваме&quot;"
    )


def test_a_text_is_escaped_also_inside_its_mark():
    assert rendered("{% said title %}", title={"bg": "<b>"}) == '<span lang="bg">&lt;b&gt;</span>'


def test_nothing_known_shows_nothing():
    assert rendered("[{% said title %}]", title={}) == "[]"
    assert rendered("[{% said missing %}]") == "[]"
