"""Contract versions, for programs: what each said, and what differs from another one."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from rest_framework.response import Response

from activities.actions import today_in
from budgets.models import Amendment, VersionTerms
from budgets.serializers.costs import ChangeRow, Document
from budgets.serializers.versions import VersionDetail, VersionQuery
from budgets.snapshot.terms import PARTS, Tree, differences, in_order, terms_of
from core.access import Permission
from core.api.doors import Door, operation
from core.api.shapes import ListQuery, page_of, rows_of
from projects.models import ContractVersion, Project
from projects.serializers import ContractRow


class VersionDoor(Door):
    @operation(
        _("List the contract versions of a project"),
        needs=Permission.PROJECT_VIEW,
        query=ListQuery,
        answers={200: page_of(ContractRow)},
        about=_("The signed contract and its annexes, the first one first."),
    )
    def list(self, request, number):
        project = self.fetch(Project.objects, number=number)
        return self.pages("version").of(ContractVersion.objects.filter(project=project), ContractRow)

    @operation(
        _("Read a contract version"),
        needs=Permission.AMENDMENT_VIEW,
        query=VersionQuery,
        answers={200: VersionDetail},
        about=_(
            "As it was approved: its terms, budget lines, targets and partners, the documents of the amendment that "
            "made it, and what differs from the version before or from the one asked for."
        ),
    )
    def retrieve(self, request, number, version):
        project = self.fetch(Project.objects.select_related("programme"), number=number)
        there = {each.version: each for each in project.contracts.order_by("version")}
        one, other = there.get(version), there.get(self.asked.get("with", version - 1))
        if one is None or ("with" in self.asked and other is None):
            raise Http404
        tree = terms_of(one)
        made_by = Amendment.objects.visible_to(request.user).filter(result=one).first()
        kept = VersionTerms.objects.filter(contract=one).first()
        papers = made_by.papers.there().select_related("file") if made_by else []
        (row,) = rows_of(ContractRow, ContractVersion.objects.filter(pk=one.pk))
        return Response(
            row
            | {
                "in_force": one == project.contract_on(today_in(project, now())),
                "kept_at": kept and kept.kept_at,
                "amendment": made_by and made_by.key,
                "papers": Document(papers, many=True).data,
                "terms": _terms(tree),
                "compared_with": other and other.version,
                "changes": ChangeRow(differences(terms_of(other), tree) if other else [], many=True).data,
            }
        )


def _terms(tree: Tree) -> list[dict[str, Any]]:
    return [
        {"part": part, "row": ref, "values": tree[part][ref]}
        for part in PARTS
        for ref in in_order(tree.get(part, {}))
    ]  # fmt: skip
