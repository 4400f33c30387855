"""`python -P -m server.speech.recognise_worker`: the recogniser as a process of its own.

pocketsphinx holds the interpreter's lock for seconds; in the server's process that would stop
every socket. Frames on stdin and stdout: a length (4 bytes, little-endian), then the data:
PCM at 24 kHz in, UTF-8 text out (empty: nothing understood). End of file ends it.
"""

from __future__ import annotations

import os
import struct
import sys
from typing import IO

HEADER = struct.Struct("<I")


def read_frame(stream: IO[bytes]) -> bytes | None:
    """None at the end of the stream."""
    header = stream.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    (size,) = HEADER.unpack(header)
    data = stream.read(size)
    return data if len(data) == size else None


def write_frame(stream: IO[bytes], data: bytes) -> None:
    stream.write(HEADER.pack(len(data)) + data)
    stream.flush()


def main() -> int:
    # The decoder's library writes to fd 1 as it likes: keep the frames apart from it.
    frames_out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    from server.speech.pcm import from_bytes
    from server.speech.recognise import Recogniser

    recogniser = Recogniser()
    while (data := read_frame(sys.stdin.buffer)) is not None:
        write_frame(frames_out, (recogniser.recognise(from_bytes(data)) or "").encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
