"""Why there is no connection, in words, and whether trying again can help."""

from __future__ import annotations

import errno
import math
import re
import socket
import ssl
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import msgspec

from tui.sessions.events import SessionEnded
from tui.sessions.options import Service
from tui.sessions.realtime.message import Message, part, text
from tui.sessions.realtime.words import describe, quoted

_HTML: Final = re.compile(rb"\s*(?:<!doctype html|<html)", re.IGNORECASE)

_STATUS: Final[Mapping[int, tuple[str, bool]]] = {
    400: ("The service refused the request.", True),
    401: ("The service refused the key. Check OPENAI_API_KEY or `voicetui key`.", True),
    402: ("The account has no credit left. Check the plan and billing.", True),
    403: ("This key may not use this model or service.", True),
    404: ("There is no Realtime service at this address. Check the base URL and the model.", True),
    405: ("There is no Realtime service at this address. Check the base URL.", True),
    407: ("The proxy wants a user name and password.", True),
    408: ("The service did not answer in time.", False),
    426: ("There is no Realtime service at this address. Check the base URL.", True),
    429: ("Too many requests: the service asks to wait.", False),
}
"""HTTP answers to the opening handshake: sentence, fatal."""


def refused(
    status: int, headers: Mapping[str, str], body: bytes, *, model: str, where: str
) -> SessionEnded:
    """The service answered the opening handshake with an HTTP status instead of a WebSocket."""
    if _HTML.match(body) and (status < 400 or status == 511):
        return SessionEnded(
            f"A web page came instead of {where}: the network may want you to sign in first"
            " (captive portal), or the base URL is that of a web site.",
        )
    if 300 <= status < 400:
        target = headers.get("location", "")
        return SessionEnded(
            f"The address sends elsewhere{f' ({quoted(target)})' if target else ''};"
            " not followed, since the key would go there too. Set the base URL to it.",
            fatal=True,
        )
    code, kind, said = _error(body)
    retry_after_s = _retry_after(headers)
    words, fatal = _STATUS.get(status, ("", False))
    if not words:
        words = (
            "The service has an internal error."
            if status >= 500
            else f"The service answered with HTTP status {status}."
        )
        fatal = 400 <= status < 500
    known = describe(code, kind, said, model=model)
    if known.weight == "fatal":
        return SessionEnded(known.words, fatal=True)
    if said:
        words = f"{words} It says: {quoted(said)}"
    return SessionEnded(f"{words} (HTTP {status})", fatal=fatal, retry_after_s=retry_after_s)


def at_home(end: SessionEnded, status: int, service: Service, url: str) -> SessionEnded:
    """The same in the words of this service: its variable of the key, what its address lacks."""
    reason = end.reason
    if service in ("azure", "azure-preview"):
        reason = reason.replace(" OPENAI_API_KEY", " AZURE_OPENAI_API_KEY")
    reason = (v1_hint(service, url, status) + " " + reason).strip()
    return SessionEnded(reason, end.asked, end.fatal, end.retry_after_s, end.way_on)


def v1_hint(service: Service, url: str, status: int) -> str:
    """A question worth asking where an address has no version at its end; else empty."""
    path = urlsplit(url).path.rstrip("/").removesuffix("/realtime")
    if service == "compatible" and status in (403, 404, 405) and not path.endswith("/v1"):
        return " Is /v1 missing at the end of the address?"
    return ""


def _error(body: bytes) -> tuple[str, str, str]:
    """Code, type and message of an error body in any of the shapes seen."""
    try:
        decoded = msgspec.json.decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError):
        if _HTML.match(body):
            return "", "", ""
        return "", "", body[:1000].decode("utf-8", "replace").strip()
    if not isinstance(decoded, dict):
        return "", "", ""
    whole: Message = decoded
    error = part(whole, "error") or whole
    said = text(error, "message") or text(whole, "detail") or text(whole, "error")
    return text(error, "code"), text(error, "type"), said


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds; the form with a date is rare and not worth a clock here."""
    value = headers.get("retry-after", "").strip()
    try:
        wait_s = float(value)
    except ValueError:
        return None
    return wait_s if math.isfinite(wait_s) and wait_s >= 0 else None


def proxy_refused(problem: Exception) -> SessionEnded:
    """The proxy of this machine would not connect."""
    said = quoted(str(problem))
    return SessionEnded(
        f"The proxy would not connect: {said}. It is set by HTTPS_PROXY or HTTP_PROXY;"
        " NO_PROXY names hosts that go without."
    )


def unreachable(problem: BaseException, *, where: str, timeout_s: float) -> SessionEnded:
    """No HTTP answer at all: the cause in words."""
    # websockets wraps a connection that broke in the handshake.
    cause = problem.__cause__ if isinstance(problem.__cause__, OSError | EOFError) else problem
    return SessionEnded(_cause(cause, where, timeout_s))


def _cause(problem: BaseException, where: str, timeout_s: float) -> str:
    match problem:
        case ssl.SSLCertVerificationError():
            return (
                f"The certificate of {where} cannot be trusted: {problem.verify_message}."
                " A proxy or a wrong clock may be the reason."
            )
        case ssl.SSLError():
            return (
                f"No encrypted connection to {where}: {problem.reason or 'TLS failed'}."
                " Does the address need ws:// or http:// instead?"
            )
        case socket.gaierror():
            return f"The name of {where} cannot be resolved. Is the network up, the address right?"
        case TimeoutError():
            return f"{where} did not answer within {timeout_s:.0f} s."
        case ConnectionRefusedError():
            return f"{where} refused the connection. Is the service running there?"
        case ConnectionResetError() | EOFError() | BrokenPipeError():
            return (
                f"{where} broke the connection off before answering."
                " Does the address need wss:// or https:// instead?"
            )
        case ImportError():
            return "A SOCKS proxy is set, which needs the package python-socks."
        case OSError():
            return _os_cause(problem, where)
        case _:
            return f"No WebSocket at {where}: {quoted(str(problem)) or type(problem).__name__}."


def _os_cause(problem: OSError, where: str) -> str:
    if problem.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN):
        return f"There is no way to {where}: the network is not reachable."
    said = str(problem)
    if "Multiple exceptions" in said or "Connect call failed" in said:
        # asyncio tried several addresses of one name; one sentence is enough.
        return f"{where} refused the connection. Is the service running there?"
    return f"No connection to {where}: {problem.strerror or quoted(said)}."
