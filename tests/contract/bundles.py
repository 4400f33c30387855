"""The JSON schemas of the wire formats, which lie beside the project and are not part of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "contract"


def bundle(name: str) -> dict[str, Any]:
    """One bundle of schemas or examples; the test is skipped where there is none."""
    path = FOLDER / name
    if not path.is_file():
        pytest.skip(f"no contract bundles beside the project ({path.parent.name}/{name})")
    return json.loads(path.read_text())


class Contract:
    """All messages of one direction of a bundle."""

    def __init__(self, name: str, group: str) -> None:
        self._bundle = bundle(name)
        self._index = self._bundle["x-index"][group]
        self._validators: dict[str, Draft202012Validator] = {}

    @property
    def events(self) -> list[str]:
        """The types of messages."""
        return list(self._index)

    def problems(self, message: dict[str, Any]) -> list[str]:
        """What is wrong with a message, in words."""
        event = message["type"]
        if event not in self._index:
            return [f"no such message: {event}"]
        if event not in self._validators:
            schema = {"$ref": self._index[event], "$defs": self._bundle["$defs"]}
            self._validators[event] = Draft202012Validator(schema)
        return [
            f"{event}: {error.json_path}: {error.message[:200]}"
            for error in self._validators[event].iter_errors(message)
        ]
