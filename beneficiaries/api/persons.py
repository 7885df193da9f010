"""What about participants a person alone does: each operation says so, and why."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from core.api.doors import Door
from core.api.persons import person_only


class NameDoor(Door):
    create = person_only(
        _("Show the name of a participant"),
        _(
            "Names are shown to people one record at a time, and each time is written down: open the record in the "
            "portal and choose “Show name”. A program works with the code."
        ),
    )
    every = person_only(
        _("Show the names of many participants"),
        _(
            "Names never go out in bulk. A person opens the list of a project in the portal and chooses “Show names”, "
            "which is written down. A program works with the codes."
        ),
    )


class AnswersDoor(Door):
    retrieve = person_only(
        _("Read the sensitive answers of a participant"),
        _(
            "Answers about health, origin and the like are read by people at the school, in the record in the portal; "
            "no scope of a token opens them. They come in with a new participant, and go out in sums only."
        ),
    )


class SupportDoor(Door):
    retrieve = person_only(
        _("Read the support plan of a participant"),
        _("A support plan is about one child and for people at the school: open it from the record in the portal."),
    )
    create = person_only(
        _("Write in the support plan of a participant"),
        _("A support plan is written by people at the school who know the child: in the portal, from the record."),
    )


class SignedFormDoor(Door):
    retrieve = person_only(
        _("Fetch the signed form of a consent"),
        _(
            "The signed form holds a name: a person opens it from the record in the portal, and each time is written "
            "down."
        ),
    )


class MergeDoor(Door):
    create = person_only(
        _("Say that two records are one person"),
        _(
            "A person compares two records side by side and decides whether they are one: in the portal, on the page "
            "“The same person?”. A program sends same_as with a new participant instead."
        ),
    )


class EraseDoor(Door):
    create = person_only(
        _("Erase the identity of a participant"),
        _(
            "Erasing cannot be taken back, so a person decides on it and says why: in the portal, on the record, or "
            "under “Retention and erasure”."
        ),
    )
