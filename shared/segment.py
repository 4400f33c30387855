"""Anonymous shared memory that a child process inherits.

`multiprocessing.shared_memory` is not used: attaching by name in a child that multiprocessing did
not start makes the child's resource tracker unlink what it did not create (Python 3.11, 3.12).
Here nothing has a name once both sides have it, so nothing can leak and nobody else can attach.
"""

from __future__ import annotations

import mmap
import os
import sys


class Segment:
    """A block of memory shared by inheritance."""

    def __init__(self, memory: mmap.mmap, token: str, descriptor: int | None) -> None:
        self._memory = memory
        self._descriptor = descriptor
        self.token = token
        """What the child needs on its command line to attach; no secret on POSIX."""
        self.view = memoryview(memory)

    @classmethod
    def create(cls, size_bytes: int) -> Segment:
        """Memory of zeros, not yet shared with anybody."""
        if sys.platform == "win32":
            import secrets

            # A private, unguessable name: it dies with the last handle.
            name = f"voicetui-{secrets.token_hex(16)}"
            return cls(mmap.mmap(-1, size_bytes, tagname=name), f"tag:{name}:{size_bytes}", None)
        descriptor = _anonymous_descriptor()
        os.ftruncate(descriptor, size_bytes)
        return cls(mmap.mmap(descriptor, size_bytes), f"fd:{descriptor}", descriptor)

    @classmethod
    def attach(cls, token: str) -> Segment:
        """The creator's memory, in the child.  Raises ValueError for a token that is none."""
        kind, _, rest = token.partition(":")
        if kind == "fd" and rest.isdecimal():
            descriptor = int(rest)
            size_bytes = os.fstat(descriptor).st_size
            return cls(mmap.mmap(descriptor, size_bytes), token, descriptor)
        if kind == "tag" and sys.platform == "win32":
            name, _, size = rest.rpartition(":")
            return cls(mmap.mmap(-1, int(size), tagname=name), token, None)
        raise ValueError(f"not a segment: {token!r}")

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What the child must inherit (`subprocess.Popen(pass_fds=…)`)."""
        return () if self._descriptor is None else (self._descriptor,)

    def close(self) -> None:
        """Release the memory; every view derived from it must be released before."""
        self.view.release()
        self._memory.close()
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _anonymous_descriptor() -> int:
    if sys.platform == "linux":
        return os.memfd_create("voicetui", os.MFD_CLOEXEC)
    import tempfile

    descriptor, path = tempfile.mkstemp(prefix="voicetui-")
    os.unlink(path)  # noqa: PTH108 - a descriptor is all that is left of it
    return descriptor
