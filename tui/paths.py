"""Where voicetui keeps its files; every folder is made for its owner alone."""

from __future__ import annotations

import errno
import os
import shlex
import shutil
import stat
import sys
from pathlib import Path
from typing import Final

from tui.errors import ExitCode, VoicetuiError

CONFIG_VARIABLE = "VOICETUI_CONFIG"
STATE_VARIABLE = "VOICETUI_STATE_DIR"


def config_file() -> Path:
    """The file of settings; it need not exist."""
    chosen = os.environ.get(CONFIG_VARIABLE)
    if chosen:
        return Path(chosen).expanduser().absolute()
    if sys.platform == "linux":
        # As platformdirs says; every start asks, and its import costs 9 ms.
        base = os.environ.get("XDG_CONFIG_HOME", "").strip() or "~/.config"
        return Path(base).expanduser() / "voicetui" / "config.toml"
    import platformdirs

    return platformdirs.user_config_path("voicetui", appauthor=False) / "config.toml"


def shown(path: Path) -> str:
    """As a person writes it: short where it is under their home."""
    try:
        return f"~/{path.relative_to(Path.home())}"
    except (ValueError, RuntimeError):  # elsewhere; nobody's home is known
        return str(path)


def program() -> str:
    """What a person types here to start voicetui: its name, or where it lies."""
    beside = Path(sys.executable).parent / "voicetui"
    if shutil.which("voicetui") or not beside.is_file():
        return "voicetui"
    try:
        beside = beside.relative_to(Path.cwd())
    except (ValueError, OSError):  # it lies elsewhere; the folder is gone
        pass
    return shlex.quote(str(beside))


def state_dir() -> Path:
    """Log, demo conversations, recordings: what may be kept but was not written by the user.

    Made if it is missing; raises VoicetuiError.
    """
    return _stand_in or private_dir(wanted_state_dir())


def wanted_state_dir() -> Path:
    """The same, whether it can be used or not."""
    chosen = os.environ.get(STATE_VARIABLE)
    if chosen:
        return Path(chosen).expanduser().absolute()
    import platformdirs

    return platformdirs.user_state_path("voicetui", appauthor=False)


RECORDINGS: Final = "recordings"
REPORTS: Final = "reports"
EXPORTS: Final = "exports"
CLIPBOARD: Final = "clipboard.txt"
ASKED_FOR: Final = (RECORDINGS, REPORTS, EXPORTS, CLIPBOARD)
"""What a person asks for goes there, in the state folder."""
_stand_in: Path | None = None


def use_stand_in() -> None:
    """The state folder cannot be written: use one of which, when this process ends, only stays
    what was asked for.

    A read-only home or a full disk must not keep a person from talking.  Raises OSError.
    """
    global _stand_in
    import atexit
    import tempfile

    if _stand_in is None:
        _stand_in = Path(tempfile.mkdtemp(prefix="voicetui-"))  # 0700
        atexit.register(_tidy, _stand_in)


def kept_elsewhere() -> Path | None:
    """The folder that stays because the state folder cannot be written."""
    return _stand_in if _stand_in and any(map(_asked_for, _stand_in.iterdir())) else None


def _asked_for(path: Path) -> bool:
    return path.name in ASKED_FOR and (path.is_file() or any(path.iterdir()))


def _tidy(stand_in: Path) -> None:
    import contextlib
    import shutil

    for path in stand_in.iterdir():
        if _asked_for(path):
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        stand_in.rmdir()


def demo_state_dir() -> Path:
    """The embedded service's own state."""
    return private_dir(state_dir() / "demo")


def log_file() -> Path:
    """The log of the front end; the engine's and the embedded service's are beside it."""
    return state_dir() / "voicetui.log"


def private_dir(path: Path) -> Path:
    """Make `path` with mode 0700; raises VoicetuiError."""
    try:
        make_dirs(path)
        danger = not_safe(path)
    except OSError as error:
        raise VoicetuiError(
            "Folder cannot be made",
            f"{path}: {error.strerror or error}. {STATE_VARIABLE} names another one.",
            ExitCode.SETTINGS,
        ) from error
    if danger:
        raise VoicetuiError(
            "Folder cannot be used",
            f"{path} {danger}. Make it yours alone (chmod 700), or name another one "
            f"with {STATE_VARIABLE}.",
            ExitCode.SETTINGS,
        )
    return path


def make_dirs(path: Path) -> None:
    """`path` and what is missing above it, each for its owner alone; raises OSError."""
    missing = [path] if not path.is_dir() else []
    missing += [folder for folder in path.parents if missing and not folder.exists()]
    for folder in reversed(missing):
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            if not folder.is_dir():
                raise
        else:
            folder.chmod(0o700)  # the umask may have taken other bits


def not_safe(folder: Path) -> str:
    """Why others could put links or files in our way there; empty where they cannot."""
    if os.name != "posix":
        return ""
    known = folder.stat()
    if os.geteuid() not in (known.st_uid, 0):
        return "belongs to another user"
    return "can be written by everybody" if known.st_mode & stat.S_IWOTH else ""


def private_file(path: Path) -> Path:
    """Make `path` with mode 0600 if it does not exist; raises VoicetuiError."""
    try:
        os.close(open_private(path, os.O_APPEND | os.O_WRONLY))
    except OSError as error:
        raise VoicetuiError(
            "File cannot be written",
            f"{path}: {error.strerror or error}. {STATE_VARIABLE} names another folder.",
            ExitCode.SETTINGS,
        ) from error
    return path


def open_private(path: Path, flags: int) -> int:
    """A descriptor of a file of our own, made if it is missing, mode 0600; raises OSError.

    Never through a link that somebody put there, and never a pipe or a device.
    """
    safe = os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, flags | safe | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        known = os.fstat(descriptor)
        if not stat.S_ISREG(known.st_mode):
            raise OSError(errno.EINVAL, "it is no file")
        if os.name == "posix":
            if os.geteuid() not in (known.st_uid, 0):
                raise PermissionError(errno.EPERM, "it belongs to another user")
            if known.st_mode & 0o077:
                os.fchmod(descriptor, 0o600)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def question_wav() -> Path:
    """The bundled recorded question."""
    return Path(__file__).with_name("assets") / "question.wav"
