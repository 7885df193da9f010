"""Tables 1, 6 and 10 of Annex VII in the form of transmission: the columns under the numbers of the regulation, codes
in place of words, amounts and counts with a point. Made from the sealed figures of a report, so that what is sent is
what was sealed.

The columns stand in the code list `annex_vii_tables`, the words of codes in `annex_vii_words`. A column of values by
gender becomes four, in the order of the regulation: M, F, N, T.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from core.models import Code
from core.models.texts import said
from reports.tables import machine

BY_GENDER = "(M F N T)"
GENDERS = ("M", "F", "N", "T")
TOTAL_ONLY = ("", "", "")  # targets need no split by gender
VALUES = ("men", "women", "non_binary", "total")
PLACE = ("priority", "objective", "fund", "region_code")
COLUMNS: dict[int, tuple[str | tuple[str, ...], ...]] = {  # by table: what of a row stands under each number
    1: (*PLACE, "basis_code", "allocation", "rate", "selected", "contribution", "selected_share", "declared",
        "declared_share", "operations"),
    6: (*PLACE, "code", "name", "unit_code", (*TOTAL_ONLY, "milestone"), (*TOTAL_ONLY, "target"), VALUES,
        (*TOTAL_ONLY, "ratio"), "comments"),
    10: (*PLACE, "code", "name", "based_on", "unit_code", "target_unit_code", (*TOTAL_ONLY, "target"), VALUES,
         (*TOTAL_ONLY, "ratio"), "comments"),
}  # fmt: skip


def numbers(table: int) -> list[tuple[str, str]]:
    """(number, what the regulation calls the column) of each column of a table, those by gender four times."""
    found = []
    for code in Code.objects.of("annex_vii_tables").filter(code__startswith=f"{table}:"):
        number, name = code.code.partition(":")[2], said(code.name, "en")[0]
        found += [(f"{number} {g}", name) for g in GENDERS] if BY_GENDER in name else [(number, name)]
    return found


def transmission(taken: Mapping[str, Any], table: int) -> bytes:
    """One table of a sealed report of Annex VII: UTF-8 without a byte-order mark, comma, column numbers as heads."""
    words = {code.code: said(code.name, "en")[0] for code in Code.objects.of("annex_vii_words").current()}
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(number for number, _name in numbers(table))
    for row in taken["tables"][f"annex_vii_{table}"]["rows"]:
        writer.writerow(_line(row, table, words))
    return out.getvalue().encode()


def _line(row: Mapping[str, Any], table: int, words: Mapping[str, str]) -> Iterator[str]:
    for column in COLUMNS[table]:
        for key in [column] if isinstance(column, str) else column:
            if key.endswith("_code"):
                kind = key.removesuffix("_code").removeprefix("target_")
                yield words.get(f"{kind}:{row.get(key)}", "")
            else:
                yield machine(row.get(key), "said" if key == "name" else "text" if key == "comments" else "number")
