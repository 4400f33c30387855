"""What the screen says about states, tokens and devices."""

from __future__ import annotations

from shared.messages import Counters, State
from tui import keys
from tui.call_events import CallState, Latency, MuteChecked
from tui.language import tr
from tui.language.sentences import told
from tui.sessions.events import TokenUsage
from tui.text import cells, clean, cut_cells, pad_cells, wrap_cells

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


def hint(state: CallState, push_to_talk: bool, *, brief: bool = False, typing: bool = False) -> str:
    """What a person can do now, for a state without words of its own."""
    talk, mute = keys.at_hand("talk", typing), keys.at_hand("mute", typing)
    stop = keys.at_hand("interrupt", typing) if brief or typing else keys.named("interrupt")
    match state:
        case "listening":
            return tr("speak now; {talk} pauses", talk=talk)
        case "recording":
            return tr("speak; {talk} sends", talk=talk)
        case "paused":
            return (
                tr("{talk} to talk", talk=talk)
                if push_to_talk
                else tr("not listening; {talk} resumes", talk=talk)
            )
        case "muted":
            return tr("the microphone is off; {mute} opens it", mute=mute)
        case "speaking":
            if push_to_talk or brief:
                return tr("{stop} interrupts", stop=stop)
            return tr("{stop} interrupts, so does your voice", stop=stop)
        case "ended":
            then = tr(
                "{again} goes on, {new} begins anew, {quit} quits",
                quit=keys.first("quit"),
                new=keys.first("new"),
                again=keys.first("continue"),
            )
            return after_leaving(then) if typing else then
        case _:
            return ""


def after_leaving(what: str) -> str:
    """What letters do is to be had only outside the field."""
    return tr("{leave}, then {what}", leave=keys.first("leave"), what=what)


def welcome(push_to_talk: bool, *, hold: bool = False, no_microphone: bool = False) -> list[str]:
    """What stands in a conversation in which nothing was said."""
    talk = keys.first("talk")
    if no_microphone:
        how = tr("No microphone here: type, or press {talk} to ask a recorded question.", talk=talk)
    elif hold:
        how = tr(
            "Hold {talk} while you speak; let go to send. Or tap it, speak, and tap again.",
            talk=talk,
        )
    elif push_to_talk:
        how = tr("Press {talk}, speak, and press {talk} again to send.", talk=talk)
    else:
        how = tr("Just speak; the answer comes aloud. Speak again to interrupt it.")
    return [
        how,
        tr(
            "Press {compose} to type, {mute} to mute, {help} for all keys, {quit} to quit.",
            mute=keys.first("mute"),
            compose=keys.first("compose"),
            help=keys.first("help"),
            quit=keys.first("quit"),
        ),
    ]


def mute_words(checked: MuteChecked, *, typing: bool = False) -> str:
    """Whether the mute holds, and whether somebody has forgotten it."""
    mute = keys.at_hand("mute", typing)
    if checked.sent_frames:
        return tr("{count:,} frames were sent all the same!", count=checked.sent_frames)
    if checked.talking:
        return tr("you talk, and nobody hears it; {mute} opens", mute=mute)
    return tr("0 frames sent since; {mute} opens the microphone", mute=mute)


def short_count(tokens: int) -> str:
    """1,234 up to four digits, then 12.3k."""
    return f"{tokens:,}" if tokens < 10_000 else f"{tokens / 1000:.1f}k"


def cached(usage: TokenUsage) -> int:
    """Cached input tokens of all modalities."""
    return usage.cached_text + usage.cached_audio + usage.cached_image


def tokens_line(last: TokenUsage | None, total: TokenUsage, width: int) -> str:
    """Tokens of the last answer and of the call, as wordy as `width` allows."""
    if total.total == 0:
        return tr("no tokens used yet")
    n = short_count
    latest = last or TokenUsage()

    def figures(usage: TokenUsage) -> dict[str, str]:
        return {
            "text_in": n(usage.text_in),
            "text_out": n(usage.text_out),
            "audio_in": n(usage.audio_in),
            "audio_out": n(usage.audio_out),
            "cached": n(cached(usage)),
        }

    def wordy(usage: TokenUsage) -> str:
        return tr(
            "text {text_in} in {text_out} out, audio {audio_in} in {audio_out} out, "
            "cached {cached}",
            **figures(usage),
        )

    def brief(usage: TokenUsage) -> str:
        return tr(
            "text {text_in}/{text_out} audio {audio_in}/{audio_out} cached {cached}",
            **figures(usage),
        )

    read, written = (
        total.text_in + total.audio_in + total.image_in,
        total.text_out + total.audio_out,
    )
    forms = (
        tr("tokens, last: {last}    all: {all}", last=wordy(latest), all=wordy(total)),
        tr("tokens in/out, last: {last}   all: {all}", last=brief(latest), all=brief(total)),
        tr("tokens in/out, all: {all}", all=brief(total)),
        tr("{read} tokens in, {written} out", read=n(read), written=n(written)),
        tr("tokens {read}/{written}", read=n(read), written=n(written)),
    )
    return next((form for form in forms if cells(form) <= width), cut_cells(forms[-1], width))


def no_sound(state: State, *, missing: bool) -> bool:
    """Neither a microphone nor a loudspeaker, though they were looked for."""
    return missing and _mute(state) and bool(state.notice)


def _named(device: str) -> str:
    """A device as it is called; what stands for one is a word of ours."""
    name = clean(device, single_line=True)
    return tr(name) if name in ("silent", "default") else name


