"""A conversation as Markdown, JSON or WAV, and files that are ours alone.

All of it blocks: call it in a command or on a worker thread.
"""

from __future__ import annotations

import array
import contextlib
import errno
import json
import os
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO, Final, Literal

from shared.pcm import FRAME_BYTES, RATE_HZ, ms_to_frames
from shared.wav import HEADER_BYTES, LONGEST_BYTES, wav_header
from tui.errors import ExitCode, VoicetuiError
from tui.language import tr
from tui.language.sentences import told
from tui.store.rows import SavedConversation, SavedTurn
from tui.store.store import Store
from tui.text import clean

Format = Literal["md", "json", "wav"]
FORMATS: Final[tuple[Format, ...]] = ("md", "json", "wav")
PAUSE_MS: Final = 400
"""Between two turns."""
NAME_BYTES: Final = 80
JSON_VERSION: Final = 1

_NAMES: Final = {"user": "You", "assistant": "Assistant", "system": "System"}


def export_text(store: Store, conversation_id: str, form: Format) -> str:
    """The whole conversation as Markdown or JSON, with a line end; raises VoicetuiError."""
    saved = store.load(conversation_id).result()
    return markdown(saved) if form == "md" else as_json(store, saved)


def markdown(saved: SavedConversation) -> str:
    """Headings for turns; what was not heard is marked."""
    row = saved.row
    title = row.title or tr("Conversation")
    model = f", {row.model}" if row.model and row.model not in row.label else ""
    lines = [
        f"# {title}",
        "",
        f"{_time(row.created_at_s)} · {row.kind} · {row.label or row.service}{model}",
        "",
    ]
    for turn in saved.turns:
        lines += [f"## {tr(_NAMES.get(turn.role, turn.role))} · {_time(turn.created_at_s)}", ""]
        heard, rest = turn.text_heard.strip(), turn.text[len(turn.text_heard) :].strip()
        if heard:
            lines += [heard, ""]
        if turn.cut:
            mark = tr("interrupted; not heard:") if rest else tr("interrupted")
            lines += [f"*({mark})* {rest}".rstrip(), ""]
        remark = turn.problem or (turn.detail if turn.status != "completed" else "")
        if remark or not (heard or turn.cut):
            lines += [f"*({told(remark) or tr('no text')})*", ""]
    return "\n".join(lines).rstrip() + "\n"


def as_json(store: Store, saved: SavedConversation) -> str:
    """Everything that is known, indented; the keys are those of the record."""
    conversation_id = saved.row.id
    value = {
        "voicetui_export": JSON_VERSION,
        "conversation": asdict(saved.row),
        "settings": saved.settings,
        "turns": [asdict(turn) for turn in saved.turns],
        "tool_calls": [asdict(call) for call in store.tool_calls(conversation_id).result()],
        "steps": [asdict(step) for step in store.steps(conversation_id).result()],
        "usage": [asdict(used) for used in store.usage(conversation_id).result()],
    }
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def write_wav(store: Store, conversation_id: str, file: BinaryIO, *, stereo: bool) -> float:
    """All sound in order into a file that can be rewound; returns its seconds.

    Stereo: you on the left, the answers on the right.  Raises VoicetuiError where no sound is kept.
    """
    channels = 2 if stereo else 1
    file.write(bytes(HEADER_BYTES))
    written_bytes = 0
    for role, pcm in _sound(store, conversation_id):
        if written_bytes:
            pcm = bytes(ms_to_frames(PAUSE_MS) * FRAME_BYTES) + pcm
        data = _to_one_side(pcm, left=role == "user") if stereo else pcm
        if written_bytes + len(data) > LONGEST_BYTES:
            raise VoicetuiError("Too long for a WAV file", "it can hold 4 GB.", ExitCode.DEVICE)
        file.write(data)
        written_bytes += len(data)
    if not written_bytes:
        raise VoicetuiError(
            "No sound is kept of this conversation",
            "it was typed, saved without sound ([history] audio), or its sound was the oldest "
            "([history] audio_limit_mb).",
            ExitCode.DEVICE,
        )
    file.seek(0)
    file.write(wav_header(written_bytes, channels))
    return written_bytes / (RATE_HZ * FRAME_BYTES * channels)


def _sound(store: Store, conversation_id: str) -> Iterator[tuple[str, bytes]]:
    for row in store.clips(conversation_id).result():
        pcm = store.clip(conversation_id, row.item_id).result()
        if pcm:
            yield row.role, pcm


def _to_one_side(pcm: bytes, *, left: bool) -> bytes:
    # The order of bytes does not matter here: samples are moved, not read.
    both = array.array("h", bytes(2 * len(pcm)))
    both[0 if left else 1 :: 2] = array.array("h", pcm)
    return both.tobytes()


def save(
    store: Store,
    conversation_id: str,
    form: Format,
    where: Path | None = None,
    *,
    stereo: bool = False,
) -> Path:
    """Export into a new file, or into a folder under a name of its own; returns the file.

    Never over a file that is there, never through a link; raises VoicetuiError.
    """
    path = where or Path.cwd()
    if path.is_dir():
        row = store.row(conversation_id).result()
        path = _free(path / file_name(row.title, row.id, form))
    with new_file(path) as file:
        if form == "wav":
            write_wav(store, conversation_id, file, stereo=stereo)
        else:
            file.write(export_text(store, conversation_id, form).encode())
    return path


def file_name(title: str, conversation_id: str, form: Format) -> str:
    """A name that every file system takes and no shell stumbles over."""
    letters = "".join(
        char if unicodedata.category(char)[0] in "LN" else " " for char in clean(title)
    )
    slug = "-".join(letters.split())
    slug = slug.encode()[:NAME_BYTES].decode(errors="ignore").strip("-")
    return f"{slug or 'conversation'}-{conversation_id[:8]}.{form}"


def _free(path: Path) -> Path:
    """`path`, or the same with a number where something is there already."""
    count = 1
    new = path
    while os.path.lexists(new):
        count += 1
        new = path.with_stem(f"{path.stem}-{count}")
    return new


@contextlib.contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A file that was not there before, mode 0600; nothing is left of it where writing fails."""
    flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_NOFOLLOW", 0)
    try:
        descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0), 0o600)
    except OSError as error:
        raise _cannot(path, error) from error
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield file
    except BaseException as error:
        with contextlib.suppress(OSError):
            path.unlink()
        if isinstance(error, OSError):
            raise _cannot(path, error) from error
        raise


def _cannot(path: Path, error: OSError) -> VoicetuiError:
    if error.errno in (errno.EEXIST, errno.ELOOP):
        reason = "something is there already, and nothing is overwritten"
    else:
        reason = error.strerror or str(error)
    return VoicetuiError("The export cannot be written", f"{path}: {reason}.", ExitCode.DEVICE)


def _time(at_s: int) -> str:
    try:
        return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(at_s))
    except (ValueError, OverflowError, OSError):
        return "unknown time"


def spoken_lines(turn: SavedTurn) -> str:
    """One turn as a line of a plain conversation."""
    name = tr(_NAMES.get(turn.role, turn.role))
    text = turn.text_heard if turn.cut else turn.text
    mark = f" [{tr('interrupted')}]" if turn.cut else ""
    if not text.strip():
        reason = told(turn.problem or turn.detail)
        return f"{name}: ({reason or (tr('not heard') if turn.cut else tr('no text'))})"
    return f"{name}: {text}{mark}"
