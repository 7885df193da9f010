"""Every change to participants and attendance. Each locks what it changes, checks the right and leaves an audit row.

A missing right raises PermissionDenied (pages and API: 403), a rule that stands against raises Refused (API: 409) with
its message beside the name of the field where there is one. Names, birth days and sensitive answers never go into the
audit trail: it speaks of participants by their code.
"""

from beneficiaries.actions.attendance import (
    Closed,
    MarkConflict,
    MarkedMeanwhile,
    Summary,
    elsewhere,
    in_two_places,
    mark_all_present,
    mark_attendance,
    on_sheet,
    with_counts,
)
from beneficiaries.actions.consents import give_consent, hand_out_consent, notices, withdraw_consent
from beneficiaries.actions.duplicates import (
    LIKELY,
    Pair,
    PossibleDuplicate,
    likeness,
    pairs_to_decide,
    possible_duplicates,
)
from beneficiaries.actions.erasure import (
    due_for_erasure,
    end_hold,
    erase_due,
    erase_person,
    holds_on,
    keep_until,
    put_hold,
)
from beneficiaries.actions.exports import drop_expired_exports, hold_off
from beneficiaries.actions.followups import (
    FOLLOW_UP_TERM,
    answer_follow_up,
    follow_up_of,
    make_link,
    response,
    six_months_after,
)
from beneficiaries.actions.looking import matching, open_record, show_names, show_sensitive
from beneficiaries.actions.merging import merge_people, not_same, undo_merge
from beneficiaries.actions.moving import move_school, other_schools
from beneficiaries.actions.names import fold, name_keys, search_key
from beneficiaries.actions.participants import (
    RESULT_TERM,
    add_participant,
    add_results,
    change_participation,
    come_back,
    current_data,
    due_results,
    join_group,
    leave,
    leave_group,
)
from beneficiaries.actions.receipts import forget_receipts
from beneficiaries.actions.support import (
    add_measure,
    close_plan,
    hold_review,
    open_plan,
    plan_review,
    show_support,
)
from beneficiaries.checks import lacking, missing

__all__ = [
    "FOLLOW_UP_TERM",
    "LIKELY",
    "RESULT_TERM",
    "Closed",
    "MarkConflict",
    "MarkedMeanwhile",
    "Pair",
    "PossibleDuplicate",
    "Summary",
    "add_measure",
    "add_participant",
    "add_results",
    "answer_follow_up",
    "change_participation",
    "close_plan",
    "come_back",
    "current_data",
    "drop_expired_exports",
    "due_for_erasure",
    "due_results",
    "elsewhere",
    "end_hold",
    "erase_due",
    "erase_person",
    "fold",
    "follow_up_of",
    "forget_receipts",
    "give_consent",
    "hand_out_consent",
    "hold_off",
    "hold_review",
    "holds_on",
    "in_two_places",
    "join_group",
    "keep_until",
    "lacking",
    "leave",
    "leave_group",
    "likeness",
    "make_link",
    "mark_all_present",
    "mark_attendance",
    "matching",
    "merge_people",
    "missing",
    "move_school",
    "name_keys",
    "not_same",
    "notices",
    "on_sheet",
    "open_plan",
    "open_record",
    "other_schools",
    "pairs_to_decide",
    "plan_review",
    "possible_duplicates",
    "put_hold",
    "response",
    "search_key",
    "show_names",
    "show_sensitive",
    "show_support",
    "six_months_after",
    "undo_merge",
    "with_counts",
    "withdraw_consent",
]
