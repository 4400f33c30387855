"""Shapes that many requests share: metadata, objects of any content, arrays with a length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.realtime.shapes import Fields, Nullable, Shape, Text, Violation, wrong_type

MOST_PAIRS = 16


@dataclass(frozen=True, slots=True)
class AnyObject:
    """An object; what is in it is not looked at."""

    noun: str = "an object"

    def check(self, value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise wrong_type(path, self.noun, value)


@dataclass(frozen=True, slots=True)
class Open:
    """An object: these fields are looked at, others pass."""

    fields: Mapping[str, Shape]
    required: Sequence[str] = ()
    noun: str = "an object"

    def check(self, value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise wrong_type(path, self.noun, value)
        known = {name: inner for name, inner in value.items() if name in self.fields}
        Fields(self.fields, self.required).check(known, path)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Metadata: at most 16 strings by name."""

    noun: str = "an object"

    def check(self, value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise wrong_type(path, self.noun, value)
        if len(value) > MOST_PAIRS:
            raise Violation(
                "object_above_max_properties",
                f"Invalid '{path}': too many properties. Expected an object with at most "
                f"{MOST_PAIRS} properties, but got an object with {len(value)} properties "
                "instead.",
                path,
            )
        for name, text in value.items():
            Text(longest=64).check(name, f"{path}.{name}")
            Text(longest=512).check(text, f"{path}.{name}")


@dataclass(frozen=True, slots=True)
class Several:
    """An array of at least and at most so many."""

    shape: Shape
    most: int
    least: int = 0
    noun: str = "an array"

    def check(self, value: Any, path: str) -> None:
        if not isinstance(value, list):
            raise wrong_type(path, self.noun, value)
        too_many = len(value) > self.most
        if too_many or len(value) < self.least:
            bound = f"maximum length {self.most}" if too_many else f"minimum length {self.least}"
            raise Violation(
                f"array_{'above_max' if too_many else 'below_min'}_length",
                f"Invalid '{path}': array too {'long' if too_many else 'short'}. Expected an "
                f"array with {bound}, but got an array with length {len(value)} instead.",
                path,
            )
        for index, element in enumerate(value):
            self.shape.check(element, f"{path}[{index}]")


METADATA = Nullable(Pairs())
