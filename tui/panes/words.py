"""What the screen says about states, tokens and devices."""

from __future__ import annotations

from shared.messages import Counters, State
from tui.call_events import CallState, Latency, MuteChecked
from tui.sessions.events import TokenUsage
from tui.text import cells, clean, cut_cells, wrap_cells

STATE_WORDS: dict[CallState, str] = {
    "connecting": "CONNECTING",
    "listening": "LISTENING",
    "recording": "RECORDING",
    "paused": "PAUSED",
    "muted": "MUTED",
    "thinking": "THINKING",
    "speaking": "SPEAKING",
    "reconnecting": "RECONNECTING",
    "ended": "ENDED",
}
ECHO_WORDS = {
    "cancelled": "echo cancelled",
    "half-duplex": "half-duplex: it does not listen while it speaks",
    "off": "echo control off",
}


def hint(state: CallState, push_to_talk: bool) -> str:
    """What a person can do now, for a state without words of its own."""
    match state:
        case "listening":
            return "speak now; space pauses"
        case "recording":
            return "speak; space sends"
        case "paused":
            return "space to talk" if push_to_talk else "not listening; space resumes"
        case "muted":
            return "the microphone is off; m opens it"
        case "speaking":
            return ". or escape interrupts" + ("" if push_to_talk else ", so does your voice")
        case "ended":
            return "c goes on, n begins anew, q quits"
        case _:
            return ""


def welcome(push_to_talk: bool, *, hold: bool = False, no_microphone: bool = False) -> list[str]:
    """What stands in a conversation in which nothing was said."""
    if no_microphone:
        how = "No microphone here: type, or press space to ask a recorded question."
    elif hold:
        how = "Hold space while you speak; let go to send. Or tap it, speak, and tap again."
    elif push_to_talk:
        how = "Press space, speak, and press space again to send."
    else:
        how = "Just speak; the answer comes aloud. Speak again to interrupt it."
    return [how, "Press i to type, m to mute, ? for all keys, q to quit."]


def mute_words(checked: MuteChecked) -> str:
    """Whether the mute holds, and whether somebody has forgotten it."""
    if checked.sent_frames:
        return f"{checked.sent_frames:,} frames were sent all the same!"
    if checked.talking:
        return "you talk, and nobody hears it; m opens"
    return "0 frames sent since; m opens the microphone"


def short_count(tokens: int) -> str:
    """1,234 up to four digits, then 12.3k."""
    return f"{tokens:,}" if tokens < 10_000 else f"{tokens / 1000:.1f}k"


def cached(usage: TokenUsage) -> int:
    """Cached input tokens of all modalities."""
    return usage.cached_text + usage.cached_audio + usage.cached_image


def tokens_line(last: TokenUsage | None, total: TokenUsage, width: int) -> str:
    """Tokens of the last answer and of the call, as wordy as `width` allows."""
    if total.total == 0:
        return "no tokens used yet"
    n = short_count
    latest = last or TokenUsage()

    def wordy(usage: TokenUsage) -> str:
        return (
            f"text {n(usage.text_in)} in {n(usage.text_out)} out, "
            f"audio {n(usage.audio_in)} in {n(usage.audio_out)} out, cached {n(cached(usage))}"
        )

    def brief(usage: TokenUsage) -> str:
        return (
            f"text {n(usage.text_in)}/{n(usage.text_out)} "
            f"audio {n(usage.audio_in)}/{n(usage.audio_out)} cached {n(cached(usage))}"
        )

    def bare(usage: TokenUsage) -> str:
        return (
            f"{n(usage.text_in)}/{n(usage.text_out)} "
            f"{n(usage.audio_in)}/{n(usage.audio_out)} {n(cached(usage))}"
        )

    forms = (
        f"tokens, last: {wordy(latest)}    all: {wordy(total)}",
        f"tokens in/out, last: {brief(latest)}   all: {brief(total)}",
        f"tokens in/out  {brief(latest)}  all {bare(total)}",
        f"last {brief(latest)}  all {bare(total)}",
        f"all: {brief(total)}",
        f"{n(total.text_in + total.audio_in + total.image_in)} tokens in, "
        f"{n(total.text_out + total.audio_out)} out",
        f"tokens {n(total.text_in + total.audio_in + total.image_in)}"
        f"/{n(total.text_out + total.audio_out)}",
    )
    return next((form for form in forms if cells(form) <= width), cut_cells(forms[-1], width))


