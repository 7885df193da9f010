"""The back office: facts are read, reference data are changed with a trace, nothing is deleted."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import reverse

from budgets.models import ReportedCost
from core.models import AuditEvent, AuditSeal, User
from projects.models import ContractVersion, Membership, Programme
from reports.models import Report
from tests import factories


@pytest.fixture
def office(client, db):
    person = User.objects.create_superuser("support@example.org", "a-long-password", name="Support")
    client.force_login(person)
    return client


def test_the_back_office_is_entered_by_the_portals_own_sign_in(client, db):
    answer = client.get(reverse("admin:login"))
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_login"))


def test_roles_of_the_portal_do_not_open_it(client, people):
    for who in ("admin", "officer", "auditor", "coordinator"):
        client.force_login(people[who])
        assert client.get(reverse("admin:index")).status_code == 302


def test_every_list_opens(office, project, people):
    factories.ReportedCostFactory(line=factories.BudgetLineFactory(contract=project.contracts.get()))
    for model in admin.site._registry:
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        assert office.get(url).status_code == 200, model


@pytest.mark.parametrize("model", [AuditEvent, AuditSeal, ReportedCost, Membership, Report])
def test_facts_are_read_only(model, rf, db):
    request = rf.get("/")
    request.user = User(is_superuser=True, is_staff=True)
    page = admin.site._registry[model]
    assert not page.has_add_permission(request)
    assert not page.has_change_permission(request)
    assert not page.has_delete_permission(request)


def test_nothing_of_ours_is_deleted(rf, db):
    request = rf.get("/")
    request.user = User(is_superuser=True, is_staff=True)
    own = [
        page
        for model, page in admin.site._registry.items()
        if model._meta.app_label in ("core", "projects", "budgets", "reports")
    ]
    assert own
    assert not any(page.has_delete_permission(request) for page in own)


def test_a_change_leaves_its_audit_row(office, programme):
    url = reverse("admin:projects_programme_change", args=[programme.pk])
    filled = {
        name: value for name, value in office.get(url).context["adminform"].form.initial.items() if value is not None
    }
    filled |= {"name": '{"en": "Education"}', "description": "{}", "period": "2021-2027"}
    filled = {name: value for name, value in filled.items() if value is not False}
    answer = office.post(url, filled)
    assert answer.status_code == 302, answer.context and answer.context["errors"]
    assert Programme.objects.get(pk=programme.pk).period == "2021-2027"
    event = AuditEvent.objects.get(action="office.changed")
    assert (event.by_name, event.before["period"], event.after["period"]) == ("Support", "", "2021-2027")


def test_contracts_are_not_changed_beside_their_project(office, project):
    page = office.get(reverse("admin:projects_project_change", args=[project.pk])).content.decode()
    assert project.contracts.get().number in page
    assert 'name="contracts-0-total"' not in page
    assert ContractVersion not in admin.site._registry


def test_rights_do_not_come_from_groups():
    assert Group not in admin.site._registry
