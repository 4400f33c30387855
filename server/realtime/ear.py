"""The user's side: audio in, turns found in it, speech understood."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from server.realtime.audio_in import AppendedAudio
from server.realtime.conversation import Item, user_clip
from server.realtime.core import Core, Event, new_id
from server.realtime.jobs import Understand
from server.realtime.listening import Listener, SpeechStarted, SpeechStopped
from server.realtime.shapes import Violation
from server.speech.pcm import Pcm
from server.speech.vad import SpeechDetector
from server.usage import transcription_usage

SHORTEST_COMMIT_MS = 100


class Mouth(Protocol):
    """The other side: what turns of the user do to responses."""

    @property
    def busy(self) -> bool:
        """A response of the conversation is running."""
        ...

    def interrupt(self) -> None:
        """The user began to speak."""

    def respond_by_itself(self, now: float) -> None:
        """A turn of the user has ended."""

    def begin_ready(self, now: float) -> None:
        """Speech has been understood."""

    def find_input(self, item_id: str) -> Item | None:
        """An item that only a response knows."""
        ...


class Ear:
    """The input audio buffer and the items made of it."""

    def __init__(self, core: Core, detector: Callable[[], SpeechDetector]) -> None:
        self._core = core
        self._listener = Listener(detector())
        self._audio = AppendedAudio()
        self._speech_item_id = ""
        self._idle_generation = 0
        self.mouth: Mouth

    def append(self, event: Event, now: float) -> None:
        law = self._core.settings["audio"]["input"]["format"]["type"]
        audio = self._audio.decode(event["audio"], law)
        for turn in self._listener.append(audio, self._core.turn_detection):
            if isinstance(turn, SpeechStarted):
                self._speech_started(turn)
            else:
                self._speech_stopped(turn, now)

    def _speech_started(self, turn: SpeechStarted) -> None:
        self._speech_item_id = new_id("item")
        self.forget_idle()
        place = {"audio_start_ms": turn.audio_start_ms, "item_id": self._speech_item_id}
        self._core.emit({"type": "input_audio_buffer.speech_started", **place})
        detection = self._core.turn_detection
        if detection is not None and detection["interrupt_response"]:
            self.mouth.interrupt()

    def _speech_stopped(self, turn: SpeechStopped, now: float) -> None:
        item_id, self._speech_item_id = self._speech_item_id, ""
        place = {"audio_end_ms": turn.audio_end_ms, "item_id": item_id}
        self._core.emit({"type": "input_audio_buffer.speech_stopped", **place})
        self._commit_clip(item_id, turn.clip)
        detection = self._core.turn_detection
        if detection is not None and detection["create_response"]:
            self.mouth.respond_by_itself(now)

    def commit(self, _event: Event, _now: float) -> None:
        buffered_ms = self._listener.buffered_ms
        if buffered_ms < SHORTEST_COMMIT_MS:
            raise Violation(
                "input_audio_buffer_commit_empty",
                "Error committing input audio buffer: buffer too small. Expected at least "
                f"100ms of audio, but buffer only has {buffered_ms:.2f}ms of audio.",
            )
        item_id, self._speech_item_id = self._speech_item_id or new_id("item"), ""
        self._commit_clip(item_id, self._listener.take())

    def _commit_clip(self, item_id: str, clip: Pcm) -> None:
        core = self._core
        transcription = core.settings["audio"]["input"]["transcription"]
        item = user_clip(item_id, clip, show_transcript=transcription is not None)
        previous = core.conversation.add(item)
        committed = {"item_id": item_id, "previous_item_id": previous}
        core.emit({"type": "input_audio_buffer.committed", **committed})
        core.emit_item("added", item, previous)
        core.emit_item("done", item, previous)
        self.understand(item)

    def clear(self, _event: Event, _now: float) -> None:
        self._listener.clear()
        self._speech_item_id = ""
        self._core.emit({"type": "input_audio_buffer.cleared"})

    def turn_detection_changed(self) -> None:
        if self._core.turn_detection is None:
            self._speech_item_id = ""
            self._listener.speaking = False

    # Recognition

    def understand(self, item: Item) -> None:
        """Have the speech in an item recognised, if there is any."""
        for index, part in enumerate(item.parts):
            if part.audio is not None and part.text is None:
                item.understanding = True
                self._core.ask(Understand(item.id, index, part.audio))

    def understood(self, job: Understand, text: str | None, now: float) -> None:
        """The recogniser's answer; None or empty: no words could be made out."""
        core = self._core
        item = core.conversation.find(job.item_id) or self.mouth.find_input(job.item_id)
        if item is None or not item.understanding:
            return
        part = item.parts[job.part_index]
        item.understood = bool(text)
        part.text = text or f"(speech, {part.audio_ms / 1000:.1f} s)"
        item.understanding = any(
            other.audio is not None and other.text is None for other in item.parts
        )
        if item.show_transcript and item in core.conversation.items:
            delay_s = core.knobs.transcription_delay_ms / 1000
            core.at(now + delay_s, lambda _: self._show_transcript(item, job.part_index))
        core.record(item)
        self.mouth.begin_ready(now)

    def _show_transcript(self, item: Item, part_index: int) -> None:
        part = item.parts[part_index]
        text = part.text or ""
        place = {"item_id": item.id, "content_index": part_index}
        kind = "conversation.item.input_audio_transcription"
        if self._core.knobs.fail_transcription:
            error = {
                "type": "transcription_error",
                "code": "audio_unintelligible",
                "message": "The audio could not be transcribed.",
                "param": None,
            }
            self._core.emit({"type": f"{kind}.failed", **place, "error": error})
            return
        transcription = self._core.settings["audio"]["input"]["transcription"] or {}
        model = transcription.get("model", "whisper-1")
        usage = transcription_usage(model, part.audio_ms, text)
        self._core.emit({"type": f"{kind}.delta", **place, "delta": text})
        self._core.emit({"type": f"{kind}.completed", **place, "transcript": text, "usage": usage})

    # Users who say nothing

    def forget_idle(self) -> None:
        self._idle_generation += 1

    def arm_idle(self, now: float, playback_s: float = 0) -> None:
        """Watch for a user who says nothing after an answer that takes so long to play."""
        self.forget_idle()
        generation = self._idle_generation
        idle_ms = (self._core.turn_detection or {}).get("idle_timeout_ms")
        if idle_ms and self._core.conversation.items:
            due = now + playback_s + idle_ms / 1000
            self._core.at(due, lambda when: self._idle(generation, idle_ms, when))

    def _idle(self, generation: int, idle_ms: int, now: float) -> None:
        if generation != self._idle_generation or self.mouth.busy or self._listener.speaking:
            return
        end_ms = self._listener.now_ms
        item_id = new_id("item")
        times = {"audio_start_ms": max(0, end_ms - idle_ms), "audio_end_ms": end_ms}
        self._core.emit(
            {"type": "input_audio_buffer.timeout_triggered", **times, "item_id": item_id}
        )
        self._commit_clip(item_id, self._listener.take())
        self.mouth.respond_by_itself(now)
