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


def listed(
    rows: Any, query: Mapping[str, Any], *, programme: str, project: str = "", **own: forms.Field
) -> tuple[Any, ListFilterForm]:
    """The rows the filter of a `query` leaves, and its form. `programme` and `project` are the way from a row to them;
    without a project the list has none. Each of `own` names a column of the row; one that is none is left to the
    caller."""
    programmes = Programme.objects.filter(pk__in=rows.order_by().values(programme)).order_by("code")
    form = ListFilterForm(query, programmes=programmes, own=own)
    if not project:
        del form.fields["project"]
    if not form.is_valid():
        return rows.none(), form
    columns = {field.name for field in rows.model._meta.get_fields()}
    where = {"programme": f"{programme}__code", "project": f"{project}__number"}
    where |= {name: name for name in own if name in columns}
    asked = {where[name]: value for name, value in form.cleaned_data.items() if value and name in where}
    return rows.filter(**asked), form
