"""A conversation that would go on with another service than the one it was held with."""

from __future__ import annotations

import sys

from tui.errors import ExitCode, VoicetuiError
from tui.language import tr
from tui.resolution import Resolution
from tui.service_choice import ServiceChoice


def held_elsewhere(label: str, service: ServiceChoice) -> str:
    """Whom it was held with, if going on sends its words to somebody else; empty if not."""
    from tui.commands.history import host_label
    from tui.store.drafts import host_of

    before = host_of(label)
    if service.kind == "demo" or before in ("", host_label(service.kind, service.base_url)):
        return ""
    return tr("the embedded service") if before == "demo" else before


def words_of_move(before: str, service: ServiceChoice) -> str:
    """What going on would do."""
    from tui.commands.history import host_label

    now = host_label(service.kind, service.base_url)
    return tr(
        "This conversation was held with {before}; to go on sends its words to {now}.",
        before=before,
        now=now,
    )


def agree(label: str, settings: Resolution, service: ServiceChoice) -> None:
    """Before anything is sent: ask, unless a flag has named the service; raises VoicetuiError."""
    from tui.commands.output import narrate, prompt

    before = held_elsewhere(label, service)
    if not before:
        return
    words = words_of_move(before, service)
    if settings.from_flag("service.kind") or settings.from_flag("service.base_url"):
        narrate(words)
        return
    if sys.stdin.isatty() and sys.stderr.isatty():
        prompt(f"{words} {tr('Go on? [y/N]')} ")
        if sys.stdin.readline().strip().lower() in ("y", "yes"):
            return
        raise SystemExit(ExitCode.OK)
    raise VoicetuiError(
        "Held with another service",
        f"{words} {tr('--demo, --base-url or --service says where it is to go on.')}",
        ExitCode.USAGE,
    )
