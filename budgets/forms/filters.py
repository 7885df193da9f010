"""What the list of claims can be narrowed to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from budgets.forms.lists import programme_choices
from budgets.models import Claim
from projects.models import Programme


class ClaimFilterForm(forms.Form):
    programme = forms.ChoiceField(label=_("Programme"), required=False)
    project = forms.CharField(label=_("Project"), required=False, max_length=60, help_text=_("Its number."))
    kind = forms.ChoiceField(
        label=pgettext_lazy("claim", "Kind"), required=False, choices=[("", _("All")), *Claim.Kind.choices]
    )
    clock = forms.ChoiceField(
        label=pgettext_lazy("filter", "Term"), required=False,
        choices=[
            ("", _("All")), ("soon", pgettext_lazy("filter", "Day 60 or later")),
            ("stopped", pgettext_lazy("filter", "Clock stands still")),
        ],
    )  # fmt: skip
    mine = forms.BooleanField(label=pgettext_lazy("filter", "Only those I took up"), required=False)

    def __init__(self, *args: Any, programmes: Iterable[Programme], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["programme"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = programme_choices(programmes)
