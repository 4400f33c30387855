"""What the user has told: read from their turns, every time anew."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_NOT_NAMES_TEXT = """
a an the not so very really just also too fine good great well okay ok happy sad tired hungry
thirsty bored angry sick cold hot excited busy lost ready sorry sure here there home back done
going trying looking from in at on with your my his her you it that this glad afraid alone
afternoon morning listening talking still now curious interested new old right wrong
"""
_NOT_NAMES = frozenset(_NOT_NAMES_TEXT.split())
_THING = r" (?:to )?([a-z' ]+?)"
_END = r"(?= and (?:i|my|you|what|how)\b| but\b| because\b| so\b| what\b| how are\b|$)"

_LIKE = re.compile(r"\bi (?:really |also |still )*(?:like|love|enjoy|adore)" + _THING + _END)
_DISLIKE = re.compile(r"\bi (?:do not (?:really )?(?:like|love|enjoy)|hate)" + _THING + _END)


@dataclass(slots=True)
class Facts:
    name: str = ""
    likes: list[str] = field(default_factory=list)
    dislikes: list[str] = field(default_factory=list)
    favorites: dict[str, str] = field(default_factory=dict)
    lives_in: str = ""
    comes_from: str = ""
    has: list[str] = field(default_factory=list)
    age: str = ""
    works_as: str = ""

    def sentences(self) -> list[str]:
        """All of it, said back to the user."""
        said = []
        if self.name:
            said.append(f"your name is {self.name}")
        if self.age:
            said.append(f"you are {self.age} years old")
        if self.lives_in:
            said.append(f"you live in {self.lives_in}")
        if self.comes_from:
            said.append(f"you come from {self.comes_from}")
        if self.works_as:
            said.append(f"you work as {self.works_as}")
        said += [f"you like {thing}" for thing in self.likes]
        said += [f"you do not like {thing}" for thing in self.dislikes]
        said += [f"your favorite {kind} is {thing}" for kind, thing in self.favorites.items()]
        said += [f"you have {thing}" for thing in self.has]
        return said


def as_name(words: str) -> str:
    return " ".join(word.capitalize() for word in words.split())


def name_in(said: str) -> str:
    """The name in an introduction; empty where there is none."""
    found = re.search(
        r"\b(?:my name is|you can call me|please call me|call me|the name is)"
        r" ([a-z][a-z'-]*(?: [a-z][a-z'-]*)?)" + _END,
        said,
    ) or re.search(r"^(?:hello |hi |hey |well )*(?:i am|this is) ([a-z][a-z'-]+)" + _END, said)
    if found is None:
        return ""
    words = [word for word in found[1].split() if word not in ("please", "by", "the", "way")]
    if not words or words[0] in _NOT_NAMES or words[0].endswith("ing"):
        return ""
    return as_name(" ".join(words))


def _place(said: str) -> str:
    return as_name(said.removeprefix("the ")) if not said.startswith("a ") else said


def read(said: Iterable[str]) -> Facts:
    """`said`: the user's normalised sentences, oldest first; later ones win."""
    facts = Facts()
    for sentence in said:
        facts.name = name_in(sentence) or facts.name
        for target, pattern in ((facts.likes, _LIKE), (facts.dislikes, _DISLIKE)):
            for thing in pattern.findall(sentence):
                thing = re.sub(r" (?:too|very much|a lot|best)$", "", thing).strip()
                if thing and thing not in target and not thing.startswith(("you ", "that ")):
                    target.append(thing)
        favorite = re.search(r"\bmy favorite (\w+) is (?:the )?([\w' ]+?)" + _END, sentence)
        if favorite:
            facts.favorites[favorite[1]] = favorite[2]
        live = re.search(r"\bi (?:live|am living) in ([a-z' ]+?)" + _END, sentence)
        if live:
            facts.lives_in = _place(live[1])
        origin = re.search(r"\bi (?:am|come|was born) (?:from|in) ([a-z' ]+?)" + _END, sentence)
        if origin and not live:
            facts.comes_from = _place(origin[1])
        has = re.search(r"\bi have ((?:a|an|\d+) [a-z' ]+?)" + _END, sentence)
        if has and not re.search(r"question|idea|problem|look|minute|nice", has[1]):
            facts.has.append(has[1])
        age = re.search(r"\bi am (\d{1,3}) years? old", sentence)
        if age:
            facts.age = age[1]
        job = re.search(r"\bi (?:work as|am) (an? (?!bit|little|lot)[a-z ]+?)" + _END, sentence)
        if job:
            facts.works_as = job[1]
    return facts
