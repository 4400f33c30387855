"""What stands around the field while somebody types."""

from __future__ import annotations

from tests.tui.conversation import OPENING
from tests.tui.screens.test_talk import stage
from tui.call_events import MicrophoneMissing, StateChanged


async def test_the_state_names_the_keys_that_act_while_typing() -> None:
    async with stage(*OPENING) as on:
        await on.press("i")
        await on.until(lambda: "F2 pauses" in on.line("state"))
        await on.tell(StateChanged("speaking", ""))
        assert "F4 interrupts" in on.line("state")
        await on.tell(MicrophoneMissing(True), StateChanged("paused", ""))
        assert "F2 asks a recorded question" in on.line("state")
        await on.press("escape")
        await on.until(lambda: "space asks a recorded question" in on.line("state"))


async def test_a_call_that_ends_while_somebody_types_says_how_to_get_at_its_keys() -> None:
    async with stage(*OPENING) as on:
        await on.press("i", "c")
        await on.tell(StateChanged("ended", "the budget is used up"))
        assert "escape, then c goes on" in on.line("state")
        await on.press("escape")
        await on.until(lambda: "then" not in on.line("state"))
        assert "c goes on" in on.line("state")
        assert on.screen.composer.text == "c"


async def test_the_small_screen_names_the_help_that_is_at_hand() -> None:
    async with stage(*OPENING, size=(50, 10)) as on:
        assert "? help" in on.line("state")
        await on.press("i")
        await on.until(lambda: "F1 help" in on.line("state"))


async def test_what_could_not_be_sent_is_written_on_at_its_end() -> None:
    async with stage(*OPENING, StateChanged("ended", "gone")) as on:
        await on.press("i", *"half", "enter")
        await on.until(lambda: on.screen.composer.text == "half" and not on.screen.composing)
        await on.press("i", *" a thought")
        assert on.screen.composer.text == "half a thought"


async def test_up_in_an_empty_field_brings_what_was_sent() -> None:
    async with stage(*OPENING) as on:
        composer = on.screen.composer
        await on.press("i", "up")
        assert composer.text == ""
        for text in ("one", "two"):
            await on.press(*text, "enter")
            await on.until(lambda: composer.text == "")
        await on.press("up")
        assert composer.text == "two"
        await on.press("up", "up")
        assert composer.text == "one"
        await on.press("down")
        assert composer.text == "two"
        await on.press("down")
        assert composer.text == ""
        await on.press("up", "!", "up", "?")  # changed: the cursor moves
        assert composer.text == "?two!"
