"""What tests may turn: latency, faults and missing abilities, in one value."""

from __future__ import annotations

from typing import Literal

import msgspec

RunStatus = Literal[
    "",
    "queued",
    "in_progress",
    "requires_action",
    "cancelling",
    "cancelled",
    "failed",
    "completed",
    "incomplete",
    "expired",
]


class Knobs(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Everything at its default is a well-behaved service."""

    latency_first_delta_ms: float = 0
    """At least so long between response.created and the first delta."""
    transcription_delay_ms: float = 0
    """So much later than it could, the transcript of the user's speech arrives."""
    audio_speed: float = 8.0
    """How many seconds of audio are sent per second; 0 sends everything at once."""
    delta_ms: int = 200
    """Audio in one delta."""
    stall_s: float = 0
    """The socket sends nothing for so long, once per connection."""
    stall_after_audio_s: float = 0
    """The stall begins when so much audio of one response has been sent."""
    drop_after_events: int = 0
    """The connection is torn down, without a close frame, after so many events; 0 never."""
    close_code: int = 0
    """Close politely with this code after `close_after_events` events; 0 never."""
    close_after_events: int = 1
    close_reason: str = ""
    refuse_connect: int = 0
    """Answer the handshake with this HTTP status (401, 403, 429, 500, ...)."""
    refuse_beta: bool = False
    """Treat the beta dialect as OpenAI does: error beta_api_shape_disabled, close 4000."""
    refuse_unknown_model: bool = True
    """An unknown model: error model_not_found and close; otherwise it is served."""
    unknown_event: bool = False
    """Send an event of a type that does not exist, once, at the start of a response."""
    malformed: bool = False
    """Send a frame that is not JSON, once, at the start of a response."""
    odd_audio: bool = False
    """The first audio delta of each response ends in the middle of a sample."""
    bad_base64: bool = False
    """The second audio delta of each response is not base64."""
    fail_response: bool = False
    """Every response ends with status failed."""
    incomplete_response: bool = False
    """Every response stops after its first sentence, incomplete (max_output_tokens)."""
    no_truncate: bool = False
    """conversation.item.truncate is unknown here."""
    no_cancel: bool = False
    """response.cancel is unknown here."""
    no_delete: bool = False
    """conversation.item.delete is unknown here."""
    no_transcription: bool = False
    """Transcription is accepted as a setting, and no transcript ever comes."""
    no_usage: bool = False
    """Nothing says what was used."""
    bare_responses: bool = False
    """response.created and response.done hold nothing of the response, not even its id."""
    old_names: bool = False
    """Events have the beta's names in GA sessions too."""
    expires_in_s: float = 3600
    """Length of a session; then session_expired and close 1001."""
    fixed_answer: str = ""
    """The answer to everything."""
    audio_override: Literal["", "counter"] = ""
    """`counter`: the answer's sample n is n % 30000 + 1 instead of speech."""
    answer_s: float = 10.0
    """Length of the counter signal."""
    auto_respond: bool = True
    """False: no response starts by itself when a turn ends."""
    fail_transcription: bool = False
    """Transcription of the user's speech fails (the answer still comes)."""
    recognise: bool = True
    """False: no speech recognition, every clip counts as not understood."""

    # HTTP only
    transcription_ms: float = 0
    """A transcription takes at least so long."""
    transcript_override: str = ""
    """What every uploaded recording is taken to say; nothing is recognised."""
    first_token_ms: float = 0
    """At least so long between a request (or run) and its first token."""
    tokens_per_s: float = 100.0
    """Text flows at this rate; 0 sends everything at once."""
    speech_first_byte_ms: float = 0
    """At least so long between a request for speech and its first byte."""
    speech_speed: float = 10.0
    """Speech and audio answers flow at so many times real time; 0 sends everything at once."""
    rate_limit_times: int = 0
    """So many requests are answered 429 with Retry-After."""
    retry_after_s: float = 1.0
    """What that Retry-After says."""
    refuse_times: int = 0
    """So many requests are answered with `refuse_status`."""
    refuse_status: int = 500
    fault_path: str = ""
    """These two faults concern requests whose path contains this and that are POSTs."""
    fail_stream_after: int = 0
    """A stream says `error` after so many events (or chunks of audio) and ends; 0 never."""
    cut_stream_after: int = 0
    """The connection of a stream is closed after so many events (or chunks); 0 never."""
    run_status: RunStatus = ""
    """Runs end with this status; at queued, in_progress and cancelling they stay (the last
    one only when cancelled); at requires_action they ask for the first function."""
    run_error: Literal["server_error", "rate_limit_exceeded", "invalid_prompt"] = "server_error"
    """Why runs fail."""
    run_expires_s: float = 600.0
    """So long after its creation a run that is not done expires."""
    cancel_ms: float = 50.0
    """So long a run is `cancelling`."""
    lock_thread_times: int = 0
    """So many messages and runs are refused as if a run were active on the thread."""
    assistants_gone: bool = False
    """The whole Assistants API answers 404, as at OpenAI since 2026-08-26."""
    conversation_locked_times: int = 0
    """So many responses are refused with `conversation_locked`."""
    tool_calls: int = 1
    """A function that is wanted is called so many times at once."""
    refusal: str = ""
    """What answers (of chats and responses) refuse with, instead of an answer."""
    content_filter: bool = False
    """Answers (of chats and responses) are stopped half-way by the content filter."""
    audio_id_expires_s: float = 3600.0
    """So long the audio of an answer can be referred to by its id."""


def decode_knobs(data: str | bytes) -> Knobs:
    """Raises msgspec.ValidationError with the field's name and what was expected."""
    return msgspec.json.decode(data, type=Knobs, strict=False)


class KnobBoard:
    """The knobs now: POST /knobs exchanges them, open connections follow."""

    def __init__(self, knobs: Knobs) -> None:
        self.knobs = knobs
