"""Random messages that keep to a schema, for machines that must bear anything well-formed."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from typing import Any

IDS = ("a1", "a2", "u1", "r1", "r2", "f1", "c1", "x")
DEEPEST = 6
ODD: list[Any] = [None, True, -1, 10**30, 1e300, "", "\ud800", "A", [], [None], {}, {"id": 7}]


class Samples:
    """Messages of one direction of a bundle; the same generator gives the same ones."""

    def __init__(self, bundle: Mapping[str, Any], group: str, rng: random.Random) -> None:
        self._index = bundle["x-index"][group]
        self._definitions = bundle["$defs"]
        self._rng = rng

    @property
    def events(self) -> list[str]:
        """The types of messages."""
        return list(self._index)

    def message(self, event: str) -> Any:
        """One message of this type."""
        return self._value({"$ref": self._index[event]}, event, 0)

    def _value(self, schema: Mapping[str, Any], name: str, depth: int) -> Any:
        if "$ref" in schema:
            definition = self._definitions[schema["$ref"].rpartition("/")[2]]
            return self._value(definition, name, depth)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._rng.choice(schema["enum"])
        for key in ("anyOf", "oneOf"):
            if key in schema:
                return self._value(self._choice(schema[key]), name, depth)
        if "allOf" in schema:
            return self._merged(schema["allOf"], name, depth)
        kind = schema.get("type", "object" if "properties" in schema else "string")
        if isinstance(kind, list):
            kind = self._rng.choice(kind)
        match kind:
            case "object":
                return self._object(schema, depth)
            case "array":
                if depth > DEEPEST:
                    return []
                items = schema.get("items", {})
                return [self._value(items, name, depth + 1) for _ in range(self._rng.randrange(3))]
            case "string":
                return self._text(name)
            case "integer":
                return self._rng.choice([0, 1, 2, 7, 100])
            case "number":
                return self._rng.choice([0, 0.5, 3])
            case "boolean":
                return self._rng.random() < 0.5
            case _:
                return None

    def _choice(self, schemas: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        return self._rng.choice(schemas)

    def _merged(self, schemas: Sequence[Mapping[str, Any]], name: str, depth: int) -> Any:
        values = [self._value(schema, name, depth) for schema in schemas]
        objects = [value for value in values if isinstance(value, dict)]
        if not objects:
            return values[0] if values else None
        return {key: entry for value in objects for key, entry in value.items()}

    def _object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        required = schema.get("required", ())
        return {
            key: self._value(inner, key, depth + 1)
            for key, inner in schema.get("properties", {}).items()
            if key in required or (depth <= DEEPEST and self._rng.random() < 0.5)
        }

    def _text(self, name: str) -> str:
        if name == "id" or name.endswith("_id"):
            return self._rng.choice(IDS)
        return self._rng.choice(["", "AAAA", "word ", "{}"])


def spoilt(message: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """The message with one field, at any depth, missing or of another type."""
    copy: dict[str, Any] = json.loads(json.dumps(message))
    if not copy:
        return copy
    place: Any = copy
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = rng.choice([key for key in keys if key != "type"] or keys)
        inner = place[key]
        if isinstance(inner, dict | list) and inner and rng.random() < 0.7:
            place = inner
            continue
        if rng.random() < 0.3 and isinstance(place, dict):
            del place[key]
        else:
            place[key] = rng.choice(ODD)
        return copy
