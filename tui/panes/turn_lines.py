"""Turns, headings and functions as lines of the conversation."""

from __future__ import annotations

from time import localtime, strftime

from tui.language import tr
from tui.language.sentences import told
from tui.panes.lines import BLANK, Part, TextLine, wrapped
from tui.panes.markdown import Markdown
from tui.panes.remarks import (
    SHOWN_ARGUMENTS,
    SHOWN_OUTPUT,
    STATE_WORDS,
    Heading,
    ToolRemark,
    cut,
)
from tui.transcript import Turn

Entry = Turn | Heading | ToolRemark
SHOWN_CHARACTERS = 20_000
"""Of one turn; more is not read on a screen and would slow every repaint."""


def turn_lines(
    turn: Turn, voice: str, width: int, growing: Markdown | None = None
) -> list[TextLine]:
    """One turn as lines of at most `width` cells, with a blank one after it.

    `growing`: what has laid out the beginning of the same text for the same width.
    """
    you = turn.role == "user"
    name = tr("You") if you else voice if turn.role == "assistant" else tr("Note")
    aside = [strftime("%H:%M", localtime(turn.started_at_s))] if turn.started_at_s else []
    if you and not turn.spoken:
        aside.append(tr("typed"))
    if turn.latency is not None:
        aside.append(tr("answered in {s:.2f} s", s=turn.latency.first_sound_ms / 1000))
    head = TextLine(((name, "you" if you else "voice"), ("  " + ", ".join(aside), "aside")))
    lines = [head, *_body(turn, width, growing)]
    if turn.status in ("failed", "incomplete") or (turn.status == "interrupted" and not turn.cut):
        why = f": {told(turn.detail)}" if turn.detail else ""
        part: Part = "problem" if turn.status == "failed" else "aside"
        lines += wrapped(f"[{tr(turn.status)}{why}]", part, width)
    lines.append(BLANK)
    return lines


def _body(turn: Turn, width: int, growing: Markdown | None) -> list[TextLine]:
    if len(turn.text) > SHOWN_CHARACTERS:
        hidden = len(turn.text) - SHOWN_CHARACTERS
        words = tr(
            "[{count:,} earlier characters are not shown; y copies all of them]", count=hidden
        )
        return [
            *wrapped(words, "aside", width),
            *wrapped(turn.text[-SHOWN_CHARACTERS:].strip("\n"), "body", width),
        ]
    if turn.role != "assistant":
        shown = _shown(turn)
        part: Part = "aside" if turn.problem and not turn.text else "body"
        return wrapped(shown, part, width) if shown else []
    if not turn.cut:
        shown = _shown(turn)
        if not turn.text.strip():
            return wrapped(shown, "aside" if turn.problem else "body", width) if shown else []
        return (growing or Markdown(width)).lines(shown)
    heard = Markdown(width)
    lines = heard.lines(turn.text_heard.strip("\n").rstrip()) if turn.text_heard.strip() else []
    lines += wrapped(f"-- {_cut_words(turn.heard_ms or 0)} --", "aside", width)
    if turn.text_unheard.strip():
        rest = Markdown(width, "unheard", in_code=heard.in_code)
        lines += rest.lines(turn.text_unheard.strip())
    return lines


def _shown(turn: Turn) -> str:
    if turn.problem and not turn.text.strip():
        return f"({told(turn.problem)})"
    return turn.shown.strip("\n")


def _cut_words(heard_ms: int) -> str:
    if not heard_ms:
        return tr("you interrupted here; the rest was not heard")
    return tr("you interrupted here after {s:.1f} s; the rest was not heard", s=heard_ms / 1000)


def remark_lines(remark: Heading | ToolRemark, width: int) -> list[TextLine]:
    """Like `turn_lines`, for what is no turn."""
    if isinstance(remark, Heading):
        return [*wrapped(f"-- {remark.text} --", "aside", width, indent=""), BLANK]
    state = remark.state
    aside = [strftime("%H:%M", localtime(remark.at_s))] if remark.at_s else []
    aside += [tr(STATE_WORDS[state])] if STATE_WORDS[state] else []
    lines = [TextLine(((tr("Function"), "function"), ("  " + ", ".join(aside), "aside")))]
    lines += wrapped(cut(remark.call, SHOWN_ARGUMENTS), "body", width)
    if remark.output and state in ("done", "failed"):  # the rest was said to the model alone
        part: Part = "problem" if state == "failed" else "aside"
        lines += wrapped(cut(remark.output, SHOWN_OUTPUT), part, width)
    lines.append(BLANK)
    return lines


def likely_lines(entry: Entry, width: int) -> int:
    """How many lines an entry will have, at a guess that costs nothing."""
    if isinstance(entry, Heading):
        return 2
    size = entry.size_cells if isinstance(entry, Turn) else len(entry.call) + len(entry.output)
    return 2 + max(1, -(-min(size, 2 * SHOWN_CHARACTERS) // max(1, width - 4)))
