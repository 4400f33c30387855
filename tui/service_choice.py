"""Which service to talk to, and with which key: the answer to "what did the person set up?"."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, cast
from urllib.parse import urlsplit

from tui.errors import ExitCode, VoicetuiError
from tui.masking import public_url
from tui.resolution import Resolution
from tui.settings_table import BY_NAME

if TYPE_CHECKING:
    from tui.stored_keys import StoredKey

Kind = Literal["openai", "azure", "azure-preview", "compatible", "demo"]


class NoKey(VoicetuiError):
    """The chosen service needs a key and none is set."""

    def __init__(self, kind: Kind) -> None:
        if kind == "openai":
            title = "No key found"
            message = (
                "Set OPENAI_API_KEY to your key, or store it with `voicetui key set`, or try "
                "`voicetui --demo`, which needs neither key nor network."
            )
        else:
            title = "No key for Azure found"
            message = (
                "Set AZURE_OPENAI_API_KEY to the key of the resource, or store it with "
                "`voicetui key set --service azure`."
            )
        super().__init__(title, message, ExitCode.SETTINGS)


@dataclass(frozen=True, slots=True)
class ServiceChoice:
    """A service, its address, and the key for it."""

    kind: Kind
    base_url: str
    """Of the service; of the resource on Azure; empty for the demo, which is not up yet."""
    key: str = field(repr=False)
    key_source: str
    """Name of the variable, `the keyring`, the file; or empty: no key."""
    why: str
    """What made it this service, in words."""


def choose_service(
    settings: Resolution,
    environment: Mapping[str, str],
    stored: Callable[[str], StoredKey | None] = lambda name: None,
) -> ServiceChoice:
    """Decide; a missing key is not an error here (see `need_key`); raises VoicetuiError.

    `stored` is asked for a key that is in no variable (`tui.stored_keys.look_up`).
    """
    kind, why = _kind(settings)
    if kind == "demo":
        return ServiceChoice(kind, "", "", "", why)
    if kind in ("azure", "azure-preview"):
        address, variable = settings.text("service.azure_endpoint"), "AZURE_OPENAI_API_KEY"
        if not address:
            raise VoicetuiError(
                "No Azure address",
                "Set AZURE_OPENAI_ENDPOINT to the address of the resource, "
                "such as https://NAME.openai.azure.com.",
                ExitCode.SETTINGS,
            )
        _check_url(address, settings, "service.azure_endpoint")
        if not (settings.text("service.model") or settings.text("service.azure_deployment")):
            raise VoicetuiError(
                "No Azure deployment",
                "Set AZURE_OPENAI_DEPLOYMENT (or --model) to the name of the deployment.",
                ExitCode.SETTINGS,
            )
    else:
        address, variable = settings.text("service.base_url"), "OPENAI_API_KEY"
        if kind == "compatible" and not address:
            raise VoicetuiError(
                "No address",
                "A compatible service needs one: --base-url http://HOST:PORT/v1 "
                "(or OPENAI_BASE_URL).",
                ExitCode.SETTINGS,
            )
        if address:
            _check_url(address, settings, "service.base_url")
    from tui.stored_keys import AZURE, name_of, usable

    key, source = environment.get(variable, "").strip(), variable
    if not key and (name := AZURE if kind.startswith("azure") else name_of(address)):
        kept = stored(name)
        key, source = (kept.value, kept.source) if kept is not None else ("", "")
    if key and not usable(key):
        raise VoicetuiError(
            "Key cannot be used",
            f"{source} holds a space, a line break or a character no key has. Copy it again.",
            ExitCode.SETTINGS,
        )
    return ServiceChoice(kind, address, key, source if key else "", why)


def set_up_service(settings: Resolution) -> ServiceChoice:
    """The service of this process's environment and stored keys; raises VoicetuiError."""
    from tui.stored_keys import look_up

    return choose_service(settings, os.environ, look_up)


def need_key(choice: ServiceChoice) -> None:
    """Raise NoKey where the service cannot be used without one."""
    if not choice.key and choice.kind in ("openai", "azure", "azure-preview"):
        raise NoKey(choice.kind)


def service_flags(settings: Resolution, *, demo: bool) -> str:
    """What a command needs to reach the same service as this one, each flag with a space before it.

    Never a key: what is secret in an address is left out.
    """
    if demo:
        return " --demo"
    given = [
        (BY_NAME[name].flag, settings.text(name))
        for name in ("service.kind", "service.base_url")
        if settings.from_flag(name)
    ]
    return "".join(f" {flag} {shlex.quote(public_url(value))}" for flag, value in given)


def demo_instead(choice: ServiceChoice) -> ServiceChoice:
    """The embedded service, since `choice` has no key."""
    return ServiceChoice("demo", "", "", "", f"no key for {choice.kind}")


def _kind(settings: Resolution) -> tuple[Kind, str]:
    asked = settings.text("service.kind")
    if asked != "auto":
        source = settings.source("service.kind")
        if asked == "demo" and source.startswith("flag"):
            source = "flag --demo"
        return cast(Kind, asked), source
    base_url = settings.text("service.base_url")
    if base_url:
        host = (_host(base_url) or "").lower()
        kind: Kind = "openai" if host == "api.openai.com" else "compatible"
        return kind, settings.source("service.base_url")
    if settings.text("service.azure_endpoint"):
        return "azure", settings.source("service.azure_endpoint")
    return "openai", "default"


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _check_url(url: str, settings: Resolution, name: str) -> None:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https", "ws", "wss") and bool(parts.hostname)
        _ = parts.port  # raises on a port that is none
    except ValueError:
        usable = False
    if not usable:
        raise VoicetuiError(
            "Address cannot be used",
            f"{public_url(url)!r} ({settings.source(name)}) must begin with http://, https://, "
            "ws:// or wss:// and name a host.",
            ExitCode.USAGE if settings.from_flag(name) else ExitCode.SETTINGS,
        )
