"""Token counts of a response or a transcription.  Every field may be missing."""

from __future__ import annotations

from tui.sessions.events import TokenUsage
from tui.sessions.realtime.message import Message, count, number, part


def response_usage(usage: Message) -> TokenUsage:
    """Usage from `response.done`, by modality, with the cached share of the input."""
    return _tokens(usage)


def transcription_usage(usage: Message) -> TokenUsage:
    """Usage of an input transcription: tokens, or seconds where it is billed by time."""
    if usage.get("type") == "duration":
        return TokenUsage(seconds=number(usage, "seconds"))
    return _tokens(usage)


def _tokens(usage: Message) -> TokenUsage:
    into = part(usage, "input_token_details")
    out = part(usage, "output_token_details")
    cached = part(into, "cached_tokens_details")
    text_in, audio_in, image_in = (count(into, f"{kind}_tokens") for kind in _KINDS)
    text_out, audio_out = count(out, "text_tokens"), count(out, "audio_tokens")
    # What the total holds beyond the details has to be text: better counted than lost.
    text_in += max(0, count(usage, "input_tokens") - text_in - audio_in - image_in)
    text_out += max(0, count(usage, "output_tokens") - text_out - audio_out)
    # Cached is a subset of the input, also where a service says otherwise.
    cached_text = min(text_in, count(cached, "text_tokens"))
    cached_audio = min(audio_in, count(cached, "audio_tokens"))
    cached_image = min(image_in, count(cached, "image_tokens"))
    # Some services give the sum only.  Text is cached first: a conversation begins with it.
    rest = max(0, count(into, "cached_tokens") - cached_text - cached_audio - cached_image)
    more_text = min(rest, text_in - cached_text)
    more_audio = min(rest - more_text, audio_in - cached_audio)
    return TokenUsage(
        text_in=text_in,
        audio_in=audio_in,
        image_in=image_in,
        cached_text=cached_text + more_text,
        cached_audio=cached_audio + more_audio,
        cached_image=cached_image,
        text_out=text_out,
        audio_out=audio_out,
    )


_KINDS = ("text", "audio", "image")
