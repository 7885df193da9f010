"""Participants: a person once, a participation once per project. Identity lies apart from what is counted."""

from __future__ import annotations

from django.apps import apps
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Case, CharField, Exists, F, OuterRef, Q, Value, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.access import Permission
from core.ids import uuid7
from core.models import Organisation
from projects.models import Project, reach


class Person(models.Model):
    """What is counted about a natural person. No name: that is in `Identity`."""

    class Gender(models.TextChoices):
        """By name, never by number: national systems number them in opposite ways."""

        WOMAN = "F", pgettext_lazy("gender", "Woman")
        MAN = "M", pgettext_lazy("gender", "Man")
        NON_BINARY = "N", pgettext_lazy("gender", "Non-binary")

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    code = models.CharField(_("participant code"), max_length=20, unique=True)
    gender = models.CharField(_("gender"), max_length=1, choices=Gender, blank=True)
    born_on = models.DateField(_("date of birth"), null=True, blank=True)
    synthetic = models.BooleanField(_("sample data"), default=False)

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.CheckConstraint(
                condition=Q(born_on=None) | Q(born_on__gte="1900-01-01"),
                name="person_born_in_living_memory",
                violation_error_message=_("Enter a date of birth after 1 January 1900."),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Identity(models.Model):
    """Who a person is. Read on demand with a logged reason; erased after retention while the counts stay."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="identity")
    given_name = models.CharField(_("given name"), max_length=80)
    family_name = models.CharField(_("family name"), max_length=80)
    search_key = models.CharField(max_length=200, db_index=True, help_text=_("Folded to plain Latin letters."))
    sound_key = models.CharField(max_length=200, blank=True, default="", db_default="", db_index=True)
    national_number_hash = models.CharField(max_length=64, blank=True)
    synthetic = models.BooleanField(_("sample data"), default=False)

    class Meta:
        verbose_name = _("identity")
        verbose_name_plural = _("identities")
        indexes = [
            GinIndex(fields=["search_key"], opclasses=["gin_trgm_ops"], name="identity_by_similar_name"),
            GinIndex(fields=["sound_key"], opclasses=["gin_trgm_ops"], name="identity_by_similar_sound"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["national_number_hash"],
                condition=~Q(national_number_hash=""),
                name="identity_national_number_once",
                violation_error_message=_("A person with this national number is in the portal already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.given_name} {self.family_name}"


COMPLETE = (  # nothing of ESF+ Annex I point 1.1 is missing
    ~Q(person__gender="") & Q(person__born_on__isnull=False) & ~Q(labour_status="") & Q(education__isnull=False)
)


class Consented(Exists):
    """A consent that was not withdrawn, as a condition on a participation."""

    def __init__(self, participation: str = "pk"):
        consents = apps.get_model("beneficiaries", "Consent")._base_manager
        super().__init__(consents.filter(participation=OuterRef(participation), kind="consented", withdrawn_on=None))


def consented() -> Q:
    """Who may be counted: where the programme asks for consent who gave it, elsewhere all, for there the law is the
    basis (reference 14)."""
    return Q(project__programme__consent_to_count=False) | Q(Consented())


def counted() -> Q:
    """The one condition under which a record counts in the indicators; `figures.RECORDS` says the same in SQL."""
    return COMPLETE & consented()


class Counting(models.TextChoices):
    """Where a record counts. An incomplete one is in the number of people and in no indicator (reference 8.2, 6)."""

    COUNTED = "counted", pgettext_lazy("participant", "Counted")
    TOTAL_ONLY = "total", pgettext_lazy("participant", "In the grand total only")
    NOT_COUNTED = "no", pgettext_lazy("participant", "Not counted")


class ParticipationQuerySet(models.QuerySet["Participation"]):
    def visible_to(self, user, permission: Permission = Permission.PARTICIPANT_VIEW) -> ParticipationQuerySet:
        """Participations of the projects reached; a coordinator sees those of the own school only."""
        return self.filter(reach(user, permission).schools_q("project", "school"))

    def counted(self) -> ParticipationQuerySet:
        """Records that count in the indicators: nothing is missing, and there is consent where it is asked for."""
        return self.filter(counted())

    def not_counted(self) -> ParticipationQuerySet:
        return self.filter(~counted())

    def where_counting(self, state: str) -> ParticipationQuerySet:
        return self.with_counting().filter(counting=state)  # type: ignore[misc]

    def with_counting(self) -> ParticipationQuerySet:
        """Adds `counting`: whether each record counts (values of `Counting`)."""
        states = (When(~consented(), Value(Counting.NOT_COUNTED)), When(COMPLETE, Value(Counting.COUNTED)))
        return self.annotate(
            counting=Case(*states, default=Value(Counting.TOTAL_ONLY), output_field=CharField(choices=Counting.choices))
        )


class Participation(models.Model):
    """One person in one project, never twice (ESF+: one person counts once per operation).

    Entry data describe the day of entry and are not overwritten; coming back changes exit date and results only.
    """

    class LabourStatus(models.TextChoices):
        UNEMPLOYED = "UE", pgettext_lazy("labour market", "Unemployed, up to 12 months (under 25: up to 6)")
        LONG_TERM = "LTU", pgettext_lazy("labour market", "Unemployed for longer")
        INACTIVE = "IN", pgettext_lazy("labour market", "Neither working nor looking for work")
        IN_EDUCATION = "INE", pgettext_lazy("labour market", "Pupil or student")
        EMPLOYED = "EM", pgettext_lazy("labour market", "Employed")
        SELF_EMPLOYED = "SE", pgettext_lazy("labour market", "Self-employed")

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="participations")
    person = models.ForeignKey(Person, models.PROTECT, related_name="participations")
    school = models.ForeignKey(Organisation, models.PROTECT, related_name="participations")
    entered_on = models.DateField(_("entry date"))
    left_on = models.DateField(_("exit date"), null=True, blank=True)
    labour_status = models.CharField(_("situation on the day of entry"), max_length=3, choices=LabourStatus, blank=True)
    education = models.PositiveSmallIntegerField(_("highest completed education (ISCED level)"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    synthetic = models.BooleanField(_("sample data"), default=False)

    objects = ParticipationQuerySet.as_manager()

    class Meta:
        verbose_name = _("participation")
        verbose_name_plural = _("participations")
        indexes = [models.Index(fields=["school", "project"], name="participation_by_school")]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "person"],
                name="participation_once_per_project",
                violation_error_message=_("This person takes part in this project already."),
            ),
            models.CheckConstraint(
                condition=Q(left_on=None) | Q(left_on__gte=F("entered_on")),
                name="participation_leaves_after_entry",
                violation_error_message=_("The exit date lies before the entry date."),
            ),
            models.CheckConstraint(condition=Q(education=None) | Q(education__lte=8), name="participation_isced_level"),
        ]

    def __str__(self) -> str:
        return self.person.code


class Stay(models.Model):
    """One uninterrupted time in the project; a second row is a return. The participation spans them all."""

    participation = models.ForeignKey(Participation, models.CASCADE, related_name="stays")
    entered_on = models.DateField(_("from"))
    left_on = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("stay")
        verbose_name_plural = _("stays")
        ordering = ["entered_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["participation"], condition=Q(left_on=None), name="stay_one_open_per_participation"
            ),
            models.CheckConstraint(
                condition=Q(left_on=None) | Q(left_on__gte=F("entered_on")), name="stay_ends_after_it_began"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entered_on} – {self.left_on or ''}"


class SensitiveAnswer(models.Model):
    """An answer to a question of ESF+ Annex I point 1.2. Its own table and right; `refused` proves it was asked."""

    class Question(models.TextChoices):
        DISABILITY = "disability", _("Disability")
        THIRD_COUNTRY = "third_country", _("National of a country outside the EU")
        FOREIGN_BACKGROUND = "foreign_background", _("Foreign background")
        MINORITY = "minority", _("Minority, Roma included")
        HOMELESS = "homeless", _("Homeless or at risk of it")
        RURAL = "rural", _("Lives in a rural area")

    class Answer(models.TextChoices):
        YES = "yes", pgettext_lazy("answer", "Yes")
        NO = "no", pgettext_lazy("answer", "No")
        REFUSED = "refused", pgettext_lazy("answer", "Prefers not to say")
        NOT_ASKED = "not_asked", pgettext_lazy("answer", "Not asked")

    participation = models.ForeignKey(Participation, models.CASCADE, related_name="sensitive_answers")
    question = models.CharField(_("question"), max_length=20, choices=Question)
    answer = models.CharField(_("answer"), max_length=10, choices=Answer)

    class Meta:
        verbose_name = _("sensitive answer")
        verbose_name_plural = _("sensitive answers")
        constraints = [models.UniqueConstraint(fields=["participation", "question"], name="sensitiveanswer_once")]

    def __str__(self) -> str:
        return self.question


class Result(models.Model):
    """What became of a participant after leaving, seen on a day (ESF+ Annex I points 3 and 4)."""

    class Kind(models.TextChoices):
        SEARCHING = "searching", _("Looking for a job")
        IN_EDUCATION = "in_education", _("In education or training")
        QUALIFICATION = "qualification", _("Gained a qualification")
        EMPLOYED = "employed", _("In employment")
        EMPLOYED_LATER = "employed_later", _("In employment six months after leaving")
        BETTER_LATER = "better_later", _("Better labour-market situation six months after leaving")

    participation = models.ForeignKey(Participation, models.CASCADE, related_name="results")
    kind = models.CharField(_("result"), max_length=20, choices=Kind)
    seen_on = models.DateField(_("seen on"))

    class Meta:
        verbose_name = _("result")
        verbose_name_plural = _("results")
        constraints = [models.UniqueConstraint(fields=["participation", "kind", "seen_on"], name="result_once_a_day")]

    def __str__(self) -> str:
        return self.kind
