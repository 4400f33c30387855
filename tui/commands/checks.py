"""What `voicetui doctor` looks at, one group after the other."""

from __future__ import annotations

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
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urlsplit

from tui.child import environment as child_environment
from tui.errors import ExitCode, VoicetuiError
from tui.masking import mask
from tui.paths import config_file, log_file, state_dir
from tui.resolution import Resolution, unknown_variables

Verdict = Literal["ok", "note", "fail"]

CONNECT_TIMEOUT_S: Final = 8.0
_PACKAGES: Final = (
    "textual", "openai", "websockets", "sounddevice", "numpy", "msgspec", "pywebrtc-audio", "soxr",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report."""

    name: str
    verdict: Verdict
    """`note` is worth knowing and stops nothing."""
    text: str
    exit_code: ExitCode = ExitCode.FAILURE
    """What a failure ends with."""


def installation() -> Iterator[Check]:
    """Versions."""
    yield Check("voicetui", "ok", _version("voicetui") or "not installed as a package")
    yield Check("python", "ok", f"{platform.python_version()} on {platform.platform(terse=True)}")
    found = {name: _version(name) for name in _PACKAGES}
    missing = [name for name, version in found.items() if not version]
    if missing:
        yield Check("packages", "fail", f"missing: {', '.join(missing)}")
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
    for variable, name in (("TMUX", "tmux"), ("STY", "screen"), ("SSH_CONNECTION", "over SSH")):
        if environment.get(variable):
            words.append(name)
    if not attached:
        yield Check("terminal", "note", f"none here: plain text only ({', '.join(words)})")
    elif term in ("", "dumb"):
        yield Check("terminal", "note", f"plain text only ({', '.join(words)})")
    else:
        yield Check("terminal", "ok", ", ".join(words))
    encoding = locale.getpreferredencoding(False)
    if encoding.lower().replace("-", "") == "utf8":
        yield Check("locale", "ok", encoding)
    else:
        yield Check("locale", "note", f"{encoding} is not UTF-8: some letters show as ?")


def settings(
    flags: Mapping[str, str | float],
    environment: Mapping[str, str],
    keep: Callable[[Resolution], None],
) -> Iterator[Check]:
    """The config file and the variables; `keep` gets the settings if they can be used."""
    from tui.settings import load_settings

    path = config_file()
    try:
        keep(load_settings(flags, environment))
    except VoicetuiError as error:
        yield Check("settings", "fail", error.message or error.title, error.exit_code)
    else:
        where = str(path) if path.exists() else f"{path} (does not exist; it need not)"
        yield Check("settings", "ok", where)
    for name, near in unknown_variables(environment):
        hint = f"; did you mean {near}?" if near else ""
        yield Check("environment", "note", f"{name} means nothing to voicetui{hint}")


def storage() -> Iterator[Check]:
    """Where the log and the demo's conversations are."""
    folder = state_dir()
    if not os.access(folder, os.W_OK):
        yield Check("state folder", "fail", f"{folder} cannot be written", ExitCode.SETTINGS)
        return
    mode = folder.stat().st_mode & 0o777
    if os.name == "posix" and mode & 0o077:
        yield Check(
            "state folder", "note", f"{folder} is open to others (mode {mode:o}): chmod 700"
        )
    else:
        yield Check("state folder", "ok", str(folder))
    yield Check("log", "ok", str(log_file()))


def sound() -> Iterator[Check]:
    """PortAudio, devices, echo cancellation."""
    from tui.commands.devices import list_devices

    listing = list_devices()
    if listing["problem"]:
        yield Check("sound", "note", f"{listing['problem']}; the silent device takes over")
    else:
        devices = listing["devices"]
        inputs = [device for device in devices if device["inputs"]]
        outputs = [device for device in devices if device["outputs"]]
        text = f"{len(inputs)} inputs, {len(outputs)} outputs ({listing['portaudio'][:40]})"
        yield Check("sound", "ok" if inputs and outputs else "note", text)
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
        yield Check("echo", "note", "cancellation cannot be loaded: half-duplex instead")


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
        text = f"not installed (pip install 'voicetui[demo]'); missing: {', '.join(missing)}"
        yield Check("embedded service", "note", text)
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
        yield Check("key", "note", str(error))
        return
    except VoicetuiError as error:
        yield Check("service", "fail", str(error), error.exit_code)
        return
    yield Check("key", "ok", f"from {choice.key_source}" if choice.key else "none; none is needed")
    for remark in model_remarks(made):
        yield Check("model", "note", remark)
    reach_url = endpoint.url if isinstance(endpoint, Endpoint) else endpoint.base_url
    how = f"{endpoint.dialect} dialect" if isinstance(endpoint, Endpoint) else "over HTTP"
    what = f"{endpoint.label}, {how} ({choice.why})"
    if offline:
        yield Check("service", "ok", f"{what}; not asked (--offline)")
        return
    reached = _reach(reach_url, what)
    yield reached
    if reached.verdict == "ok":
        over_http = call_settings(resolved, choice, kind="responses").endpoint
        yield _try_key(over_http, reach_url, choice.key_source)


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
        return Check("access", "fail", words + hint, ExitCode.REFUSED)
    if trouble.status in (404, 405):
        text = f"this service has no model list; the key was not tried.{hint}"
        return Check("access", "note", text)
    if trouble.status == 0 or trouble.status >= 500:
        return Check("access", "fail", words, ExitCode.NETWORK)
    return Check("access", "note", f"the key was not tried: {words}")


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
    return Check("service", "fail", f"{what}; {mask(reason)}", ExitCode.NETWORK)
