"""Audio between our PCM16 24 kHz and the wire: base64, odd bytes, G.711 where it is asked for."""

from __future__ import annotations

import binascii
from typing import TYPE_CHECKING, Final

from shared.pcm import FRAME_BYTES, FRAMES_PER_MS
from tui.sessions.options import WireFormat

if TYPE_CHECKING:
    from tui.sessions.g711 import Decoder, Encoder

WIRE_BYTES_PER_MS: Final[dict[WireFormat, int]] = {
    "pcm": FRAME_BYTES * FRAMES_PER_MS,
    "pcmu": 8,
    "pcma": 8,
}


class AudioEncoder:
    """Captured audio to base64, in order; half frames are held over."""

    def __init__(self, format_: WireFormat) -> None:
        self.format = format_
        self._half = b""
        self._g711: Encoder | None = None
        if format_ != "pcm":
            # numpy behind it costs a tenth of a second: only where it is needed.
            from tui.sessions.g711 import Encoder

            self._g711 = Encoder(format_)

    def encode(self, pcm: bytes) -> tuple[str, float]:
        """Base64 for the wire and how many milliseconds it lasts."""
        data = self._half + pcm if self._half else pcm
        whole = len(data) - len(data) % FRAME_BYTES
        self._half, data = data[whole:], data[:whole]
        if self._g711 is not None:
            data = self._g711.encode(data)
        wire = binascii.b2a_base64(data, newline=False).decode("ascii")
        return wire, len(data) / WIRE_BYTES_PER_MS[self.format]

    def reset(self) -> None:
        """Forget what was held over: another turn begins."""
        self._half = b""
        if self._g711 is not None:
            self._g711.reset()


class AudioDecoder:
    """Deltas of one content part to PCM16 24 kHz; half frames are held over."""

    def __init__(self, format_: WireFormat) -> None:
        self._format: WireFormat = format_
        self._half = b""
        self._bytes = 0
        self._g711: Decoder | None = None
        if format_ != "pcm":
            from tui.sessions.g711 import Decoder

            self._g711 = Decoder(format_)

    def decode(self, data: str) -> bytes:
        """Whole frames.  Raises ValueError when the text is not strict base64."""
        if data.endswith("==="):
            raise ValueError("too much padding")  # strict mode lets it pass after whole groups
        wire = binascii.a2b_base64(data, strict_mode=True)  # binascii.Error is a ValueError
        if self._g711 is not None:
            self._bytes += len(wire)
            return self._g711.decode(wire)
        wire = self._half + wire if self._half else wire
        whole = len(wire) - len(wire) % FRAME_BYTES
        self._half = wire[whole:]
        self._bytes += whole
        return wire[:whole] if self._half else wire

    @property
    def received_ms(self) -> int:
        """Whole milliseconds decoded until now: never more than the service has sent."""
        return self._bytes // WIRE_BYTES_PER_MS[self._format]
