"""A microphone that delivers nothing but zeros."""

from __future__ import annotations

from engine.devices.zeros import HELD_FRAMES, PAUSE_FRAMES, SILENT_FRAMES, ZeroWatch

BLOCK = 240
ZEROS = memoryview(bytes(2 * BLOCK))
SOUND = memoryview(b"\x00" * (2 * BLOCK - 1) + b"\x01")


class Ear:
    def __init__(self) -> None:
        self.blocks: list[memoryview] = []
        self.watch = ZeroWatch(lambda block, _: self.blocks.append(block))

    def hear(self, block: memoryview, frames: int) -> None:
        for at in range(frames // BLOCK):
            self.watch(block, at)


def test_the_first_zeros_are_not_passed_on_but_counted() -> None:
    ear = Ear()
    ear.hear(ZEROS, HELD_FRAMES - BLOCK)
    assert not ear.blocks
    assert ear.watch.blocks == (HELD_FRAMES - BLOCK) // BLOCK
    ear.watch(SOUND, 0)
    ear.hear(ZEROS, 10 * BLOCK)
    assert len(ear.blocks) == 11  # pauses in the sound are sound


def test_zeros_that_do_not_end_are_passed_on_and_told() -> None:
    ear = Ear()
    ear.hear(ZEROS, SILENT_FRAMES - BLOCK)
    assert not ear.watch.problem("Mic")
    assert len(ear.blocks) == (SILENT_FRAMES - BLOCK - HELD_FRAMES) // BLOCK
    ear.hear(ZEROS, BLOCK)
    assert ear.watch.problem("Mic").startswith("the microphone (Mic) delivers only silence: ")
    ear.watch(SOUND, 0)
    assert not ear.watch.problem("Mic")


def test_after_a_sound_zeros_are_a_pause_for_longer() -> None:
    ear = Ear()
    ear.watch(SOUND, 0)
    ear.hear(ZEROS, PAUSE_FRAMES - BLOCK)
    assert not ear.watch.problem("Mic")
    ear.hear(ZEROS, BLOCK)
    assert ear.watch.problem("Mic")
    ear.watch(SOUND, 0)
    assert not ear.watch.problem("Mic")
