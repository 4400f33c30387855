"""Token counts in the shapes of the HTTP interfaces.  Every field may be missing."""

from __future__ import annotations

from tui.sessions.events import TokenUsage
from tui.sessions.realtime.message import Message, count, number, part


def run_usage(usage: Message) -> TokenUsage:
    """Of an Assistants run: text only."""
    cached = count(part(usage, "prompt_token_details"), "cached_tokens")
    text_in = count(usage, "prompt_tokens")
    return TokenUsage(
        text_in=text_in,
        cached_text=min(cached, text_in),
        text_out=count(usage, "completion_tokens"),
    )


def response_usage(usage: Message) -> TokenUsage:
    """Of a response: text, with the cached share and what was spent on reasoning."""
    text_in, text_out = count(usage, "input_tokens"), count(usage, "output_tokens")
    cached = count(part(usage, "input_tokens_details"), "cached_tokens")
    reasoning = count(part(usage, "output_tokens_details"), "reasoning_tokens")
    return TokenUsage(
        text_in=text_in,
        cached_text=min(cached, text_in),
        text_out=text_out,
        reasoning_out=min(reasoning, text_out),
    )


def chat_usage(usage: Message) -> TokenUsage:
    """Of a chat completion, by modality."""
    into, out = part(usage, "prompt_tokens_details"), part(usage, "completion_tokens_details")
    audio_in, image_in = count(into, "audio_tokens"), count(into, "image_tokens")
    audio_out = count(out, "audio_tokens")
    # What the total holds beyond the details has to be text: better counted than lost.
    text_in = max(count(into, "text_tokens"), count(usage, "prompt_tokens") - audio_in - image_in)
    text_out = max(count(out, "text_tokens"), count(usage, "completion_tokens") - audio_out)
    cached = count(into, "cached_tokens")
    cached_text = min(cached, text_in)
    return TokenUsage(
        text_in=text_in,
        audio_in=audio_in,
        image_in=image_in,
        cached_text=cached_text,
        cached_audio=min(cached - cached_text, audio_in),
        text_out=text_out,
        audio_out=audio_out,
        reasoning_out=min(count(out, "reasoning_tokens"), text_out),
    )


def transcription_usage(usage: Message) -> TokenUsage:
    """Of a transcription: tokens, or seconds where it is billed by time."""
    if "seconds" in usage:
        return TokenUsage(seconds=number(usage, "seconds"))
    details = part(usage, "input_token_details")
    audio_in = count(details, "audio_tokens")
    text_in = max(count(details, "text_tokens"), count(usage, "input_tokens") - audio_in)
    return TokenUsage(text_in=text_in, audio_in=audio_in, text_out=count(usage, "output_tokens"))
