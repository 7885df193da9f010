"""Input of the money pages."""

from budgets.forms.accounts import CancelPaymentForm, CorrectClaimForm, DraftForm, PaymentForm, TurnForm
from budgets.forms.amendments import (
    ApproveForm,
    BecauseForm,
    ContractTermsForm,
    LineTermsForm,
    OutputTermsForm,
    PartnerTermsForm,
    TargetTermsForm,
)
from budgets.forms.checklists import ChecklistForm, SampleForm
from budgets.forms.claim_costs import ClaimCostForm, ProcurementForm
from budgets.forms.claims import (
    ClaimForm,
    ClaimQuestionsForm,
    DecisionForm,
    DeclarationsForm,
    MoveForm,
    PaperForm,
    PeriodForm,
    ResultsForm,
    SendForm,
)
from budgets.forms.deliverables import DeliverableForm, DeliverForm, JudgeForm, ScoreForm
from budgets.forms.filters import ClaimFilterForm
from budgets.forms.lists import ListFilterForm, listed, one_of
from budgets.forms.money import ContractForm, CorrectionForm, CostForm, add_refusal
from budgets.forms.visits import AnswerFindingForm, FindingForm, VisitForm, VisitRecordForm, WordsForm

__all__ = [
    "AnswerFindingForm",
    "ApproveForm",
    "BecauseForm",
    "CancelPaymentForm",
    "ChecklistForm",
    "ClaimCostForm",
    "ClaimFilterForm",
    "ClaimForm",
    "ClaimQuestionsForm",
    "ContractForm",
    "ContractTermsForm",
    "CorrectClaimForm",
    "CorrectionForm",
    "CostForm",
    "DecisionForm",
    "DeclarationsForm",
    "DeliverForm",
    "DeliverableForm",
    "DraftForm",
    "FindingForm",
    "JudgeForm",
    "LineTermsForm",
    "ListFilterForm",
    "MoveForm",
    "OutputTermsForm",
    "PaperForm",
    "PartnerTermsForm",
    "PaymentForm",
    "PeriodForm",
    "ProcurementForm",
    "ResultsForm",
    "SampleForm",
    "ScoreForm",
    "SendForm",
    "TargetTermsForm",
    "TurnForm",
    "VisitForm",
    "VisitRecordForm",
    "WordsForm",
    "add_refusal",
    "listed",
    "one_of",
]
