"""Input of the money pages."""

from budgets.forms.amendments import (
    ApproveForm,
    BecauseForm,
    ContractTermsForm,
    LineTermsForm,
    OutputTermsForm,
    PartnerTermsForm,
    TargetTermsForm,
)
from budgets.forms.money import ContractForm, CorrectionForm, CostForm, add_refusal

__all__ = [
    "ApproveForm",
    "BecauseForm",
    "ContractForm",
    "ContractTermsForm",
    "CorrectionForm",
    "CostForm",
    "LineTermsForm",
    "OutputTermsForm",
    "PartnerTermsForm",
    "TargetTermsForm",
    "add_refusal",
]
