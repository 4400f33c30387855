"""Screens that ask something which is answered later, on another thread."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from typing import TypeVar

from textual.message import Message
from textual.screen import Screen, ScreenResultType

T = TypeVar("T")


class AnswersScreen(Screen[ScreenResultType]):
    """Shows an answer on its own loop, if it is still there by then."""

    class Answered(Message):
        """An answer is there."""

        def __init__(self, show: Callable[[], None]) -> None:
            super().__init__()
            self.show = show

    def say(self, text: str, *, problem: bool = False) -> None:
        """One line to the person."""
        raise NotImplementedError

    def when_done(
        self,
        future: Future[T],
        show: Callable[[T], None],
        failed: Callable[[], None] = lambda: None,
    ) -> None:
        """Show the answer when it comes."""

        def done(finished: Future[T]) -> None:
            if not finished.cancelled():
                self.post_message(self.Answered(lambda: self._show_answer(finished, show, failed)))

        future.add_done_callback(done)

    def _show_answer(
        self, future: Future[T], show: Callable[[T], None], failed: Callable[[], None]
    ) -> None:
        try:
            answer = future.result()
        except CancelledError:
            return
        except Exception as error:
            # The record speaks in words; whatever it was, the screen stays usable.
            self.say(str(error), problem=True)
            failed()
            return
        show(answer)

    def on_answers_screen_answered(self, message: Answered) -> None:
        """An answer came."""
        message.show()
