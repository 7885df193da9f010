"""Published layouts of reports, for programs that ask for a report in one."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from core.access import Permission
from core.api.doors import Door, operation
from core.api.shapes import ListQuery, page_of
from reports.models import Layout
from reports.serializers import LayoutRow


class LayoutDoor(Door):
    @operation(
        _("List layouts of reports"),
        needs=Permission.REPORT_VIEW,
        query=ListQuery,
        answers={200: page_of(LayoutRow)},
        about=_("The published layouts of your programmes; name one by its key when you ask for a report."),
    )
    def list(self, request):
        return self.pages().of(self.visible(Layout.objects).published(), LayoutRow)
