"""Words of the command line that mean nothing: which one it is, and what was probably meant."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from tui.errors import ExitCode
from tui.language import tr


class Formatter(argparse.RawDescriptionHelpFormatter):
    """In the language in use; columns count cells."""

    def add_usage(
        self, usage: str | None, actions: Any, groups: Any, prefix: str | None = None
    ) -> None:
        """The first line."""
        super().add_usage(usage, actions, groups, prefix or tr("usage: "))

    def _split_lines(self, text: str, width: int) -> list[str]:
        if text.isascii():
            return super()._split_lines(text, width)
        from tui.text import wrap_cells

        return wrap_cells(text, width)


class Parser(argparse.ArgumentParser):
    """Says what is wrong first, then in one line how the command is written."""

    def error(self, message: str) -> NoReturn:
        """Ends the process with code 2."""
        from tui.language.sentences import told
        from tui.masking import mask

        said = told(re.sub(r"^argument ([^:]+): ", r"\1: ", message))
        usage = tr("Usage: {usage} (more: {prog} --help)", usage=self.usage, prog=self.prog)
        self.exit(int(ExitCode.USAGE), f"{self.prog}: {mask(said)}\n{usage}\n")


QUESTIONS = ("voicetui ask",)
"""Commands whose one word is a sentence: a shell takes it for several without quotes."""


def check_words(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:
    """End with code 2 at the first option or command nobody knows.

    argparse names another word: of `--modle x` it complains about x.
    """
    words, said = iter(argv), 0
    for word in words:
        if word == "--":
            return
        if word.startswith("--") and " " not in word:
            name, equals, _ = word.partition("=")
            action = parser._option_string_actions.get(name)
            if action is None:
                near = _near(name, parser._option_string_actions)
                parser.error(f"{name} is unknown here{near}")
            if action.nargs is None and not equals:
                next(words, None)  # its value
        elif not word.startswith("-"):
            commands = _commands(parser)
            if commands is None:
                said += 1
                if said > 1 and parser.prog in QUESTIONS:
                    parser.error("put the question in quotes")
                continue
            if word not in commands:
                what = "command" if parser.prog == "voicetui" else "action"
                parser.error(f"{word!r} is no {what}{_near(word, commands)}")
            parser = commands[word]


def _commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser] | None:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return None


def _near(word: str, known: Iterable[str]) -> str:
    import difflib

    # Without the dashes, which would make any two options alike.
    bare = {name.lstrip("-"): name for name in known if name not in ("--key", "--api-key")}
    near = difflib.get_close_matches(word.lstrip("-"), bare, n=1, cutoff=0.6)
    return f"; did you mean {bare[near[0]]}?" if near else ""
