"""Things to perform: stories, jokes, counting, spelling, repeating, going on."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Sequence

from server.brain import tales
from server.brain.mind import Mind
from server.brain.prompt import Turn
from server.brain.words import in_words, normalise, pick

LONGEST_COUNT = 100

GO_ON = re.compile(
    r"^(please )?(continue|go on|keep going|carry on|go ahead|and then|tell me more|more)\b"
    r"|what happen(s|ed) (then|next)|continue (the|your|that) |finish (the|your) "
)


HUSH = re.compile(
    r"(please )?(stop|wait|be quiet|quiet|hold on|never mind|shut up|that is enough"
    r"|just a (moment|minute))\b"
)


def story(mind: Mind) -> str | None:
    said = mind.said
    if not re.search(r"\b(story|stories|fairy tale)\b", said) or GO_ON.search(said):
        return None
    if not re.search(r"tell|know|another|hear|want|read|story about|please|one more", said):
        return None
    for name, subjects in tales.STORY_SUBJECTS.items():
        if re.search(rf"about .*\b({subjects})", said):
            return tales.STORIES[name]
    told = " ".join(turn.text for turn in mind.answers)
    fresh = [name for name, text in tales.STORIES.items() if text[:60] not in told]
    return tales.STORIES[pick(fresh or list(tales.STORIES), len(mind.earlier))]


def joke(mind: Mind) -> str | None:
    said = mind.said
    if re.search(r"\bjokes?\b|make me laugh|something funny", said):
        return mind.pick_new(tales.JOKES)
    if re.search(r"\briddles?\b", said):
        return mind.pick_new(tales.RIDDLES)
    if re.search(r"\b(fun |interesting )?facts?\b|something (interesting|new)\b", said):
        return mind.pick_new(tales.FACTS)
    if re.search(r"\bpoems?\b|\bsing\b|\bsongs?\b", said) and "favorite" not in said:
        if "sing" in said or "song" in said:
            return "I cannot sing, but I can say a poem. " + tales.POEM
        return tales.POEM
    return None


def another(mind: Mind) -> str | None:
    if not re.search(r"^(and )?(tell me )?(another|1 more|again)( 1)?( please)?$", mind.said):
        return None
    last = mind.answers[-1].text if mind.answers else ""
    for kind in (tales.JOKES, tales.RIDDLES, tales.FACTS):
        if any(last.startswith(one[:40]) for one in kind):
            return mind.pick_new(kind)
    if last.startswith("Once upon a time"):
        told = " ".join(turn.text for turn in mind.answers)
        fresh = [text for text in tales.STORIES.values() if text[:60] not in told]
        return fresh[0] if fresh else "I have no more stories, but I can tell the first one again."
    return None


def count(mind: Mind) -> str | None:
    found = re.search(
        r"\bcount\b.*?(?:from (\d+).*?)?(?:up |down )?(?:to|until|till) (\d+)", mind.said
    )
    down = re.search(r"\bcount (?:down|backwards?)\b.*?(\d+)", mind.said)
    if down:
        start = int(down[1])
        lower = re.search(r"to (\d+)", mind.said)
        end = int(lower[1]) if lower else 1
        start, end = max(start, end), min(start, end)
        numbers = list(range(start, end - 1, -1))
    elif found:
        start, end = int(found[1] or 1), int(found[2])
        step = 1 if end >= start else -1
        numbers = list(range(start, end + step, step))
    else:
        return None
    if len(numbers) > LONGEST_COUNT:
        return f"That is a lot of numbers. I count up to {LONGEST_COUNT} of them at a time."
    groups = [numbers[start : start + 10] for start in range(0, len(numbers), 10)]
    return " ".join(", ".join(map(in_words, group)).capitalize() + "." for group in groups)


def spell(mind: Mind) -> str | None:
    found = re.search(r"\bspell(?:ed)?(?: the word| me)? ([a-z]+)", mind.said)
    if found is None or found[1] in ("it", "that", "this", "something"):
        return None
    word = found[1]
    if word == "my" and mind.facts.name:
        word = mind.facts.name.split()[0].lower()
    elif word == "my":
        return "Tell me your name first."
    return f"{word.capitalize()}: {', '.join(word.upper())}."


def repeat_after_me(mind: Mind) -> str | None:
    assert mind.last is not None
    text = mind.last.text.strip()
    found = re.search(r"(?i)\b(?:repeat|say) after me\b[,:]?\s*(.+)", text, re.DOTALL) or re.match(
        r"(?i)(?:please |can you |could you )*say:? (?!that\b|it\b|again\b)(.+)", text, re.DOTALL
    )
    if found is None or re.search(r"(?i)\bin (french|german|spanish|italian|japanese)\b", text):
        return None
    return found[1].strip().strip("\"'") or None


def chance(mind: Mind) -> str | None:
    said = mind.said
    if re.search(r"\bcoin\b", said):
        return mind.pick("Heads.", "Tails.")
    if re.search(r"\b(dice|die)\b", said) and "roll" in said:
        return f"A {mind.pick(*map(in_words, range(1, 7)))}."
    between = re.search(
        r"(?:pick|choose|think of) a number(?: (?:between|from) (\d+) (?:and|to) (\d+))?", said
    )
    if between:
        low, high = sorted((int(between[1] or 1), int(between[2] or 10)))
        numbers = range(low, min(high, low + 1000) + 1)
        return f"{in_words(int(mind.pick(*map(str, numbers)))).capitalize()}."
    return None


def go_on(mind: Mind, answer_to: Callable[[Mind], str]) -> str | None:
    """Take an interrupted answer up again: what was asked then gives the rest of it."""
    if not GO_ON.search(mind.said):
        return None
    turns = mind.prompt.turns
    for index in range(mind.index - 1, -1, -1):
        turn = turns[index]
        if turn.role != "assistant":
            continue
        if not turn.cut:
            if _was_hushed(turns[:index]):
                continue
            break
        before = Mind(dataclasses.replace(mind.prompt, turns=turns[:index]))
        whole = answer_to(before)
        heard = _continued_from(turn.text, whole)
        if heard is not None:
            last_words = " ".join(turn.text.split()[-4:]).rstrip(".,;:")
            rest = whole[heard:].strip()
            return f"You stopped me after: {last_words}. {rest}"
        break
    if mind.answers and not mind.answers[-1].cut:
        return mind.pick(
            "I was finished, but I am glad you want more. Ask me for a story.",
            "That was all I had to say. Shall I tell you a story or a joke?",
        )
    return None


def _was_hushed(turns: Sequence[Turn]) -> bool:
    """The answer to these turns was only "all right": the user had said stop."""
    return bool(turns) and HUSH.match(normalise(turns[-1].text)) is not None


def _continued_from(heard: str, whole: str) -> int | None:
    """How many characters of the whole answer were heard; None: it is another answer."""
    position = 0
    for word in heard.split():
        found = whole.find(word, position)
        if found < 0 or found > position + 2:
            return None
        position = found + len(word)
    return position if position < len(whole) else None


RULES = (count, spell, repeat_after_me, story, joke, another, chance)
