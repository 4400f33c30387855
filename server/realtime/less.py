"""What a service that can do less leaves out of its events, on request."""

from __future__ import annotations

from typing import Any

from server.knobs import Knobs
from server.realtime.dialect import BETA_NAMES

Event = dict[str, Any]

_TRANSCRIPTION = "conversation.item.input_audio_transcription."
_RENAMED = {**BETA_NAMES, "conversation.item.done": "conversation.item.created"}


def reduced(event: Event, knobs: Knobs) -> Event | None:
    """The event as such a service sends it; None: it does not."""
    kind = event["type"]
    if knobs.no_transcription and kind.startswith(_TRANSCRIPTION):
        return None
    if knobs.no_usage:
        event = {name: value for name, value in event.items() if name != "usage"}
    if "response" in event and (knobs.bare_responses or knobs.no_usage):
        kept = () if knobs.bare_responses else event["response"].keys() - {"usage"}
        event = {**event, "response": {name: event["response"][name] for name in kept}}
    if knobs.old_names:
        event = {**event, "type": _RENAMED.get(kind, kind)}
    return event
