"""A small language for what clients may send, with the service's own words of refusal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


class Violation(Exception):
    """What a client sent is refused: becomes an `error` event."""

    def __init__(self, code: str | None, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.param = param


class Shape(Protocol):
    @property
    def noun(self) -> str:
        """What the shape is called in "expected ..., but got ..."."""

    def check(self, value: Any, path: str) -> None:
        """Raises Violation where the value does not fit."""
        ...


def _noun_of(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int):
        return "an integer"
    if isinstance(value, float):
        return "a decimal"
    if isinstance(value, str):
        return "a string"
    return "an array" if isinstance(value, list) else "an object"


def wrong_type(path: str, expected: str, value: Any) -> Violation:
    return Violation(
        "invalid_type",
        f"Invalid type for '{path}': expected {expected}, but got {_noun_of(value)} instead.",
        path,
    )


def listed(names: Sequence[str]) -> str:
    """'a', 'b', and 'c'."""
    quoted = [f"'{name}'" for name in names]
    if len(quoted) < 3:
        return " and ".join(quoted)
    return ", ".join(quoted[:-1]) + f", and {quoted[-1]}"


def unsupported_value(path: str, value: Any, supported: Sequence[str]) -> Violation:
    message = f"Invalid value: '{value}'. Supported values are: {listed(supported)}."
    return Violation("invalid_value", message, path)


@dataclass(frozen=True, slots=True)
class Text:
    choices: Sequence[str] = ()
    longest: int = 0
    noun: str = "a string"

    def check(self, value: Any, path: str) -> None:
        if not isinstance(value, str):
            raise wrong_type(path, self.noun, value)
        if self.choices and value not in self.choices:
            raise unsupported_value(path, value, self.choices)
        if self.longest and len(value) > self.longest:
            raise Violation(
                "string_above_max_length",
                f"Invalid '{path}': string too long. Expected a string with maximum length "
                f"{self.longest}, but got a string with length {len(value)} instead.",
                path,
            )


@dataclass(frozen=True, slots=True)
class Number:
    low: float
    high: float
    whole: bool = False

    @property
    def noun(self) -> str:
        return "an integer" if self.whole else "a decimal"

    def check(self, value: Any, path: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise wrong_type(path, self.noun, value)
        if self.whole and not isinstance(value, int):
            raise wrong_type(path, self.noun, value)
        kind = "integer" if self.whole else "decimal"
        if value < self.low:
            code, side, sign, bound = f"{kind}_below_min_value", "below minimum", ">=", self.low
        elif value > self.high:
            code, side, sign, bound = f"{kind}_above_max_value", "above maximum", "<=", self.high
        else:
            return
        message = (
            f"Invalid '{path}': {kind} {side} value. "
            f"Expected a value {sign} {bound:g}, but got {value} instead."
        )
        raise Violation(code, message, path)


@dataclass(frozen=True, slots=True)
class Flag:
    noun: str = "a boolean"

    def check(self, value: Any, path: str) -> None:
        if not isinstance(value, bool):
            raise wrong_type(path, self.noun, value)


@dataclass(frozen=True, slots=True)
class Anything:
    noun: str = "a value"

    def check(self, value: Any, path: str) -> None:
        return


@dataclass(frozen=True, slots=True)
class Nullable:
    shape: Shape

    @property
    def noun(self) -> str:
        return f"{self.shape.noun} or null"

    def check(self, value: Any, path: str) -> None:
        if value is not None:
            self.shape.check(value, path)


@dataclass(frozen=True, slots=True)
class Listing:
    shape: Shape
    noun: str = "an array"

    def check(self, value: Any, path: str) -> None:
        if not isinstance(value, list):
            raise wrong_type(path, self.noun, value)
        for index, element in enumerate(value):
            self.shape.check(element, f"{path}[{index}]")


@dataclass(frozen=True, slots=True)
class Fields:
    """An object: these fields and no others."""

    fields: Mapping[str, Shape]
    required: Sequence[str] = ()
    noun: str = "an object"

    def check(self, value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise wrong_type(path, self.noun, value)
        prefix = f"{path}." if path else ""
        for name in self.required:
            if name not in value:
                missing = f"Missing required parameter: '{prefix}{name}'."
                raise Violation("missing_required_parameter", missing, prefix + name)
        for name, element in value.items():
            shape = self.fields.get(name)
            if shape is None:
                unknown = f"Unknown parameter: '{prefix}{name}'."
                raise Violation("unknown_parameter", unknown, prefix + name)
            shape.check(element, prefix + name)


@dataclass(frozen=True, slots=True)
class ByTag:
    """An object whose `type` (or another field) says which fields it has."""

    shapes: Mapping[str, Shape]
    tag: str = "type"
    default: str = ""
    """The tag where none is given; empty: the tag is required."""
    noun: str = "an object"

    def check(self, value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise wrong_type(path, self.noun, value)
        prefix = f"{path}." if path else ""
        tag = value.get(self.tag, self.default)
        if tag == "":
            missing = f"Missing required parameter: '{prefix}{self.tag}'."
            raise Violation("missing_required_parameter", missing, prefix + self.tag)
        if not isinstance(tag, str):
            raise wrong_type(prefix + self.tag, "a string", tag)
        shape = self.shapes.get(tag)
        if shape is None:
            raise unsupported_value(prefix + self.tag, tag, list(self.shapes))
        shape.check(value, path)


@dataclass(frozen=True, slots=True)
class OneOf:
    """Alternatives told apart by their JSON type: a string or an object, for instance."""

    by_type: Mapping[type, Shape] = field(default_factory=dict)

    @property
    def noun(self) -> str:
        return "one of " + ", ".join(shape.noun for shape in self.by_type.values())

    def check(self, value: Any, path: str) -> None:
        shape = self.by_type.get(type(value))
        if shape is None:
            raise wrong_type(path, self.noun, value)
        shape.check(value, path)