def no_sound(state: State) -> bool:
    """Neither a microphone nor a loudspeaker, though they were looked for."""
    return not state.input and _mute(state) and bool(state.notice)


def _mute(state: State) -> bool:
    return state.output == "" or (state.output == "silent" and bool(state.notice))


def sound_notice(state: State) -> str:
    """What the engine says about the devices, without saying things twice."""
    parts = [part.partition(": ") for part in clean(state.notice, single_line=True).split("; ")]
    # "no microphone: no microphone on this machine" says it twice.
    return "; ".join(
        why if why.startswith("no ") else what + colon + why for what, colon, why in parts
    )


def devices_line(
    state: State | None, counters: Counters | None, width: int, mark: str = "…"
) -> str:
    """Which devices are in use, or what is wrong with them."""
    if state is None:
        return "sound is starting"
    if no_sound(state):
        return cut_cells("no sound devices", width)
    gaps = f", {counters.underruns} gaps" if counters is not None and counters.underruns else ""
    tail = ECHO_WORDS[state.echo].split(":")[0] + gaps
    mic = clean(state.input, single_line=True) or "no microphone"
    out = "no loudspeaker" if _mute(state) else clean(state.output, single_line=True)
    if state.input_phase == "lost":
        mic += " (lost)"
    if state.output_phase == "lost":
        out += " (lost)"
    both = mic if mic == out else f"{mic} / {out}"
    room = width - cells(tail) - 2
    return f"{cut_cells(both, room, mark)}, {tail}" if room >= 12 else cut_cells(both, width, mark)


def devices_lines(state: State | None, counters: Counters | None, width: int) -> list[str]:
    """The same over several lines of a side pane."""
    if state is None:
        return ["starting"]
    mic = clean(state.input, single_line=True) or "none"
    out = clean(state.output, single_line=True) or "none"
    mic += " (lost)" if state.input_phase == "lost" else ""
    out += " (lost)" if state.output_phase == "lost" else ""
    lines = wrap_cells(f"mic {cut_cells(mic, 3 * width)}", width)
    lines += wrap_cells(f"out {cut_cells(out, 3 * width)}", width)
    lines += wrap_cells(ECHO_WORDS[state.echo], width)
    if notice := sound_notice(state):
        lines += wrap_cells(cut_cells(notice, 6 * width), width)
    if counters is not None and counters != Counters():
        lines += wrap_cells(
            f"{counters.underruns} gaps, {counters.dropped_frames} frames dropped, "
            f"{counters.device_restarts} device restarts",
            width,
        )
    return lines


def tokens_table(last: TokenUsage | None, total: TokenUsage) -> list[str]:
    """Tokens of the last answer and of the call, 30 cells wide."""
    latest = last or TokenUsage()
    rows = (
        ("text in", latest.text_in, total.text_in),
        ("text out", latest.text_out, total.text_out),
        ("audio in", latest.audio_in, total.audio_in),
        ("audio out", latest.audio_out, total.audio_out),
        ("cached in", cached(latest), cached(total)),
    )
    return [
        f"{'':<10}{'answer':>9}{'call':>11}",
        *(f"{name:<10}{short_count(one):>9}{short_count(all_):>11}" for name, one, all_ in rows),
    ]


def latency_lines(latency: Latency) -> list[str]:
    """How long an answer took from the end of the question, and where the time went."""
    parts = latency_parts(latency)
    rows = [("first sound", latency.first_sound_ms), *parts]
    return [f"{name:<17}{ms / 1000:>6.2f} s" for name, ms in rows]


def latency_words(latency: Latency) -> str:
    """The same in one line."""
    parts = ", ".join(f"{name.strip()} {ms / 1000:.2f}" for name, ms in latency_parts(latency))
    return f"First sound after {latency.first_sound_ms / 1000:.2f} s: {parts}"


def latency_parts(latency: Latency) -> list[tuple[str, float]]:
    """Network and service until the first byte came, then this program until it was heard."""
    network_ms = latency.network_ms
    service_ms = latency.first_byte_ms - (network_ms or 0.0)
    ours_ms = latency.first_sound_ms - latency.first_byte_ms
    ours = ("  here", max(0.0, ours_ms))
    if network_ms is None:
        return [("  to first byte", latency.first_byte_ms), ours]
    return [("  network", network_ms), ("  service", max(0.0, service_ms)), ours]
