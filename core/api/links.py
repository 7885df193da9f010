"""Links of the schema: where a value of an answer leads to another operation. They follow from the names of fields and
addresses, so a new operation is linked by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

NAMED_BY = {  # what names a thing in an address; else a key
    "projects": "number", "programmes": "code", "codes": "name", "audit-events": "event",
}  # fmt: skip
ELSEWHERE = {"project": "projects", "session": "sessions", "participation": "participants"}  # fields that name a thing
FILTERS = {"projects": "project", "programmes": "programme", "groups": "group"}  # parameters of lists that name one
INSIDE = {  # the second thing in an address
    "position": ("files", "position"),
    "paper": ("papers", "key"),
    "version": ("contracts", "version"),
    "finding": ("findings", "number"),
    "group": ("groups", "group"),
}


@dataclass(frozen=True)
class _Told:
    """An operation: its address in parts, and what the document tells of it."""

    method: str
    parts: list[str]
    told: dict[str, Any]

    @property
    def collection(self) -> str:
        return self.parts[1] if self.parts[0] == "changes" else self.parts[0]

    @property
    def inside(self) -> list[str]:
        """The parameters of its address."""
        return [part[1:-1] for part in self.parts if part.startswith("{")]

    @property
    def query(self) -> set[str]:
        return {p["name"] for p in self.told.get("parameters", []) if p["in"] == "query"}

    @property
    def is_list(self) -> bool:
        return self.method == "get" and not self.inside and self.parts[0] != "changes"

    @property
    def is_home(self) -> bool:
        """Whether the rows it answers are of its collection: it lists them, reads one, or makes one."""
        return (
            (self.is_list and len(self.parts) == 1) or self.reads_one or (self.method == "post" and not self.parts[1:])
        )

    @property
    def reads_one(self) -> bool:
        """Whether it reads one thing, whole."""
        return self.method == "get" and len(self.parts) == 2 and len(self.inside) == 1


def add_links(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Add them to each answer of the document (a hook of drf-spectacular)."""
    schemas = result["components"]["schemas"]
    every = [
        _Told(method, address.removeprefix("/api/v1/").rstrip("/").split("/"), told)
        for address, methods in result["paths"].items()
        for method, told in methods.items()
    ]
    answers = [
        (source, code, answer, _row(shape, schemas))
        for source in every
        for code, answer in source.told["responses"].items()
        if code < "300" and (shape := answer.get("content", {}).get("application/json", {}).get("schema"))
    ]
    homes = {row.shape: source.collection for source, _code, _answer, row in answers if source.is_home}
    for source, code, answer, row in answers:
        many = source.parts[0] == "changes" or (source.parts[-1] == "bulk" and code == "200")
        home = source.collection if many else homes.get(row.shape, "")
        tag = "$response.header.ETag" if "ETag" in answer.get("headers", {}) and not row.prefix else ""
        if links := dict(_links(source, every, row, home, tag)):
            answer["links"] = dict(sorted(links.items()))
    return result


@dataclass(frozen=True)
class _Row:
    """The first row of an answer: where it stands in it, the name of its shape, and its fields."""

    prefix: str
    shape: str
    fields: set[str]


def _row(shape: dict[str, Any], schemas: dict[str, Any]) -> _Row:
    shape = shape.get("anyOf", [shape])[0]
    name = shape.get("$ref", "").rpartition("/")[2]
    fields = schemas.get(name, {}).get("properties", {})
    results = fields.get("results", {}).get("items") if "key" not in fields else None
    if not results:
        return _Row("", name, set(fields))
    inner = _row(results, schemas)
    return _Row("/results/0", inner.shape, inner.fields)


def _links(source: _Told, every: list[_Told], row: _Row, home: str, tag: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """`home`: the collection that the row is of; "" for a row that has no address of its own."""
    at, fields = f"$response.body#{row.prefix}/", row.fields
    own = NAMED_BY.get(home, "key")
    for target in every:
        if target is source or not target.parts[0]:
            continue
        given: dict[str, str] = {}
        if target.inside:
            first, *rest = target.inside
            if home and target.parts[0] == home and own in fields:
                given[first] = at + own
            elif target.reads_one and (found := _naming(target.parts[0], fields)):
                given[first] = at + found
            if given and rest:
                array, name = INSIDE.get(rest[0], ("", ""))
                given = given | {rest[0]: f"{at}{array}/0/{name}"} if array in fields else {}
        elif target.is_list and source.reads_one | (row.prefix != "" and source.is_list) and own in fields:
            wanted = FILTERS.get(home, "")
            given = {wanted: at + own} if wanted in target.query else {}
        if given:
            matches = tag and any(p["name"] == "If-Match" for p in target.told["parameters"])
            if matches and target.parts[0] == home:
                given["If-Match"] = tag
            yield target.told["operationId"], {"operationId": target.told["operationId"], "parameters": given}


def _naming(collection: str, fields: set[str]) -> str:
    """The field of a row that names a thing of this collection."""
    return next((name for name, meant in ELSEWHERE.items() if meant == collection and name in fields), "")
