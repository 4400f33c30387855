"""Japanese, by the English text.

Placeholders stand in {braces}, under the same names.  Polite and short, as Japanese programs are.
"""

from __future__ import annotations

from typing import Final

JAPANESE: Final[dict[str, str]] = {
    "CONNECTING": "接続中",
    "LISTENING": "聞いています",
    "RECORDING": "録音中",
    "PAUSED": "休止中",
    "MUTED": "ミュート",
    "THINKING": "考え中",
    "SPEAKING": "話しています",
    "RECONNECTING": "再接続中",
    "ENDED": "終了",
}
