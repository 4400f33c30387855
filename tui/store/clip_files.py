"""The sound of turns as WAV files beside the database: any player opens them.

Files and not rows, so that the database stays small and a clip that goes gives its room back.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from shared.wav import pcm_of, wav_header

ORPHAN_AGE_S: Final = 3600.0


class ClipFiles:
    """One folder of clips."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, pcm: bytes) -> str:
        """Keep PCM16 mono 24 kHz; returns the file's name; raises OSError."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        name = secrets.token_hex(12) + ".wav"
        path = self._folder / name
        try:
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(wav_header(len(pcm)))
                file.write(pcm)
        except BaseException:
            self.remove([name])
            raise
        return name

    def read(self, name: str) -> bytes | None:
        """The sound, or None where the file is gone."""
        try:
            return pcm_of((self._folder / name).read_bytes())
        except (OSError, ValueError):
            return None

    def remove(self, names: Iterable[str]) -> None:
        """Files that are gone already are no problem."""
        for name in names:
            with contextlib.suppress(OSError):
                (self._folder / name).unlink()

    def sweep(self, known: set[str]) -> None:
        """Remove what no row names: a program was killed between the file and its row."""
        with contextlib.suppress(OSError):
            oldest_s = time.time() - ORPHAN_AGE_S
            for path in self._folder.glob("*.wav"):
                if path.name not in known and path.stat().st_mtime < oldest_s:
                    self.remove([path.name])
