"""Where the HTTP session kinds connect."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

from tui.sessions.endpoint import OPENAI_BASE_URL, EndpointError
from tui.sessions.options import Service

_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
_AZURE_TAILS = ("/openai/v1/realtime", "/openai/realtime", "/openai/v1", "/openai")


@dataclass(frozen=True, slots=True)
class HttpEndpoint:
    """An address, a key, and the name a person knows the service by."""

    base_url: str
    """http:// or https://, up to and with /v1; no slash at the end."""
    key: str = field(repr=False, default="")
    service: Service = "compatible"
    label: str = ""
    """Host and model for a person to read; no secrets."""
    organization: str = ""
    project: str = ""

    @property
    def host(self) -> str:
        """For sentences and for knowing api.openai.com."""
        return urlsplit(self.base_url).hostname or self.base_url

    @property
    def is_openai(self) -> bool:
        """Whether this is the real one, where the Assistants API is gone."""
        return self.host == "api.openai.com"


def http_endpoint(
    service: Service,
    base_url: str,
    key: str,
    model: str,
    *,
    organization: str = "",
    project: str = "",
) -> HttpEndpoint:
    """Build it from what a person set.  Raises `EndpointError` in words.

    Azure: the address of the resource; the preview addresses have no Responses, so both Azure
    services use /openai/v1.
    """
    text = base_url.strip() or (OPENAI_BASE_URL if service == "openai" else "")
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as problem:
        raise EndpointError(f"The address {text!r} is not a URL: {problem}.") from None
    if parts.scheme not in _SCHEMES or not parts.hostname:
        raise EndpointError(
            f"The address {text!r} is no address of a service: write for example"
            " http://127.0.0.1:8000/v1."
        )
    path = parts.path.rstrip("/")
    if service in ("azure", "azure-preview"):
        tail = next((tail for tail in _AZURE_TAILS if path.endswith(tail)), "")
        path = path.removesuffix(tail) + "/openai/v1"
    else:
        path = path.removesuffix("/realtime") or "/v1"
    address = parts.netloc.rpartition("@")[2]
    return HttpEndpoint(
        urlunsplit((_SCHEMES[parts.scheme], address, path, "", "")),
        key.strip(),
        service,
        f"{address} · {model}" if model else address,
        organization.strip(),
        project.strip(),
    )
