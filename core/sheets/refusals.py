"""Why a file could not be read, in words: what it is, why that stops us, and what to do."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core.access import Refused
from core.reader.problems import letters


class Unreadable(Refused):
    """A file that cannot be read as a table. `code` names the reason, the message says how to fix it."""


KINDS = {
    "pdf": gettext_lazy("a PDF"),
    "image": gettext_lazy("a picture"),
    "word": gettext_lazy("a text document"),
    "slides": gettext_lazy("a presentation"),
    "archive": gettext_lazy("an archive of files"),
    "program": gettext_lazy("a program"),
    "database": gettext_lazy("a database"),
    "xlsb": gettext_lazy("a binary Excel workbook (.xlsb)"),
    "numbers": gettext_lazy("an Apple Numbers table"),
    "xml": gettext_lazy("an XML file"),
    "mhtml": gettext_lazy("a saved web page (.mht)"),
    "html": gettext_lazy("a web page without a table"),
    "json": gettext_lazy("a JSON file"),
    "binary": pgettext_lazy("what a file looks like", "none of the kinds the portal knows"),
}

MESSAGES = {
    "kind": gettext_lazy(
        "This file is not a table: it looks like %(looks)s. Save the table as XLSX, ODS or CSV and choose it again."
    ),
    "empty": gettext_lazy("This file is empty. Choose the file with your table again."),
    "too_big": gettext_lazy(
        "This file has %(megabytes)s MB; at most %(limit)s MB can be read. Split the table into several files."
    ),
    "password": gettext_lazy(
        "This file is protected by a password. Open it, remove the password, save it and choose it again."
    ),
    "macro": gettext_lazy(
        "This file contains macros, whatever its name says. Save it as a workbook without macros (.xlsx or .ods) and"
        " choose it again."
    ),
    "bomb": gettext_lazy(
        "This file unpacks to far more than a table needs, as a zip bomb does. Copy the table to a new workbook and"
        " choose that."
    ),
    "truncated": gettext_lazy(
        "This file breaks off before its end, as after an interrupted copy or download. Copy or download it again."
    ),
    "damaged": gettext_lazy(
        "This file is damaged: its content does not fit its own rules. Open it in Excel or LibreOffice, save it under a"
        " new name and choose that."
    ),
    "entities": gettext_lazy(
        "This file contains declarations that could fetch other files (a DOCTYPE with entities). No spreadsheet program"
        " writes them. Copy the table to a new workbook and choose that."
    ),
    "too_wide": gettext_lazy(
        "The table is too wide: it reaches to column %(column)s; at most %(limit)s columns can be read. Delete the"
        " columns that are not needed."
    ),
    "far_cell": gettext_lazy(
        "On the sheet “%(sheet)s” something stands in cell %(cell)s, far from the rest of the table. Delete that cell"
        " and save the file."
    ),
    "repeated": gettext_lazy(
        "One filled row repeats %(times)s times. Keep only the rows of your table and save the file."
    ),
    "too_many": gettext_lazy(
        "The sheet “%(sheet)s” has %(cells)s cells; at most %(limit)s can be read. Split the table into several files."
    ),
    "long_cell": gettext_lazy(
        "One cell holds a text that does not end: a cell may have at most %(limit)s characters. Shorten it, or check"
        " that the file is a table."
    ),
    "long_cell_row": gettext_lazy(
        "A cell in row %(row)s holds a text that does not end: a cell may have at most %(limit)s characters. Shorten"
        " it, or check that the file is a table."
    ),
    "long_row": gettext_lazy("The rows of this file hold too much text. Shorten the longest cells."),
    "open_quote": gettext_lazy(
        'In row %(row)s a quotation mark (") opens and is not closed, so it swallows the rows after it. Close or delete'
        " it, or save the table as XLSX."
    ),
    "encoding": gettext_lazy(
        "The text does not fit the encoding %(encoding)s (first at line %(row)s). Choose another encoding."
    ),
    "sheet": gettext_lazy("There is no sheet “%(sheet)s” in this file. Choose one of its sheets."),
    "memory": gettext_lazy(
        "This file needs more memory than a table of its kind may take. Delete what is not part of the table, or split"
        " it into several files."
    ),
    "time": gettext_lazy(
        "Reading this file takes too long. Delete what is not part of the table, or split it into several files."
    ),
}


def unreadable(code: str, **about: Any) -> Unreadable:
    """The refusal for a reason the reader gave."""
    if code == "long_cell" and about.get("row"):
        message = MESSAGES["long_cell_row"]
    else:
        message = MESSAGES.get(code, MESSAGES["damaged"])
    if code == "kind":
        about["looks"] = KINDS.get(about["looks"], KINDS["binary"])
    if code == "far_cell":
        about["cell"] = f"{letters(about['column'])}{about['row']}"
    elif code == "too_wide":
        about["column"] = f"{letters(about['column'])} ({about['column']})"
    return Unreadable(message, code=code, params=about)


def not_a_choice(what: str) -> Unreadable:
    """A choice that the portal does not offer, such as an encoding it does not know."""
    return Unreadable(_("“%(what)s” cannot be chosen here.") % {"what": what}, code="choice")
