"""An own layout of a demo programme, published: invented, and says so in its name and on each page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import count
from typing import Any

from core.models import User
from projects.models import Programme
from reports import actions
from reports.layouts import Part
from reports.management.demo.facts import EDUCATION

NAME = "Отчет за обществен съвет (пример)"
COVER = {
    "title": {
        "bg": "Отчет за напредъка пред обществения съвет",
        "en": "Progress report for the community council",
        "lv": "Progresa pārskats sabiedriskajai padomei",
    },
    "statement": {},
    "footer": {"bg": "Примерно оформление", "en": "Sample layout", "lv": "Izkārtojuma paraugs"},
}
HEADING = {"bg": "Как се чете този отчет", "en": "How to read this report", "lv": "Kā lasīt šo pārskatu"}
TEXT = {
    "bg": "Хората и училищата са преди парите, защото съветът пита първо за тях.\n\n"
          "Числата са същите като в обичайния отчет за същия период; подредени са по друг начин.",
    "en": "People and schools come before money, because the council asks about them first.\n\n"
          "The figures are those of the usual report for the same period; only their order is another.",
    "lv": "Cilvēki un skolas ir pirms naudas, jo padome vispirms jautā par tiem.\n\n"
          "Skaitļi ir tie paši, kas parastajā pārskatā par to pašu periodu; cita ir tikai to secība.",
}  # fmt: skip
FIRST = ("counters", "activities", "outputs")  # tables, in this order after the text and the facts
LEFT_OUT = ("costs", "evidence", "months")


def make(officer: User | None, at: datetime) -> None:
    """The layout for progress reports of the programme that has none."""
    programme = Programme.objects.get(code=EDUCATION)
    if programme.layouts.exists():
        return
    one = actions.add_layout(programme, kind="progress", name=NAME, by=officer, at=at)
    usual = one.contents["sections"]
    table = {section["table"]: section["id"] for section in usual if section["is"] == Part.TABLE}
    gone = [table[key] for key in LEFT_OUT] + [section["id"] for section in usual if section["is"] == Part.TEXT]
    deed: Iterator[dict[str, Any]] = ({"edits": n, "by": officer, "at": at} for n in count())
    actions.set_words(one, words=COVER, **next(deed))
    for section in gone:
        actions.drop_section(one, section=section, **next(deed))
    told = actions.add_section(one, what=Part.TEXT, **next(deed))["id"]
    actions.set_section(one, section=told, heading=HEADING, text=TEXT, **next(deed))
    facts = next(section["id"] for section in usual if section["is"] == Part.FACTS)
    for section in (*(table[key] for key in reversed(FIRST)), facts, told):
        actions.move_section(one, section=section, places=-len(usual), **next(deed))
    actions.publish(one, **next(deed))
