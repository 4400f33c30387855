"""What every child process of the front end has in common."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from functools import cache

from tui.parent import CHILD_MARK

_SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL", re.IGNORECASE)


@cache
def demo_key() -> str:
    """What the embedded service of this run asks for: other users of the machine do not know it."""
    from secrets import token_urlsafe

    from tui.masking import remember

    key = token_urlsafe(24)
    remember(key)
    return key


def environment() -> dict[str, str]:
    """Our environment without what looks like a secret: no child of ours needs one."""
    return {
        name: value
        for name, value in os.environ.items()
        if name != CHILD_MARK and not _SECRET.search(name)
    }


def line_to_parent() -> int | None:
    """The descriptor on which the restoring parent listens; broken when the parent is gone."""
    descriptor = os.environ.get(CHILD_MARK, "").partition(":")[2]
    return int(descriptor) if descriptor.isdecimal() else None


def announced(serial: int) -> Callable[[], None] | None:
    """What a command's process does before it becomes the command number `serial`: it tells the
    restoring parent, which ends the commands of a front end that is killed.

    In the process itself: the front end can be killed before it knows of it.
    """
    descriptor = line_to_parent()
    if descriptor is None:
        return None

    def tell() -> None:
        _tell(descriptor, f"+{serial}={os.getpid()}\n")

    return tell


def ended(serial: int) -> None:
    """The command does not run, or does not any more."""
    descriptor = line_to_parent()
    if descriptor is not None:
        _tell(descriptor, f"-{serial}\n")


def _tell(descriptor: int, line: str) -> None:
    try:
        os.set_inheritable(descriptor, False)
        os.set_blocking(descriptor, False)  # nobody reads it while we live
        os.write(descriptor, line.encode())
    except OSError:
        return
