"""Answers from the conversation itself: names, likes, what was said."""

from __future__ import annotations

import re

from server.brain.mind import Mind
from server.brain.words import in_words, listed, normalise


def introduction(mind: Mind) -> str | None:
    from server.brain.memory import name_in

    name = name_in(mind.said)
    if not name:
        return None
    if mind.facts_before.name and mind.facts_before.name != name:
        return f"Oh, {name}? Before, you told me {mind.facts_before.name}. {name} it is."
    if mind.facts_before.name == name:
        return f"I know, {name}. You told me already."
    if re.search(r"what is yours|your name|who are you", mind.said):
        return f"Nice to meet you, {name}. I am the voice of the voicetui demo."
    return mind.pick(
        f"Nice to meet you, {name}. What would you like to talk about?",
        f"Hello {name}, it is good to meet you. What is on your mind?",
    )


def who_am_i(mind: Mind) -> str | None:
    if not re.search(r"(what|know|remember|tell).*\bmy name\b|who am i\b", mind.said):
        return None
    if mind.facts.name:
        return f"Your name is {mind.facts.name}."
    return "You have not told me your name yet. What is it?"


def about_you(mind: Mind) -> str | None:
    said, facts = mind.said, mind.facts_before
    favorite = re.search(r"what is my favorite (\w+)", said)
    if favorite:
        kind = favorite[1]
        if kind in facts.favorites:
            return f"Your favorite {kind} is {facts.favorites[kind]}."
        return f"You have not told me your favorite {kind}. What is it?"
    if re.search(r"what do i (really )?(like|love|enjoy)", said):
        liked = facts.likes
        return f"You like {listed(liked)}." if liked else "You have not told me what you like."
    if re.search(r"what do i (hate|not like|dislike)", said):
        disliked = facts.dislikes
        return f"You do not like {listed(disliked)}." if disliked else "Nothing, as far as I know."
    if re.search(r"where do i live", said):
        if facts.lives_in:
            return f"You live in {facts.lives_in}."
        return "You have not told me where you live."
    if re.search(r"where (am i|do i come) from", said):
        if facts.comes_from:
            return f"You come from {facts.comes_from}."
        return "You have not told me where you come from."
    if re.search(r"how old am i", said):
        if facts.age:
            return f"You are {facts.age} years old."
        return "You have not told me how old you are."
    if re.search(r"(know|remember) about me|do you remember me|who am i to you", said):
        known = facts.sentences()
        if known:
            return f"I remember that {listed(known)}."
        return "Nothing yet. Tell me your name, or something you like."
    return None


def quoted_user(mind: Mind) -> str | None:
    said = mind.said
    first = re.search(r"my (very )?first (question|sentence)|did i (say|ask)( you)? first", said)
    if first:
        if not mind.earlier:
            return "This was the first thing you said to me."
        return f"The first thing you said was: {mind.earlier[0].text}"
    if re.search(
        r"(what|do you remember).*\bi( just| have just)? (say|said|ask|asked|tell|told)\b"
        r"|my (last|previous) (question|sentence)",
        said,
    ):
        if not mind.earlier:
            return "You have not said anything before this."
        return f"You said: {mind.earlier[-1].text}"
    return None


def quoted_self(mind: Mind) -> str | None:
    said = mind.said
    repeat = re.search(
        r"what (did|have) you (just )?(say|said|tell|answer)|your (last|previous|first) "
        r"(answer|sentence)|^(please )?((can|could) you )?(please )?(repeat|say)( that| it)?"
        r"( again)?( please)?$|^(say|repeat) (that|it)\b|come again|^pardon|^sorry what",
        said,
    )
    if repeat is None:
        return None
    if not mind.answers:
        return "I have not said anything yet."
    answer = mind.answers[0] if "first" in said else mind.answers[-1]
    if answer.cut:
        return f"You stopped me, so I only got as far as: {answer.text}"
    return f"I said: {answer.text}"


def counted(mind: Mind) -> str | None:
    if not re.search(r"how many (questions|things|sentences|times)\b.*\bi\b", mind.said):
        return None
    questions = [turn for turn in mind.earlier if _is_question(turn.text)]
    total = len(mind.earlier)
    if not total:
        return "This is the first one."
    count = in_words(len(questions))
    plural = "question" if len(questions) == 1 else "questions"
    spoken = "thing" if total == 1 else "things"
    return f"Before this one, {count} {plural}. You have said {in_words(total)} {spoken} in all."


def _is_question(text: str) -> bool:
    opening = (
        r"(and |so |but )?(what|who|where|when|why|how|which|can|could|do|does|did|is|are|will"
        r"|would|tell me)\b"
    )
    return "?" in text or re.match(opening, normalise(text)) is not None


def topic(mind: Mind) -> str | None:
    if not re.search(r"what (were|are|have|did) we .*\babout|what have we (said|done)", mind.said):
        return None
    if not mind.earlier:
        return "We have only just begun."
    quotes = [f'"{turn.text.strip()}"' for turn in mind.earlier[-3:]]
    return f"We talked about {listed(quotes)}."


def wishes(mind: Mind) -> str | None:
    """The user tells something about themselves."""
    new = [one for one in mind.facts.sentences() if one not in mind.facts_before.sentences()]
    new = [one for one in new if not one.startswith("your name")]
    if not new or mind.said.startswith(("what", "do ", "where", "how", "who")):
        return None
    ending = mind.pick(" Tell me more.", " I will remember that.", " Why is that?")
    return f"So {listed(new)}.{ending}"


RULES = (quoted_user, quoted_self, who_am_i, about_you, counted, topic, introduction)
LATE_RULES = (wishes,)
