"""A whole conversation in one stereo file: you left, it right, in step with the clock.

    recording = Recording(path, began_frame, on_problem)     # raises RecordingProblem
    log.on_piece = recording.take
    recording.tick(log.frame_at(now_ns))                     # a few times a second
    recording.close(log.frame_at(now_ns))

The file is written as the conversation goes, on a thread of its own: a slow disk delays nothing,
and what was written before a crash can be played.  FLAC needs the soundfile package.
"""

from __future__ import annotations

import contextlib
import io
import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, Protocol

from shared.pcm import FRAME_BYTES, RATE_HZ
from shared.wav import HEADER_BYTES, LONGEST_BYTES, wav_header
from tui.audio.sound_log import Side
from tui.errors import ExitCode, VoicetuiError

HELD_FRAMES: Final = RATE_HZ
"""Written this much later: until then sound of a moment can still come."""
STALLED_BLOCKS: Final = 120
"""A disk that takes nothing for a minute is given up."""
STEREO: Final = 2
FORMS: Final = (".wav", ".flac")


class RecordingProblem(Exception):
    """Why there is no recording, in words."""


class Recording:
    """One file; everything but the writing runs on the call's loop."""

    def __init__(
        self, path: Path, began_frame: int, on_problem: Callable[[str], None] = lambda words: None
    ) -> None:
        self.path = path
        self._began = began_frame
        self._on_problem = on_problem
        self._written = 0
        self._pieces: dict[Side, deque[tuple[int, bytes]]] = {"mic": deque(), "speaker": deque()}
        self._sink = _sink(path)
        self._on_disk = 0
        self._blocks: queue.Queue[bytes | None] = queue.Queue()
        self._failed = False
        self._thread = threading.Thread(target=self._write, name="recording", daemon=True)
        self._thread.start()

    @property
    def seconds(self) -> float:
        """How much of it is in the file."""
        return self._on_disk / RATE_HZ

    @property
    def failed(self) -> bool:
        """It has stopped by itself; that was told."""
        return self._failed

    def take(self, side: Side, start: int, pcm: bytes) -> None:
        """A piece of one side, at its frame of the log's clock."""
        start -= self._began
        late = self._written - start
        if late > 0:
            start, pcm = self._written, pcm[late * FRAME_BYTES :]
        if pcm:
            self._pieces[side].append((start, pcm))

    def tick(self, now_frame: int) -> None:
        """Write what is complete by now."""
        self._write_up_to(now_frame - self._began - HELD_FRAMES)

    def close(self, now_frame: int) -> None:
        """Write the rest and finish the file."""
        ends = [start + len(pcm) // FRAME_BYTES for side in self._pieces.values()
                for start, pcm in side]  # fmt: skip
        self._write_up_to(max([now_frame - self._began, *ends]))
        self._blocks.put(None)
        self._thread.join(5.0)

    def _write_up_to(self, end: int) -> None:
        frames = end - self._written
        if frames <= 0 or self._failed:
            return
        if self._blocks.qsize() > STALLED_BLOCKS:
            self._fail("the disk takes nothing any more")
            return
        block = bytearray(frames * FRAME_BYTES * STEREO)
        for channel, side in enumerate(self._pieces.values()):
            self._mix(side, block, channel, end)
        self._written = end
        self._blocks.put(bytes(block))

    def _mix(self, side: deque[tuple[int, bytes]], out: bytearray, channel: int, end: int) -> None:
        """Frames of one side into their channel; what is later stays."""
        samples = memoryview(out).cast("h")
        while side and side[0][0] < end:
            start, pcm = side.popleft()
            fits = (end - start) * FRAME_BYTES
            if len(pcm) > fits:
                side.appendleft((end, pcm[fits:]))
                pcm = pcm[:fits]
            first = (start - self._written) * STEREO + channel
            last = first + len(pcm) // FRAME_BYTES * STEREO
            samples[first:last:STEREO] = memoryview(pcm).cast("h")

    # ------------------------------------------------------------ the writing thread

    def _write(self) -> None:
        try:
            while (block := self._blocks.get()) is not None:
                if not self._failed:
                    self._sink.write(block)
                    self._on_disk += len(block) // (FRAME_BYTES * STEREO)
        except (OSError, RuntimeError) as error:
            self._fail(_words(error))
        finally:
            try:
                self._sink.close()
            except (OSError, RuntimeError) as error:
                self._fail(_words(error))

    def _fail(self, why: str) -> None:
        if not self._failed:
            self._failed = True
            self._on_problem(
                f"Recording has stopped: {why}. The first {self.seconds:.0f} s are in {self.path}; "
                "the call goes on."
            )


