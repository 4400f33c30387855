"""The small rule-based mind of the demo: the same items give the same answer."""

from __future__ import annotations

from server.brain.prompt import Prompt, Reply


def answer(prompt: Prompt, fixed: str = "") -> Reply:
    """What to say next."""
    if fixed:
        return Reply(fixed)
    last = next((turn for turn in reversed(prompt.turns) if turn.role == "user"), None)
    if last is None:
        return Reply("Hello! What would you like to talk about?")
    if not last.understood:
        return Reply(
            f"I heard {last.spoken_s:.1f} seconds of speech but could not make out the words."
        )
    if "capital of japan" in last.text.lower():
        return Reply("The capital of Japan is Tokyo.")
    return Reply(f"You said: {last.text}")
