"""Money: what a contract version grants, how it is amended, what was reported against it, claimed, found eligible."""

from budgets.models.amendments import Amendment, VersionTerms
from budgets.models.applications import ApplicationEntry, PaymentApplication, accounting_year
from budgets.models.checklists import Checklist, ChecklistAnswer, ChecklistQuestion, ClaimChecklist
from budgets.models.claims import Claim, ClaimLine, ClaimMove, ClaimQuestions, Clock, run_clock
from budgets.models.computed import Computation
from budgets.models.corrections import Correction
from budgets.models.costs import Payment, ReportedCost
from budgets.models.deliverables import Assessment, Deliverable, DeliverableMove, LumpRule, ScoreBand
from budgets.models.exchange import ClaimRate, Exchange, Rate
from budgets.models.letters import ClaimLetter, LetterText
from budgets.models.lines import BudgetLine
from budgets.models.looks import PaperLook
from budgets.models.papers import AmendmentPaper
from budgets.models.procurement import CostDraft, Procurement
from budgets.models.rules import CallForm, Flat, Form, Nature
from budgets.models.samples import ClaimSample, Risk, SampledLine, SampleRule
from budgets.models.verification import LineDecision, LineFact
from budgets.models.visits import Finding, FindingStep, Visit, VisitAnswer

__all__ = [
    "Amendment",
    "AmendmentPaper",
    "ApplicationEntry",
    "Assessment",
    "BudgetLine",
    "CallForm",
    "Checklist",
    "ChecklistAnswer",
    "ChecklistQuestion",
    "Claim",
    "ClaimChecklist",
    "ClaimLetter",
    "ClaimLine",
    "ClaimMove",
    "ClaimQuestions",
    "ClaimRate",
    "ClaimSample",
    "Clock",
    "Computation",
    "Correction",
    "CostDraft",
    "Deliverable",
    "DeliverableMove",
    "Exchange",
    "Finding",
    "FindingStep",
    "Flat",
    "Form",
    "LetterText",
    "LineDecision",
    "LineFact",
    "LumpRule",
    "Nature",
    "PaperLook",
    "Payment",
    "PaymentApplication",
    "Procurement",
    "Rate",
    "ReportedCost",
    "Risk",
    "SampleRule",
    "SampledLine",
    "ScoreBand",
    "VersionTerms",
    "Visit",
    "VisitAnswer",
    "accounting_year",
    "run_clock",
]
