"""Collect the strings for people, check their translations, compile them. No gettext programs are needed."""

import gettext
import io
import os
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation.template import templatize

SOURCES = ("config", "core", "projects", "activities", "budgets", "beneficiaries", "reports", "templates")
TEMPLATES = (".html", ".txt", ".svg", ".xml")
KEYWORDS: dict = {
    **dict.fromkeys(["_", "gettext", "gettext_lazy", "gettext_noop"]),
    **dict.fromkeys(["ngettext", "ngettext_lazy"], (1, 2)),
    **dict.fromkeys(["pgettext", "pgettext_lazy"], ((1, "c"), 2)),
    **dict.fromkeys(["npgettext", "npgettext_lazy"], ((1, "c"), 2, 3)),
}
COMMENTS = ("Translators:", "translators:")
PLURALS = {  # as in Django's own catalogues; another form would make the two unable to share a language
    "bg": "nplurals=2; plural=(n != 1);",
    "lv": "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n != 0 ? 1 : 2);",
}
HEADER = """\
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plurals}\\n"

"""
NAMED, POSITIONAL = re.compile(r"%\(\w+\)[a-zA-Z]|\{\w+\}"), re.compile(r"%[sd]|\{\}")


ALIAS = re.compile(r"^from django\.utils\.translation import .*?\b\w*gettext\w* as (\w+)", re.MULTILINE)


def sources(root: Path) -> Iterator[Path]:
    """The files that may hold strings, in a fixed order."""
    for name in SOURCES:
        for path in sorted((root / name).rglob("*")):
            is_template = "templates" in path.relative_to(root).parts and path.suffix in TEMPLATES
            if path.suffix == ".py" or is_template:
                yield path


def collect(root: Path) -> Catalog:
    """Every string for people below `root`, with its files and the comments for translators. Raises CommandError where
    a name stands for gettext that is not looked for."""
    catalog = Catalog()
    for path in sources(root):
        name, text = path.relative_to(root).as_posix(), path.read_text()
        if (other := ALIAS.search(text)) and other[1] not in KEYWORDS:
            raise CommandError(
                f"{name} calls gettext {other[1]}, by which no string is found. Import it as _ or gettext."
            )
        if path.suffix != ".py":
            text = f"({templatize(text, origin=name)}\n)"  # in brackets the tokenizer does not mind indentation
        found = extract("python", io.BytesIO(text.encode()), KEYWORDS, COMMENTS, {"encoding": "utf-8"})
        for line, words, comments, context in found:
            if words and any(words):
                catalog.add(words, None, [(name, line)], auto_comments=comments, context=context)
    return catalog


def read(path: Path, language: str) -> Catalog:
    """The catalogue of one language as it is on disk; a new one when there is none."""
    text = path.read_text() if path.exists() else HEADER.format(language=language, plurals=PLURALS[language])
    return read_po(io.BytesIO(text.encode()), locale=language)


def write(path: Path, language: str, catalog: Catalog) -> None:
    """Without dates, line numbers and wrapping, so that a difference is a difference in words."""
    body = io.BytesIO()
    write_po(body, catalog, width=0, omit_header=True, sort_by_file=True, include_lineno=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    header = HEADER.format(language=language, plurals=PLURALS[language])
    path.write_text(header + body.getvalue().decode().strip() + "\n")


def merge(catalog: Catalog, template: Catalog, *, drop: bool) -> None:
    """Bring a catalogue to the strings of `template`; what is translated stays, nothing is guessed.

    A string that is gone is kept as obsolete, or forgotten with `drop`; one that comes back has its translation.
    """
    for message in list(catalog.obsolete.values()):
        if catalog.get(message.id, message.context) is None:
            catalog[message.id] = message
    catalog.obsolete.clear()
    catalog.update(template, no_fuzzy_matching=True, update_creation_date=False)
    if drop:
        catalog.obsolete.clear()


def forms(message: Message) -> list[str]:
    """The translations of a message: one, or one for each plural form."""
    string = message.string
    return list(string) if isinstance(string, list | tuple) else [string or ""]


def placeholders(words: str) -> tuple[set[str], list[str]]:
    """The named ones, which may stand anywhere and repeat, and those that are filled in order."""
    return set(NAMED.findall(words)), POSITIONAL.findall(words)


def problems(catalog: Catalog, template: Catalog, language: str) -> list[str]:
    """What keeps a catalogue from being complete, a line each."""
    numbers: dict[int, list[int]] = {}
    plural = gettext.c2py(PLURALS[language].partition("plural=")[2].rstrip(";"))
    for number in range(200):
        numbers.setdefault(plural(number), []).append(number)
    found = []
    if str(catalog.plural_forms).rstrip(";") != PLURALS[language].rstrip(";"):
        found.append(f"other plural forms than {PLURALS[language]}")
    for source in template:
        if not source.id:
            continue
        ids = list(source.id) if isinstance(source.id, list | tuple) else [source.id]
        shown = f"{source.locations[0][0]}: {ids[0]!r}" + (f" ({source.context})" if source.context else "")
        message = catalog.get(source.id, source.context)
        if message is None or isinstance(message.id, str) != isinstance(source.id, str):
            found.append(f"missing  {shown}")
            continue
        strings = forms(message)
        if len(strings) != (len(numbers) if len(ids) > 1 else 1) or not all(strings):
            found.append(f"untranslated  {shown}")
            continue
        if message.fuzzy:
            found.append(f"fuzzy  {shown}")
        for form, words in enumerate(strings):
            # a form for one number only ("one child") need not show it
            free = len(ids) > 1 and len(numbers[form]) == 1
            given, wanted = placeholders(words), placeholders(ids[-1])
            if given != wanted and not (free and given[0] <= wanted[0] and given[1] == wanted[1]):
                found.append(f"placeholders differ  {shown} → {words!r}")
    known = {template._key_for(message.id, message.context) for message in template}
    extra = [*catalog.obsolete.values(), *(m for m in catalog if catalog._key_for(m.id, m.context) not in known)]
    found += [f"obsolete  {message.id!r}" for message in extra if message.id]
    return found


class Command(BaseCommand):
    help = "Update the catalogues of bg and lv from the source, or check or compile them."
    requires_system_checks = []

    def add_arguments(self, parser):
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--check", action="store_true", help="fail when anything is missing, fuzzy or obsolete")
        what.add_argument("--compile", action="store_true", help="write the .mo files")
        what.add_argument("--drop-obsolete", action="store_true", help="update, and forget strings that are gone")

    def handle(self, *, check, compile, drop_obsolete, verbosity, **options):
        template = Catalog() if compile else collect(settings.BASE_DIR)
        failed = []
        for language in sorted(PLURALS):
            path = Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.po"
            catalog = read(path, language)
            if compile:
                fresh = path.with_suffix(".mo.new")
                fresh.parent.mkdir(parents=True, exist_ok=True)
                with fresh.open("wb") as file:
                    write_mo(file, catalog)
                os.replace(fresh, path.with_suffix(".mo"))
            elif check:
                failed += [f"{language}: {problem}" for problem in problems(catalog, template, language)]
            else:
                merge(catalog, template, drop=drop_obsolete)
                write(path, language, catalog)
                waiting = sum(not all(forms(message)) or message.fuzzy for message in catalog if message.id)
                if verbosity:
                    self.stdout.write(f"{language}: {len(catalog)} strings, {waiting} wait for a translation")
        if failed:
            raise CommandError("\n".join([*failed, f"{len(failed)} problems; `manage.py messages` updates the files."]))
