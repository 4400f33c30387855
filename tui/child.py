"""What every child process of the front end has in common."""

from __future__ import annotations

import os
import re

_SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL", re.IGNORECASE)


def environment() -> dict[str, str]:
    """Our environment without what looks like a secret: no child of ours needs one."""
    return {name: value for name, value in os.environ.items() if not _SECRET.search(name)}
