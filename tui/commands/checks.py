"""What `voicetui doctor` looks at, one group after the other."""

from __future__ import annotations

import asyncio
import importlib.metadata
import locale
import os
import platform
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlsplit

from tui.child import environment as child_environment
from tui.errors import ExitCode, VoicetuiError
from tui.masking import mask
from tui.paths import config_file, log_file, state_dir
from tui.resolution import Resolution, unknown_variables

if TYPE_CHECKING:
    from tui.sessions.options import Endpoint

Verdict = Literal["ok", "warning", "problem"]
"""`warning` is worth knowing and stops nothing."""

CONNECT_TIMEOUT_S: Final = 8.0
_PACKAGES: Final = (
    "textual", "openai", "websockets", "sounddevice", "numpy", "msgspec", "pywebrtc-audio", "soxr",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report."""

    name: str
    verdict: Verdict
    text: str
    exit_code: ExitCode = ExitCode.FAILURE
    """What a problem ends with."""
    advice: str = ""
    """What to do about it."""


def installation() -> Iterator[Check]:
    """Versions."""
    yield Check("voicetui", "ok", _version("voicetui") or "not installed as a package")
    yield Check("python", "ok", f"{platform.python_version()} on {platform.platform(terse=True)}")
    found = {name: _version(name) for name in _PACKAGES}
    missing = [name for name, version in found.items() if not version]
    if missing:
        advice = "Install voicetui again, with pipx or into an environment of its own."
        yield Check("packages", "problem", f"missing: {', '.join(missing)}", advice=advice)
    else:
        yield Check("packages", "ok", ", ".join(f"{name} {found[name]}" for name in found))


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def terminal(environment: Mapping[str, str]) -> Iterator[Check]:
    """Terminal, multiplexer, locale."""
    term = environment.get("TERM", "")
    attached = sys.stdin.isatty() and sys.stderr.isatty()
    size = shutil.get_terminal_size((0, 0))
    words = [f"TERM={term or '(not set)'}"]
    if environment.get("COLORTERM"):
        words.append(f"COLORTERM={environment['COLORTERM']}")
    if size.columns:
        words.append(f"{size.columns}x{size.lines}")
    for variable, name in (("TMUX", "tmux"), ("STY", "screen"), ("SSH_CONNECTION", "SSH")):
        if environment.get(variable):
            words.append(name)
    if not attached:
        text = f"none here: plain text only ({', '.join(words)})"
        yield Check("terminal", "warning", text, advice="Run it in a terminal for the screen.")
    elif term in ("", "dumb"):
        advice = "Set TERM to what the terminal is, such as xterm-256color, for the screen."
        text = f"plain text only ({', '.join(words)})"
        yield Check("terminal", "warning", text, advice=advice)
    else:
        yield Check("terminal", "ok", ", ".join(words))
    encoding = locale.getpreferredencoding(False)
    if encoding.lower().replace("-", "") == "utf8":
        yield Check("locale", "ok", encoding)
    else:
        advice = "Set LANG to a UTF-8 locale, such as C.UTF-8."
        text = f"{encoding} is not UTF-8: some letters show as ?"
        yield Check("locale", "warning", text, advice=advice)


def settings(
    flags: Mapping[str, str | float],
    environment: Mapping[str, str],
    keep: Callable[[Resolution], None],
) -> Iterator[Check]:
    """The config file and the variables; `keep` gets the settings if they can be used."""
    from tui.settings import load_settings

    path = config_file()
    changed: list[str] = []
    try:
        resolved = load_settings(flags, environment)
        keep(resolved)
        changed = [
            f"{name} ({settled.source})"
            for name, settled in resolved.values.items()
            if settled.source != "default"
        ]
    except VoicetuiError as error:
        advice = "`voicetui config edit` opens the file and names the lines."
        text = error.message or error.title
        yield Check("settings", "problem", text, error.exit_code, advice)
    else:
        where = str(path) if path.exists() else f"{path} (does not exist; it need not)"
        yield Check("settings", "ok", where)
        # Names alone: a report is shown to others.
        yield Check("changed", "ok", ", ".join(changed) or "no setting; all have their defaults")
    for name, near in unknown_variables(environment):
        hint = f"; did you mean {near}?" if near else ""
        advice = f"Set {near}, or unset {name}." if near else f"Unset {name}."
        text = f"{name} means nothing to voicetui{hint}"
        yield Check("environment", "warning", text, advice=advice)


def storage() -> Iterator[Check]:
    """Where the log and the demo's conversations are."""
    folder = state_dir()
    if not os.access(folder, os.W_OK):
        advice = "Give yourself the right to write there, or name another in VOICETUI_STATE_DIR."
        text = f"{folder} cannot be written"
        yield Check("state folder", "problem", text, ExitCode.SETTINGS, advice)
        return
    mode = folder.stat().st_mode & 0o777
    if os.name == "posix" and mode & 0o077:
        text = f"{folder} is open to others (mode {mode:o})"
        yield Check("state folder", "warning", text, advice=f"chmod 700 {folder}")
    else:
        yield Check("state folder", "ok", str(folder))
    yield _last_trouble()


def _last_trouble() -> Check:
    """The log, and what was written there last that is no routine."""
    path = log_file()
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            lines = deque(file, maxlen=500)
    except OSError:
        return Check("log", "ok", f"{path} (nothing written yet)")
    marks = (" ERROR ", " CRITICAL ")
    trouble = [line.strip() for line in lines if any(mark in line for mark in marks)]
    if not trouble:
        return Check("log", "ok", str(path))
    text = f"{path}; the last error: {mask(trouble[-1])[:200]}"
    return Check("log", "warning", text, advice="`voicetui log show` prints the lines around it.")


def history() -> Iterator[Check]:
    """How much is kept."""
    folder = state_dir() / "history"
    size_mb = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6
    if not folder.exists():
        yield Check("history", "ok", "nothing kept yet")
        return
    from tui.commands.record import OPEN_S, open_store

    store = open_store()
    try:
        count = store.count().result(OPEN_S)
        problem = store.problem
    finally:
        store.close()
    text = f"{count} conversation{'' if count == 1 else 's'}, {size_mb:.1f} MB"
    if problem:
        yield Check("history", "warning", f"{text}; {problem}")
    else:
        yield Check("history", "ok", text)


def sound() -> Iterator[Check]:
    """PortAudio, devices, echo cancellation."""
    from tui.commands.devices import list_devices

    listing = list_devices()
    if listing["problem"]:
        text = f"{listing['problem']}; typing works, and answers are written"
        yield Check("sound", "warning", text, advice=_sound_advice(listing["problem"]))
    else:
        devices = listing["devices"]
        inputs = [device for device in devices if device["inputs"]]
        outputs = [device for device in devices if device["outputs"]]
        text = f"{len(inputs)} inputs, {len(outputs)} outputs ({listing['portaudio'][:40]})"
        missing = "" if inputs and outputs else "outputs" if inputs else "inputs"
        advice = f"There are no {missing}: connect one, or type." if missing else ""
        yield Check("sound", "warning" if missing else "ok", text, advice=advice)
    # In a process of its own: a broken native module must not take the report with it.
    loaded = subprocess.run(
        [sys.executable, "-P", "-c", "import pywebrtc_audio"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=child_environment(),
        check=False,
    )
    if loaded.returncode == 0:
        yield Check("echo", "ok", "cancellation can be loaded")
    else:
        text = "cancellation cannot be loaded: the microphone rests while an answer is heard"
        advice = "With headphones, --echo headphones lets you interrupt by voice all the same."
        yield Check("echo", "warning", text, advice=advice)


def _sound_advice(problem: str) -> str:
    """What to do where there is no sound."""
    if "PortAudio" in problem:
        return "Install PortAudio; on Debian and Ubuntu: apt-get install libportaudio2."
    if server := os.environ.get("PULSE_SERVER"):
        return (
            f"No sound server answers at {server} (PULSE_SERVER): start it, or the `ssh -R` that "
            "leads there, or unset the variable."
        )
    if os.environ.get("SSH_CONNECTION"):
        return (
            "Over SSH the microphone is that of this machine; start voicetui where you sit, or "
            "forward sound (PULSE_SERVER)."
        )
    return "Connect a device, or start the sound server; `voicetui devices` lists what is found."


def service(
    resolved: Resolution, environment: Mapping[str, str], *, offline: bool
) -> Iterator[Check]:
    """Which service, with which key, and whether it answers; the embedded service."""
    from tui.commands.demo import missing_parts
    from tui.model_remarks import model_remarks
    from tui.service_choice import NoKey, choose_service
    from tui.sessions.options import Endpoint
    from tui.settings import call_settings
    from tui.stored_keys import look_up

    missing = missing_parts()
    if missing:
        text = f"not installed; missing: {', '.join(missing)}"
        advice = "pipx install '.[demo]' in a checkout, if you want to try it without a key."
        yield Check("embedded service", "warning", text, advice=advice)
    else:
        yield Check("embedded service", "ok", "installed: voicetui --demo")
    try:
        choice = choose_service(resolved, environment, look_up)
        if choice.kind == "demo":
            yield Check("service", "ok", f"the embedded one ({choice.why})")
            return
        made = call_settings(resolved, choice)
        endpoint = made.endpoint
    except NoKey as error:
        yield Check("key", "warning", f"{error.title}.", advice=error.message)
        return
    except VoicetuiError as error:
        yield Check("service", "problem", str(error), error.exit_code)
        return
    yield Check("key", "ok", f"from {choice.key_source}" if choice.key else "none; none is needed")
    for remark in model_remarks(made):
        yield Check("model", "warning", remark)
    reach_url = endpoint.url if isinstance(endpoint, Endpoint) else endpoint.base_url
    how = f"{endpoint.dialect} dialect" if isinstance(endpoint, Endpoint) else "over HTTP"
    what = f"{endpoint.label}, {how} ({choice.why})"
    if offline:
        yield Check("service", "ok", f"{what}; not asked (--offline)")
        return
    reached = _reach(reach_url, what)
    if reached.verdict != "ok":
        yield reached
        return
    over_http = call_settings(resolved, choice, kind="responses").endpoint
    access = _try_key(over_http, reach_url, choice.key_source)
    if access.verdict == "warning" and isinstance(endpoint, Endpoint):
        # Without a list of models anything may be there.
        why = asyncio.run(_no_session(endpoint))
        reached = _unreached(f"{what}; {why}") if why else reached
    yield reached
    yield access


async def _no_session(endpoint: Endpoint) -> str:
    """Why the service opens no session, in words; empty where it does.  Nothing is sent in it."""
    from tui.sessions.dialing import dial
    from tui.sessions.events import SessionEnded

    answer = await dial(endpoint)
    if isinstance(answer, SessionEnded):
        return mask(answer.reason)
    await answer.close()
    return ""


def _try_key(endpoint: object, url: str, variable: str) -> Check:
    """Ask for the list of models: it costs nothing, and needs the key where one is needed."""
    from tui.commands.asking import ask_service
    from tui.sessions.failures import v1_hint
    from tui.sessions.http.endpoint import HttpEndpoint

    assert isinstance(endpoint, HttpEndpoint)
    reply = ask_service(endpoint, "models.list", {})
    trouble = reply.trouble
    if trouble is None:
        words = f"the service takes the key from {variable}" if variable else "none is needed"
        return Check("access", "ok", words)
    hint = v1_hint(endpoint.service, url, trouble.status)
    words = mask(trouble.meaning().words)
    if trouble.status in (401, 403):
        return Check("access", "problem", f"{hint} {words}".strip(), ExitCode.REFUSED)
    if trouble.status in (404, 405):
        text = f"this service has no model list; the key was not tried.{hint}"
        return Check("access", "warning", text)
    if trouble.status == 0 or trouble.status >= 500:
        return Check("access", "problem", words, ExitCode.NETWORK)
    return Check("access", "warning", f"the key was not tried: {words}")


def _reach(url: str, what: str) -> Check:
    """Connect, with TLS where it belongs, and send nothing."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    secure = parts.scheme in ("wss", "https")
    started_s = time.monotonic()
    try:
        with socket.create_connection(
            (host, parts.port or (443 if secure else 80)), CONNECT_TIMEOUT_S
        ) as line:
            if secure:
                with ssl.create_default_context().wrap_socket(line, server_hostname=host):
                    pass
    except ssl.SSLCertVerificationError as error:
        reason = f"its certificate is not accepted: {error.verify_message}"
    except TimeoutError:
        reason = f"no answer within {CONNECT_TIMEOUT_S:g} s"
    except socket.gaierror:
        reason = f"the name {host} is not known here; is there a network?"
    except OSError as error:
        reason = error.strerror or str(error)
    else:
        connected_ms = (time.monotonic() - started_s) * 1000
        return Check("service", "ok", f"{what}; connected in {connected_ms:.0f} ms")
    return _unreached(f"{what}; {mask(reason)}")


def _unreached(text: str) -> Check:
    advice = "Check the network, and the address: `voicetui config show` says where it is from."
    return Check("service", "problem", text, ExitCode.NETWORK, advice)
