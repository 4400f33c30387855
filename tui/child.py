"""What every child process of the front end has in common."""

from __future__ import annotations

import os
import re
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


def note_command(group: int, *, running: bool) -> None:
    """Tell the restoring parent, which ends the commands of a front end that is killed."""
    descriptor = line_to_parent()
    if descriptor is None:
        return
    try:
        os.set_inheritable(descriptor, False)
        os.set_blocking(descriptor, False)  # nobody reads it while we live
        os.write(descriptor, f"{'+' if running else '-'}{group}\n".encode())
    except OSError:
        return
