"""Links in a text: found, shown with where they really lead, opened only when a person says so."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

from tui.child import environment
from tui.text import clean

MOST_LINKS: Final = 50
LONGEST_URL: Final = 2000

_MARKDOWN: Final = re.compile(r"\[([^\[\]\n]{1,300})\]\(\s*<?([^()\s<>]{1,2000})>?[^()\n]{0,200}\)")
_BARE: Final = re.compile(r"(?i)\bhttps?://[^\s<>\"'`|\\^{}\[\]]{1,2000}")
_ENDS: Final = ".,;:!?)…。、」』）*_"
_LOOKS_LIKE_A_HOST: Final = re.compile(r"(?i)\b(?:[a-z0-9-]+\.)+[a-z]{2,}\b")
_SAFE: Final = "/:?#[]@!$&'()*+,;=%-._~"


@dataclass(frozen=True, slots=True)
class Link:
    """One place to go."""

    target: str
    """ASCII, exactly what a browser would be given."""
    label: str
    """What the text calls it; empty: the address itself."""
    warning: str = ""
    """What is odd about it, in words."""


def links_in(text: str) -> list[Link]:
    """The links of a text in their order, http and https only, each target once."""
    text = clean(text)
    found: dict[str, tuple[int, Link]] = {}
    taken: list[tuple[int, int]] = []
    for match in _MARKDOWN.finditer(text):
        taken.append(match.span())
        _add(found, match.start(), match[2], match[1])
    for match in _BARE.finditer(text):
        if not any(start <= match.start() < end for start, end in taken):
            _add(found, match.start(), match[0].rstrip(_ENDS), "")
    return [link for _, link in sorted(found.values(), key=lambda one: one[0])][:MOST_LINKS]


def _add(found: dict[str, tuple[int, Link]], at: int, address: str, label: str) -> None:
    target, warning = _plain(address)
    if not target:
        return
    label = clean(label, single_line=True)
    if label.strip() == address:
        label = ""
    host = urlsplit(target).hostname or ""
    named = _LOOKS_LIKE_A_HOST.search(label)
    if named is not None and named[0].lower().removeprefix("www.") != host.removeprefix("www."):
        warning = f"the text says {named[0]}, it leads to {host}"
    if target not in found:
        found[target] = (at, Link(target, label, warning))


def _plain(address: str) -> tuple[str, str]:
    """The address in ASCII and what is odd about it; empty where it must not be opened."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
        if parts.scheme.lower() not in ("http", "https") or not host or len(address) > LONGEST_URL:
            return "", ""
        ascii_host = host if ":" in host else host.encode("idna").decode("ascii")
    except (ValueError, UnicodeError):
        return "", ""
    if not re.fullmatch(r"[a-z0-9._:-]+", ascii_host):
        return "", ""
    place = f"[{ascii_host}]" if ":" in ascii_host else ascii_host
    place += f":{port}" if port is not None else ""
    warning = ""
    if ascii_host != host or ascii_host.startswith("xn--") or ".xn--" in ascii_host:
        warning = "its name has letters of other scripts"
    if "@" in parts.netloc:
        warning = f"what stands before @ is no address: it leads to {ascii_host}"
    path, query, fragment = (
        quote(part, safe=_SAFE) for part in (parts.path, parts.query, parts.fragment)
    )
    return urlunsplit((parts.scheme.lower(), place, path, query, fragment)), warning


def browser(variables: Mapping[str, str], platform: str = sys.platform) -> list[str]:
    """The command that opens an address here; empty where no browser could show itself."""
    if platform == "darwin":
        return ["open"]
    if platform == "win32":
        return ["rundll32", "url.dll,FileProtocolHandler"]
    # Without a desktop xdg-open starts a browser in this terminal, over our picture.
    if not (variables.get("DISPLAY") or variables.get("WAYLAND_DISPLAY")):
        return []
    return ["xdg-open"] if shutil.which("xdg-open", path=variables.get("PATH")) else []


def open_link(link: Link, command: list[str]) -> None:
    """Hand the target to the browser, which goes on without us; raises OSError."""
    assert link.target.startswith(("http://", "https://"))
    subprocess.Popen(
        [*command, link.target],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(),
        start_new_session=True,
    )
