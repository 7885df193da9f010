"""Input of the pages about funders' own layouts: texts in every language of the portal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy, pgettext_lazy

from core.forms import offer
from projects.models import Call, Programme
from reports import layouts
from reports.catalogue import Kind, kinds
from reports.columns import KINDS
from reports.models import LayoutVersion

LABELS = {
    "title": gettext_lazy("Title on the cover, %(language)s"),
    "statement": gettext_lazy("Funding statement, %(language)s"),
    "footer": gettext_lazy("Footer, %(language)s"),
    "heading": gettext_lazy("Heading, %(language)s"),
    "text": gettext_lazy("Text, %(language)s"),
    "alt": gettext_lazy("What the logo shows, %(language)s"),
}


class NewLayoutForm(forms.Form):
    """A layout of a programme, for one kind of report, begun as the usual one or as a copy."""

    programme = forms.ChoiceField(label=gettext_lazy("Programme"))
    call = forms.ChoiceField(
        label=gettext_lazy("Call"), required=False, help_text=gettext_lazy("Only for reports about this call.")
    )
    kind = forms.ChoiceField(label=pgettext_lazy("of report", "Kind"))
    name = forms.CharField(
        label=pgettext_lazy("of a layout", "Name"), max_length=120,
        help_text=gettext_lazy("What whoever asks for a report chooses it by."),
    )  # fmt: skip
    copy_of = forms.ChoiceField(label=gettext_lazy("Begin with"), required=False)

    def __init__(
        self, *args: Any, programmes: Iterable[Programme], calls: Iterable[Call], there: Iterable[LayoutVersion],
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.rows: dict[str, dict[str, Any]] = {
            "programme": {each.code: each for each in programmes},
            "call": {f"{each.programme.code}/{each.code}": each for each in calls},
            "copy_of": {f"{each.layout.key}/{each.number}": each for each in there},
        }
        empty = {
            "call": [("", pgettext_lazy("layout of a programme", "All calls"))],
            "copy_of": [("", gettext_lazy("The usual layout of the kind"))],
        }
        names = {"copy_of": lambda version: f"{version} ({version.layout.of_kind.name})"}
        found = {
            name: [*empty.get(name, []), *((key, names.get(name, _code)(row)) for key, row in rows.items())]
            for name, rows in self.rows.items()
        }
        offer(self, **found, kind=[(each.key, each.name) for each in kinds().values() if each.tables])

    def facts(self) -> dict[str, Any]:
        """The valid input as arguments of `actions.add_layout`."""
        data = self.cleaned_data
        chosen = {name: rows.get(data[name]) for name, rows in self.rows.items()}
        return chosen | {"kind": data["kind"], "name": data["name"]}


def _code(row: Programme | Call) -> str:
    return row.code if isinstance(row, Programme) else f"{row.programme.code}/{row.code}"


class _Draft(forms.Form):
    """A change of a draft as somebody read it, with texts by language."""

    edits = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, version: LayoutVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("edits", version.edits)

    def ask(self, name: str, longest: int, there: Mapping[str, str] | None = None, *, rows: int = 0) -> None:
        """Add a field for the text `name` in each language."""
        for language, spoken in settings.LANGUAGES:
            widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
            widget.attrs["lang"] = language
            self.fields[f"{name}_{language}"] = forms.CharField(
                label=LABELS[name] % {"language": spoken}, max_length=longest, required=False, widget=widget,
                initial=(there or {}).get(language, ""),
            )  # fmt: skip

    def texts(self, name: str) -> dict[str, str]:
        return {language: self.cleaned_data.get(f"{name}_{language}", "") for language, _name in settings.LANGUAGES}


class LayoutWordsForm(_Draft):
    """The words of the cover and the foot of each page."""

    def __init__(self, *args: Any, version: LayoutVersion, **kwargs: Any) -> None:
        super().__init__(*args, version=version, **kwargs)
        for name in layouts.WORDS:
            self.ask(name, layouts.LONGEST[name], version.contents[name])

    def facts(self) -> dict[str, Any]:
        return {"words": {name: self.texts(name) for name in layouts.WORDS}}


class LayoutSectionForm(_Draft):
    """What can be said of one section: its heading; its text; the columns it leaves out."""

    def __init__(self, *args: Any, version: LayoutVersion, section: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, version=version, **kwargs)
        self.section = section
        self.ask("heading", layouts.LONGEST["heading"], section["heading"])
        if "text" in section:
            self.ask("text", layouts.LONGEST["text"], section["text"], rows=5)
        if "table" in section:
            columns = [(column.key, column.label) for column in KINDS[section["table"]].columns]
            self.fields["shown"] = forms.MultipleChoiceField(
                label=gettext_lazy("Columns in the PDF"), choices=columns[1:], required=False,
                initial=[key for key, _label in columns if key not in section["hidden"]],
                widget=forms.CheckboxSelectMultiple,
                help_text=gettext_lazy("The first column always stands there. CSV and workbook keep all of them."),
            )  # fmt: skip
        self.fields["wide"] = forms.BooleanField(
            label=gettext_lazy("On pages turned sideways"), required=False, initial=section["wide"]
        )

    def facts(self) -> dict[str, Any]:
        data = self.cleaned_data
        found: dict[str, Any] = {"heading": self.texts("heading"), "wide": data["wide"]}
        if "text" in self.section:
            found["text"] = self.texts("text")
        if "table" in self.section:
            keys = [column.key for column in KINDS[self.section["table"]].columns[1:]]
            found["hidden"] = [key for key in keys if key not in data["shown"]]
        return found


class LayoutLogoForm(_Draft):
    """A picture for the cover, and what it shows for those who cannot see it."""

    upload = forms.FileField(
        label=gettext_lazy("Picture"), widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}),
        help_text=gettext_lazy("JPEG or PNG. It stands beside the emblem of the Union, and never larger."),
    )  # fmt: skip

    def __init__(self, *args: Any, version: LayoutVersion, **kwargs: Any) -> None:
        super().__init__(*args, version=version, **kwargs)
        self.ask("alt", layouts.LONGEST["alt"])

    def facts(self) -> dict[str, Any]:
        return {"upload": self.cleaned_data["upload"], "alt": self.texts("alt")}


def adding(kind: Kind, contents: layouts.Contents) -> list[tuple[str, str]]:
    """What may still be added to a layout: value and words."""
    titles = {key: str(KINDS[key].title) for key in kind.table_keys}
    titles |= {f"{layouts.CHART_OF}{key}": layouts.name_of(layouts.of_chart(key)) for key in layouts.drawn(kind)}
    return [
        (what, titles.get(what) or str(layouts.Part(what).label)) for what in layouts.left_to_add(kind, contents)
    ]  # fmt: skip
