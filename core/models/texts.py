"""Texts of the domain in several languages: a title, a purpose, the name of a code."""

import re
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    _Json = models.JSONField[dict[str, str], dict[str, str]]
else:
    _Json = models.JSONField

# ISO 639-1, all 183 codes: a seed project may come in any language, the portal itself is shown in settings.LANGUAGES.
ISO_639_1 = frozenset(
    re.findall(
        "[a-z]{2}",
        """
        aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en
        eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja
        jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb
        nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq
        sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
        """,
    )
)


class Text(_Json):
    """One text in one or more languages: {"bg": "Заедно успяваме", "en": "Together we succeed"}.

    Keys are ISO 639-1 codes in lower case, values are texts that say something. A language that is not known is left
    out; {} means that nothing is known and is allowed where `blank=True`.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", dict)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        if kwargs.get("default") is dict:
            del kwargs["default"]
        return name, path, args, kwargs

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        super().validate(value, model_instance)
        if problems := list(_problems(value)):
            raise ValidationError(problems)


def _problems(value: Any) -> list[ValidationError]:
    if not isinstance(value, dict):
        message = _('Give the text by language, such as {"en": "Together we succeed"}.')
        return [ValidationError(message, "not_by_language")]
    problems = []
    for code, text in value.items():
        if not isinstance(code, str) or code not in ISO_639_1:
            message = _("“%(code)s” is not a language code. Use two lower-case letters, such as bg, en or lv.")
            problems.append(ValidationError(message, "language", {"code": code}))
        elif not isinstance(text, str) or not text.strip():
            message = _("The text in language “%(code)s” is empty. Write it or leave the language out.")
            problems.append(ValidationError(message, "empty", {"code": code}))
    return problems


def said(texts: dict[str, str] | None, language: str, original: str | None = None) -> tuple[str, str]:
    """The text for a reader of `language`, and the language it is really in.

    Asked language first, then the one the text was written in (`original`), then English, then the first by code.
    ("", "") when nothing is known. A regional code such as en-gb reads as en.
    """
    if not texts:
        return "", ""
    reader = re.split("[-_]", language.lower())[0]
    chosen = next((code for code in (reader, original, "en") if code in texts), None) or min(texts)
    return texts[chosen], chosen
