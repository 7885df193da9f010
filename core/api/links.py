"""Links of the schema: where a value of an answer leads to another operation. They follow from the names of fields and
addresses, so a new operation is linked by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

NAMED_BY = {"projects": "number", "programmes": "code", "codes": "name"}  # what names a thing in an address; else a key
ELSEWHERE = {"project": "projects", "session": "sessions", "participation": "participants"}  # fields that name a thing
FILTERS = {"projects": "project", "programmes": "programme", "groups": "group"}  # parameters of lists that name one
INSIDE = {
    "position": ("files", "position"),
    "paper": ("papers", "key"),
    "version": ("contracts", "version"),
    "finding": ("findings", "number"),
}  # the second thing in an address


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
    for source in every:
        for code, answer in source.told["responses"].items():
            shape = answer.get("content", {}).get("application/json", {}).get("schema")
            if code < "300" and shape:
                prefix, fields = _row(shape, schemas)
                tag = "$response.header.ETag" if "ETag" in answer.get("headers", {}) and not prefix else ""
                if links := dict(_links(source, every, prefix, fields, tag)):
                    answer["links"] = dict(sorted(links.items()))
    return result


def _row(shape: dict[str, Any], schemas: dict[str, Any]) -> tuple[str, set[str]]:
    """Where the first row of an answer stands in it, and the names of its fields."""
    shape = shape.get("anyOf", [shape])[0]
    fields = schemas.get(shape.get("$ref", "").rpartition("/")[2], {}).get("properties", {})
    results = fields.get("results", {}).get("items")
    return ("/results/0", _row(results, schemas)[1]) if results else ("", set(fields))


def _links(
    source: _Told, every: list[_Told], prefix: str, fields: set[str], tag: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    at = f"$response.body#{prefix}/"
    own = NAMED_BY.get(source.collection, "key")
    for target in every:
        if target is source or not target.parts[0]:
            continue
        given: dict[str, str] = {}
        if target.inside:
            first, *rest = target.inside
            if (
                target.parts[0] == source.collection
                and own in fields
                and (prefix or source.reads_one or source.method != "get")
            ):
                given[first] = at + own
            elif target.reads_one and (found := _naming(target.parts[0], fields)):
                given[first] = at + found
            if given and rest:
                array, name = INSIDE.get(rest[0], ("", ""))
                given = given | {rest[0]: f"{at}{array}/0/{name}"} if array in fields else {}
        elif target.is_list and source.reads_one | (prefix != "" and source.is_list) and own in fields:
            wanted = FILTERS.get(source.collection, "")
            given = {wanted: at + own} if wanted in target.query else {}
        if given:
            matches = tag and any(p["name"] == "If-Match" for p in target.told["parameters"])
            if matches and target.parts[0] == source.collection:
                given["If-Match"] = tag
            yield target.told["operationId"], {"operationId": target.told["operationId"], "parameters": given}


def _naming(collection: str, fields: set[str]) -> str:
    """The field of a row that names a thing of this collection."""
    return next((name for name, meant in ELSEWHERE.items() if meant == collection and name in fields), "")
