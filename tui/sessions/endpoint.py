"""Where a Realtime session connects: addresses, headers and the dialect that belongs to them."""

from __future__ import annotations

from typing import Final
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

from tui.sessions.options import Dialect, Endpoint, Service

OPENAI_BASE_URL: Final = "https://api.openai.com/v1"

_SCHEMES: Final = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}
_AZURE_TAILS: Final = ("/openai/v1/realtime", "/openai/realtime", "/openai/v1", "/openai")
"""Paths people paste behind an Azure resource's address; we put our own there."""


class EndpointError(ValueError):
    """The address or the key cannot be used; the message says why and what to write instead."""


def realtime_endpoint(
    service: Service,
    base_url: str,
    key: str,
    model: str,
    *,
    api_version: str = "",
    organization: str = "",
    project: str = "",
    dialect: Dialect | None = None,
) -> Endpoint:
    """Build the endpoint of a Realtime session.

    `model` is the deployment's name on Azure.  `service` "azure" turns into "azure-preview" when
    `api_version` names a preview.  Raises `EndpointError` in words.
    """
    if service == "azure" and _is_preview(api_version):
        service = "azure-preview"
    parts = _split(base_url or (OPENAI_BASE_URL if service == "openai" else ""), service)
    if not model.strip():
        raise EndpointError(
            "No deployment given: set AZURE_OPENAI_DEPLOYMENT to the name of your deployment."
            if service in ("azure", "azure-preview")
            else "No model given: use --model, for example --model gpt-realtime-2.1."
        )
    model = model.strip()
    speaks: Dialect = dialect or ("beta" if service == "azure-preview" else "ga")
    headers = _headers(service, _clean_key(key), speaks, organization, project)
    path, query = _target(service, parts, model, api_version)
    return Endpoint(
        url=urlunsplit((_SCHEMES[parts.scheme], parts.netloc, path, urlencode(query), "")),
        headers=headers,
        dialect=speaks,
        service=service,
        label=f"{_host(parts)} · {model}",
    )


def _is_preview(api_version: str) -> bool:
    return api_version.strip().lower().endswith("preview")


def _split(base_url: str, service: Service) -> SplitResult:
    text = base_url.strip()
    if not text:
        raise EndpointError(
            "No address given: set AZURE_OPENAI_ENDPOINT, for example"
            " https://NAME.openai.azure.com."
            if service in ("azure", "azure-preview")
            else "No address given: use --base-url, for example http://127.0.0.1:8000/v1."
        )
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as problem:
        raise EndpointError(f"The address {text!r} is not a URL: {problem}.") from None
    if "://" not in text or parts.scheme not in _SCHEMES:
        raise EndpointError(
            f"The address {text!r} does not start with http://, https://, ws:// or wss://."
        )
    if not parts.hostname or any(character.isspace() for character in text):
        raise EndpointError(f"The address {text!r} has no usable host name.")
    if port == 0:
        raise EndpointError(f"The address {text!r} has no usable port.")
    if parts.username or parts.password:
        raise EndpointError(
            "The address holds a user name or password; give the key as OPENAI_API_KEY instead."
        )
    return parts


def _clean_key(key: str) -> str:
    key = key.strip()
    if any(not "!" <= character <= "~" for character in key):
        raise EndpointError(
            "The key holds a space, a line break or a character that no key has;"
            " copy it again, without quotes."
        )
    return key


def _headers(
    service: Service, key: str, dialect: Dialect, organization: str, project: str
) -> dict[str, str]:
    headers: dict[str, str] = {}
    if service in ("azure", "azure-preview"):
        if not key:
            raise EndpointError("No key given: set AZURE_OPENAI_API_KEY.")
        headers["api-key"] = key
    elif key:
        headers["Authorization"] = f"Bearer {key}"
    elif service == "openai":
        raise EndpointError("No key given: set OPENAI_API_KEY.")
    if service == "openai":
        if organization.strip():
            headers["OpenAI-Organization"] = organization.strip()
        if project.strip():
            headers["OpenAI-Project"] = project.strip()
    # The preview URL of Azure implies its dialect; everywhere else this header asks for it.
    if dialect == "beta" and service != "azure-preview":
        headers["OpenAI-Beta"] = "realtime=v1"
    return headers


def _target(
    service: Service, parts: SplitResult, model: str, api_version: str
) -> tuple[str, list[tuple[str, str]]]:
    """Path and query of the WebSocket."""
    path = parts.path.rstrip("/")
    if service in ("azure", "azure-preview"):
        for tail in _AZURE_TAILS:
            if path.endswith(tail):
                path = path[: -len(tail)]
                break
        if service == "azure":
            # An api-version here is answered with 401.
            return f"{path}/openai/v1/realtime", [("model", model)]
        return f"{path}/openai/realtime", [("api-version", api_version), ("deployment", model)]
    if not path.endswith("/realtime"):
        path += "/realtime"
    query = [(name, value) for name, value in parse_qsl(parts.query) if name != "model"]
    return path, [*query, ("model", model)]


def _host(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]
