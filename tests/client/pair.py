"""Two portals held equal, both ways: sessions, marks, and who left. Each side's rows carry the other side's key as
their external id, so that a row is made once whatever is lost; what was agreed last says which side changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.client.portal import Copy, Json, Portal

SENT = ("activity", "group", "on", "starts_at", "ends_at", "hours", "place", "topic")
DONE = ("created", "updated", "unchanged")


@dataclass
class Side:
    """One of the two: `system` is its name as a source of external ids. Groups, activities and participants have the
    same keys on both."""

    system: str
    portal: Portal
    page_size: int = 50
    twins: dict[str, str] = field(default_factory=dict)  # of each session the key on the other side

    def __post_init__(self):
        names = ("sessions", "attendance", "participants")
        self.sessions, self.attendance, self.participants = (Copy(self.portal, n, self.page_size) for n in names)

    def follow(self) -> bool:
        came = [copy.follow() for copy in (self.sessions, self.attendance, self.participants)]
        return any(came)

    def facts(self, key: str) -> Json | None:
        row = self.sessions.rows.get(key)
        return row and {name: row[name] for name in SENT}

    def marks(self, key: str) -> dict[str, str]:
        sheet = self.attendance.rows.get(key) or {"marks": []}
        return {mark["participation"]: mark["mark"] for mark in sheet["marks"]}

    def send(self, collection: str, rows: list[Json]) -> list[Json]:
        """What became of each row; a row that is refused is tried again in the next round."""
        return self.portal.post(f"{collection}/bulk/?mode=rows", {"rows": rows})["results"] if rows else []


@dataclass
class Pair:
    """Where both sides changed the same thing since it was agreed, the first side wins."""

    first: Side
    second: Side
    agreed: dict[str, Json] = field(default_factory=dict)  # by the first side's key of a session
    marked: dict[tuple[str, str], str] = field(default_factory=dict)  # by that key and the participant's

    def round(self) -> bool:
        """Follow both sides and send each what the other has; whether anything came or went."""
        came = [side.follow() for side in (self.first, self.second)]
        sent = [self._new(self.first, self.second), self._new(self.second, self.first)]
        return any(came + sent + [self._changed(), self._marks(), self._left()])

    def _new(self, here: Side, there: Side) -> bool:
        new = [key for key in here.sessions.rows if key not in here.twins and not self._met(key, here, there)]
        rows = [{"external": f"{here.system}:{key}"} | (here.facts(key) or {}) for key in new]
        for key, result in zip(new, there.send("sessions", rows), strict=True):
            if result["status"] in DONE:
                self._twins(key, result["key"], here, there)
        return bool(new)

    def _met(self, key: str, here: Side, there: Side) -> bool:
        """Whether a session came here from there, by a run of which nothing is known any more."""
        for name in here.portal.read(f"sessions/{key}/")["external_ids"]:
            system, _, twin = name.partition(":")
            if system == there.system:
                self._twins(key, twin, here, there)
                return True
        return False

    def _twins(self, key: str, twin: str, here: Side, there: Side) -> None:
        here.twins[key], there.twins[twin] = twin, key
        self.agreed[key if here is self.first else twin] = here.facts(key) or {}

    def _changed(self) -> bool:
        to: dict[str, list[tuple[str, Json]]] = {"first": [], "second": []}
        for key, agreed in self.agreed.items():
            twin = self.first.twins[key]
            one, two = self.first.facts(key), self.second.facts(twin)
            if one is None or two is None or one == two:
                self.agreed[key] = one or agreed
            elif one != agreed:
                version = self.second.sessions.rows[twin]["version"]
                to["second"].append((key, one | {"key": twin, "version": version}))
            else:
                version = self.first.sessions.rows[key]["version"]
                to["first"].append((key, two | {"key": key, "version": version}))
        return self._sent(to, "sessions", lambda key, row: self.agreed.update({key: {n: row[n] for n in SENT}}))

    def _marks(self) -> bool:
        to: dict[str, list[tuple[Any, Json]]] = {"first": [], "second": []}
        for key in self.agreed:
            twin = self.first.twins[key]
            one, two = self.first.marks(key), self.second.marks(twin)
            for who in sorted(one.keys() | two.keys()):
                ours, theirs = one.get(who, ""), two.get(who, "")
                if ours == theirs:
                    self.marked[key, who] = ours
                elif ours != self.marked.get((key, who), ""):
                    to["second"].append(((key, who), _mark(twin, who, ours, theirs)))
                else:
                    to["first"].append(((key, who), _mark(key, who, theirs, ours)))
        return self._sent(to, "attendance", lambda key, row: self.marked.update({key: row["mark"]}))

    def _sent(self, to: dict[str, list[tuple[Any, Json]]], collection: str, agree: Any) -> bool:
        for name, rows in to.items():
            side: Side = getattr(self, name)
            for (key, row), result in zip(rows, side.send(collection, [row for _key, row in rows]), strict=True):
                if result["status"] in DONE:
                    agree(key, row)
        return any(to.values())

    def _left(self) -> bool:
        """Who left on one side leaves on the other."""
        sent = False
        for here, there in ((self.first, self.second), (self.second, self.first)):
            for key, row in here.participants.rows.items():
                other = there.participants.rows.get(key)
                if row["left_on"] and other and not other["left_on"]:
                    day = row["left_on"]
                    there.portal.change(
                        f"participants/{key}/", lambda read, day=day: None if read["left_on"] else {"left_on": day}
                    )
                    sent = True
        return sent


def _mark(session: str, who: str, mark: str, seen: str) -> Json:
    return {"session": session, "participation": who, "mark": mark, "seen": seen}
