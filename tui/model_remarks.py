"""What a person should know about the chosen models before a call: ended, ending, wrong kind."""

from __future__ import annotations

from datetime import date

from tui.sessions.models import ModelKind, warning, wrong_kind
from tui.sessions.options import TextOptions
from tui.settings import CallSettings


def model_remarks(call: CallSettings, today: date | None = None) -> list[str]:
    """Sentences, mostly none.  Only for OpenAI itself: others give models names of their own."""
    if call.endpoint.service != "openai":
        return []
    today = today or date.today()
    options = call.options
    wanted: ModelKind = "realtime"
    if isinstance(options, TextOptions):
        wanted = "audio" if options.kind == "audio" else "text"
    remarks = [wrong_kind(options.model, wanted), warning(options.model, today)]
    if options.transcription_model:
        remarks += [
            wrong_kind(options.transcription_model, "transcription"),
            warning(options.transcription_model, today),
        ]
    return [remark for remark in remarks if remark]
