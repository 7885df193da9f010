"""Who may do what: one table. Doors and templates ask for a permission, never for a role's name."""

from __future__ import annotations

from enum import StrEnum

from django.core.exceptions import ValidationError

from core.models.people import ApiToken, Role


class Refused(ValidationError):
    """An action that may not happen now; its messages tell the person why. The API answers 409."""


class Permission(StrEnum):
    PROJECT_VIEW = "project.view"
    PROJECT_EDIT = "project.edit"
    SESSION_VIEW = "session.view"
    SESSION_EDIT = "session.edit"
    PARTICIPANT_VIEW = "participant.view"
    PARTICIPANT_NAMES = "participant.names"
    PARTICIPANT_EDIT = "participant.edit"
    PARTICIPANT_SENSITIVE = "participant.sensitive"  # answers to ESF+ Annex I point 1.2 (GDPR Art. 9)
    PARTICIPANT_MERGE = "participant.merge"  # say that two records are one person, or that they are not
    PARTICIPANT_ERASE = "participant.erase"
    EVIDENCE_VIEW = "evidence.view"
    EVIDENCE_ADD = "evidence.add"
    BUDGET_VIEW = "budget.view"
    BUDGET_EDIT = "budget.edit"
    AMENDMENT_VIEW = "amendment.view"
    AMENDMENT_EDIT = "amendment.edit"  # begin, change, send and withdraw a wish to change the contract
    AMENDMENT_DECIDE = "amendment.decide"
    CLAIM_VIEW = "claim.view"
    CLAIM_EDIT = "claim.edit"  # prepare and send payment claims
    CLAIM_CHECK = "claim.check"  # decide on them
    ACCOUNT_VIEW = "account.view"  # payment applications, corrections and irregularities; never the beneficiary
    ACCOUNT_EDIT = "account.edit"  # record payments and recoveries, correct, certify
    REPORT_VIEW = "report.view"
    REPORT_MAKE = "report.make"
    FILING_VIEW = "filing.view"  # the reports a project owes the office
    FILING_EDIT = "filing.edit"  # write and submit them
    FILING_DECIDE = "filing.decide"  # lay out their schedule, return, approve or skip them
    TRAIL_VIEW = "trail.view"
    VISIT_INTERNAL = "visit.internal"  # of on-the-spot visits what no beneficiary sees: unannounced ones, notes
    MEMBERS_EDIT = "members.edit"
    QUESTION_VIEW = "question.view"
    QUESTION_ASK = "question.ask"
    QUESTION_ANSWER = "question.answer"
    INDICATOR_EDIT = "indicator.edit"  # keep the library and its targets, decide on typed values
    LAYOUT_EDIT = "layout.edit"  # make the programme's own layouts of reports
    INDICATOR_TYPE = "indicator.type"  # type values that no record can give
    WEBHOOK_EDIT = "webhook.edit"  # have other systems told of what one may see oneself


P = Permission

