"""The rules: same turns, same answer; what was said before matters."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from server.brain import answer
from server.brain.memory import name_in, read
from server.brain.prompt import Prompt, Turn
from server.brain.words import in_words, normalise

NOW = datetime(2026, 11, 20, 15, 7)


class Talk:
    """A conversation with the brain alone."""

    def __init__(self) -> None:
        self.turns: list[Turn] = []

    def say(self, text: str, **turn: Any) -> str:
        self.turns.append(Turn("user", text, **turn))
        reply = answer(Prompt(self.turns, NOW)).text
        self.turns.append(Turn("assistant", reply))
        return reply


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("What is the capital of Japan?", "The capital of Japan is Tokyo."),
        ("what's the capital of the netherlands", "The capital of the Netherlands is Amsterdam."),
        ("tell me the capital of south korea", "The capital of South Korea is Seoul."),
        ("which country is Oslo the capital of", "Oslo is the capital of Norway."),
        ("What is seven times eight?", "Seven times eight is fifty-six."),
        ("what is 12.5 / 4", "12.5 divided by four is 3.125."),
        ("twenty one plus a hundred and five", "Twenty-one plus 105 is 126."),
        ("what is two plus three times four", "Two plus three times four is twenty."),
        ("how much is 10 divided by 0", "Dividing by zero is the one thing I refuse to do."),
        ("what is the square root of 144", "The square root of 144 is twelve."),
        ("what time is it", "It is three oh seven in the afternoon."),
        ("what day is it today", "Today is Friday, November the twentieth."),
        ("what is the date tomorrow", "Tomorrow is Saturday, November the twenty-first, 2026."),
        ("which year is it", "It is the year 2026."),
        ("count to five", "One, two, three, four, five."),
        ("count from three to one", "Three, two, one."),
        ("count down from 4", "Four, three, two, one."),
        ("spell banana", "Banana: B, A, N, A, N, A."),
        ("say after me: we are here", "we are here"),
        ("how many days are in a week", "There are seven days in a week."),
        ("what is the opposite of hot", "The opposite of hot is cold."),
        ("how do you say thank you in french", "In French, thank you is merci."),
        ("こんにちは", "こんにちは。おげんきですか。"),
        ("what did I just say", "You have not said anything before this."),
        ("what is my name", "You have not told me your name yet. What is it?"),
    ],
)
def test_answers(said: str, expected: str) -> None:
    assert Talk().say(said) == expected


def test_it_remembers_what_the_user_told() -> None:
    talk = Talk()
    assert "Anna" in talk.say("Hi, my name is Anna.")
    talk.say("I live in Berlin and I like strong coffee.")
    talk.say("I have a dog and my favorite color is green.")
    assert talk.say("What is my name?") == "Your name is Anna."
    assert talk.say("Where do I live?") == "You live in Berlin."
    assert talk.say("What do I like?") == "You like strong coffee."
    assert talk.say("What is my favourite colour?") == "Your favorite color is green."
    known = talk.say("What do you know about me?")
    for fact in ("Anna", "Berlin", "coffee", "a dog", "green"):
        assert fact in known
    assert "Anna" in talk.say("Thanks, goodbye!")


def test_it_quotes_both_sides() -> None:
    talk = Talk()
    first = talk.say("Good morning!")
    assert talk.say("What did you say?") == f"I said: {first}"
    assert talk.say("What was my first question?") == "The first thing you said was: Good morning!"
    assert talk.say("What did I just say?") == "You said: What was my first question?"
    assert "four things in all" in talk.say("How many questions have I asked?")


def test_follow_up_questions() -> None:
    talk = Talk()
    talk.say("What is the capital of France?")
    assert talk.say("And of Italy?") == "The capital of Italy is Rome."
    jokes = {talk.say("Tell me a joke."), talk.say("Another one."), talk.say("tell me another one")}
    assert len(jokes) == 3


def test_a_story_is_long_and_can_be_interrupted_and_continued() -> None:
    talk = Talk()
    story = talk.say("Tell me a long story about the sea.")
    assert 160 <= len(story.split()) <= 260
    heard = " ".join(story.split()[:30])
    talk.turns[-1] = Turn("assistant", heard, cut=True)
    assert "Say continue" in talk.say("Stop.")
    rest = talk.say("Please continue.")
    last_words = " ".join(heard.split()[-4:])
    assert rest.startswith(f"You stopped me after: {last_words}")
    assert rest.endswith(story.split("From that day on")[1])
    assert heard not in rest


def test_an_interrupted_answer_is_known_only_as_far_as_it_was_heard() -> None:
    talk = Talk()
    talk.say("What is the capital of Japan?")
    talk.turns[-1] = Turn("assistant", "The capital of", cut=True)
    said = talk.say("What did you say?")
    assert said == "You stopped me, so I only got as far as: The capital of"


def test_speech_that_was_not_understood() -> None:
    said = Talk().say("(speech, 2.3 s)", spoken_s=2.3, understood=False)
    assert said.startswith("I heard 2.3 seconds of speech but could not make out the words.")


def test_the_fallback_refers_to_what_was_said() -> None:
    assert "volcanoes" in Talk().say("Yesterday we were reading about volcanoes")
    assert "volcanoes" in Talk().say("Why are there so many volcanoes?")


def test_the_same_turns_give_the_same_answer() -> None:
    lines = ["Hello", "How are you?", "Tell me a joke", "I am bored", "flip a coin", "Cats purr."]
    one, other = Talk(), Talk()
    assert [one.say(line) for line in lines] == [other.say(line) for line in lines]


def test_everything_said_gets_an_answer() -> None:
    from server.speech.language_model import sentences

    for words, _ in list(sentences())[::25]:
        assert Talk().say(" ".join(words)).strip()


WEATHER = {
    "type": "function",
    "name": "getWeather",
    "description": "Weather forecast for a city",
    "parameters": {
        "type": "object",
        "properties": {
            "city": {"type": "string"},
            "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
            "days": {"type": "integer"},
        },
        "required": ["city", "unit"],
    },
}


def test_tools_are_called_when_plainly_asked_for() -> None:
    def ask(text: str, **more: Any) -> Any:
        return answer(Prompt([Turn("user", text)], NOW, tools=[WEATHER], **more))

    call = ask("What is the weather forecast for the next 3 days in New York?").tool
    assert call is not None
    assert call.name == "getWeather"
    assert call.arguments == '{"city": "New York", "unit": "celsius", "days": 3}'
    assert ask("Tell me a joke.").tool is None
    assert ask("What is the weather?", tool_choice="none").tool is None
    assert ask("Tell me a joke.", tool_choice="required").tool is not None


def test_tool_output_is_reported() -> None:
    turns = [
        Turn("user", "What is the weather?"),
        Turn("tool", '{"sky": "clear", "warm": true}', tool_name="get_weather"),
    ]
    assert answer(Prompt(turns, NOW)).text == "The get weather says: sky is clear, warm is yes."
    turns[-1] = Turn("tool", "not found", tool_name="lookup")
    assert answer(Prompt(turns, NOW)).text == "The lookup says: not found."


@pytest.mark.parametrize(
    ("said", "normal"),
    [
        ("What's SEVEN times eight?", "what is 7 times 8"),
        ("one hundred and twenty three", "123"),
        ("two thousand and six", "2006"),
        ("one two three", "1 2 3"),
        ("twenty one", "21"),
        ("a hundred", "100"),
        ("I don't know, I'm tired.", "i do not know i am tired"),
        ("3.5 x 2", "3.5 x 2"),
        ("1,000 plus 5", "1000 plus 5"),
        ("5*6", "5 * 6"),
    ],
)
def test_normalise(said: str, normal: str) -> None:
    assert normalise(said) == normal


def test_numbers_in_words() -> None:
    assert [in_words(one) for one in (0, 13, 20, 42, 100, 105, 1234, -3)] == [
        "zero",
        "thirteen",
        "twenty",
        "forty-two",
        "one hundred",
        "105",
        "1,234",
        "minus three",
    ]


def test_names_are_not_moods() -> None:
    assert name_in("i am peter") == "Peter"
    assert name_in("my name is mary ann and i like tea") == "Mary Ann"
    assert name_in("i am tired") == ""
    assert name_in("i am going home") == ""
    assert read(["i am from spain", "i would like some tea"]).likes == []
    assert read(["i do not like rain but i love snow"]).dislikes == ["rain"]
    assert read(["i do not like rain but i love snow"]).likes == ["snow"]
