"""Feeds of changes about money, for programs."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from budgets.models import Amendment, Claim, Deliverable, ReportedCost, Visit
from budgets.serializers.claims import ClaimRow, DeliverableRow
from budgets.serializers.costs import AmendmentRow, CostRow
from budgets.serializers.visits import VisitRow
from core.access import Permission
from projects.api import feed_door
from projects.models import Change

CostFeedDoor = feed_door(
    Change.Collection.COSTS, ReportedCost.objects, CostRow, Permission.BUDGET_VIEW,
    summary=_("Follow reported costs"), about=_("All costs, then each that is reported or taken back."),
)  # fmt: skip
AmendmentFeedDoor = feed_door(
    Change.Collection.AMENDMENTS, Amendment.objects, AmendmentRow, Permission.AMENDMENT_VIEW,
    summary=_("Follow amendments"), about=_("All amendments, then each that is begun, changed or decided."),
)  # fmt: skip
ClaimFeedDoor = feed_door(
    Change.Collection.CLAIMS, Claim.objects, ClaimRow, Permission.CLAIM_VIEW,
    summary=_("Follow payment claims"), about=_("All claims, then each that changes its facts or its state."),
    also=(Permission.CLAIM_EDIT,),
)  # fmt: skip
DeliverableFeedDoor = feed_door(
    Change.Collection.DELIVERABLES, Deliverable.objects, DeliverableRow, Permission.CLAIM_VIEW,
    summary=_("Follow deliverables"), about=_("All deliverables, then each that is planned, delivered or decided."),
)  # fmt: skip
VisitFeedDoor = feed_door(
    Change.Collection.VISITS, Visit.objects, VisitRow, Permission.CLAIM_VIEW,
    summary=_("Follow on-the-spot visits"), about=_("All visits, then each that is planned, changed or recorded."),
    also=(Permission.VISIT_INTERNAL,),
)  # fmt: skip
