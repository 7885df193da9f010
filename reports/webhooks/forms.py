"""Input of the pages of webhooks."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django import forms
from django.utils.timezone import make_aware
from django.utils.translation import gettext_lazy as _

from core.forms import DayField, offer
from projects.models import Project
from reports.webhooks import calling, events
from reports.webhooks.models import Webhook


class WebhookForm(forms.Form):
    """What a person may have told to another system; `webhook`: the one that is changed."""

    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("What is called, such as “School register, 5th school”.")
    )
    url = forms.CharField(
        label=_("Address"),
        max_length=calling.LONGEST,
        help_text=_("Where messages go, such as https://register.example.org/portal. Without a name and a password."),
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
    )
    project = forms.CharField(
        label=_("Only this project"),
        required=False,
        max_length=60,
        help_text=_("The number of a project; leave it empty for all you may see."),
    )
    events = forms.MultipleChoiceField(
        label=_("What it is told of"), widget=forms.CheckboxSelectMultiple, choices=[]
    )  # fmt: skip

    def __init__(self, data: Any, *, user, webhook: Webhook | None = None):
        initial = {"name": webhook.name, "url": webhook.url, "events": webhook.events} if webhook else {}
        super().__init__(data, initial=initial)
        self.user = user
        mine = {*events.open_to(user), *initial.get("events", [])}
        offer(self, events=[(name, label) for name, label in events.choices() if name in mine])
        if webhook is not None:
            del self.fields["project"]

    def clean_url(self) -> str:
        try:
            calling.read(self.cleaned_data["url"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None
        return self.cleaned_data["url"]

    def clean_project(self) -> Project | None:
        number = self.cleaned_data["project"].strip()
        if not number:
            return None
        found = Project.objects.visible_to(self.user).filter(number=number).first()
        if found is None:
            raise forms.ValidationError(_("You have no project with this number."))
        return found

    def told(self) -> dict[str, Any]:
        """As the actions take it."""
        return {("names" if name == "events" else name): value for name, value in self.cleaned_data.items()}


class AgainForm(forms.Form):
    since = DayField(label=_("From this day on"))

    def moment(self) -> datetime:
        return make_aware(datetime.combine(self.cleaned_data["since"], time.min))
