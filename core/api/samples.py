"""Examples of answers in the schema, made from the shapes, so that each operation shows one and none grows old."""

from __future__ import annotations

from typing import Any

KEY = "0198c0de-5a1e-7c3f-9b2d-3f6a7b8c9d0e"
BY_NAME = {
    "project": "BG05SFPR001-1.008-0009",
    "number": "BG05SFPR001-1.008-0009",
    "programme": "2021BG05SFPR001",
    "language": "en",
    "email": "register@school.example",
    "currency": "EUR",
    "name": "Reading club",
    "title": "Reading club",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}
BY_FORMAT = {
    "uuid": KEY,
    "date": "2026-03-16",
    "date-time": "2026-03-16T12:00:00Z",
    "decimal": "12.50",
    "uri": "https://portal.example/api/v1/",
    "email": BY_NAME["email"],
}
CLOCK = "14:00:00"
DEEP = 8  # an array inside so many others stays empty


def add_samples(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Add one to each answer of the document that is JSON and no error (a hook of drf-spectacular)."""
    schemas = result["components"]["schemas"]
    for methods in result["paths"].values():
        for told in methods.values():
            for code, answer in told["responses"].items():
                content = answer.get("content", {}).get("application/json")
                if code < "300" and content and "examples" not in content:
                    content["example"] = sample(content["schema"], schemas)
    return result


def sample(shape: dict[str, Any], schemas: dict[str, Any], name: str = "", depth: int = 0) -> Any:
    """A value of this shape."""
    if ref := shape.get("$ref", "").rpartition("/")[2]:
        return sample(schemas[ref], schemas, name, depth)
    for choice in (shape.get("oneOf"), shape.get("anyOf"), shape.get("allOf")):
        if choice:
            return sample(next((one for one in choice if one.get("type") != "null"), choice[0]), schemas, name, depth)
    for told in ("const", "default"):
        if told in shape:
            return shape[told]
    if "enum" in shape:
        return shape["enum"][0]
    types = shape.get("type", "object")
    match types if isinstance(types, str) else next(kind for kind in types if kind != "null"):
        case "object":
            fields = {key: sample(told, schemas, key, depth + 1) for key, told in shape.get("properties", {}).items()}
            more = shape.get("additionalProperties")
            return fields or ({"en": sample(more, schemas, name, depth + 1)} if isinstance(more, dict) else {})
        case "array":
            return [] if depth > DEEP else [sample(shape["items"], schemas, name, depth + 1)]
        case "integer":
            return max(1, int(shape.get("minimum", 1)))
        case "number":
            return max(1.5, shape.get("minimum", 1.5))
        case "boolean":
            return True
    return _text(shape, name)


def _text(shape: dict[str, Any], name: str) -> str:
    if shape.get("format") in BY_FORMAT:
        return BY_FORMAT[shape["format"]]
    if "pattern" in shape:
        return CLOCK if ":" in shape["pattern"] else BY_FORMAT["decimal"]
    text = BY_NAME.get(name, "text")
    return (text + "." * shape.get("minLength", 0))[: max(len(text), shape.get("minLength", 0))][
        : shape.get("maxLength")
    ]
