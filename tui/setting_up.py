"""What a person is asked once, and how it is written down, on the screen and in lines."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from tui.config_file import read_config
from tui.config_writing import write_config
from tui.errors import ExitCode, VoicetuiError
from tui.picked import Direction, picked, remember
from tui.resolution import Resolution, resolve
from tui.settings_table import Plain

Service = Literal["openai", "azure", "compatible", "demo"]

SERVICES: Final[dict[Service, str]] = {
    "openai": "OpenAI",
    "azure": "Azure",
    "compatible": "a compatible service",
    "demo": "the embedded service: no key, nothing is sent, nothing is billed",
}
NO_DEVICE: Final = "silent"


@dataclass(slots=True)
class Wishes:
    """The answers so far; begins with what is set already."""

    service: Service = "openai"
    address: str = ""
    """Of a compatible service, or of the Azure resource."""
    model: str = ""
    """On Azure: the deployment."""
    key: str = field(default="", repr=False)
    """Empty: what is known already stays."""
    input: str = "default"
    output: str = "default"
    language: str = ""

    @property
    def needs_address(self) -> bool:
        """Somebody must say where it is."""
        return self.service in ("azure", "compatible")

    @property
    def problem(self) -> str:
        """What is missing or wrong, in a sentence; empty: it can be saved."""
        if self.address_problem:
            return self.address_problem
        if self.needs_address and not self.model:
            what = "the name of the deployment" if self.service == "azure" else "a model"
            return f"This service needs {what}."
        return ""

    @property
    def address_problem(self) -> str:
        """The same of the address alone."""
        if not self.needs_address:
            return ""
        if not self.address:
            return "This service needs an address."
        if not self.address.startswith(("http://", "https://")):
            return "An address begins with http:// or https://."
        return ""

    def changes(self) -> dict[str, Plain]:
        """For config.toml; None: not set there."""
        azure, compatible = self.service == "azure", self.service == "compatible"
        changes: dict[str, Plain] = {
            "service.kind": self.service,
            "service.base_url": self.address if compatible else None,
            "service.model": None if azure else self.model or None,
            "session.language": self.language or None,
        }
        if azure:
            changes |= {
                "service.azure_endpoint": self.address,
                "service.azure_deployment": self.model,
            }
        return changes


def wishes_of(settings: Resolution) -> Wishes:
    """What is set already."""
    kind = settings.text("service.kind")
    base_url, azure = settings.text("service.base_url"), settings.text("service.azure_endpoint")
    service: Service
    if kind in ("azure", "azure-preview") or (kind == "auto" and azure and not base_url):
        service = "azure"
    elif kind == "compatible" or (kind == "auto" and base_url):
        service = "compatible"
    else:
        service = "demo" if kind == "demo" else "openai"
    return Wishes(
        service,
        azure if service == "azure" else base_url if service == "compatible" else "",
        settings.text("service.azure_deployment" if service == "azure" else "service.model"),
        input=settings.text("audio.input"),
        output=settings.text("audio.output"),
        language=settings.text("session.language"),
    )


def known_key(wishes: Wishes, environment: Mapping[str, str]) -> str:
    """Where a key for this service is already, in words; empty: nowhere."""
    from tui.stored_keys import places

    variable = "AZURE_OPENAI_API_KEY" if wishes.service == "azure" else "OPENAI_API_KEY"
    if environment.get(variable, "").strip():
        return f"the environment ({variable})"
    return places().get(key_name(wishes), "")


def key_name(wishes: Wishes) -> str:
    """Under which the key is stored."""
    from tui.stored_keys import AZURE, name_of

    return AZURE if wishes.service == "azure" else name_of(wishes.address)


def try_key(wishes: Wishes) -> tuple[bool | None, str]:
    """Whether the service takes the key, in words too; None: it could not be found out."""
    from tui.commands.asking import ask_service
    from tui.service_choice import choose_service
    from tui.sessions.http.endpoint import HttpEndpoint
    from tui.settings import call_settings

    variable = "AZURE_OPENAI_API_KEY" if wishes.service == "azure" else "OPENAI_API_KEY"
    flags: dict[str, Any] = {
        name: value for name, value in wishes.changes().items() if value is not None
    }
    settled = resolve(flags, {}, Path(os.devnull))
    choice = choose_service(settled, {variable: wishes.key})
    endpoint = call_settings(settled, choice, kind="responses").endpoint
    assert isinstance(endpoint, HttpEndpoint)
    trouble = ask_service(endpoint, "models.list", {}).trouble
    if trouble is None:
        return True, "The service takes the key."
    if trouble.status in (401, 403):
        return False, trouble.meaning().words
    return None, f"The key could not be tried: {trouble.meaning().words}"


def save(wishes: Wishes, config: Path, environment: Mapping[str, str]) -> list[str]:
    """Write it down; returns what was done, in sentences; raises VoicetuiError."""
    from tui.stored_keys import store

    told = []
    changes = wishes.changes()
    # Where the file names a device it is named there; else as if it were picked in a call.
    in_file = read_config(config)
    devices: dict[Direction, str] = {"input": wishes.input, "output": wishes.output}
    picks = {way: name for way, name in devices.items() if f"audio.{way}" not in in_file}
    changes |= {f"audio.{way}": name for way, name in devices.items() if way not in picks}
    if wishes.key:
        told.append(f"The key is kept in {store(key_name(wishes), wishes.key)}.")
    write_config(config, changes)
    told.append(f"The settings are in {config}.")
    known = picked()
    for way, name in picks.items():
        if known.get(f"audio.{way}", "default") != name:
            _remember(way, name)
    settled = resolve({}, environment, config)
    for name, value in {
        **changes,
        "audio.input": wishes.input,
        "audio.output": wishes.output,
    }.items():
        source = settled.source(name)
        if source.startswith("environment ") and settled.values[name].value != value:
            told.append(f"{source.partition(' ')[2]} is set, and goes before {name}.")
    return told


def _remember(way: Direction, name: str) -> None:
    try:
        remember(way, name)
    except OSError as error:
        raise VoicetuiError(
            "Devices cannot be remembered", f"{error.strerror or error}.", ExitCode.SETTINGS
        ) from error
