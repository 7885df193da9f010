"""What coordinators do around single participants: records that look alike, consents, follow-up, support plans."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from beneficiaries.actions import FOLLOW_UP_TERM, name_keys, six_months_after
from beneficiaries.models import (
    Consent,
    FollowUp,
    Identity,
    Notice,
    Participation,
    Result,
    SupportMeasure,
    SupportPlan,
    SupportReview,
)
from projects.models import Project
from reports.management.demo.facts import COMMUNITY, NETWORK, TOGETHER

TWINS = {  # the name of a member of the first group, as somebody wrote it once more for another child of the school
    TOGETHER: ("Калина", "Синигерова", "Kalina", "Sinigerova"),
    COMMUNITY: ("Jūlija", "Rasiņa", "Юлия", "Расиня"),
}

ASKS_CONSENT = (NETWORK,)  # a foundation has no law to count by
NOTICE = {
    "en": "The school and the funder of this project keep data about you to show whom the project helped. They are "
    "used for nothing else, are counted together with those of others, and the name is erased when the time for checks "
    "is over. You may ask to see, correct or erase them; ask the school.",
    "bg": "Училището и финансиращият този проект пазят данни за вас, за да покажат на кого е помогнал проектът. Те "
    "не се ползват за друго, броят се заедно с тези на другите, а името се заличава, когато изтече срокът за проверки. "
    "Може да поискате да ги видите, поправите или заличите; обърнете се към училището.",
    "lv": "Skola un šī projekta finansētājs glabā datus par jums, lai parādītu, kam projekts palīdzējis. Tos neizmanto "
    "nekam citam, skaita kopā ar citu datiem, un vārdu dzēš, kad beidzies pārbaužu laiks. Jūs varat lūgt tos apskatīt, "
    "labot vai dzēst; jautājiet skolā.",
}

PLANS = {
    TOGETHER: (
        "Чести неизвинени отсъствия в първите часове, изоставане по български език.",
        (
            ("Допълнителни занимания по български език", "Гергана Илиева", 24),
            ("Разговор с родителите веднъж месечно", "Деян Пчелинов", 6),
        ),
        "Отсъствията намаляха наполовина; заниманията продължават.",
        "Няма неизвинени отсъствия от два месеца, годишната оценка е добра.",
    ),
    COMMUNITY: (
        "Bieži neattaisnoti kavējumi, grūtības latviešu valodā.",
        (
            ("Papildu nodarbības latviešu valodā", "Māris Upmalis", 20),
            ("Saruna ar vecākiem reizi mēnesī", "Dace Kamenīte", 5),
        ),
        "Kavējumu ir uz pusi mazāk; nodarbības turpinās.",
        "Divus mēnešus nav neattaisnotu kavējumu.",
    ),
}


def add(project: Project, today: date, at: datetime) -> None:
    """The cases of one project of the demo, after it was filled."""
    if project.number in TWINS:
        _twins(project)
    _consents(project, today, at)
    _follow_ups(project)
    if project.number in PLANS:
        _support(project, today)


def _consents(project: Project, today: date, at: datetime) -> None:
    """A privacy notice in two versions, given to all on the day of entry; a few did not consent or took it back."""
    programme = project.programme
    if project.number in ASKS_CONSENT:
        programme.consent_to_count = True
        programme.save(update_fields=["consent_to_count"])
    people = list(project.participations.order_by("pk"))
    if not people:
        return
    first = min(row.entered_on for row in people)
    notice, _new = Notice.objects.get_or_create(
        programme=programme, version="1.0", defaults={"text": NOTICE, "from_on": min(first, today)}
    )
    silent, withdrew = people[-2:], people[len(people) // 2]
    Consent.objects.bulk_create(
        Consent(
            participation=row, notice=notice, kind=kind, given_on=row.entered_on, recorded_at=at,
            withdrawn_on=today if row == withdrew and kind == Consent.Kind.CONSENTED else None,
        )
        for row in people
        for kind in Consent.Kind.values
        if row not in silent or kind == Consent.Kind.INFORMED
    )  # fmt: skip


def _follow_ups(project: Project) -> None:
    """What leaving sets in motion: the question after six months, answered where the results say so."""
    if not project.programme.counts_esf_indicators:
        return
    later: dict[int, Result] = {}
    for result in Result.objects.filter(participation__project=project, kind__endswith="_later"):
        later[result.participation_id] = result
    rows = []
    for pk, left_on in project.participations.values_list("pk", "left_on"):
        if left_on is None:
            continue
        due, found = six_months_after(left_on), later.get(pk)
        row = FollowUp(participation_id=pk, left_on=left_on, due_from=due, due_until=due + FOLLOW_UP_TERM)
        if found:
            row.answered_on, row.situation = found.seen_on, FollowUp.Situation.EMPLOYED
            row.better = found.kind == Result.Kind.BETTER_LATER
        rows.append(row)
    FollowUp.objects.bulk_create(rows)


def _support(project: Project, today: date) -> None:
    """Two support plans at the first school: one that is open with a review to come, one that ended well."""
    pupils = list(project.participations.filter(labour_status="INE", left_on=None).order_by("school_id", "pk")[5:7])
    why, measures, found, result = PLANS[project.number]
    for row, ended in zip(pupils, (False, True), strict=False):
        opened = max(row.entered_on, today - timedelta(days=70))
        plan = SupportPlan.objects.create(
            participation=row, opened_on=opened, risk="medium" if ended else "high", why=why
        )
        for n, (what, responsible, hours) in enumerate(measures):
            SupportMeasure.objects.create(
                plan=plan, what=what, responsible=responsible, from_on=opened + timedelta(days=7 * n), hours=hours
            )
        half = opened + (today - opened) / 2
        SupportReview.objects.create(plan=plan, due_on=half, held_on=half, found=found)
        if ended:
            plan.closed_on, plan.outcome, plan.result = today, SupportPlan.Outcome.GONE, result
            plan.save()
        else:
            SupportReview.objects.create(plan=plan, due_on=today + timedelta(days=5))


def _twins(project: Project) -> None:
    """Two records of one school with one name in two scripts and one date of birth: a pair for the queue."""
    given, family, other_given, other_family = TWINS[project.number]
    people = Participation.objects.filter(project=project, person__gender="F", person__born_on__isnull=False)
    girls = list(people.select_related("person").order_by("school_id", "pk"))
    one = girls[0]
    other = next(row for row in girls[1:] if row.school_id == one.school_id and row.labour_status == one.labour_status)
    for row, name in ((one, (given, family)), (other, (other_given, other_family))):
        identity = Identity.objects.filter(person=row.person)
        identity.update(given_name=name[0], family_name=name[1], **name_keys(*name))
    other.person.born_on = one.person.born_on
    other.person.save(update_fields=["born_on"])
