"""What every child process of the front end has in common."""

from __future__ import annotations

import os
import re
from functools import cache

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
    return {name: value for name, value in os.environ.items() if not _SECRET.search(name)}
