"""The checklist of the sample programmes, the answers of their officers, and files behind a claim that is in check."""

from __future__ import annotations

import io
from typing import Any

import pikepdf

from activities.models import Evidence
from budgets import actions
from budgets.checks import checklists
from budgets.models import Checklist, ChecklistQuestion, Claim, LetterText
from core import storage
from projects.models import Programme

QUESTIONS: list[tuple[str, str, dict[str, str]]] = [  # about, legal basis, words
    ("claim", "Art. 74(1)(a)", {
        "en": "Were the activities of the period carried out as the contract says?",
        "bg": "Изпълнени ли са дейностите за периода съгласно договора?",
        "lv": "Vai perioda darbības īstenotas atbilstoši līgumam?",
    }),
    ("claim", "Art. 63(9)", {
        "en": "Is no cost here financed by another programme or fund?",
        "bg": "Изключено ли е финансиране на същите разходи от друга програма или фонд?",
        "lv": "Vai izslēgta šo pašu izmaksu finansēšana no citas programmas vai fonda?",
    }),
    ("claim", "Art. 50", {
        "en": "Is the support of the Union made visible?",
        "bg": "Осигурена ли е видимост на подкрепата от Съюза?",
        "lv": "Vai nodrošināta Savienības atbalsta redzamība?",
    }),
    ("line", "Art. 63(2), 69(6)", {
        "en": "Do the documents prove the cost, its payment and its project?",
        "bg": "Доказват ли документите разхода, плащането му и връзката му с проекта?",
        "lv": "Vai dokumenti pierāda izmaksas, to samaksu un saistību ar projektu?",
    }),
]  # fmt: skip
OBJECTION = {
    "en": "Sample text: object in writing to the office that decided, within 14 days of this letter.",
    "bg": "Примерен текст: възразете писмено пред органа, взел решението, в срок от 14 дни от това писмо.",
    "lv": "Parauga teksts: iesniedziet rakstisku iebildumu iestādei, kas lēmusi, 14 dienu laikā pēc šīs vēstules.",
}


def rules(programme: Programme) -> None:
    """The checklist of a sample programme and how to object, once."""
    LetterText.objects.get_or_create(programme=programme, defaults={"objection": OBJECTION, "synthetic": True})
    checklist, new = Checklist.objects.get_or_create(programme=programme, version=1, defaults={"synthetic": True})
    if new:
        ChecklistQuestion.objects.bulk_create(
            ChecklistQuestion(checklist=checklist, position=position, about=about, article=article, text=text)
            for position, (about, article, text) in enumerate(QUESTIONS, start=1)
        )


def answer(claim: Claim, **step: Any) -> None:
    """Every question of the checklist answered with yes."""
    questions = checklists.questions_of(claim)
    yes = {about: {q.pk: ("yes", "") for q in questions if q.about == about} for about in ("claim", "line")}
    actions.answer_checklist(claim, answers=yes["claim"], **step)
    for line in claim.lines.held():
        actions.answer_checklist(claim, answers=yes["line"], line=line, **step)


def add_files(claim: Claim, **step: Any) -> None:
    """A sample invoice of two pages on the first lines of a claim."""
    for line in claim.lines.held().select_related("cost").order_by("number")[:3]:
        name = f"{claim.project.number}_{claim.number}_{line.number}.pdf"
        total = line.cost.total if line.cost else claim.advance
        file = storage.put([_invoice(line.number, f"{total}")], name=name, media_type="application/pdf", **step)
        paper = Evidence.objects.create(
            project=claim.project, kind=Evidence.Kind.DOCUMENT, file=file, added_by=step["by"], added_at=step["at"],
            synthetic=True,
        )  # fmt: skip
        line.papers.add(paper)


def _invoice(number: int, total: str) -> bytes:
    made, out = pikepdf.new(), io.BytesIO()
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    for words in (f"SAMPLE INVOICE {number}", f"Total {total}"), (f"SAMPLE RECEIPT {number}", f"Paid {total}"):
        made.add_blank_page(page_size=(595, 842))
        page = made.pages[-1]
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        drawn = "".join(f"BT /F1 24 Tf 60 {740 - 60 * i} Td ({text}) Tj ET " for i, text in enumerate(words))
        page.Contents = made.make_stream(drawn.encode("ascii"))
    made.save(out, deterministic_id=True)
    return out.getvalue()
