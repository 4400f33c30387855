"""Where voicetui keeps its files; every folder is made for its owner alone."""

from __future__ import annotations

import os
from pathlib import Path

from tui.errors import ExitCode, VoicetuiError

CONFIG_VARIABLE = "VOICETUI_CONFIG"
STATE_VARIABLE = "VOICETUI_STATE_DIR"


def config_file() -> Path:
    """The file of settings; it need not exist."""
    chosen = os.environ.get(CONFIG_VARIABLE)
    if chosen:
        return Path(chosen).expanduser().absolute()
    import platformdirs

    return platformdirs.user_config_path("voicetui", appauthor=False) / "config.toml"


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


_stand_in: Path | None = None


def use_stand_in() -> None:
    """The state folder cannot be written: use one that goes when this process ends.

    A read-only home or a full disk must not keep a person from talking.  Raises OSError.
    """
    global _stand_in
    import atexit
    import shutil
    import tempfile

    if _stand_in is None:
        _stand_in = Path(tempfile.mkdtemp(prefix="voicetui-"))  # 0700
        atexit.register(shutil.rmtree, _stand_in, ignore_errors=True)


def demo_state_dir() -> Path:
    """The embedded service's own state."""
    return private_dir(state_dir() / "demo")


def log_file() -> Path:
    """The log of the front end; the engine's and the embedded service's are beside it."""
    return state_dir() / "voicetui.log"


def private_dir(path: Path) -> Path:
    """Make `path` with mode 0700; raises VoicetuiError."""
    try:
        if not path.is_dir():
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.chmod(0o700)  # the umask may have taken or left other bits
    except OSError as error:
        raise VoicetuiError(
            "Folder cannot be made",
            f"{path}: {error.strerror or error}. {STATE_VARIABLE} names another one.",
            ExitCode.SETTINGS,
        ) from error
    return path


def private_file(path: Path) -> Path:
    """Make `path` with mode 0600 if it does not exist; raises VoicetuiError."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600))
    except OSError as error:
        raise VoicetuiError(
            "File cannot be written",
            f"{path}: {error.strerror or error}. {STATE_VARIABLE} names another folder.",
            ExitCode.SETTINGS,
        ) from error
    return path


def question_wav() -> Path:
    """The bundled recorded question."""
    return Path(__file__).with_name("assets") / "question.wav"
