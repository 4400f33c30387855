"""Requests against the published schemas, where those are at hand."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from tests.server.contract import FOLDER

SCHEMAS = {
    "assistants.create": "createAssistant",
    "threads.create": "createThread",
    "messages.create": "createMessage",
    "runs.stream": "createRun",
    "runs.submit": "submitToolOuputsToRun",
    "conversations.create": "createConversation",
    "items.create": "createConversationItems",
    "responses.stream": "createResponse",
    "chat.stream": "createChatCompletion",
    "chat.whole": "createChatCompletion",
    "transcribe": "createTranscription",
    "speak": "createSpeech",
}
ASSEMBLED = ("responses.stream", "chat.stream", "chat.whole")
IDS = ("assistant_id", "thread_id", "run_id", "conversation_id")


@cache
def _bundle(name: str) -> dict[str, Any]:
    bundle: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return bundle


@cache
def _validator(operation: str) -> Draft202012Validator | None:
    name = "rest-requests.strict.schema.json"
    if operation not in SCHEMAS or not (FOLDER / name).exists():
        return None
    if operation in ASSEMBLED:  # strict parts that are put together refuse each other's keys
        name = "rest.schema.json"
    bundle = _bundle(name)
    reference = bundle["x-index"]["request"][SCHEMAS[operation]]
    return Draft202012Validator({"$ref": reference, "$defs": bundle["$defs"]})


def _keys(schema: dict[str, Any], definitions: dict[str, Any]) -> set[str]:
    """Every property a schema that is put together knows."""
    if "$ref" in schema:
        return _keys(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    found = set(schema.get("properties", ()))
    return found.union(*(_keys(part, definitions) for part in schema.get("allOf", ())))


def complain(operation: str, body: dict[str, Any]) -> None:
    """Fail with the schema's complaint about a request's body, if there is one."""
    validator = _validator(operation)
    if validator is None:
        return
    ids = set(IDS) - ({"assistant_id"} if operation == "runs.stream" else set())
    sent = {key: value for key, value in body.items() if key not in ids}
    if "file" in sent:
        sent["file"] = sent["file"][0]  # (name, bytes, type) becomes a part of the form
    problems = sorted(validator.iter_errors(sent), key=lambda problem: len(problem.path))
    assert not problems, f"{operation}: {problems[0].message} at {list(problems[0].path)}"
    if operation in ASSEMBLED:
        bundle = _bundle("rest.schema.json")
        reference = {"$ref": bundle["x-index"]["request"][SCHEMAS[operation]]}
        strangers = set(sent) - _keys(reference, bundle["$defs"])
        assert not strangers, f"{operation}: unknown keys {strangers}"
