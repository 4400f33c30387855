"""Sound processes as they are seen from outside: which one works, which one waits as a spare."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

Name = Literal["voicetui-sound", "voicetui-spare"]
WORKS: Final[Name] = "voicetui-sound"
WAITS: Final[Name] = "voicetui-spare"


def sound_processes(pid: int, name: Name) -> list[int]:
    """Those of this name below a process, without the dead."""
    parents: dict[int, int] = {}
    named = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            head, _, tail = stat.read_text().rpartition(")")
        except OSError:
            continue
        state, parent = tail.split()[:2]
        own, _, found = head.partition(" (")
        parents[int(own)] = int(parent)
        if found == name and state != "Z":
            named.append(int(own))
    return [own for own in named if _is_below(own, pid, parents)]


def _is_below(own: int, pid: int, parents: dict[int, int]) -> bool:
    while own > 1:
        if own == pid:
            return True
        own = parents.get(own, 0)
    return False
