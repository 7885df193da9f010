"""Every change to activities, groups, sessions, evidence and locked months. Each locks what it changes, checks the
right and leaves an audit row.

A missing right raises PermissionDenied (pages and API: 403), a rule that stands against raises Refused (API: 409) with
its message beside the name of the field where there is one.
"""

from activities.actions.periods import ask_to_open, decline, open_again, take_back
from activities.actions.plan import (
    FACTS,
    add_activity,
    add_group,
    change_activity,
    change_group,
    locked_activity,
    locked_group,
)
from activities.actions.reminders import remind_of_locks
from activities.actions.rights import PeriodLocked, require, require_open
from activities.actions.sessions import (
    DETAILS,
    Difference,
    Stale,
    Unplanned,
    attach_evidence,
    cancel_session,
    change_session,
    copy_week,
    hand_out_evidence,
    locked,
    plan_series,
    plan_session,
    refuse_stale,
    remove_evidence,
)
from activities.checks import Locks, closes_on, contract_days, locks_of, outside_contract, period_locked, today_in

__all__ = [
    "DETAILS",
    "FACTS",
    "Difference",
    "Locks",
    "PeriodLocked",
    "Stale",
    "Unplanned",
    "add_activity",
    "add_group",
    "ask_to_open",
    "attach_evidence",
    "cancel_session",
    "change_activity",
    "change_group",
    "change_session",
    "closes_on",
    "contract_days",
    "copy_week",
    "decline",
    "hand_out_evidence",
    "locked",
    "locked_activity",
    "locked_group",
    "locks_of",
    "open_again",
    "outside_contract",
    "period_locked",
    "plan_series",
    "plan_session",
    "refuse_stale",
    "remind_of_locks",
    "remove_evidence",
    "require",
    "require_open",
    "take_back",
    "today_in",
]
