"""Figures of school years: typed by the school, or brought in from a list; a correction keeps what was there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core import audit
from core.access import Permission, Refused
from core.models import Code, Organisation
from reports.indicators.models import SchoolFigure
from reports.indicators.models.schools import schools_of

COLUMNS = ("school", "year", "measure", "numerator", "denominator")


@transaction.atomic
def set_school_figure(
    school: Organisation, *, year: int, measure: str, numerator: Decimal | None, denominator: Decimal | None = None,
    because: str = "", by, at: datetime,
) -> SchoolFigure | None:  # fmt: skip
    """Write down one measure of a school year. Another value than the one that is there needs a reason and replaces
    it. None, and 0 of 0 (nobody sat, as open data say it), means: not reported."""
    allowed = by is None or any(
        schools_of(by, needed).filter(pk=school.pk).exists()
        for needed in (Permission.INDICATOR_TYPE, Permission.INDICATOR_EDIT)
    )
    if not allowed:
        raise PermissionDenied(
            _("Your role does not allow this for this school. An administrator can give you access.")
        )
    Organisation.objects.select_for_update().get(pk=school.pk)
    if numerator is not None and not numerator and denominator is not None and not denominator:
        numerator = denominator = None
    old = SchoolFigure.objects.in_force().filter(school=school, year=year, measure=measure).first()
    if old is None and numerator is None:
        return None
    if old is not None and (old.numerator, old.denominator) == (numerator, denominator):
        return old
    if old is not None and not because.strip():
        raise Refused({"because": [_("Say why the value is corrected.")]})
    if old is not None:
        old.replaced = True
        old.save(update_fields=["replaced"])
    made = None
    if numerator is not None:
        made = SchoolFigure(
            school=school, year=year, measure=measure, numerator=numerator, denominator=denominator,
            because=because.strip() if old else "", by=by, at=at, synthetic=school.synthetic,
        )  # fmt: skip
        _check(made)
        made.save()
    audit.record(
        "school.figure", made or old, by=by, at=at, key=f"{school.school_code or school.key} {year} {measure}",
        before=_told(old), after=_told(made), note=because.strip(),
    )  # fmt: skip
    return made


@transaction.atomic
def set_school_figures(
    school: Organisation, *, year: int, figures: Mapping[str, tuple[Decimal | None, Decimal | None]], because: str, by,
    at: datetime,
) -> None:  # fmt: skip
    """Write down all measures of a school year as they stand in a form: (numerator, denominator) by measure."""
    for measure, (numerator, denominator) in figures.items():
        try:
            set_school_figure(
                school, year=year, measure=measure, numerator=numerator, denominator=denominator, because=because,
                by=by, at=at,
            )  # fmt: skip
        except Refused as refused:
            if hasattr(refused, "error_dict") and "because" in refused.error_dict:
                raise
            raise Refused({f"{measure}_top": refused.messages}) from None


@transaction.atomic
def load_school_figures(rows: Iterable[Mapping[str, str]], *, because: str = "", by, at: datetime) -> int:
    """Bring in figures from a list with the columns of COLUMNS (school: its code or key), whole or not at all; returns
    how many rows it held. Refused with one message for each wrong row, by its number."""
    problems, n = [], 0
    for number, row in enumerate(rows, start=2):
        n += 1
        try:
            with transaction.atomic():
                _load(row, because, by, at)
        except Refused as refused:
            problems += [_("Row %(row)s: %(problem)s") % {"row": number, "problem": text} for text in refused.messages]
    if problems:
        raise Refused(problems)
    return n


def _load(row: Mapping[str, str], because: str, by, at: datetime) -> None:
    if missing := [name for name in COLUMNS[:4] if row.get(name) is None]:
        raise Refused(_("The column “%(name)s” is missing.") % {"name": missing[0]})
    given = row["school"].strip()
    schools = Organisation.objects.filter(kind=Organisation.Kind.SCHOOL)
    found = list(schools.filter(school_code=given)[:2]) if given else []
    if len(found) != 1:
        try:
            found = list(schools.filter(key=given))
        except ValidationError:
            found = []
    if not found:
        raise Refused(_("There is no school with the code “%(code)s”.") % {"code": given})
    try:
        year = int(row["year"].split("/")[0])
        numbers = [_number(row.get(name) or "") for name in ("numerator", "denominator")]
    except (ValueError, InvalidOperation):
        raise Refused(_("Year and values are numbers, such as 2024 and 12.5.")) from None
    set_school_figure(
        found[0], year=year, measure=row["measure"].strip(), numerator=numbers[0], denominator=numbers[1],
        because=because, by=by, at=at,
    )  # fmt: skip


def _number(text: str) -> Decimal | None:
    return Decimal(text.strip().replace(",", ".")) if text.strip() else None


def _check(figure: SchoolFigure) -> None:
    """The measure is known, has its denominator, and lies where it can lie."""
    measure = Code.objects.of("school_measures").current().filter(code=figure.measure).first()
    if measure is None:
        raise Refused({"measure": [_("This measure is not known.")]})
    ratio = measure.more["form"] != "count"
    if ratio != (figure.denominator is not None):
        raise Refused({"denominator": [_("This measure needs a denominator.") if ratio
                                       else _("This measure has no denominator.")]})  # fmt: skip
    try:
        figure.full_clean(exclude=["by"])
    except ValidationError as error:
        raise Refused(error) from None
    low, high = (Decimal(measure.more[name]) if measure.more[name] else None for name in ("lowest", "highest"))
    value = figure.numerator / figure.denominator if figure.denominator else figure.numerator
    if (low is not None and value < low) or (high is not None and value > high):
        raise Refused({"numerator": [
            _("The value would be %(value)s; it lies between %(low)s and %(high)s.")
            % {"value": round(value, 2), "low": low, "high": high}
        ]})  # fmt: skip


def _told(figure: SchoolFigure | None) -> dict[str, str] | None:
    if figure is None:
        return None
    told = {"value": str(figure.numerator)}
    return told | ({"denominator": str(figure.denominator)} if figure.denominator is not None else {})
