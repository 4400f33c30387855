"""The screen in a browser on this machine."""

from typing import Final

BROWSER_MARK: Final = "VOICETUI_BROWSER"
"""Set for the screen's process: its terminal is a page, whatever its streams look like."""
