"""Read a bundle that somebody else wrote: nothing in it is believed.

Only members with our own names are read, each up to its limit, none is ever extracted by its name.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from shared.pcm import FRAME_BYTES, RATE_HZ
from shared.wav import HEADER_BYTES, pcm_of
from tui.blackbox.bundle import ABOUT, COUNTERS, EVENTS, FORM, LOG, MIC, SETTINGS, SPEAKER
from tui.blackbox.counters import Stages, from_json

MAX_FILE_BYTES: Final = 16 * 1024 * 1024
MAX_MEMBERS: Final = 20
LIMITS: Final = {
    ABOUT: 64 * 1024,
    COUNTERS: 64 * 1024,
    EVENTS: 1024 * 1024,
    SETTINGS: 256 * 1024,
    LOG: 1024 * 1024,
    MIC: HEADER_BYTES + 60 * RATE_HZ * FRAME_BYTES,
    SPEAKER: HEADER_BYTES + 60 * RATE_HZ * FRAME_BYTES,
}
"""The members there are, and how large each may be."""


class BrokenBundle(Exception):
    """Why this is no bundle, in words."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """What is in it."""

    stages: Stages
    about: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    events: list[Any] = field(default_factory=list)
    log: str = ""
    mic: bytes = b""
    speaker: bytes = b""
    """PCM16 24 kHz."""


def open_bundle(path: Path) -> Bundle:
    """Raises BrokenBundle, OSError."""
    if path.is_dir():
        raise BrokenBundle("is a folder")
    if path.exists() and not path.is_file():
        raise BrokenBundle("is no file")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise BrokenBundle(f"is larger than any bundle ({MAX_FILE_BYTES // 1024 // 1024} MB)")
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            return _read(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise BrokenBundle(f"is no bundle, or a damaged one ({error})") from error
    except (ValueError, RecursionError) as error:
        raise BrokenBundle(f"is no bundle: {error}") from error


def _read(archive: zipfile.ZipFile) -> Bundle:
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise BrokenBundle(f"has {len(members):,} members; a bundle has {len(LIMITS)}")
    names = [member.filename for member in members]
    strange = next((name for name in names if name not in LIMITS), None)
    if strange is not None:
        raise BrokenBundle(f"has a member {strange[:80]!r} that no bundle has")
    if len(set(names)) < len(names):
        raise BrokenBundle("has a member twice")
    if COUNTERS not in names or ABOUT not in names:
        raise BrokenBundle("is a zip file, but no bundle of voicetui")
    raw = {member.filename: _member(archive, member) for member in members}
    about = _object(raw[ABOUT], ABOUT)
    form = about.get("form")
    if not isinstance(form, int) or form > FORM:
        raise BrokenBundle(f"has a form ({str(form)[:20]}) that this voicetui does not know")
    events = _json(raw.get(EVENTS, b"[]"), EVENTS)
    return Bundle(
        from_json(_json(raw[COUNTERS], COUNTERS)),
        about,
        _object(raw.get(SETTINGS, b"{}"), SETTINGS),
        events if isinstance(events, list) else [],
        raw.get(LOG, b"").decode("utf-8", "replace"),
        _sound(raw.get(MIC), MIC),
        _sound(raw.get(SPEAKER), SPEAKER),
    )


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    limit = LIMITS[member.filename]
    # What it says of its size is checked, and then not believed either.
    if member.file_size <= limit:
        with archive.open(member) as file:
            raw = file.read(limit + 1)
        if len(raw) <= limit:
            return raw
    raise BrokenBundle(f"has a {member.filename} of more than {limit:,} bytes")


def _json(raw: bytes, name: str) -> Any:
    try:
        return json.loads(raw)
    except ValueError as error:
        raise BrokenBundle(f"has a {name} that is no JSON ({error})") from error


def _object(raw: bytes, name: str) -> dict[str, Any]:
    found = _json(raw, name)
    if not isinstance(found, dict):
        raise BrokenBundle(f"has a {name} that is no JSON object")
    return found


def _sound(raw: bytes | None, name: str) -> bytes:
    if raw is None:
        return b""
    try:
        return pcm_of(raw)
    except ValueError as error:
        raise BrokenBundle(f"has a {name} that is no WAV of voicetui") from error
