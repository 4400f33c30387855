"""What the brain knows: capitals, sums, the calendar, a few facts, itself."""

from __future__ import annotations

import re
from datetime import timedelta

from server.brain import sums, tales
from server.brain.mind import Mind
from server.brain.places import CAPITALS, country_in, country_of_capital_in
from server.brain.words import in_words, normalise

_ORDINALS_TEXT = """
first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth
fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty-first twenty-
second twenty-third twenty-fourth twenty-fifth twenty-sixth twenty-seventh twenty-eighth twenty-
ninth thirtieth thirty-first
"""
ORDINALS = _ORDINALS_TEXT.split()


def _capital(country: str) -> str:
    return f"The capital of {country} is {CAPITALS[country]}."


def capital(mind: Mind) -> str | None:
    said = mind.said
    of_which = re.search(r"(which|what) country|capital of what", said)
    if "capital" in said and of_which:
        found = country_of_capital_in(said)
        if found is not None:
            return f"{found[0]} is the capital of {found[1]}."
    country = country_in(said)
    if "capital" in said:
        if country is not None:
            return _capital(country)
        return "I am not sure which country you mean. I know most capitals; try Japan or Brazil."
    follow_up = re.match(r"(and|what about|how about|and what about|and in|and of)\b", said)
    asked_before = any("capital" in normalise(turn.text) for turn in mind.earlier[-3:])
    return _capital(country) if country is not None and follow_up and asked_before else None


def place(mind: Mind) -> str | None:
    if not re.match(r"(and )?where is\b", mind.said):
        return None
    found = country_of_capital_in(mind.said)
    if found is not None and found[0].lower() != found[1].lower():
        return f"{found[0]} is in {found[1]}. It is the capital."
    country = country_in(mind.said)
    if country is not None:
        return f"{country[0].upper()}{country[1:]} is where {CAPITALS[country]} is."
    return None


def arithmetic(mind: Mind) -> str | None:
    return sums.answer(mind.said)


def clock(mind: Mind) -> str | None:
    if not re.search(r"what time is it|\bthe time\b|what is the time|time is it", mind.said):
        return None
    hour, minute = mind.now.hour, mind.now.minute
    half = "in the morning" if hour < 12 else "in the afternoon" if hour < 18 else "in the evening"
    spoken = in_words(hour % 12 or 12)
    if minute == 0:
        return f"It is {spoken} o'clock {half}."
    minutes = f"oh {in_words(minute)}" if minute < 10 else in_words(minute)
    return f"It is {spoken} {minutes} {half}."


def calendar(mind: Mind) -> str | None:
    said = mind.said
    if not re.search(
        r"\b(what|which|tell me|know)\b.*\b(day|date|year|month)\b.*"
        r"|what is today|day is (it|today|tomorrow)",
        said,
    ) or re.search(r"favorite|how many|your day", said):
        return None
    shift = 1 if "tomorrow" in said else -1 if "yesterday" in said else 0
    day = mind.now + timedelta(days=shift)
    when = {1: "Tomorrow is", -1: "Yesterday was", 0: "Today is"}[shift]
    if "year" in said:
        return f"It is the year {day.year}."
    if "month" in said:
        return f"It is {day:%B}."
    if "date" in said:
        return f"{when} {day:%A}, {day:%B} the {ORDINALS[day.day - 1]}, {day.year}."
    return f"{when} {day:%A}, {day:%B} the {ORDINALS[day.day - 1]}."


def general(mind: Mind) -> str | None:
    for pattern, sentence in tales.GENERAL:
        if re.search(pattern, mind.said):
            return sentence
    opposite = re.search(r"opposite of (\w+)", mind.said)
    if opposite:
        word = tales.OPPOSITES.get(opposite[1])
        if word:
            return f"The opposite of {opposite[1]} is {word}."
        return f"I do not know the opposite of {opposite[1]}."
    return _translation(mind.said)


def _translation(said: str) -> str | None:
    asked = re.search(r"(?:say|what is) (?:the word )?([a-z ]+?) in (\w+)", said)
    if asked is None or asked[2] not in tales.TRANSLATIONS:
        return None
    word = tales.TRANSLATIONS[asked[2]].get(asked[1])
    if word is None:
        return f"That is beyond my {asked[2].capitalize()}."
    return f"In {asked[2].capitalize()}, {asked[1]} is {word}."


def weather(mind: Mind) -> str | None:
    if re.search(r"\bweather\b|\bwill it (rain|snow)|going to (rain|snow)\b.*\?*$", mind.said):
        if re.match(r"(i |the weather is)", mind.said):
            return None
        return "I cannot look outside: I live in your computer and have no network."
    return None


def myself(mind: Mind) -> str | None:
    said = mind.said
    if re.search(r"(what|who) are you\b|your name|do you have a name|about yourself", said):
        return (
            "I am the demo voice of voicetui. I run on your own computer, without a network, "
            "and my mind is a handful of rules."
        )
    if re.search(
        r"what can (you|i)\b|^help|i need help|can you help|what should i (say|ask)", said
    ):
        return (
            "Ask me for a capital, a sum, the time, a joke or a long story. Tell me your name and "
            "I will remember it. And interrupt me whenever you like."
        )
    if re.search(r"voice ?t ?u ?i\b|voicetui|what is this|this program|how does this work", said):
        return (
            "Voicetui is a voice client for the terminal. You speak, a service answers, and you "
            "can interrupt it. Right now the service is me, a small demo on your own machine."
        )
    if re.search(r"who (made|built|created|programmed) you", said):
        return "The people who wrote voicetui made me, so that you can try it without a key."
    if re.search(r"are you (real|human|alive|a (robot|person|human|machine|computer))", said):
        return "I am a small program with rules, not a person, and not a large model either."
    if re.search(r"how do you work", said):
        return (
            "I listen for speech, turn it into words with a small recogniser, look for a rule "
            "that fits, and speak the answer with espeak."
        )
    if re.search(r"where (are|do) you", said):
        return "I live in a process on your own computer."
    if re.search(r"how old are you", said):
        return "I was started a moment ago, so I am very young."
    return None


RULES = (capital, arithmetic, clock, calendar, general, place, weather, myself)