GRANTS: dict[str, frozenset[Permission]] = {
    Role.ADMINISTRATOR: frozenset(Permission),
    Role.OFFICER: frozenset(
        {
            P.PROJECT_VIEW, P.PROJECT_EDIT, P.SESSION_VIEW, P.PARTICIPANT_VIEW, P.PARTICIPANT_NAMES,
            P.PARTICIPANT_MERGE, P.EVIDENCE_VIEW, P.BUDGET_VIEW, P.BUDGET_EDIT, P.REPORT_VIEW, P.REPORT_MAKE,
            P.TRAIL_VIEW, P.AMENDMENT_VIEW, P.AMENDMENT_EDIT, P.AMENDMENT_DECIDE, P.CLAIM_VIEW, P.CLAIM_CHECK,
            P.VISIT_INTERNAL, P.ACCOUNT_VIEW, P.ACCOUNT_EDIT, P.QUESTION_VIEW, P.QUESTION_ASK, P.PARTICIPANT_ERASE,
            P.FILING_VIEW, P.FILING_DECIDE, P.INDICATOR_EDIT, P.LAYOUT_EDIT, P.WEBHOOK_EDIT,
        }
    ),
    Role.COORDINATOR: frozenset(
        {
            P.PROJECT_VIEW, P.SESSION_VIEW, P.SESSION_EDIT, P.PARTICIPANT_VIEW, P.PARTICIPANT_NAMES,
            P.PARTICIPANT_EDIT, P.PARTICIPANT_MERGE, P.PARTICIPANT_SENSITIVE, P.EVIDENCE_VIEW, P.EVIDENCE_ADD,
            P.QUESTION_VIEW, P.QUESTION_ANSWER, P.CLAIM_VIEW, P.CLAIM_EDIT, P.FILING_VIEW, P.FILING_EDIT,
            P.INDICATOR_TYPE, P.WEBHOOK_EDIT,
        }
    ),
    Role.PARTNER_FINANCE: frozenset(
        {
            P.PROJECT_VIEW, P.EVIDENCE_VIEW, P.BUDGET_VIEW, P.BUDGET_EDIT, P.REPORT_VIEW, P.AMENDMENT_VIEW,
            P.AMENDMENT_EDIT, P.CLAIM_VIEW, P.CLAIM_EDIT, P.FILING_VIEW, P.WEBHOOK_EDIT,
        }
    ),
    Role.AUDITOR: frozenset(
        {
            P.PROJECT_VIEW, P.SESSION_VIEW, P.PARTICIPANT_VIEW, P.PARTICIPANT_NAMES, P.EVIDENCE_VIEW,
            P.BUDGET_VIEW, P.REPORT_VIEW, P.TRAIL_VIEW, P.QUESTION_VIEW, P.AMENDMENT_VIEW, P.CLAIM_VIEW,
            P.VISIT_INTERNAL, P.ACCOUNT_VIEW, P.FILING_VIEW, P.WEBHOOK_EDIT,
        }
    ),
    Role.API_CLIENT: frozenset(
        {
            P.PROJECT_VIEW, P.SESSION_VIEW, P.SESSION_EDIT, P.PARTICIPANT_VIEW, P.PARTICIPANT_EDIT,
            P.EVIDENCE_VIEW, P.BUDGET_VIEW, P.REPORT_VIEW, P.REPORT_MAKE, P.AMENDMENT_VIEW,
            P.FILING_VIEW, P.WEBHOOK_EDIT,
        }
    ),
}  # fmt: skip

SCOPES: dict[str, frozenset[Permission]] = {  # what a token's scope lets through of its user's rights
    ApiToken.Scope.READ: frozenset(
        {
            P.PROJECT_VIEW,
            P.SESSION_VIEW,
            P.EVIDENCE_VIEW,
            P.BUDGET_VIEW,
            P.AMENDMENT_VIEW,
            P.CLAIM_VIEW,
            P.ACCOUNT_VIEW,
        }
    ),
    ApiToken.Scope.PARTICIPANTS: frozenset({P.PROJECT_VIEW, P.PARTICIPANT_VIEW, P.PARTICIPANT_EDIT}),
    ApiToken.Scope.ATTENDANCE: frozenset(
        {P.PROJECT_VIEW, P.SESSION_VIEW, P.SESSION_EDIT, P.PARTICIPANT_VIEW, P.EVIDENCE_ADD}
    ),
    ApiToken.Scope.REPORTS: frozenset(
        {
            P.PROJECT_VIEW, P.REPORT_VIEW, P.REPORT_MAKE, P.FILING_VIEW, P.FILING_EDIT, P.FILING_DECIDE,
            P.INDICATOR_TYPE, P.INDICATOR_EDIT, P.LAYOUT_EDIT,
        }
    ),
    ApiToken.Scope.MONEY: frozenset(
        {
            P.PROJECT_VIEW,
            P.BUDGET_VIEW,
            P.BUDGET_EDIT,
            P.AMENDMENT_VIEW,
            P.AMENDMENT_EDIT,
            P.CLAIM_VIEW,
            P.CLAIM_EDIT,
            P.ACCOUNT_VIEW,
            P.CLAIM_CHECK,
            P.QUESTION_ASK,
        }
    ),
    ApiToken.Scope.WEBHOOKS: frozenset({P.PROJECT_VIEW, P.WEBHOOK_EDIT}),
    ApiToken.Scope.PROJECTS: frozenset(
        {P.PROJECT_VIEW, P.PROJECT_EDIT, P.QUESTION_VIEW, P.QUESTION_ASK, P.QUESTION_ANSWER}
    ),
    ApiToken.Scope.TRAIL: frozenset({P.PROJECT_VIEW, P.TRAIL_VIEW}),
}  # fmt: skip


def roles_with(permission: Permission, user) -> list[str]:
    """The roles through which `user` could have `permission`; none when the token in use does not let it through."""
    scopes = user.token_scopes
    if scopes is not None and not any(permission in SCOPES[scope] for scope in scopes):
        return []
    return [role for role, granted in GRANTS.items() if permission in granted]
