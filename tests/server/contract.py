"""Server events against the published schemas, where those are at hand."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from tests.server.process import REPOSITORY

FOLDER = REPOSITORY.parent / "shared" / "contract"
ABSENT = f"no contract schemas beside the repository ({FOLDER.name}/)"


def is_present() -> bool:
    return (FOLDER / "realtime-ga.schema.json").exists()


def _allow_what_beta_really_sent(value: Any) -> None:
    """The beta's specification contradicts its own examples and its client's types: items
    in progress, spoken parts (`audio`) of the assistant, no predecessor of the first item."""
    if isinstance(value, dict):
        if "previous_item_id" in value.get("required", ()):
            value["required"].remove("previous_item_id")
        choices = value.get("enum")
        if isinstance(choices, list) and {"completed", "incomplete"} <= set(choices):
            choices.append("in_progress")
        if isinstance(choices, list) and set(choices) >= {"input_audio", "item_reference"}:
            choices.append("audio")
        for inner in value.values():
            _allow_what_beta_really_sent(inner)
    elif isinstance(value, list):
        for inner in value:
            _allow_what_beta_really_sent(inner)


@cache
def _bundle(name: str) -> dict[str, Any]:
    bundle: dict[str, Any] = json.loads(Path(FOLDER, name).read_text(encoding="utf-8"))
    if name.startswith("realtime-beta"):
        _allow_what_beta_really_sent(bundle)
    return bundle


@cache
def _validator(name: str, kind: str) -> Draft202012Validator:
    bundle = _bundle(name)
    reference = bundle["x-index"]["server"].get(kind)
    assert reference is not None, f"no {name} event is called {kind}"
    return Draft202012Validator({"$ref": reference, "$defs": bundle["$defs"]})


def drop_nulls(value: Any) -> Any:
    """Real servers send null for optional keys."""
    if isinstance(value, dict):
        return {key: drop_nulls(inner) for key, inner in value.items() if inner is not None}
    return [drop_nulls(inner) for inner in value] if isinstance(value, list) else value


class ServerContract:
    """Checks nothing where the schemas are absent; test_contract says so."""

    def __init__(self, *, beta: bool) -> None:
        self._name = "realtime-beta.schema.json" if beta else "realtime-ga.schema.json"

    def check(self, event: dict[str, Any]) -> None:
        assert event.get("event_id"), f"no event_id: {event}"
        if is_present():
            _validator(self._name, event["type"]).validate(drop_nulls(event))
