"""Which projects: the one filter of the lists, of their downloads and of the API."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from core.models.texts import said
from projects.models import Call, ContractVersion, Programme, Project, ProjectPlace

# The official Bulgarian system (Transliteration Act, 2009), with the Russian letters it lacks.
_ONE = dict(zip("абвгдезийклмнопрстуфхъьёыэѝ", "abvgdeziyklmnoprstufhayeyei", strict=True))
_MANY = {"ж": "zh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sht", "ю": "yu", "я": "ya"}
_FROM = "".join(_ONE) + "".join(_ONE).upper()
_TO = "".join(_ONE.values()) * 2


class Fold(Func):
    """A text as plain lower-case Latin letters, figures and spaces, in SQL: Рига, Rīga and RIGA are riga.

    The text searched and the words searched for pass through the same expression, so they cannot differ.
    """

    output_field = TextField()

    def as_sql(self, compiler, connection, *args: Any, **extra: Any):
        sql, params = compiler.compile(self.source_expressions[0])
        sql, found = f"translate(normalize(({sql})::text, NFC), %s, %s)", [*params, _FROM, _TO]
        for letter, latin in _MANY.items():
            for each in (letter, letter.upper()):
                sql, found = f"replace({sql}, %s, %s)", [*found, each, latin]
        sql = f"regexp_replace(lower(normalize({sql}, NFKD)), 'iya\\M', 'ia', 'g')"
        return f"regexp_replace({sql}, '[^a-z0-9[:space:]]', '', 'g')", tuple(found)


def _words(path: str) -> Func:
    """The words of a text in several languages, without the codes of the languages."""
    texts = Cast(path, TextField())
    return Func(
        texts, Value('"[a-z]{2}": "'), Value(" "), Value("g"), function="regexp_replace", output_field=TextField()
    )


def matching(projects: QuerySet[Project], text: str) -> QuerySet[Project]:
    """The projects in which every word of `text` stands: in number, contract number, title, beneficiary or place."""
    parts = [F("number"), Value(" "), _words("title"), Value(" "), _words("beneficiary__name")]
    about = Fold(Concat(*parts, output_field=TextField()))
    projects = projects.alias(about=about)
    for word in text.split()[:8]:
        folded = Fold(Value(word))
        place = ProjectPlace.objects.filter(project=OuterRef("pk")).alias(about=Fold(_words("place__name")))
        contract = ContractVersion.objects.filter(project=OuterRef("pk")).alias(about=Fold(F("number")))
        projects = projects.filter(
            Q(about__contains=folded)
            | Exists(place.filter(about__contains=folded))
            | Exists(contract.filter(about__contains=folded))
        )
    return projects


COUNTRIES = {"BG": _("Bulgaria"), "LV": _("Latvia"), "EE": _("Estonia"), "LT": _("Lithuania"), "RO": _("Romania")}


class ProjectFilter(django_filters.FilterSet):
    """Search and filters of projects. The choices offered are those that occur among the projects given."""

    q = django_filters.CharFilter(
        method="search",
        label=_("Search"),
        help_text=_("Number, title, beneficiary or place; Latin or Cyrillic letters."),
    )
    programme = django_filters.ChoiceFilter(
        field_name="programme__code", label=_("Programme"), empty_label=pgettext_lazy("filter: programmes", "All")
    )
    call = django_filters.ChoiceFilter(
        field_name="call__code", label=_("Call"), empty_label=pgettext_lazy("filter: calls", "All")
    )
    state = django_filters.ChoiceFilter(
        choices=Project.State.choices, label=_("State"), empty_label=pgettext_lazy("filter: states", "All")
    )
    country = django_filters.ChoiceFilter(
        method="in_country", label=_("Country"), empty_label=pgettext_lazy("filter: countries", "All")
    )

    class Meta:
        model = Project
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or "en"
        of = {"projects__in": self.queryset.order_by()}
        programmes = list(Programme.objects.filter(**of).distinct().order_by("code"))
        calls = Call.objects.filter(**of).select_related("programme").distinct().order_by("code")
        self.filters["programme"].extra["choices"] = [
            (p.code, said(p.name, language, p.language)[0] or p.code) for p in programmes
        ]
        self.filters["call"].extra["choices"] = [
            (c.code, f"{c.code} {said(c.name, language, c.programme.language)[0]}") for c in calls
        ]
        used = sorted({p.country for p in programmes if p.country})
        self.filters["country"].extra["choices"] = [(code, COUNTRIES.get(code, code)) for code in used]

    def search(self, projects: QuerySet[Project], name: str, value: str) -> QuerySet[Project]:
        return matching(projects, value)

    def in_country(self, projects: QuerySet[Project], name: str, value: str) -> QuerySet[Project]:
        return projects.filter(programme__country=value)