def _words(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error).rstrip(".")


class Sink(Protocol):
    """A file that takes stereo PCM16 24 kHz."""

    def write(self, pcm: bytes) -> None:
        """Append; what was written before stays playable.  Raises OSError, RuntimeError."""

    def close(self) -> None:
        """Finish the file."""


def _sink(path: Path) -> Sink:
    if path.suffix.lower() == ".flac":
        return FlacSink(path)
    if path.suffix.lower() not in FORMS:
        raise RecordingProblem(f"{path}: a recording is .wav or .flac")
    return WavSink(path)


def check_place(wanted: str) -> None:
    """Before a call: raise VoicetuiError where `wanted` can be no recording."""
    path = Path(wanted).expanduser().absolute()
    folder = path if path.is_dir() else path.parent
    if folder != path and path.suffix.lower() not in FORMS:
        raise VoicetuiError(
            "No such form", f"{path}: a recording is .wav or .flac.", ExitCode.USAGE
        )
    if not folder.is_dir():
        problem = "its folder does not exist"
    elif not os.access(folder, os.W_OK):
        problem = "no permission"
    else:
        return
    raise VoicetuiError("The recording cannot be written", f"{path}: {problem}.", ExitCode.DEVICE)


def _create(path: Path) -> int:
    """A new file for its owner alone; nothing is ever overwritten."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise RecordingProblem(f"{path} exists; choose another name") from None
    except OSError as error:
        raise RecordingProblem(f"{path}: {error.strerror or error}") from error


class WavSink:
    """The header is mended with every write."""

    def __init__(self, path: Path) -> None:
        self._descriptor = _create(path)
        self._size_bytes = 0
        os.write(self._descriptor, wav_header(0, STEREO))

    def write(self, pcm: bytes) -> None:
        """Append."""
        if self._size_bytes + len(pcm) > LONGEST_BYTES:
            raise RuntimeError("a WAV file cannot be longer (12 hours)")
        rest = memoryview(pcm)
        while rest:
            at = HEADER_BYTES + self._size_bytes
            written = os.pwrite(self._descriptor, rest, at)
            self._size_bytes += written
            rest = rest[written:]
        os.pwrite(self._descriptor, wav_header(self._size_bytes, STEREO), 0)

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)


FLAC_BLOCK_FRAMES: Final = 4096
_FLAC_LENGTH_AT: Final = 22
"""Where the header counts frames, in four bytes; libFLAC itself fills them in at the end."""


class FlacFile(io.FileIO):
    """Keeps why it could not be written: of that libsndfile says only "System error"."""

    problem: OSError | None = None

    def write(self, data: Any) -> int:
        """All of it, or less."""
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[super().write(rest) :]
        except OSError as error:
            self.problem = error
        return len(data) - len(rest)


class FlacSink:
    """Its blocks are complete as they are written, and the header counts them as they come."""

    def __init__(self, path: Path) -> None:
        try:
            import soundfile
        except (ImportError, OSError):
            raise RecordingProblem(
                f"{path}: FLAC needs one more package (in a checkout: pip install -e '.[flac]'), "
                "or choose .wav"
            ) from None
        self._on_disk = FlacFile(_create(path), "r+b")
        self._file: Any = soundfile.SoundFile(
            self._on_disk, "w", RATE_HZ, STEREO, "PCM_16", format="FLAC"
        )
        self._frames = 0

    def write(self, pcm: bytes) -> None:
        """Append."""
        with self._why():
            self._file.buffer_write(pcm, dtype="int16")
        self._frames += len(pcm) // (FRAME_BYTES * STEREO)
        complete = (self._frames // FLAC_BLOCK_FRAMES - 1) * FLAC_BLOCK_FRAMES
        if complete > 0:
            os.pwrite(self._on_disk.fileno(), complete.to_bytes(4, "big"), _FLAC_LENGTH_AT)

    def close(self) -> None:
        """Close the file."""
        try:
            with self._why():
                self._file.close()
        finally:
            self._on_disk.close()

    @contextlib.contextmanager
    def _why(self) -> Iterator[None]:
        try:
            yield
        except (RuntimeError, AssertionError) as error:  # it asserts that all was written
            raise self._on_disk.problem or RuntimeError(str(error)) from None
        if self._on_disk.problem is not None:
            raise self._on_disk.problem
