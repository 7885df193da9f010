"""Input of deliverables: the plan of one, what the school delivers, what the officer decides, the score of a report."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from budgets.forms.money import day_field
from budgets.models import BudgetLine, Deliverable, Form
from core.forms import offer
from core.models.texts import said
from projects.forms import LANGUAGE_NAMES
from projects.models import ContractVersion, Project


def _words(label: Any, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}), **more)


class _Line(forms.ModelChoiceField):
    def label_from_instance(self, line: BudgetLine) -> str:
        return f"{line.code} {said(line.name, get_language() or 'en')[0]}"[:80]


class DeliverableForm(forms.Form):
    """What a lump-sum line promises, one field of the name for each language."""

    version = forms.IntegerField(widget=forms.HiddenInput, initial=0)
    line = _Line(queryset=BudgetLine.objects.none(), label=_("Work package"), to_field_name="code", empty_label=None)
    due_on = day_field(_("Due on"))
    share = forms.DecimalField(
        label=_("Share of the lump sum, %"), max_digits=5, decimal_places=2, required=False, localize=True,
        help_text=_("Where the call pays by share. The shares of a line make 100."),
    )  # fmt: skip

    def __init__(self, *args: Any, project: Project, contract: ContractVersion | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if contract is not None:
            lumps = contract.budget_lines.filter(form=Form.LUMP).order_by("code")
            offer(self, line=lumps)
        own = project.programme.language
        self.languages = list(dict.fromkeys([own, *LANGUAGE_NAMES]))
        for language in self.languages:
            self.fields[f"name_{language}"] = forms.CharField(
                label=_("Name, %(language)s") % {"language": LANGUAGE_NAMES.get(language, language)}, max_length=300,
                required=language == own, widget=forms.TextInput(attrs={"lang": language}),
            )  # fmt: skip
        self.order_fields(["version", "line", *(f"name_{each}" for each in self.languages), "due_on", "share"])

    def facts(self) -> dict[str, Any]:
        given = self.cleaned_data
        names = {language: given[f"name_{language}"] for language in self.languages if given[f"name_{language}"]}
        return {"line": given["line"].code, "name": names, "due_on": given["due_on"], "share": given["share"]}

    @staticmethod
    def initial_of(one: Deliverable) -> dict[str, Any]:
        names = {f"name_{language}": text for language, text in one.name.items()}
        return names | {"line": one.line, "due_on": one.due_on, "share": one.share, "version": one.version}


class DeliverForm(forms.Form):
    """The file that proves it, and words to it."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    upload = forms.FileField(
        label=_("File"), required=False, allow_empty_file=True, help_text=_("The product itself or what shows it."),
    )  # fmt: skip
    comment = _words(_("Remark"), required=False)


class JudgeForm(forms.Form):
    """Done or not, with the reason the school reads."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    done = forms.TypedChoiceField(
        label=_("Decision"), coerce=lambda value: value == "yes", widget=forms.RadioSelect,
        choices=[("yes", _("Done: its sum is released")), ("no", _("Not done: the school delivers again"))],
    )  # fmt: skip
    comment = _words(_("Seen by the school"), required=False, help_text=_("Needed when it is not done."))


class ScoreForm(forms.Form):
    score = forms.DecimalField(
        label=_("Score"), max_digits=5, decimal_places=2, localize=True, help_text=_("Points of 100.")
    )
    comment = _words(_("Reason"), required=False, help_text=_("Needed when there is a score already."))
