"""What the lists of budgets can be narrowed to: programme, project, and what a row of the list is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core.models.texts import said
from projects.models import Programme


def one_of(label: Any, choices: Iterable[tuple[Any, Any]]) -> forms.ChoiceField:
    """A field of a filter with “All” before its choices."""
    return forms.ChoiceField(label=label, required=False, choices=[("", _("All")), *choices])


def programme_choices(programmes: Iterable[Programme]) -> list[tuple[str, Any]]:
    """Code and name of each, with “All” before them."""
    names = [(p.code, said(p.name, get_language() or "en", p.language)[0] or p.code) for p in programmes]
    return [("", _("All")), *names]


class ListFilterForm(forms.Form):
    """The filter of one list, with the fields its rows are told apart by."""

    programme = forms.ChoiceField(label=_("Programme"), required=False)
    project = forms.CharField(label=_("Project"), required=False, max_length=60, help_text=_("Its number."))

    def __init__(self, data: Any, *, programmes: Iterable[Programme], own: Mapping[str, forms.Field]) -> None:
        super().__init__(data)
        field = self.fields["programme"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = programme_choices(programmes)
        self.fields.update(own)
