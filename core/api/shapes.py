"""What comes in and goes out: strict fields with sentences that say how to mend an error, and rows of plain values."""

from __future__ import annotations

import base64
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import QuerySet
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.fields import empty

from core import uploads
from core.models import Incoming

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)  # days outside are slips of the key
DAY, CLOCK = r"\d{4}-\d\d-\d\d", r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?"
KEY = r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"

# --- fields ----------------------------------------------------------------------------------------------------------


class _Field(serializers.Field):
    """A value of the type that the schema tells, written as it tells: what DRF would take besides is refused."""

    default_error_messages = {
        "required": _("Give this value; it is missing."),
        "null": _("null is not possible here. Give a value."),
    }
    written = ""  # how a text that is taken looks

    def _told(self, data: Any) -> Any:
        """The same value. Raises ValidationError for one of another type or look."""
        if not isinstance(data, str) or (self.written and not re.fullmatch(self.written, data, re.ASCII)):
            self.fail("invalid")
        return data

    def _is_parameter(self) -> bool:
        """Whether it stands in the address, where everything is text."""
        return isinstance(self.root, Query)


class Words(_Field, serializers.CharField):
    default_error_messages = {
        "invalid": _("Give a text."),
        "blank": _("Give a text that is not empty."),
        "max_length": _("Give at most {max_length} characters."),
    }

    def run_validation(self, data=empty):
        return super().run_validation(data if data is empty or data is None else self._told(data))


class Day(_Field, serializers.DateField):
    default_error_messages = {
        "invalid": _("Give a date such as 2026-03-31."),
        "datetime": _("Give a date such as 2026-03-31."),
        "far": _("Give a date from 1900 to 2199."),
    }
    written = DAY

    def to_internal_value(self, value):
        day = super().to_internal_value(self._told(value))
        if not FIRST_DAY <= day <= LAST_DAY:
            self.fail("far")
        return day


class Clock(_Field, serializers.TimeField):
    default_error_messages = {"invalid": _("Give a time such as 14:00.")}
    written = CLOCK

    def to_internal_value(self, value):
        return super().to_internal_value(self._told(value))


class Whole(_Field, serializers.IntegerField):
    default_error_messages = {
        "invalid": _("Give a whole number."),
        "min_value": _("Give a number that is not below {min_value}."),
        "max_value": _("Give a number that is not above {max_value}."),
        "max_string_length": _("Give a whole number."),
    }
    written = r"-?\d+"

    def to_internal_value(self, data):
        if self._is_parameter():
            self._told(data)
        elif not isinstance(data, int | float) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class Number(_Field, serializers.DecimalField):
    default_error_messages = {
        "invalid": _("Give a number such as 1.5."),
        "min_value": _("Give a number that is not below {min_value}."),
        "max_value": _("Give a number that is not above {max_value}."),
        "max_digits": _("This number is too long: at most {max_digits} digits."),
        "max_decimal_places": _("Give at most {max_decimal_places} digits after the point."),
        "max_whole_digits": _("This number is too large: at most {max_whole_digits} digits before the point."),
        "max_string_length": _("Give a number such as 1.5."),
    }
    written = r"-?\d*(\.\d*)?"

    def to_internal_value(self, data):
        """A number, or its text, which keeps every digit."""
        is_number = isinstance(data, int | float) and not isinstance(data, bool)
        return super().to_internal_value(data if is_number and not self._is_parameter() else self._told(data))


class Flag(_Field, serializers.BooleanField):
    default_error_messages = {"invalid": _("Give true or false.")}
    written = "[Tt]rue|[Ff]alse"

    def to_internal_value(self, data):
        if self._is_parameter():
            self._told(data)
        elif not isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class Key(_Field, serializers.UUIDField):
    default_error_messages = {"invalid": _("Give a key such as 0198c0de-5a1e-7c3f-9b2d-3f6a7b8c9d0e.")}
    written = KEY

    def to_internal_value(self, data):
        return super().to_internal_value(self._told(data))


