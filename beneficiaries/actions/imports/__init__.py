"""Spreadsheets in: staged, settled in four heaps, brought in by the same rules as the forms, and taken back."""

from beneficiaries.actions.imports.answers import marked, template
from beneficiaries.actions.imports.doing import (
    BY_SCHOOLS,
    Stopped,
    accept,
    correct,
    counts,
    problems,
    remembered,
    settle,
    stage,
)
from beneficiaries.actions.imports.drafts import (
    AT_ONCE,
    Answer,
    alive,
    ask,
    begin,
    begin_again,
    cancel,
    claim,
    discard,
    fail,
    forget_old,
    read_otherwise,
    set_columns,
    take_at_once,
    work,
)
from beneficiaries.actions.imports.ground import PERMISSIONS
from beneficiaries.actions.imports.later import Later, later_edits
from beneficiaries.actions.imports.modes import Mode, mode_of, modes_of, noted
from beneficiaries.actions.imports.sent import Sent, take_sent
from beneficiaries.actions.imports.undoing import may_undo, undo, use_in_report

__all__ = [
    "AT_ONCE",
    "BY_SCHOOLS",
    "PERMISSIONS",
    "Answer",
    "Later",
    "Mode",
    "Sent",
    "Stopped",
    "accept",
    "alive",
    "ask",
    "begin",
    "begin_again",
    "cancel",
    "claim",
    "correct",
    "counts",
    "discard",
    "fail",
    "forget_old",
    "later_edits",
    "marked",
    "may_undo",
    "mode_of",
    "modes_of",
    "noted",
    "problems",
    "read_otherwise",
    "remembered",
    "set_columns",
    "settle",
    "stage",
    "take_at_once",
    "take_sent",
    "template",
    "undo",
    "use_in_report",
    "work",
]
