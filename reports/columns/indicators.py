"""The tables of an indicator report."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from reports.columns.contract import Column as _c
from reports.columns.contract import TableKind

_CODE = _c("code", "code", pgettext_lazy("column", "Code"), _("Code of the indicator in the library of the programme."))
_NAME = _c("name", "text", pgettext_lazy("column", "Indicator"), _("Name of the indicator."))
_UNIT = _c("unit", "text", pgettext_lazy("column", "Unit"), _("What is counted."))
_GOALS = (
    _c("baseline", "number", pgettext_lazy("column", "Baseline"), _("The value to start from.")),
    _c("milestone", "number", pgettext_lazy("column", "Milestone"), _("The value to reach by the next milestone.")),
    _c("target", "number", pgettext_lazy("column", "Target"), _("The value to reach in the end.")),
)
_PERIOD = (
    _c("women", "number", pgettext_lazy("column", "Women"), _("Women counted in the period.")),
    _c("men", "number", pgettext_lazy("column", "Men"), _("Men counted in the period.")),
    _c("non_binary", "number", pgettext_lazy("column", "Non-binary"), _("Non-binary persons counted in the period.")),
    _c("unknown", "number", pgettext_lazy("column", "Gender unknown"), _("Persons of unknown gender in the period.")),
    _c("total", "number", pgettext_lazy("column", "Total"), _("All counted in the period; what has no gender, too.")),
)
_TO_DATE = (
    _c("women_to_date", "number", pgettext_lazy("column", "Women, to date"), _("Women up to the last day.")),
    _c("men_to_date", "number", pgettext_lazy("column", "Men, to date"), _("Men up to the last day.")),
    _c(
        "non_binary_to_date",
        "number",
        pgettext_lazy("column", "Non-binary, to date"),
        _("Non-binary persons up to the last day."),
    ),
    _c(
        "unknown_to_date",
        "number",
        pgettext_lazy("column", "Gender unknown, to date"),
        _("Persons of unknown gender up to the last day."),
    ),
    _c("total_to_date", "number", pgettext_lazy("column", "Total, to date"), _("All counted up to the last day.")),
)
_SHARE = _c("share", "percent", pgettext_lazy("column", "Of the target"), _("Reached, as a share of the target."))
PARTS = {
    "age": (_("By age at entry"), pgettext_lazy("column", "Age")),
    "education": (_("By completed education"), pgettext_lazy("column", "Education")),
    "place": (_("By place of the school"), pgettext_lazy("column", "Place")),
    "region": (_("By category of region"), pgettext_lazy("column", "Category of region")),
}

PUBLIC = TableKind(
    "public_results",
    _("Published results"),
    (
        _c("project", "code", pgettext_lazy("column", "Number"), _("Number of the project; it never changes.")),
        _c("as_of", "day", pgettext_lazy("column", "Data of"), _("Up to this day everything is counted.")),
        _CODE,
        _NAME,
        _UNIT,
        _c("women", "number", pgettext_lazy("column", "Women"), _("Women up to the last day.")),
        _c("men", "number", pgettext_lazy("column", "Men"), _("Men up to the last day.")),
        _c("non_binary", "number", pgettext_lazy("column", "Non-binary"), _("Non-binary persons up to the last day.")),
        _c(
            "unknown",
            "number",
            pgettext_lazy("column", "Gender unknown"),
            _("Persons of unknown gender up to the last day."),
        ),
        _c("total", "number", pgettext_lazy("column", "Total"), _("All counted up to the last day.")),
        _c("target", "number", pgettext_lazy("column", "Target"), _("The value to reach in the end.")),
        _c(
            "target_on",
            "day",
            pgettext_lazy("column", "Target for"),
            _("The day by which the target is to be reached."),
        ),
    ),
    _("“:c” is a hidden small count."),
)
TABLES = (
    TableKind(
        "indicator_targets",
        _("Indicators and their targets"),
        (
            _CODE,
            _NAME,
            _UNIT,
            _c("source", "text", pgettext_lazy("column", "Counted from"), _("Where the value comes from.")),
            *_GOALS,
            _c("to_date", "number", pgettext_lazy("column", "Reached"), _("The whole up to the last day.")),
            _SHARE,
        ),
        _("Targets are those set for the subject of this report as a whole; targets of its parts are not summed."),
    ),
    TableKind(
        "counted_indicators",
        _("Indicators counted from records"),
        (_CODE, _NAME, _UNIT, *_PERIOD, *_TO_DATE),
        _(
            "A person counts once in each project: outputs on the day of entry, results on the day of leaving. The "
            "total is the sum of its parts."
        ),
    ),
    TableKind(
        "typed_indicators",
        _("Indicators of typed and approved values"),
        (_CODE, _NAME, _UNIT, *_PERIOD, *_TO_DATE),
        _("No record can give these values. They were typed, and approved by a second person."),
    ),
    *(
        TableKind(
            f"counted_by_{dimension}",
            title,
            (_CODE, _c("part", "text", head, _("Part of the whole; unknown is a part of its own.")), *_PERIOD,
             *_TO_DATE),
            _("Parts add up to the total of the indicator. Sensitive indicators are not split here."),
        )
        for dimension, (title, head) in PARTS.items()
    ),
    TableKind(
        "not_counted",
        _("Who is not counted, and why"),
        (
            _CODE,
            _c("reason", "text", pgettext_lazy("column", "Reason"), _("The first condition the records fail.")),
            _c("period", "count", pgettext_lazy("column", "In the period"), _("Records of the period.")),
            _c("to_date", "count", pgettext_lazy("column", "To date"), _("Records up to the last day of the period.")),
        ),
        _("Each record stands in one row of an indicator. Counted and not counted are all records of the period."),
    ),
    TableKind(
        "indicator_definitions",
        _("Definitions in force"),
        (
            _CODE,
            _c("version", "count", pgettext_lazy("column", "Version"), _("Version of the definition.")),
            _c("kind", "text", pgettext_lazy("column", "Kind"), _("Output or result.")),
            _c("over_time", "text", pgettext_lazy("column", "Rule over time"), _("How periods become one value.")),
            _c("who", "text", pgettext_lazy("column", "Who counts"), _("The conditions, all of which must hold.")),
        ),
        _("The definitions these figures were counted by; a later version changes nothing here."),
    ),
    TableKind(
        "estimated_indicators",
        _("Informed estimates"),
        (
            _CODE,
            _NAME,
            _c("project", "code", pgettext_lazy("column", "Project"), _("Number of the project.")),
            _c("from", "day", pgettext_lazy("column: start of a period", "From"), _("First day of the estimate.")),
            _c("to", "day", pgettext_lazy("column: end of a period", "To"), _("Last day of the estimate.")),
            _c("value", "count", pgettext_lazy("column", "Estimate"), _("Estimated number; in no count.")),
            _c("method", "text", pgettext_lazy("column", "Method"), _("How it was estimated.")),
            _c("basis", "text", pgettext_lazy("column", "Basis"), _("What it rests on.")),
            _c("estimated_on", "day", pgettext_lazy("column", "Estimated on"), _("Day of the estimate.")),
        ),
        _("Estimates stand apart: no count holds them, and they are not added up."),
    ),
    PUBLIC,
)  # fmt: skip