class KeyOf(Key):
    """A public key in, the row it belongs to out; one the person may not see is as unknown as none at all."""

    default_error_messages = {"unknown": _("Nothing with this key is known here. Check the key.")}

    def __init__(self, rows: Callable[[Any], QuerySet], **kwargs):
        self.rows = rows
        super().__init__(**kwargs)

    def to_internal_value(self, data):
        key = super().to_internal_value(data)
        known = self.context.get("known", {})  # of many rows those of the rows before
        if (row := known.get((self.rows, key))) is None:
            row = known[self.rows, key] = self.rows(self.context["request"].user).filter(key=key).first()
        if row is None:
            self.fail("unknown")
        return row


class OneOf(_Field, serializers.ChoiceField):
    """One value of a TextChoices; in the schema the choices are a component of their own, as those of a list are that
    gets a name for it."""

    default_error_messages = {"invalid_choice": _("“{input}” is none of the values this can have: {known}.")}

    def __init__(self, choices, *, component: str = "", **kwargs):
        self.component = component or (choices.__qualname__.replace(".", "") if isinstance(choices, type) else "")
        super().__init__(choices=getattr(choices, "choices", choices), **kwargs)

    def to_internal_value(self, data):
        if data == "" and self.allow_blank:
            return ""
        if not isinstance(data, str) or data not in self.choices:
            self.fail("invalid_choice", input=str(data)[:40], known=", ".join(map(str, self.choices)))
        return data


class Texts(serializers.DictField):
    """A text by language, out only: {"bg": "Заедно успяваме", "en": "Together we succeed"}."""

    child = serializers.CharField()


class TextsIn(_Field, serializers.DictField):
    """A text by language that comes in; those of the portal where no others are `known`. An empty one takes the text in
    that language away."""

    default_error_messages = {
        "not_a_dict": _("Give the text by language, with two letters for each, such as en."),
        "language": _("Give the text in one of these languages: {known}."),
    }

    def __init__(self, *, longest: int, known: Iterable[str] = tuple(dict(settings.LANGUAGES)), **kwargs):
        self.known = known
        super().__init__(child=Words(allow_blank=True, max_length=longest), **kwargs)

    def to_internal_value(self, data):
        told = super().to_internal_value(data)
        if not set(told) <= set(self.known):
            self.fail("language", known=", ".join(sorted(self.known)))
        return told


# --- in --------------------------------------------------------------------------------------------------------------


class Shape(serializers.Serializer):
    """A field called `from_` is `from` outside."""

    def get_fields(self):
        return {name.removesuffix("_"): field for name, field in super().get_fields().items()}


class Input(Shape):
    """What comes in. A name that is not known is an error: a slip in the name of a filter must not open the whole
    list."""

    default_error_messages = {"invalid": _("Give an object with named values.")}

    def to_internal_value(self, data):
        errors: dict[str, Any] = {}
        if isinstance(data, Mapping):
            known = ", ".join(self.fields)
            unknown = _("There is no such name here. There are: %(known)s.") % {"known": known}
            errors = {str(name): [unknown] for name in data if name not in self.fields}
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({**error.detail, **errors}) from None
        if errors:
            raise serializers.ValidationError(errors)
        return value


class Upload(Input):
    """A file that comes in: its name, and its bytes in base64; or the key under which it came by pieces."""

    name = Words(required=False, max_length=150, help_text=_("Name of the file."))
    content = Words(required=False, help_text=_("The file (PDF, JPEG or PNG) in base64."))
    upload = KeyOf(
        lambda user: Incoming.objects.open_to(user, now()),
        required=False,
        help_text=_("Instead of both: the key of a file that was sent by pieces (uploads)."),
    )

    def validate_content(self, content):
        try:
            return base64.b64decode(content, validate=True)
        except ValueError:
            raise serializers.ValidationError(_("Give the file in base64.")) from None

    def to_internal_value(self, data):
        told = super().to_internal_value(data)
        if told.keys() == {"upload"}:
            return uploads.taken(told["upload"])
        if told.keys() != {"name", "content"}:
            raise serializers.ValidationError({"non_field_errors": [_("Give name and content, or upload alone.")]})
        return SimpleUploadedFile(told["name"], told["content"])


