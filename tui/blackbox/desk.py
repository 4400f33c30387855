"""What a call does with its sound beside playing and sending it: recordings and reports.

Everything runs on the call's loop, but the files are written on threads.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tui.audio.sound_log import SoundLog
from tui.blackbox.counters import Stages
from tui.call_events import RecordingChanged
from tui.errors import VoicetuiError
from tui.paths import RECORDINGS, REPORTS, log_file, private_dir, shown, state_dir
from tui.recording import Recording, RecordingProblem
from tui.sessions.events import Notice

TICK_S: Final = 0.25

Told = Notice | RecordingChanged


class SoundDesk:
    """Of one call."""

    def __init__(self, log: SoundLog, tell: Callable[[Told], None]) -> None:
        self._log = log
        self._tell = tell
        self._recording: Recording | None = None
        self._ticking: asyncio.Task[None] | None = None

    # ------------------------------------------------------------ recording

    def record(self, wanted: str = "") -> None:
        """Begin a recording in this file, or (empty) in one of ours; end the one that runs."""
        if self._recording is not None:
            self._end()
            return
        try:
            path = _free(Path(wanted).expanduser()) if wanted else _ours()
            loop = asyncio.get_running_loop()

            def failed(words: str) -> None:
                loop.call_soon_threadsafe(self._failed, words)

            recording = Recording(path, self._log.frame_at(time.monotonic_ns()), failed)
        except (RecordingProblem, VoicetuiError, OSError) as problem:
            self._tell(Notice(f"Not recording: {problem}", "error"))
            return
        self._recording = recording
        self._log.on_piece = recording.take
        self._ticking = asyncio.create_task(self._tick(recording))
        self._tell(RecordingChanged(str(path)))
        self._tell(Notice(f"Recording both sides to {shown(path)}"))

    async def _tick(self, recording: Recording) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            recording.tick(self._log.frame_at(time.monotonic_ns()))

    def _failed(self, words: str) -> None:
        if self._recording is not None:
            self._let_go()
            self._tell(Notice(words, "error"))

    def _end(self) -> None:
        recording = self._recording
        assert recording is not None
        self._let_go()
        recording.close(self._log.frame_at(time.monotonic_ns()))
        if not recording.failed:
            self._tell(Notice(f"Recorded {recording.seconds:.0f} s to {shown(recording.path)}"))

    def _let_go(self) -> None:
        self._recording = None
        self._log.on_piece = None
        if self._ticking is not None:
            self._ticking.cancel()
        self._tell(RecordingChanged(""))

    def close(self) -> None:
        """The call is over."""
        if self._recording is not None:
            self._end()

    # ------------------------------------------------------------ report

    def report(
        self, stages: Stages, events: list[dict[str, object]], settings: dict[str, object]
    ) -> None:
        """Write a bundle of the last half minute."""
        from tui.blackbox.bundle import Snapshot, write_bundle

        snapshot = Snapshot(*self._log.last(time.monotonic_ns()), stages, events, settings)
        loop = asyncio.get_running_loop()

        def write() -> None:
            try:
                folder = private_dir(state_dir() / REPORTS)
                logs = {"voicetui.log": log_file(), "engine.log": state_dir() / "engine.log"}
                path = write_bundle(folder, snapshot, logs)
                name = shown(path)
                notice = Notice(f"Report with 30 s of sound: {name} (voicetui replay shows it)")
            except (OSError, VoicetuiError) as error:
                why = getattr(error, "strerror", None) or str(error)
                notice = Notice(f"The report could not be written: {why}", "error")
            try:
                loop.call_soon_threadsafe(self._tell, notice)
            except RuntimeError:
                pass  # the call is over

        threading.Thread(target=write, name="report", daemon=True).start()


def _ours() -> Path:
    return _free(private_dir(state_dir() / RECORDINGS))


def _free(wanted: Path) -> Path:
    """`wanted`, or a name like it that is free; a folder gets a file with the date."""
    if wanted.is_dir():
        wanted /= time.strftime("voicetui-%Y%m%d-%H%M%S.wav")
    path, number = wanted, 1
    while path.exists() or path.is_symlink():
        number += 1
        path = wanted.with_stem(f"{wanted.stem}-{number}")
    return path.absolute()
