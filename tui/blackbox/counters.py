"""Counters of every stage the sound goes through, and what they say together."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Final

from shared.pcm import RATE_HZ

IN_ORDER: Final = RATE_HZ // 10
"""Frames by which two stages may differ while sound is moving between them."""


@dataclass(frozen=True, slots=True)
class Stages:
    """One look at all of them; frames are of 24 kHz.

    Of the answer, in this order: received, queued, taken, played; what is missing was flushed, or
    waits.  Of the microphone: captured, of these gated, passed, sent.
    """

    seconds: float = 0.0
    """Since the call began."""
    received_pieces: int = 0
    """Messages of the service with sound in them."""
    decoded_frames: int = 0
    queued_frames: int = 0
    waiting_frames: int = 0
    """Not heard yet."""
    taken_frames: int = 0
    """Handed to the device."""
    played_frames: int = 0
    """Left the loudspeaker."""
    flushed_frames: int = 0
    """Discarded by an interruption."""
    underruns: int = 0
    """How often the sound ran dry in the middle of an answer."""
    underflows: int = 0
    """How often the device ran empty although there was sound."""
    output_rate_hz: int = 0
    input_rate_hz: int = 0
    """0: 24 kHz, or a device without a rate."""
    output_latency_ms: int = 0
    output_drift_ppm: int | None = None
    input_drift_ppm: int | None = None
    """How much faster the devices' clocks are than this machine's."""
    captured_frames: int = 0
    """Of the microphone, all of them."""
    gated_frames: int = 0
    """Kept back by mute, pause or half-duplex."""
    passed_frames: int = 0
    """Came through the gate."""
    sent_frames: int = 0
    sent_since_mute_frames: int = 0
    lost_blocks: int = 0
    """Blocks of 10 ms the engine was too late for."""
    dropped_frames: int = 0
    """Thrown away because nobody took them."""
    dropped_messages: int = 0
    """Sound that became too old to be sent."""
    device_restarts: int = 0
    engine_restarts: int = 0

    @property
    def resampled(self) -> bool:
        """A device runs at a rate of its own."""
        return any(rate not in (0, RATE_HZ) for rate in (self.output_rate_hz, self.input_rate_hz))

    def to_json(self) -> dict[str, object]:
        """All of them by name."""
        return {**asdict(self), "resampled": self.resampled}


def from_json(found: object) -> Stages:
    """What `to_json` gave, as far as it makes sense; the rest is at its default."""
    known: dict[str, object] = found if isinstance(found, dict) else {}
    values: dict[str, float | None] = {}
    for field in fields(Stages):
        value = known.get(field.name)
        if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e15:
            continue
        if value == value:
            values[field.name] = value if field.name == "seconds" else int(value)
    return Stages(**values)  # type: ignore[arg-type]


def rows(stages: Stages) -> list[tuple[str, str]]:
    """Name and value of every stage, for people."""

    def sound(frames: int) -> str:
        return f"{frames:,} frames ({frames / RATE_HZ:,.1f} s)"

    def rate(rate_hz: int) -> str:
        return f"{rate_hz or RATE_HZ:,} Hz{', converted' if rate_hz not in (0, RATE_HZ) else ''}"

    def drift(ppm: int | None) -> str:
        return "not known yet" if ppm is None else f"{ppm:+d} ppm"

    return [
        ("received", f"{stages.received_pieces:,} pieces"),
        ("decoded", sound(stages.decoded_frames)),
        ("queued", sound(stages.queued_frames)),
        ("taken", sound(stages.taken_frames)),
        ("played", sound(stages.played_frames)),
        ("waiting", sound(stages.waiting_frames)),
        ("flushed", sound(stages.flushed_frames)),
        ("underruns", f"{stages.underruns:,}, the device's own {stages.underflows:,}"),
        ("loudspeaker", f"{rate(stages.output_rate_hz)}, {stages.output_latency_ms} ms held"),
        ("its clock", drift(stages.output_drift_ppm)),
        ("captured", sound(stages.captured_frames)),
        ("gated", sound(stages.gated_frames)),
        ("passed", sound(stages.passed_frames)),
        ("sent", f"{sound(stages.sent_frames)}, silence among them"),
        ("since mute", sound(stages.sent_since_mute_frames)),
        ("microphone", rate(stages.input_rate_hz)),
        ("its clock", drift(stages.input_drift_ppm)),
        ("dropped", f"{sound(stages.dropped_frames)}, {stages.dropped_messages:,} too old to send"),
        ("missed", f"{stages.lost_blocks:,} blocks of 10 ms"),
        ("restarts", f"device {stages.device_restarts:,}, engine {stages.engine_restarts:,}"),
    ]


def verdict(stages: Stages) -> list[str]:
    """What the counters prove, in sentences."""
    found = []
    missing = stages.decoded_frames - stages.queued_frames
    if missing > 0:
        found.append(f"{missing:,} frames that were received were never queued: a fault of ours.")
    astray = stages.queued_frames - (
        stages.played_frames + stages.flushed_frames + stages.waiting_frames
    )
    if abs(astray) > IN_ORDER:
        found.append(
            f"{abs(astray):,} frames are unaccounted for between queue and loudspeaker: "
            "a fault of ours, or the engine was restarted."
        )
    if stages.underruns:
        found.append(
            f"The sound ran dry {_times(stages.underruns)} in the middle of an answer: the service "
            "or the way to it was too slow."
        )
    if stages.underflows:
        found.append(
            f"The loudspeaker's device ran empty {_times(stages.underflows)}: this machine or its "
            "sound server was too busy."
        )
    if stages.lost_blocks or stages.dropped_frames:
        found.append("Sound of the microphone was lost here: this machine was too busy.")
    if stages.dropped_messages:
        found.append("Sound of the microphone was too old to be sent: the connection stalled.")
    if stages.device_restarts:
        found.append(f"A device went away and was opened again {_times(stages.device_restarts)}.")
    if stages.engine_restarts:
        found.append(f"The sound process had to be restarted {_times(stages.engine_restarts)}.")
    if stages.sent_since_mute_frames:
        found.append("Sound left this machine while it was muted: a fault of ours.")
    if not found and not stages.decoded_frames:
        found.append("Nothing was received to be heard, and nothing went wrong.")
    if not found:
        found.append(
            "Everything that was received was handed to the device in time: a crackle that was "
            "heard came after voicetui (sound server, driver, cable, headset)."
        )
    return found


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"
