"""What the list of claims can be narrowed to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from budgets.models import Claim
from core.models.texts import said
from projects.models import Programme


class ClaimFilterForm(forms.Form):
    programme = forms.ChoiceField(label=_("Programme"), required=False)
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
        names = [(p.code, said(p.name, get_language() or "en", p.language)[0] or p.code) for p in programmes]
        field.choices = [("", _("All")), *names]
