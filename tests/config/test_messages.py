"""The command `messages`: what it finds in the source, what it keeps, what it refuses."""

import gettext
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

CODE = """
from django.utils.translation import gettext_lazy as _, ngettext, pgettext


def words(number):
    # Translators: on the button that ends a session
    end = _("End it")
    return end, pgettext("a month", "May"), ngettext("One child", "%(count)s children", number) % {"count": number}
"""
TEMPLATE = """
{% load i18n %}
  <h1>{% translate "Attendance" %}</h1>
      <p>{% translate "Open" context "a state" %} {{ _("Inside a variable") }}</p>
  {# Translators: under the list #}
  {% blocktranslate trimmed count counter=n %}
    One session of {{ school }}
  {% plural %}
    {{ counter }} sessions of {{ school }}
  {% endblocktranslate %}
"""


@pytest.fixture
def source(tmp_path, settings):
    """A source tree with a Python file and a template; gives a function that reads or changes a catalogue."""
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "words.py").write_text(CODE)
    (tmp_path / "templates" / "core").mkdir(parents=True)
    (tmp_path / "templates" / "core" / "page.html").write_text(TEMPLATE)
    settings.BASE_DIR = tmp_path
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    return tmp_path


def catalogue(source, language):
    return source / "locale" / language / "LC_MESSAGES" / "django.po"


def translate(source, language, **forms):
    """Fill every empty entry: plural entries by `forms`, the others by their source in brackets."""
    path, msgid, lines = catalogue(source, language), "", []
    for line in path.read_text().splitlines():
        if line.startswith("msgid "):
            msgid = line[7:-1]
        if line == 'msgstr ""' and msgid:
            line = f'msgstr "[{msgid}]"'
        elif line.startswith("msgstr["):
            kind = "children" if "child" in msgid else "sessions"
            line = f'{line[:9]} "{forms[kind][int(line[7])]}"'
        lines.append(line)
    path.write_text("\n".join(lines) + "\n")


LATVIAN = {
    "children": ["%(count)s bērns", "%(count)s bērni", "neviena bērna"],
    "sessions": ["%(counter)s nodarbība: %(school)s", "%(counter)s nodarbības: %(school)s", "nav: %(school)s"],
}
BULGARIAN = {
    "children": ["едно дете", "%(count)s деца"],
    "sessions": ["Едно занятие на %(school)s", "%(counter)s занятия на %(school)s"],
}


def update(**options):
    call_command("messages", verbosity=0, **options)


def complaints():
    """What `messages --check` says, as lines."""
    with pytest.raises(CommandError) as refusal:
        call_command("messages", "--check", stdout=StringIO())
    return str(refusal.value).splitlines()


@pytest.fixture
def complete(source):
    update()
    translate(source, "lv", **LATVIAN)
    translate(source, "bg", **BULGARIAN)
    return source


def test_strings_of_code_and_templates_are_found_with_context_plural_and_comment(source):
    update()

    text = catalogue(source, "lv").read_text()
    assert '#. Translators: on the button that ends a session\n#: core/words.py\nmsgid "End it"\n' in text
    assert 'msgctxt "a month"\nmsgid "May"\n' in text
    assert 'msgctxt "a state"\nmsgid "Open"\n' in text
    assert 'msgid "Attendance"\n' in text
    assert 'msgid "Inside a variable"\n' in text
    assert 'msgid "One session of %(school)s"\nmsgid_plural "%(counter)s sessions of %(school)s"\n' in text
    assert "#. Translators: under the list\n#: templates/core/page.html\n" in text
    assert 'msgstr[2] ""' in text
    assert "msgstr[2]" not in catalogue(source, "bg").read_text()


def test_a_second_update_changes_nothing(complete):
    before = catalogue(complete, "lv").read_bytes()
    update()
    assert catalogue(complete, "lv").read_bytes() == before


def test_a_complete_catalogue_passes_and_compiles_to_what_it_says(complete):
    call_command("messages", "--check")
    call_command("messages", "--compile")

    with catalogue(complete, "lv").with_suffix(".mo").open("rb") as file:
        latvian = gettext.GNUTranslations(file)
    assert latvian.gettext("Attendance") == "[Attendance]"
    assert latvian.pgettext("a month", "May") == "[May]"
    counted = [latvian.ngettext("One child", "%(count)s children", n) % {"count": n} for n in (0, 1, 2, 11, 21)]
    assert counted == ["neviena bērna", "1 bērns", "2 bērni", "11 bērni", "21 bērns"]


def test_a_new_string_is_missing_until_the_update_and_untranslated_after_it(complete):
    (complete / "core" / "more.py").write_text('from django.utils.translation import gettext as _\nX = _("New")\n')
    assert "bg: missing  core/more.py: 'New'" in complaints()

    update()
    assert "lv: untranslated  core/more.py: 'New'" in complaints()


def test_a_name_for_gettext_by_which_no_string_is_found_is_refused(complete):
    (complete / "core" / "more.py").write_text("from django.utils.translation import gettext as _now\n")
    with pytest.raises(CommandError, match=r"core/more\.py calls gettext _now"):
        call_command("messages", "--check")


def test_a_removed_string_is_obsolete_keeps_its_translation_and_can_come_back_or_be_dropped(complete):
    page = complete / "templates" / "core" / "page.html"
    page.write_text(TEMPLATE.replace('{% translate "Attendance" %}', ""))
    assert "bg: obsolete  'Attendance'" in complaints()
    update()
    assert "bg: obsolete  'Attendance'" in complaints()

    page.write_text(TEMPLATE)
    update()
    call_command("messages", "--check")

    page.write_text(TEMPLATE.replace('{% translate "Attendance" %}', ""))
    update(drop_obsolete=True)
    assert "Attendance" not in catalogue(complete, "bg").read_text()
    call_command("messages", "--check")


def test_a_changed_string_does_not_inherit_a_guess(complete):
    (complete / "core" / "words.py").write_text(CODE.replace("End it", "End it now"))
    update()

    assert 'msgid "End it now"\nmsgstr ""\n' in catalogue(complete, "lv").read_text()
    assert "fuzzy" not in catalogue(complete, "lv").read_text()


def test_a_fuzzy_entry_is_refused(complete):
    path = catalogue(complete, "bg")
    path.write_text(path.read_text().replace('msgid "Attendance"', '#, fuzzy\nmsgid "Attendance"'))
    assert complaints()[0] == "bg: fuzzy  templates/core/page.html: 'Attendance'"


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("%(count)s bērni", "%(cuont)s bērni"),
        ("%(count)s bērni", "bērni"),
        ("%(count)s bērns", "viens bērns"),  # this Latvian form also serves 21, 31, …
    ],
)
def test_a_wrong_or_lost_placeholder_is_refused(complete, right, wrong):
    path = catalogue(complete, "lv")
    path.write_text(path.read_text().replace(right, wrong))
    assert complaints()[0] == f"lv: placeholders differ  core/words.py: 'One child' → {wrong!r}"


def test_other_plural_forms_are_refused(complete):
    path = catalogue(complete, "lv")
    path.write_text(
        path.read_text().replace("n%10==1 && n%100!=11 ? 0 : n != 0 ? 1 : 2", "n%10==1 ? 0 : n != 0 ? 1 : 2")
    )
    assert complaints()[0].startswith("lv: other plural forms than nplurals=3;")
