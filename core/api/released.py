"""The contract of the last release, and what of it a change would break.

A client of `/api/v1/` goes on working as long as nothing it may send is refused and nothing it may read is missing:
operations, parameters, fields and values may come, and none may go."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import override
from drf_spectacular.generators import SchemaGenerator

WORDS = {"description", "summary", "title", "example", "examples", "tags", "links"}  # no part of the contract
LOWER, UPPER = ("minimum", "minLength", "minItems"), ("maximum", "maxLength", "maxItems")


def file() -> Path:
    """The schema of the last release, without its words."""
    return settings.BASE_DIR / "config" / "openapi-v1.json"


def today() -> dict[str, Any]:
    """The schema that the code gives, without its words."""
    with override("en"):
        return contract(SchemaGenerator().get_schema(request=None, public=True))


def contract(document: dict[str, Any]) -> dict[str, Any]:
    """What of a schema clients rely on."""
    told = json.loads(json.dumps(document, default=str))
    return _bare({"openapi": told["openapi"], "paths": told["paths"], "components": told["components"]})


def written(document: dict[str, Any]) -> str:
    """The document as text: the same for the same contract, with a line for each address and each shape."""
    components = "{" + ",\n".join(f'"{name}":{_lines(told)}' for name, told in document["components"].items()) + "}"
    return f'{{"openapi":"{document["openapi"]}",\n"paths":{_lines(document["paths"])},\n"components":{components}}}\n'


def _lines(told: dict[str, Any]) -> str:
    lines = (
        f"{json.dumps(name)}:{json.dumps(told[name], sort_keys=True, separators=(',', ':'))}" for name in sorted(told)
    )
    return "{\n" + ",\n".join(lines) + "\n}"


def _bare(told: Any, names_stand_here: bool = False) -> Any:
    """Without words; below “properties” and the like stand names, which may be called as words are."""
    if isinstance(told, dict):
        maps = ("properties", "schemas", "headers", "paths", "responses", "content")
        return {
            key: _bare(inner, key in maps and not names_stand_here)
            for key, inner in told.items()
            if names_stand_here or key not in WORDS
        }
    return [_bare(inner) for inner in told] if isinstance(told, list) else told


def breaking(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What a client of `old` could not rely on any more under `new`, a sentence each."""
    return list(_Comparison(old, new).operations())


