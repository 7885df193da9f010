"""Somebody saved the same thing first: what differs, field by field, and what the person chose of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import get_language

from core import formats

PICK = "pick_"
Groups = Iterable[tuple[str, ...]]


@dataclass(frozen=True)
class Choice:
    """Fields that differ and hold only together, as both sides say them; `theirs_first`: theirs is preset."""

    name: str
    fields: tuple[str, ...]
    label: Any
    mine: str
    theirs: str
    theirs_first: bool


def choices_of(
    form: forms.Form, theirs: Mapping[str, Any], groups: Groups, *, theirs_first: Iterable[str] = (), currency: str
) -> list[Choice]:
    """What truly differs between a cleaned form and what somebody else saved; the rest needs no choice."""
    mine, found = form.cleaned_data, []
    for group in groups:
        if all(mine.get(name) == theirs[name] for name in group):
            continue
        yours, other = (", ".join(_words(form, group, of, currency)) for of in (mine, theirs))
        found.append(Choice(group[0], group, form.fields[group[0]].label, yours, other, group[0] in theirs_first))
    return found


def chosen(data: QueryDict, form: type[forms.Form], theirs: Mapping[str, Any], groups: Groups) -> QueryDict:
    """What was posted, with theirs where the person chose theirs."""
    data = data.copy()
    for group in groups:
        if data.get(PICK + group[0]) == "theirs":
            for name in group:
                value = form.base_fields[name].prepare_value(theirs[name])
                data.setlist(name, value if isinstance(value, list) else ["" if value is None else str(value)])
    return data


def _words(form: forms.Form, group: tuple[str, ...], values: Mapping[str, Any], currency: str) -> list[str]:
    return [words for name in group if (words := _said(form, name, values.get(name), currency))]


def _said(form: forms.Form, name: str, value: Any, currency: str) -> str:
    field, language = form.fields[name], get_language() or "en"
    match value:
        case None | "" | []:
            return ""
        case Decimal():
            return formats.money(value, language, currency)
        case date():
            return formats.day(value, language)
    if isinstance(field, forms.ChoiceField):
        words = {str(key): str(label) for key, label in form[name].field.widget.choices}
        return ", ".join(words.get(each) or str(each) for each in (value if isinstance(value, list) else [value]))
    return str(value)
