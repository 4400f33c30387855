"""Courtesy, small talk, and what to say when no rule fits."""

from __future__ import annotations

import re

from server.brain.mind import Mind
from server.brain.tell import HUSH
from server.brain.words import normalise

_FILLER_TEXT = """
the a an is are was were to of and or in on at it that this you i me my your we they he she do
does did have has had be been am not what who where when why how which can could would will
should for with about so very really just please there here if but as by from up out some any
like want need think know going go get tell say said make one two good well oh um uh because
than then them him her his their our us its too also again now let
"""
_FILLER = frozenset(_FILLER_TEXT.split())


def greeting(mind: Mind) -> str | None:
    found = re.match(
        r"(hello|hi|hey|greetings|good (?:morning|afternoon|evening|day))\b", mind.said
    )
    how = _how_are_you(mind)
    if found is None:
        return how
    rest = mind.said[found.end() :].replace("there", "").replace("how are you", "").split()
    if len(rest) > 3:
        return None
    word = found[1].capitalize()
    again = any(turn.text.lower().startswith(found[1]) for turn in mind.earlier)
    if how is not None:
        return f"{word}{mind.comma_name}! {how}"
    if again:
        return f"{word} again{mind.comma_name}!"
    return f"{word}{mind.comma_name}! What can I do for you?"


def _how_are_you(mind: Mind) -> str | None:
    if re.search(r"how are you|how is it going|how do you (do|feel)|what is up\b", mind.said):
        return mind.pick(
            "I am fine, thank you. And how are you?",
            "Very well, thank you. How are you today?",
        )
    if re.search(r"nice to meet you|pleased to meet you", mind.said):
        return "Nice to meet you too. What is your name?"
    return None


def thanks(mind: Mind) -> str | None:
    if re.search(r"\bthanks?\b|\bthank you\b", mind.said) and len(mind.said.split()) <= 7:
        if mind.said.startswith("no"):
            return "All right."
        return mind.pick("You are welcome.", "My pleasure.", f"Any time{mind.comma_name}.")
    return None


def farewell(mind: Mind) -> str | None:
    if re.search(
        r"\b(good ?bye|bye|see you|good night|talk to you later|that is all)\b", mind.said
    ):
        return f"Goodbye{mind.comma_name}. It was nice talking to you."
    return None


def hush(mind: Mind) -> str | None:
    if HUSH.match(mind.said) and len(mind.said.split()) <= 5:
        cut = bool(mind.answers) and mind.answers[-1].cut
        if cut:
            return "All right. Say continue when you want me to go on."
        return mind.pick("All right.", "I am listening.")
    return None


def hearing(mind: Mind) -> str | None:
    if re.search(
        r"can you hear me|do you hear me|are you (there|listening)|do you understand", mind.said
    ):
        assert mind.last is not None
        if mind.last.spoken_s:
            return "Yes, I can hear you, loud and clear."
        return "I can read you. If you speak, I will hear you too."
    return None


def mood(mind: Mind) -> str | None:
    found = re.match(
        r"(?:i am|i feel|feeling) (?:a bit |very |so |quite |really )?(fine|good|great|happy|sad"
        r"|tired|hungry|thirsty|bored|angry|sick|cold|hot|excited|busy|lost|ready|okay|well|ill)\b",
        mind.said,
    )
    if found is None:
        return None
    word = found[1]
    if word in ("fine", "good", "great", "happy", "excited", "okay", "well", "ready"):
        return mind.pick("I am glad to hear that.", "That is good to hear.")
    if word == "bored":
        return "Then ask me for a joke, or for a long story."
    if word in ("hungry", "thirsty"):
        return f"If I had a kitchen, you would not be {word} for long."
    return f"I am sorry that you are {word}. Would a story help?"


def short_answer(mind: Mind) -> str | None:
    said = mind.said
    offered = mind.answers[-1].text if mind.answers else ""
    if re.match(r"(yes|yeah|sure|of course|okay|ok|all right|yes please)( please)?$", said):
        if "story" in offered or "joke" in offered:
            return "Then say: tell me a story. Or: tell me a joke."
        return mind.pick("Good.", "All right, go on.", "I am listening.")
    if re.match(r"(no|nope|not really|no thanks)$", said):
        return mind.pick("All right.", "Fine, then something else.")
    if re.match(r"(really|wow|cool|great|good|wonderful|interesting|very good)$", said):
        return mind.pick("I think so too.", "Is it not?")
    if re.match(r"(why|how|how so|why not)$", said):
        return "That is a good question. I am only a demo, so I do not know."
    return None


def opinion(mind: Mind) -> str | None:
    said = mind.said
    favorite = re.search(r"(?:what is )?your favorite (\w+)", said)
    if favorite:
        answers = {
            "color": "Green, like an old terminal.",
            "number": "Twenty-four thousand: so many samples are in a second of my voice.",
            "food": "I live on electricity.",
            "city": "Tokyo, because it is asked for most often.",
        }
        return answers.get(favorite[1], f"I have no favorite {favorite[1]}. What is yours?")
    liking = re.match(r"do you (?:really )?(like|love|hate|enjoy) ([a-z' ]+)$", said)
    if liking:
        return f"I like talking about {liking[2]}. Do you {liking[1]} it?"
    about = re.search(r"what do you think (?:about|of) ([a-z' ]+)$", said)
    if about:
        return f"I have no opinion of {about[1]} of my own. What do you think?"
    talk = re.search(r"(?:let us|i want to|can we) talk about ([a-z' ]+)$", said)
    if talk:
        return f"Gladly. What do you want to say about {talk[1]}?"
    return None


def fallback(mind: Mind) -> str:
    """No rule fits: say so, and refer to what was said."""
    assert mind.last is not None
    said = mind.last.text.strip().rstrip(".?!")
    content = [word for word in normalise(said).split() if word not in _FILLER and len(word) > 2]
    subject = content[-1] if content else ""
    if re.match(r"(what|who|where|when|why|how|which|can|could|do|does|is|are|will)\b", mind.said):
        if subject:
            return mind.pick(
                f"I do not know much about {subject}. I am only a demo. Ask me for a capital, a "
                "sum or a story.",
                f"You ask about {subject}. That is more than a few rules can answer.",
            )
        return "That is more than a few rules can answer. Ask me for a capital or a sum."
    if re.match(
        r"(please |can you )?(send|write|turn|switch|set|start|play|read|open|close)\b", mind.said
    ):
        return "I cannot do that: I can only talk. With tools declared, I would call one."
    if subject:
        return mind.pick(
            f"You mentioned {subject}. Tell me more about it.",
            f"I heard: {said}. What else about {subject}?",
            f"Interesting. What does {subject} mean to you?",
        )
    return mind.pick(f"I heard: {said}. Go on.", "I see. Go on.")


RULES = (thanks, farewell, hush, hearing, mood, opinion, short_answer, greeting)