@dataclass
class _Comparison:
    old: dict[str, Any]
    new: dict[str, Any]
    seen: set[tuple[str, str, bool]] = field(default_factory=set)

    def operations(self) -> Iterator[str]:
        for address, methods in self.old["paths"].items():
            for method, was in methods.items():
                place = f"{method.upper()} {address}"
                now = self.new["paths"].get(address, {}).get(method)
                if now is None:
                    yield f"{place} is gone."
                else:
                    yield from self._operation(place, was, now)

    def _operation(self, place: str, was: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
        ways = [tuple(sorted(way)) for way in now.get("security", [{}])]
        yield from (
            f"{place}: one can no longer sign in by {' and '.join(way) or 'nothing'}."
            for way in was.get("security", [{}])
            if tuple(sorted(way)) not in ways
        )
        lost = set(was.get("x-scopes", [])) - set(now.get("x-scopes", []))
        yield from (f"{place}: the scope {scope} no longer lets it through." for scope in sorted(lost))
        yield from self._parameters(place, was, now)
        yield from self._body(place, was.get("requestBody"), now.get("requestBody"))
        for code, told in was["responses"].items():
            if code < "300":
                yield from self._answer(f"{place}, answer {code}", told, now["responses"].get(code))

    def _parameters(self, place: str, was: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
        before, after = ({(p["in"], p["name"]): p for p in told.get("parameters", [])} for told in (was, now))
        for key, told in after.items():
            if told.get("required") and not before.get(key, {}).get("required"):
                yield f"{place}: the {key[0]} parameter {key[1]} is now required."
        for key, told in before.items():
            where = f"{place}, {key[0]} parameter {key[1]}"
            if key not in after:
                yield f"{where} is gone."
            else:
                yield from self._shapes(where, told["schema"], after[key]["schema"], comes_in=True)

    def _body(self, place: str, was: dict[str, Any] | None, now: dict[str, Any] | None) -> Iterator[str]:
        if now and now.get("required") and not (was or {}).get("required"):
            yield f"{place}: a body is now required."
        for kind, told in (was or {}).get("content", {}).items():
            after = (now or {}).get("content", {}).get(kind)
            if after is None:
                yield f"{place}: a body of {kind} is no longer taken."
            else:
                yield from self._shapes(f"{place}, body", told.get("schema", {}), after.get("schema", {}), True)

    def _answer(self, place: str, was: dict[str, Any], now: dict[str, Any] | None) -> Iterator[str]:
        if now is None:
            yield f"{place} is gone."
            return
        yield from (
            f"{place}: the header {name} is gone." for name in set(was.get("headers", {})) - {*now.get("headers", {})}
        )
        for kind, told in was.get("content", {}).items():
            after = now.get("content", {}).get(kind)
            if after is None:
                yield f"{place} is no longer to be had as {kind}."
            else:
                yield from self._shapes(place, told.get("schema", {}), after.get("schema", {}), False)

    def _shapes(self, place: str, was: dict[str, Any], now: dict[str, Any], comes_in: bool) -> Iterator[str]:
        """Compares all that a value can be: what comes in may become more, what goes out may not."""
        before, after = self._kinds(self.old, was), self._kinds(self.new, now)
        needed, there = (before, after) if comes_in else (after, before)
        for kind in needed:
            if kind not in there:
                yield f"{place}: {kind} {'is no longer taken' if comes_in else 'may come now'}."
        for kind in before:
            pair = (json.dumps(before[kind], sort_keys=True), json.dumps(after.get(kind), sort_keys=True), comes_in)
            if kind in after and pair not in self.seen:
                self.seen.add(pair)
                yield from self._values(place, before[kind], after[kind], comes_in)

    def _kinds(self, document: dict[str, Any], shape: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """The shapes that a value can have, by their type; of several objects each by its place."""
        if name := shape.get("$ref", "").rpartition("/")[2]:
            return self._kinds(document, document["components"]["schemas"][name])
        found: dict[str, dict[str, Any]] = {}
        for inner in shape.get("oneOf") or shape.get("anyOf") or shape.get("allOf") or []:
            for kind, told in self._kinds(document, inner).items():
                again = sum(known.partition(" ")[0] == kind for known in found)
                found[f"{kind} {again + 1}" if again else kind] = told
        if found:
            return found
        types = shape.get("type", "anything")
        return {kind: {} if kind == "null" else shape for kind in ([types] if isinstance(types, str) else types)}

    def _values(self, place: str, was: dict[str, Any], now: dict[str, Any], comes_in: bool) -> Iterator[str]:
        if was.get("format") != now.get("format"):
            yield f"{place}: the format is {now.get('format')}, not {was.get('format')}."
        if "enum" in now and comes_in and "enum" not in was:
            yield f"{place}: only some values are taken now."
        if "enum" in now:
            gone = [value for value in was.get("enum", []) if value not in now["enum"]]
            yield from (f"{place}: the value {value!r} is gone." for value in gone)
        if comes_in:
            yield from self._limits(place, was, now)
        for name in sorted(set(now.get("required", [])) - set(was.get("required", [])) if comes_in else ()):
            yield f"{place}: {name} is now required."
        for name, told in was.get("properties", {}).items():
            after = now.get("properties", {}).get(name)
            if after is None:
                yield f"{place}: {name} is gone."
                continue
            if not comes_in and name in was.get("required", []) and name not in now.get("required", []):
                yield f"{place}: {name} may be missing now."
            yield from self._shapes(f"{place}, {name}", told, after, comes_in)
        for inner in ("items", "additionalProperties"):
            if isinstance(was.get(inner), dict) and isinstance(now.get(inner), dict):
                yield from self._shapes(f"{place}[]", was[inner], now[inner], comes_in)

    @staticmethod
    def _limits(place: str, was: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
        for name in LOWER:
            if now.get(name, float("-inf")) > was.get(name, float("-inf")):
                yield f"{place}: {name} is now {now[name]}."
        for name in UPPER:
            if now.get(name, float("inf")) < was.get(name, float("inf")):
                yield f"{place}: {name} is now {now[name]}."
        for name in ("pattern", "const"):
            if name in now and now[name] != was.get(name):
                yield f"{place}: {name} is now {now[name]}."
