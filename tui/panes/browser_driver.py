"""A page as the terminal: Textual's driver for it, that also notices when the server is gone."""

from __future__ import annotations

from textual import messages
from textual.drivers.web_driver import WebDriver


class BrowserDriver(WebDriver):
    """The end of its input ends the screen: no call goes on with nobody there."""

    def run_input_thread(self) -> None:
        """Read until the end."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            self._app.post_message(messages.ExitApp())
