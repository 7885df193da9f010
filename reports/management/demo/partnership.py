"""One Erasmus+ cooperation partnership that never was: five work packages, a lump sum, schools of three countries."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from activities.models import Activity
from budgets.models import BudgetLine
from core import audit
from core.models import Organisation
from core.money import NOTHING
from projects.models import ContractVersion, Objective, Partner, Programme, Project, TypeOfAction
from reports.management.demo.cast import SAMPLE
from reports.management.demo.facts import KEY_ACTION
from reports.management.demo.promised import make_call

GRANT = Decimal("250000.00")  # one of the three lump sums of action KA220
SCHOOLS = [
    ("BG", {"bg": "Средно училище „Стъклен компас“", "en": "Secondary school “Glass Compass”"}),
    ("LV", {"lv": "Stikla jūras vidusskola", "en": "Sea of Glass Secondary School"}),
    ("RO", {"ro": "Liceul „Insula de Hârtie”", "en": "Paper Island Secondary School"}),
]
PACKAGES = [  # title, share, first and last day, position of the school in charge; management takes at most 20 %
    ({"bg": "Управление на проекта", "en": "Project management"}, "50000.00", "2025-11-01", "2028-10-31", 0),
    ({"bg": "Картографиране на пречките", "en": "Mapping the barriers"}, "45000.00", "2025-11-01", "2026-06-30", 1),
    ({"bg": "Клубове „Компас“", "en": "Compass clubs"}, "75000.00", "2025-11-01", "2028-10-31", 0),
    ({"bg": "Наръчник за учители", "en": "Handbook for teachers"}, "48000.00", "2026-09-01", "2028-08-31", 2),
    ({"bg": "Разпространение", "en": "Sharing the results"}, "32000.00", "2026-03-01", "2028-10-31", 1),
]


def load_sample(at: datetime) -> Project | None:
    """Make the sample partnership, all of it marked; None when it is there already."""
    if Project.objects.filter(number=SAMPLE).exists():
        return None
    programme = Programme.objects.get(code=KEY_ACTION)
    schools = [
        Organisation.objects.create(name=name, kind=Organisation.Kind.SCHOOL, country=country, synthetic=True)
        for country, name in SCHOOLS
    ]
    agency = Organisation.objects.create(
        name={"bg": "Примерна национална агенция", "en": "Sample national agency"},
        kind=Organisation.Kind.MINISTRY,
        country="BG",
        synthetic=True,
    )
    project = Project.objects.create(
        number=SAMPLE,
        programme=programme,
        call=make_call(),
        type_of_action=TypeOfAction.objects.get(programme=programme, name__bg="партньорства за сътрудничество"),
        granting_authority=agency,
        beneficiary=schools[0],
        title={
            "bg": "Компас за всеки клас (пример)",
            "en": "A compass for every class (sample)",
        },
        summary={
            "bg": "Измислено партньорство за сътрудничество с работни пакети и еднократна сума.",
            "en": "An invented cooperation partnership that shows how work packages and a lump sum look.",
        },
        state=Project.State.IN_PROGRESS,
        published=True,
        updated_at=at,
        source="Invented. No grant has this number.",
        synthetic=True,
    )
    contract = ContractVersion.objects.create(
        project=project,
        number=f"{SAMPLE}-1",
        version=1,
        signed_on=date(2025, 10, 15),
        in_force_from=date(2025, 10, 15),
        starts_on=date(2025, 11, 1),
        ends_on=date(2028, 10, 31),
        total=GRANT,
        eu_part=GRANT,
        national_part=NOTHING,
        own_part=NOTHING,
        instalments="40/40/20",
        report_days=60,
        interim_months=6,
        interim_days=30,
    )
    Objective.objects.create(
        project=project,
        position=1,
        text={
            "bg": "Учениците от три държави да учат заедно, без никой да остане встрани",
            "en": "Pupils of three countries learn together and nobody is left aside",
        },
    )
    roles = [Partner.Role.SCHOOL, Partner.Role.PARTNER, Partner.Role.PARTNER]
    for school, role in zip(schools, roles, strict=True):
        Partner.objects.create(project=project, organisation=school, role=role, synthetic=True)
    for position, (title, share, first, last, lead) in enumerate(PACKAGES, start=1):
        package = Activity.objects.create(
            project=project,
            position=position,
            number=f"WP{position}",
            title=title,
            starts_on=date.fromisoformat(first),
            ends_on=date.fromisoformat(last),
            responsible=schools[lead],
            management=position == 1,
            synthetic=True,
        )
        BudgetLine.objects.create(
            contract=contract,
            activity=package,
            partner=schools[lead],
            code=package.number,
            name=title,
            form=BudgetLine.Form.LUMP,
            total=Decimal(share),
            eu_part=Decimal(share),
            national_part=NOTHING,
            own_part=NOTHING,
            synthetic=True,
        )
    audit.record("demo.project", project, by=None, at=at, project=SAMPLE, note=project.source)
    return project