def _mute(state: State) -> bool:
    return state.output == "" or (state.output == "silent" and bool(state.notice))


def sound_notice(state: State) -> str:
    """What the engine says about the devices, without saying things twice."""
    parts = [part.partition(": ") for part in clean(state.notice, single_line=True).split("; ")]
    # "no microphone: no microphone on this machine" says it twice.
    return tr("; ").join(
        told(why if why.startswith("no ") else what + colon + why) for what, colon, why in parts
    )


def devices_line(
    state: State | None,
    counters: Counters | None,
    width: int,
    mark: str = "…",
    *,
    missing: bool = False,
) -> str:
    """Which devices are in use, or what is wrong with them; `missing`: there is no microphone."""
    if state is None:
        return tr("sound is starting")
    if no_sound(state, missing=missing):
        return cut_cells(tr("no sound devices"), width)
    gaps = ""
    if counters is not None and counters.underruns:
        gaps = ", " + _gaps(counters)
    tail = tr(ECHO_WORDS[state.echo].split(":")[0]) + gaps
    mic = _named(state.input) or tr("no microphone" if missing else "microphone off")
    out = tr("no loudspeaker") if _mute(state) else _named(state.output)
    if state.input_phase == "lost":
        mic += f" ({tr('lost')})"
    if state.output_phase == "lost":
        out += f" ({tr('lost')})"
    both = mic if mic == out else f"{mic} / {out}"
    room = width - cells(tail) - 2
    return f"{cut_cells(both, room, mark)}, {tail}" if room >= 12 else cut_cells(both, width, mark)


def _gaps(counters: Counters) -> str:
    count = counters.underruns
    return tr("1 gap") if count == 1 else tr("{count} gaps", count=count)


def _lost(counters: Counters) -> str:
    """What was counted of what should not be."""
    parts = [_gaps(counters)] if counters.underruns else []
    if frames := counters.dropped_frames:
        one = tr("1 frame dropped")
        parts.append(one if frames == 1 else tr("{count:,} frames dropped", count=frames))
    if restarts := counters.device_restarts:
        one = tr("1 device restart")
        parts.append(one if restarts == 1 else tr("{count} device restarts", count=restarts))
    return tr(", ").join(parts)


def devices_lines(
    state: State | None,
    counters: Counters | None,
    width: int,
    *,
    reason: bool = True,
    missing: bool = False,
) -> list[str]:
    """The same over several lines of a side pane; `reason`: what is wrong with them, too."""
    if state is None:
        return [tr("starting")]
    mic = _named(state.input) or tr("none" if missing else "off")
    out = tr("none") if _mute(state) else _named(state.output)
    mic += f" ({tr('lost')})" if state.input_phase == "lost" else ""
    out += f" ({tr('lost')})" if state.output_phase == "lost" else ""
    lines = wrap_cells(f"{tr('mic')} {cut_cells(mic, 3 * width)}", width)
    lines += wrap_cells(f"{tr('out')} {cut_cells(out, 3 * width)}", width)
    if not no_sound(state, missing=missing):
        lines += wrap_cells(tr(ECHO_WORDS[state.echo]), width)
    if reason and (notice := sound_notice(state)):
        lines += wrap_cells(cut_cells(notice, 6 * width), width)
    if counters is not None and (lost := _lost(counters)):
        lines += wrap_cells(lost, width)
    return lines


def tokens_table(last: TokenUsage | None, total: TokenUsage) -> list[str]:
    """Tokens of the last answer and of the call, 30 cells wide."""
    latest = last or TokenUsage()
    rows = (
        (tr("text in"), latest.text_in, total.text_in),
        (tr("text out"), latest.text_out, total.text_out),
        (tr("audio in"), latest.audio_in, total.audio_in),
        (tr("audio out"), latest.audio_out, total.audio_out),
        (tr("cached in"), cached(latest), cached(total)),
    )
    return [
        " " * 10 + pad_cells(tr("answer"), 9, right=True) + pad_cells(tr("call"), 11, right=True),
        *(
            f"{pad_cells(name, 10)}{short_count(one):>9}{short_count(all_):>11}"
            for name, one, all_ in rows
        ),
    ]


def latency_lines(latency: Latency) -> list[str]:
    """How long an answer took from the end of the question, and where the time went."""
    parts = latency_parts(latency)
    rows = [(tr("first sound"), latency.first_sound_ms), *parts]
    return [f"{pad_cells(name, 17)}{ms / 1000:>6.2f} s" for name, ms in rows]


def latency_words(latency: Latency) -> str:
    """The same in one line."""
    parts = ", ".join(f"{name.strip()} {ms / 1000:.2f}" for name, ms in latency_parts(latency))
    return tr("First sound after {s:.2f} s: {parts}", s=latency.first_sound_ms / 1000, parts=parts)


def latency_parts(latency: Latency) -> list[tuple[str, float]]:
    """Network and service until the first byte came, then this program until it was heard."""
    network_ms = latency.network_ms
    service_ms = latency.first_byte_ms - (network_ms or 0.0)
    ours_ms = latency.first_sound_ms - latency.first_byte_ms
    ours = ("  " + tr("here"), max(0.0, ours_ms))
    if network_ms is None:
        return [("  " + tr("to first byte"), latency.first_byte_ms), ours]
    return [
        ("  " + tr("network"), network_ms),
        ("  " + tr("service"), max(0.0, service_ms)),
        ours,
    ]
