"""Addresses, headers and dialects of every kind of service."""

from __future__ import annotations

import pytest

from tui.sessions.endpoint import EndpointError, realtime_endpoint

KEY = "sk-canary-123456"


def test_openai() -> None:
    endpoint = realtime_endpoint(
        "openai", "", KEY, "gpt-realtime-2.1", organization="org-1", project="proj-1"
    )
    assert endpoint.url == "wss://api.openai.com/v1/realtime?model=gpt-realtime-2.1"
    assert endpoint.headers == {
        "Authorization": f"Bearer {KEY}",
        "OpenAI-Organization": "org-1",
        "OpenAI-Project": "proj-1",
    }
    assert endpoint.dialect == "ga"
    assert endpoint.label == "api.openai.com · gpt-realtime-2.1"


@pytest.mark.parametrize(
    ("base_url", "url"),
    [
        ("http://127.0.0.1:8000/v1", "ws://127.0.0.1:8000/v1/realtime?model=m"),
        ("http://127.0.0.1:8000/v1/", "ws://127.0.0.1:8000/v1/realtime?model=m"),
        ("https://example.com/v1//", "wss://example.com/v1/realtime?model=m"),
        ("ws://localhost:9/v1/realtime", "ws://localhost:9/v1/realtime?model=m"),
        ("wss://example.com/v1/realtime/", "wss://example.com/v1/realtime?model=m"),
        ("WSS://example.com", "wss://example.com/realtime?model=m"),
        ("https://x.ai/a/b?tier=2&model=old", "wss://x.ai/a/b/realtime?tier=2&model=m"),
        ("http://[::1]:8000/v1", "ws://[::1]:8000/v1/realtime?model=m"),
    ],
)
def test_compatible_addresses(base_url, url) -> None:
    assert realtime_endpoint("compatible", base_url, "", "m").url == url


def test_a_compatible_server_needs_no_key() -> None:
    assert realtime_endpoint("compatible", "http://h/v1", "", "m").headers == {}
    assert realtime_endpoint("demo", "http://h/v1", KEY, "m").headers == {
        "Authorization": f"Bearer {KEY}"
    }


def test_beta_is_asked_for_by_a_header() -> None:
    endpoint = realtime_endpoint("compatible", "http://h/v1", KEY, "m", dialect="beta")
    assert endpoint.headers["OpenAI-Beta"] == "realtime=v1"
    assert endpoint.dialect == "beta"


@pytest.mark.parametrize(
    "base_url",
    [
        "https://res.openai.azure.com",
        "https://res.openai.azure.com/",
        "https://res.openai.azure.com/openai",
        "https://res.openai.azure.com/openai/v1/",
        "wss://res.openai.azure.com/openai/v1/realtime",
        "https://res.openai.azure.com/openai/realtime",
    ],
)
@pytest.mark.parametrize("api_version", ["", "2024-10-21", "v1"])
def test_azure_ga_has_no_api_version(base_url, api_version) -> None:
    endpoint = realtime_endpoint("azure", base_url, KEY, "my deployment", api_version=api_version)
    assert endpoint.url == ("wss://res.openai.azure.com/openai/v1/realtime?model=my+deployment")
    assert endpoint.headers == {"api-key": KEY}
    assert (endpoint.service, endpoint.dialect) == ("azure", "ga")


def test_azure_preview() -> None:
    endpoint = realtime_endpoint(
        "azure", "https://res.openai.azure.com/", KEY, "d1", api_version="2025-04-01-preview"
    )
    assert endpoint.url == (
        "wss://res.openai.azure.com/openai/realtime?api-version=2025-04-01-preview&deployment=d1"
    )
    assert endpoint.headers == {"api-key": KEY}
    assert (endpoint.service, endpoint.dialect) == ("azure-preview", "beta")


def test_the_dialect_may_be_overridden() -> None:
    endpoint = realtime_endpoint(
        "azure-preview", "https://r/", KEY, "d", api_version="2025-04-01-preview", dialect="ga"
    )
    assert endpoint.dialect == "ga"


@pytest.mark.parametrize(
    ("service", "base_url", "key", "model", "words"),
    [
        ("openai", "", "", "m", "OPENAI_API_KEY"),
        ("openai", "", KEY, "", "--model"),
        ("openai", "", "sk-a\nb", "m", "line break"),
        ("openai", "", "sk-ключ", "m", "no key has"),
        ("compatible", "", KEY, "m", "--base-url"),
        ("compatible", "localhost:8000/v1", KEY, "m", "does not start with http://"),
        ("compatible", "ftp://host/v1", KEY, "m", "does not start with http://"),
        ("compatible", "http:///v1", KEY, "m", "host name"),
        ("compatible", "http://a b/v1", KEY, "m", "host name"),
        ("compatible", "http://host:99999/v1", KEY, "m", "not a URL"),
        ("compatible", "http://host:port/v1", KEY, "m", "not a URL"),
        ("compatible", "http://[::1/v1", KEY, "m", "not a URL"),
        ("compatible", "http://me:secret@host/v1", KEY, "m", "user name or password"),
        ("azure", "", KEY, "d", "AZURE_OPENAI_ENDPOINT"),
        ("azure", "https://r", KEY, "", "AZURE_OPENAI_DEPLOYMENT"),
        ("azure", "https://r", "", "d", "AZURE_OPENAI_API_KEY"),
    ],
)
def test_nonsense_is_refused_in_words(service, base_url, key, model, words) -> None:
    with pytest.raises(EndpointError) as caught:
        realtime_endpoint(service, base_url, key, model)
    assert words in str(caught.value)
    assert "secret" not in str(caught.value)
    assert not key or key not in str(caught.value)


def test_the_key_is_in_no_text_form() -> None:
    endpoint = realtime_endpoint("openai", "", KEY, "m")
    assert KEY not in f"{endpoint} {endpoint!r} {endpoint.label} {endpoint.url}"
