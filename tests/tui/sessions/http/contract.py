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
IDS = ("assistant_id", "thread_id", "run_id", "conversation_id")


@cache
def _validator(operation: str) -> Draft202012Validator | None:
    path = FOLDER / "rest-requests.strict.schema.json"
    if operation not in SCHEMAS or not path.exists():
        return None
    bundle = json.loads(path.read_text(encoding="utf-8"))
    reference = bundle["x-index"]["request"][SCHEMAS[operation]]
    return Draft202012Validator({"$ref": reference, "$defs": bundle["$defs"]})


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
