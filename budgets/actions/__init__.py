"""Every change to money: contract versions and their amendments, reported costs, claims made and checked,
paid, corrected and certified."""

from budgets.actions.amendment_papers import attach_document, hand_out_document, take_out_document
from budgets.actions.amendments import (
    Moved,
    approve_amendment,
    begin_amendment,
    carry_over,
    change_amendment,
    renew_amendment,
    send_amendment,
    turn_amendment,
    withdraw_amendment,
)
from budgets.actions.applications import choose_claims, discard_application, draft_application, send_application
from budgets.actions.cancelling import cancel_payment
from budgets.actions.checklists import answer_checklist, unanswered
from budgets.actions.claim_costs import Counted, claim_lump, claim_units, drop_draft, enter_cost, keep_draft
from budgets.actions.claims import (
    ChangedMeanwhile,
    attach_paper,
    change_claim,
    choose_costs,
    fill_claim,
    send_claim,
    start_claim,
)
from budgets.actions.contracts import add_contract_version
from budgets.actions.corrections import correct_claim, turn_correction
from budgets.actions.cost_sheets import Entered, enter_costs, may_take_back, take_back_costs
from budgets.actions.costs import correct_cost, report_cost
from budgets.actions.deliverables import (
    assess,
    change_deliverable,
    deliver,
    drop_deliverable,
    hand_out_proof,
    judge_deliverable,
    plan_deliverable,
)
from budgets.actions.letters import hand_out_letter, letter_ahead, make_letter
from budgets.actions.papers import hand_out_paper, look_at_paper
from budgets.actions.payments import pay, plan_of, recover
from budgets.actions.procurements import change_procurement, enter_procurement, hand_out_contract
from budgets.actions.rates import load_rates
from budgets.actions.sampling import draw_sample
from budgets.actions.verification import (
    DecidedMeanwhile,
    accept_lines,
    ask_school,
    confirm,
    decide,
    may_not_confirm,
    propose,
    reject_claim,
    reopen,
    return_claim,
    send_back,
    take_up,
)
from budgets.actions.visits import (
    add_finding,
    answer_finding,
    cancel_visit,
    close_finding,
    close_visit,
    hand_out_visit_paper,
    plan_visit,
    record_visit,
)
from budgets.checks.parts import parts_of, parts_on

__all__ = [
    "ChangedMeanwhile",
    "Counted",
    "DecidedMeanwhile",
    "Entered",
    "Moved",
    "accept_lines",
    "add_contract_version",
    "add_finding",
    "answer_checklist",
    "answer_finding",
    "approve_amendment",
    "ask_school",
    "assess",
    "attach_document",
    "attach_paper",
    "begin_amendment",
    "cancel_payment",
    "cancel_visit",
    "carry_over",
    "change_amendment",
    "change_claim",
    "change_deliverable",
    "change_procurement",
    "choose_claims",
    "choose_costs",
    "claim_lump",
    "claim_units",
    "close_finding",
    "close_visit",
    "confirm",
    "correct_claim",
    "correct_cost",
    "decide",
    "deliver",
    "discard_application",
    "draft_application",
    "draw_sample",
    "drop_deliverable",
    "drop_draft",
    "enter_cost",
    "enter_costs",
    "enter_procurement",
    "fill_claim",
    "hand_out_contract",
    "hand_out_document",
    "hand_out_letter",
    "hand_out_paper",
    "hand_out_proof",
    "hand_out_visit_paper",
    "judge_deliverable",
    "keep_draft",
    "letter_ahead",
    "load_rates",
    "look_at_paper",
    "make_letter",
    "may_not_confirm",
    "may_take_back",
    "parts_of",
    "parts_on",
    "pay",
    "plan_deliverable",
    "plan_of",
    "plan_visit",
    "propose",
    "record_visit",
    "recover",
    "reject_claim",
    "renew_amendment",
    "reopen",
    "report_cost",
    "return_claim",
    "send_amendment",
    "send_application",
    "send_back",
    "send_claim",
    "start_claim",
    "take_back_costs",
    "take_out_document",
    "take_up",
    "turn_amendment",
    "turn_correction",
    "unanswered",
    "withdraw_amendment",
]