class Query(Input):
    """Parameters of the address. Every operation takes the language of its words."""

    language = OneOf(
        settings.LANGUAGES,
        required=False,
        help_text=_("Language of the words in the answer; else Accept-Language."),
    )


class RowQuery(Query):
    fields_ = Words(
        required=False,
        max_length=400,
        help_text=_("Only these fields, by commas, in this order. The ETag is then one of these fields alone."),
    )


class PageQuery(Query):
    cursor = Words(
        required=False,
        max_length=400,
        help_text=_("Where the page begins: follow “next” and “previous” instead of making one."),
    )
    page_size = Whole(
        required=False, default=100, min_value=1, max_value=1000, help_text=_("Rows on a page: 1 to 1,000.")
    )


class ListQuery(PageQuery, RowQuery):
    """Of a list: one page, or the whole table."""


# --- out -------------------------------------------------------------------------------------------------------------


class Row(Shape):
    """The shape of a row that goes out. The source of a field is the path of its column, so that a list is read as
    plain values with joins; a nested row or a field with source="*" is added by the door."""


@cache
def columns(shape: type[Row]) -> dict[str, str]:
    """The names of a row and the columns they are read from."""
    return {
        name: str(field.source)
        for name, field in shape().fields.items()
        if field.source != "*" and not isinstance(field, serializers.BaseSerializer)
    }


@cache
def page_of(shape: type[serializers.Serializer]) -> type[serializers.Serializer]:
    """The shape of one page of such rows."""
    more = serializers.URLField(allow_null=True, help_text=_("Address of the page; null when there is none."))
    fields = {"next": more, "previous": more, "results": shape(many=True)}
    made = type(f"PageOf{shape.__name__}", (serializers.Serializer,), {**fields, "__doc__": "One page of a list."})
    return extend_schema_serializer(many=False)(made)


@cache
def row_in(answer: type[serializers.Serializer]) -> type[serializers.Serializer]:
    """The shape of the row that is answered, or of those on the page that is answered."""
    results: Any = None if issubclass(answer, Row) else answer().fields["results"]
    return type(results.child) if results else answer


@cache
def some_of(answer: type[serializers.Serializer]) -> type[serializers.Serializer]:
    """The same answer where only some fields of its row were asked for."""
    row = row_in(answer)
    if row is not answer:
        return page_of(some_of(row))

    class Some(Row):
        """Those fields that were asked for."""

        def get_fields(self):
            fields = row().get_fields()
            for field in fields.values():
                field.required = field.read_only = False
            return fields

    Some.__name__ = f"SomeOf{row.__name__}"
    return Some


def rows_of(shape: type[Row], rows: Any) -> list[dict[str, Any]]:
    """All of `rows` in their shape, by plain values."""
    names = columns(shape)
    return [dict(zip(names, row, strict=True)) for row in rows.values_list(*names.values())]


def grouped(shape: type[Row], rows: Any, by: str) -> dict[Any, list[dict[str, Any]]]:
    """The same, by the value of the column `by`."""
    names = columns(shape)
    found: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for owner, *row in rows.values_list(by, *names.values()):
        found[owner].append(dict(zip(names, row, strict=True)))
    return found


class FieldProblem(serializers.Serializer):
    """One error: `pointer` leads into the body, `parameter` names a part of the address."""

    pointer = serializers.CharField(required=False, help_text=_("JSON pointer into the body: /marks/0/mark."))
    parameter = serializers.CharField(required=False, help_text=_("Name of the parameter or header."))
    detail = serializers.CharField(help_text=_("What is wrong and how to mend it."))


class ProblemDocument(serializers.Serializer):
    """RFC 9457: what went wrong, in the language asked for, with each error and its place."""

    type = serializers.CharField(help_text=_("Kind of problem: an address in this reference, else about:blank."))
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text=_("A sentence for people."))
    errors = FieldProblem(many=True, required=False)
