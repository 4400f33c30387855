"""The small rule-based mind of the demo: the same items give the same answer."""

from __future__ import annotations

import re
from dataclasses import replace

from server.brain import japanese, know, recall, talk, tell, tools
from server.brain.mind import Mind
from server.brain.prompt import Prompt, Reply

_VERBATIM = re.compile(
    r"(?i)\b(read|say|speak|repeat)\b.{0,60}\b(verbatim|exactly|word for word|aloud|as it is)\b"
)
_BROKE_OFF = re.compile(r"(?i)\b(?:broke|broken|cut) off\b")
_SAY_THIS = re.compile(r"(?is)\b(?:say|read)(?: aloud| exactly| verbatim)?:\s*(.+)$")

_RULES = (*recall.RULES, *tell.RULES, *know.RULES, *talk.RULES, *recall.LATE_RULES)


def answer(prompt: Prompt, fixed: str = "") -> Reply:
    """What to say next; `fixed` replaces all thought."""
    rest = _rest(prompt, fixed)
    if rest:
        return Reply(rest)
    if fixed:
        return Reply(fixed)
    mind = Mind(prompt)
    last = prompt.turns[-1] if prompt.turns else None
    if last is not None and last.role == "tool":
        return Reply(tools.report(last.tool_name, last.text))
    dictated = _dictated(mind)
    if dictated:
        return Reply(dictated)
    if mind.last is None:
        return Reply("Hello! I am the voicetui demo. What would you like to talk about?")
    if mind.last.understood and not (last is not None and last.role == "assistant"):
        call = tools.wanted(mind)
        if call is not None:
            return Reply(tool=call)
    return Reply(_say(mind))


def _rest(prompt: Prompt, fixed: str) -> str:
    """Told that the last answer broke off: what is missing of it; empty where nobody says so."""
    turns = list(prompt.turns)
    notes = []
    while turns and turns[-1].role == "system":
        notes.append(turns.pop().text)
    said: list[str] = []
    while turns and turns[-1].role == "assistant":
        said.insert(0, " ".join(turns.pop().text.split()))
    if not said or not any(map(_BROKE_OFF.search, notes)):
        return ""
    whole = " ".join(answer(replace(prompt, turns=turns), fixed).text.split())
    for part in said:
        if not whole.startswith(part):
            return ""
        whole = whole[len(part) :].lstrip()
    return whole or "That was all."


def _dictated(mind: Mind) -> str:
    """Instructions to read something out: the text itself."""
    instructions = mind.prompt.instructions
    quoted = _SAY_THIS.search(instructions)
    if quoted:
        return quoted[1].strip().strip("\"'")
    if _VERBATIM.search(instructions) and mind.last is not None:
        return mind.last.text
    return ""


def _say(mind: Mind) -> str:
    last = mind.last
    if last is None:
        return "Hello!"
    if not last.understood:
        return _not_understood(mind, last.spoken_s)
    if not last.text.strip():
        return "That was empty. Say or type something."
    if japanese.is_japanese(last.text):
        return japanese.answer(mind)
    continued = tell.go_on(mind, _say)
    if continued is not None:
        return continued
    for rule in _RULES:
        sentence = rule(mind)
        if sentence is not None:
            return sentence
    return talk.fallback(mind)


def _not_understood(mind: Mind, spoken_s: float) -> str:
    seconds = f"{spoken_s:.1f} seconds"
    hint = mind.pick(
        "Please say it again, or type it.",
        "Try a short sentence, such as: what is the capital of Japan?",
    )
    return f"I heard {seconds} of speech but could not make out the words. {hint}"
