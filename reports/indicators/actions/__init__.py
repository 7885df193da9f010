"""Every change of the library, of typed values, estimates, school figures and stored snapshots."""

from reports.indicators.actions.allocations import add_allocation, change_allocation, remove_allocation
from reports.indicators.actions.issues import issue
from reports.indicators.actions.library import add_common, add_indicator, change_definition, end_indicator, set_target
from reports.indicators.actions.recount import explain, keep, recount
from reports.indicators.actions.schools import load_school_figures, set_school_figure, set_school_figures
from reports.indicators.actions.values import correct_value, decide_value, estimate, fill_value, send_value, type_value

__all__ = [
    "add_allocation",
    "add_common",
    "add_indicator",
    "change_allocation",
    "change_definition",
    "correct_value",
    "decide_value",
    "end_indicator",
    "estimate",
    "explain",
    "fill_value",
    "issue",
    "keep",
    "load_school_figures",
    "recount",
    "remove_allocation",
    "send_value",
    "set_school_figure",
    "set_school_figures",
    "set_target",
    "type_value",
]
