"""A client of the portal as the reference says: standard library only, to be copied into a system that syncs with us.

It may be cut off at any moment: requests are sent again with the same `Idempotency-Key`, copies go on from where they
were, and what others changed meanwhile is read again before it is changed.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

Json = dict[str, Any]
BUSY = (429, 502, 503, 504)


class Failed(Exception):
    """The portal refused; `status` and the `problem` document say why."""

    def __init__(self, status: int, problem: Json):
        super().__init__(f"{status}: {problem.get('detail') or problem}")
        self.status, self.problem = status, problem


@dataclass
class Portal:
    """One portal for one token. `tries` are those of one request, `sleep` takes seconds."""

    base: str  # http://host:port/api/v1/
    token: str
    tries: int = 12
    timeout: float = 30
    sleep: Callable[[float], object] = time.sleep
    known: dict[str, tuple[str, Any]] = field(default_factory=dict)  # address: its ETag and what was read then

    def read(self, path: str, **query: Any) -> Any:
        """What is at an address; it comes again only when it changed (`ETag`, 304)."""
        address = f"{path}?{urlencode(query)}" if query else path
        tag, body = self.known.get(address, ("", None))
        status, headers, told = self._send("GET", address, {"If-None-Match": tag} if tag else {})
        if status != 304:
            body = json.loads(told)
            self.known[address] = headers.get("ETag", ""), body
        return body

    def table(self, path: str, **query: Any) -> Iterator[Json]:
        """All rows of a list, whole (NDJSON)."""
        address = f"{path}?{urlencode(query)}" if query else path
        _status, _headers, told = self._send("GET", address, {"Accept": "application/x-ndjson"})
        return (json.loads(line) for line in told.splitlines())

    def post(self, path: str, body: Json) -> Json:
        """Do it once, however often it has to be sent."""
        _status, _headers, told = self._send("POST", path, {"Idempotency-Key": str(uuid4())}, body)
        return json.loads(told)

    def change(self, path: str, mend: Callable[[Json], Json | None]) -> Json:
        """Change the one thing that is at an address: `mend` makes the change from the row as it is, None for no
        change. It is called again when somebody else was quicker (`If-Match`, 412)."""
        row = self.read(path)
        while (body := mend(row)) is not None:
            headers = {"If-Match": self.known[path][0], "Idempotency-Key": str(uuid4())}
            try:
                _status, _headers, told = self._send("PATCH", path, headers, body)
            except Failed as failed:
                if failed.status != 412:
                    raise
                row = failed.problem["current"]
                self.known[path] = failed.problem["etag"], row
            else:
                del self.known[path]
                return json.loads(told)
        return row

    def _send(
        self, method: str, path: str, headers: dict[str, str], body: Json | None = None
    ) -> tuple[int, Any, bytes]:
        """Status, headers and body. What got lost, or came at a bad moment, is sent again: it is a reading, or carries
        the key that makes a repeat harmless. Raises Failed for a refusal, OSError when the portal stays away."""
        place = urlsplit(self.base)
        content = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"} | headers
        for time_ in range(1, self.tries + 1):
            connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=self.timeout)
            wait = min(30.0, 0.5 * 2**time_)
            try:
                connection.request(method, place.path + path, content, headers)
                answer = connection.getresponse()
                told = answer.read()
            except (OSError, http.client.HTTPException) as lost:
                if time_ == self.tries:
                    raise OSError(f"{self.base} cannot be reached") from lost
            else:
                if answer.status < 400:
                    return answer.status, answer.headers, told
                if answer.status not in BUSY or time_ == self.tries:
                    raise Failed(answer.status, json.loads(told or b"{}"))
                wait = float(answer.headers.get("Retry-After") or wait)
            finally:
                connection.close()
            self.sleep(wait)
        raise AssertionError("a client tries at least once")


@dataclass
class Copy:
    """A collection as it is for the reader of the token: `follow` it, for ever. `place` and `rows` are all there is to
    keep; a copy that is made of them goes on where the other one was."""

    portal: Portal
    collection: str
    page_size: int = 1000
    place: str = ""  # address of the next part; "" to begin
    rows: dict[str, Json] = field(default_factory=dict)
    begun: int = 0  # times it had to begin again

    def follow(self) -> bool:
        """Take what came since; whether anything did."""
        came, more = False, True
        while more:
            address = self.place or f"changes/{self.collection}/?page_size={self.page_size}"
            try:
                part = self.portal.read(address)
            except Failed as failed:
                if failed.status != 410:  # other rights than before, or away for too long
                    raise
                self.place, self.rows, self.begun = "", {}, self.begun + 1
                continue
            for change in part["results"]:
                if change["gone"]:
                    self.rows.pop(change["key"], None)
                else:
                    self.rows[change["key"]] = change["row"]
            came, more = came or bool(part["results"]), part["more"]
            self.place = f"changes/{self.collection}/?{urlsplit(part['next']).query}"
            if self.place != address:
                self.portal.known.pop(address)  # nobody asks for it again
        return came
