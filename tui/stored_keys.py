"""Keys a person has given once: in the system's keyring, else in a file for its owner alone.

The keyring is the package `keyring` (voicetui's extra of that name); a machine without a desktop
has none.  The file also notes which keys are in the keyring, so that nobody is asked to unlock one
who never put a key there.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlsplit

from tui.errors import ExitCode, VoicetuiError
from tui.masking import remember
from tui.paths import private_dir, wanted_state_dir

if TYPE_CHECKING:
    from types import ModuleType

Result = TypeVar("Result")

OPENAI: Final = "openai"
AZURE: Final = "azure"
IN_KEYRING: Final = "the keyring"
LONGEST_KEY: Final = 4096

_SERVICE: Final = "voicetui"
_KEYRING_WAITS_S: Final = 60.0
"""A keyring may ask the person for its password."""
_LARGEST_FILE_BYTES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key, and where it is kept."""

    value: str = field(repr=False)
    source: str
    """`the keyring`, or the file."""


def name_of(address: str) -> str:
    """Under which name the key for a service at `address` is kept: a key is for one host only."""
    if not address:
        return OPENAI
    try:
        parts = urlsplit(address if "://" in address else f"//{address}")
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return ""
    if host == "api.openai.com":
        return OPENAI
    usual = {"https": 443, "wss": 443, "http": 80, "ws": 80}.get(parts.scheme)
    return host if port is None or port == usual else f"{host}:{port}"


def usable(key: str) -> bool:
    """Whether `key` can go into a header."""
    return 0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable() and " " not in key


def key_file() -> Path:
    """Where keys are that are in no keyring."""
    return wanted_state_dir() / "keys.json"


def look_up(name: str) -> StoredKey | None:
    """The key kept under `name`; raises VoicetuiError if it is there and cannot be had."""
    entry = _read().get(name)
    if entry is None:
        return None
    if "key" in entry:
        found = StoredKey(str(entry["key"]), str(key_file()))
    else:
        ring = _keyring()
        value = _ask(lambda: ring.get_password(_SERVICE, name)) if ring is not None else None
        if value is None:
            raise VoicetuiError(
                "Key cannot be found",
                f"The key for {name} was put into the keyring, and is not there now"
                + ("" if ring is not None else " (there is no keyring here)")
                + f". `voicetui key set --service {name}` stores it again.",
                ExitCode.SETTINGS,
            )
        found = StoredKey(value, IN_KEYRING)
    remember(found.value)
    return found


def places() -> dict[str, str]:
    """Every name with a stored key, and where that is."""
    return {
        name: str(key_file()) if "key" in entry else IN_KEYRING
        for name, entry in sorted(_read().items())
    }


def store(name: str, key: str) -> str:
    """Keep `key`; returns where."""
    remember(key)
    entries = _read()
    ring = _keyring()
    if ring is None:
        entries[name] = {"key": key}
    else:
        _ask(lambda: ring.set_password(_SERVICE, name, key))
        entries[name] = {"keyring": True}
    _write(entries)
    return str(key_file()) if ring is None else IN_KEYRING


def forget(name: str) -> str:
    """Delete the key; returns where it was, or nothing."""
    entries = _read()
    entry = entries.pop(name, None)
    if entry is None:
        return ""
    if "key" not in entry and (ring := _keyring()) is not None:
        _ask(lambda: _delete(ring, name))
    _write(entries)
    return str(key_file()) if "key" in entry else IN_KEYRING


# ---------------------------------------------------------------- the keyring


def _keyring() -> ModuleType | None:
    """The package, if it is installed and has somewhere to keep things."""
    try:
        import keyring
        from keyring.backends import fail, null
    except ImportError:
        return None
    try:
        backend = keyring.get_keyring()
    except Exception:  # whatever a backend of another package may raise
        return None
    return None if isinstance(backend, (fail.Keyring, null.Keyring)) else keyring


def _delete(ring: ModuleType, name: str) -> None:
    from keyring.errors import PasswordDeleteError

    try:
        ring.delete_password(_SERVICE, name)
    except PasswordDeleteError:
        pass  # somebody else has deleted it


def _ask(question: Callable[[], Result]) -> Result:
    """Ask the keyring; it is somebody else's program, and it may wait for a person."""
    import threading

    answers: list[Result] = []
    errors: list[Exception] = []

    def ask() -> None:
        try:
            answers.append(question())
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=ask, name="keyring", daemon=True)
    thread.start()
    thread.join(_KEYRING_WAITS_S)
    if answers:
        return answers[0]
    reason = f"it failed ({type(errors[0]).__name__})" if errors else "it did not answer"
    raise VoicetuiError(
        "Keyring cannot be used",
        f"{reason}. Unlock it, or set OPENAI_API_KEY (or AZURE_OPENAI_API_KEY).",
        ExitCode.SETTINGS,
    )


# ---------------------------------------------------------------- the file


def _read() -> dict[str, dict[str, Any]]:
    """What the file says; nothing where there is none.  Raises VoicetuiError."""
    path = key_file()
    try:
        # Nothing that somebody else may have put there: no link, no pipe that never ends.
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        descriptor = os.open(path, flags)
    except FileNotFoundError:
        return {}
    except OSError as error:
        reason = f"cannot be read ({error.strerror}): it must be a file of your own"
        raise _refusal(reason) from None
    with os.fdopen(descriptor, "rb") as file:
        known = os.fstat(descriptor)
        if not stat.S_ISREG(known.st_mode):
            raise _refusal("is no file. Remove it and run `voicetui key set`")
        if os.name == "posix" and known.st_uid not in (os.geteuid(), 0):
            raise _refusal("belongs to another user. Remove it and run `voicetui key set`")
        if os.name == "posix" and known.st_mode & 0o077:
            raise _refusal(
                f"can be read by others (mode {known.st_mode & 0o777:o}). Get a new key from the "
                f"service if it may have been read, then `chmod 600` the file"
            )
        text = file.read(_LARGEST_FILE_BYTES)
    try:
        entries = json.loads(text)
        if not isinstance(entries, dict) or not all(isinstance(e, dict) for e in entries.values()):
            raise ValueError
    except (ValueError, RecursionError):
        raise _refusal("is damaged. Remove it and run `voicetui key set`") from None
    return {str(name): entry for name, entry in entries.items()}


def _write(entries: dict[str, dict[str, Any]]) -> None:
    """Replace the file whole; the old one stays if that fails."""
    from secrets import token_hex

    path = key_file()
    private_dir(path.parent)
    part = path.with_name(f".{path.name}.{token_hex(8)}")
    try:
        if not entries:
            path.unlink(missing_ok=True)
            return
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.chmod(part, 0o600)  # noqa: PTH101 - a umask may have taken the owner's own rights
            json.dump(entries, file, indent=1)
            file.flush()
            os.fsync(descriptor)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise _refusal(f"cannot be written: {error.strerror}") from None


def _refusal(what: str) -> VoicetuiError:
    return VoicetuiError("Key file cannot be used", f"{key_file()} {what}.", ExitCode.SETTINGS)
