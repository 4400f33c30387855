"""The usage panel as text: tables, the next turn, budgets, and a plot of the turns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from textual.content import Content

from tui import keys
from tui.language import tr
from tui.language.sentences import told
from tui.panes.glyphs import ASCII, UNICODE
from tui.sessions.events import TokenUsage
from tui.text import cells, clean, cut_cells, pad_cells
from tui.usage.money import UNKNOWN, cost_words, duration, usd
from tui.usage.plot import bars, capacity
from tui.usage.tally import Tally
from tui.usage.view import UsageView

LABEL = 13
WIDE = 108
"""From this width on, two columns."""
LEFT = 66
PLOT_ROWS = 4
MOST_MODELS = 6
NOTHING = "-"
SPAN_WORDS = {"conversation": "conversation", "day": "today"}

Span = tuple[str, str]
"""Text and style."""


@dataclass(slots=True)
class Sheet:
    """Lines of styled text, each cut to the width."""

    width: int
    ascii_only: bool = False
    lines: list[Content] = field(default_factory=list)

    @property
    def ellipsis(self) -> str:
        """Where a text was cut."""
        return (ASCII if self.ascii_only else UNICODE).ellipsis

    def add(self, *spans: Span | str) -> None:
        """One line."""
        line = Content.assemble(*spans)
        if line.cell_length > self.width:
            line = line.truncate(self.width)
        self.lines.append(line)

    def flow(self, *spans: Span) -> None:
        """One line, or more where there is no room: they part before a span, or in a long one."""
        line: list[Span | str] = []
        used = 0
        for text, style in spans:
            if line and used + cells(text.rstrip()) > self.width:
                self._wrap(line)
                line, used, text = [], 0, text.lstrip()
            line += [(text, style)] if text else []
            used += cells(text)
        self._wrap(line)

    def _wrap(self, line: list[Span | str]) -> None:
        self.lines += Content.assemble(*line).wrap(self.width)

    def heading(self, text: str, aside: str = "") -> None:
        """A blank line, unless it is the first, and a heading."""
        if self.lines:
            self.lines.append(Content(""))
        self.add((text, "bold $foreground"), (f"  {aside}" if aside else "", "$foreground-muted"))


def count(number: int) -> str:
    """1,234, 12.3k, 4.5M."""
    if number < 10_000:
        return f"{number:,}"
    return f"{number / 1000:.1f}k" if number < 999_950 else f"{number / 1_000_000:.1f}M"


def spending(view: UsageView, width: int, *, ascii_only: bool = False) -> Content:
    """The whole panel; it may be longer than the screen, never wider."""
    if width >= WIDE:
        left, right = Sheet(LEFT, ascii_only), Sheet(width - LEFT - 3, ascii_only)
        _table(left, view)
        _next(left, view)
        _budgets(left, view)
        _plot(right, view)
        _parts(right, view)
        _models(right, view)
        lines = _beside(left, right)
    else:
        sheet = Sheet(width, ascii_only)
        _table(sheet, view)
        _next(sheet, view)
        _budgets(sheet, view)
        _plot(sheet, view)
        _parts(sheet, view)
        _models(sheet, view)
        lines = sheet.lines
    notes = Sheet(width, ascii_only)
    _notes(notes, view)
    return Content("\n").join([*lines, *notes.lines])


def _beside(left: Sheet, right: Sheet) -> list[Content]:
    rows = max(len(left.lines), len(right.lines))
    blank = Content("")
    lines = []
    for row in range(rows):
        one = left.lines[row] if row < len(left.lines) else blank
        other = right.lines[row] if row < len(right.lines) else blank
        lines.append(one.pad_right(left.width + 3 - one.cell_length) + other)
    return lines


def _est(amount: str) -> str:
    return tr("est. {amount}", amount=told(amount))


# ---------------------------------------------------------------- the table


def _table(sheet: Sheet, view: UsageView) -> None:
    columns = [
        (tr("this turn"), view.turn),
        (tr("conversation"), view.conversation),
        (tr("today"), view.today),
        (tr("this month"), view.month),
    ]
    label, cell = LABEL, 13
    if sheet.width < LABEL + 4 * 13:
        # A small terminal: the turn stands in its own line elsewhere, the sums matter more.
        columns = [
            (tr("turn"), view.turn),
            (tr("call"), view.conversation),
            (tr("today"), view.today),
            (tr("month"), view.month),
        ]
        if sheet.width < 11 + 4 * 9:
            del columns[2]
        label, cell = 11, max(8, (sheet.width - 11) // len(columns))
    sheet.add(
        (
            " " * label + "".join(pad_cells(name, cell, right=True) for name, _ in columns),
            "$foreground-muted",
        )
    )
    spent = "".join(
        pad_cells(told(cost_words(tally.cost)), cell, right=True) for _, tally in columns
    )
    sheet.add((pad_cells(tr("est. cost"), label), "bold $primary"), (spent, "bold $primary"))
    for name, values in _rows([tally.usage for _, tally in columns]):
        sheet.add(
            (pad_cells(name, label), "$foreground-muted"),
            *(
                (f"{value:>{cell}}", "$foreground-muted" if value == NOTHING else "")
                for value in values
            ),
        )


def _rows(usages: Sequence[TokenUsage]) -> list[tuple[str, list[str]]]:
    always = {tr("text in"), tr("text out"), tr("audio in"), tr("audio out")}
    figures: list[tuple[str, list[int]]] = [
        (tr("text in"), [usage.text_in for usage in usages]),
        (f"  {tr('cached')}", [usage.cached_text for usage in usages]),
        (tr("audio in"), [usage.audio_in for usage in usages]),
        (f"  {tr('cached')}", [usage.cached_audio for usage in usages]),
        (tr("image in"), [usage.image_in for usage in usages]),
        (f"  {tr('cached')}", [usage.cached_image for usage in usages]),
        (tr("text out"), [usage.text_out for usage in usages]),
        (f"  {tr('reasoning')}", [usage.reasoning_out for usage in usages]),
        (tr("audio out"), [usage.audio_out for usage in usages]),
        (tr("characters"), [usage.characters for usage in usages]),
    ]
    rows = [
        (name, [count(value) if value else NOTHING for value in values])
        for name, values in figures
        if name in always or any(values)
    ]
    if any(usage.seconds for usage in usages):
        times = [duration(usage.seconds) if usage.seconds else NOTHING for usage in usages]
        rows.append((tr("time"), times))
    return rows


# ---------------------------------------------------------------- what is to come


def _next(sheet: Sheet, view: UsageView) -> None:
    following = view.next
    sheet.heading(tr("Next turn"))
    if following is None:
        sheet.add((tr("Known after the first answer."), "$foreground-muted"))
        return
    share = int(following.cached * 100)
    read = tr(
        "{count} tokens are read, {share} % of them from the cache",
        count=count(following.context),
        share=share,
    )
    if not following.cost.known:
        sheet.add(read)
        return
    sheet.flow((_est(cost_words(following.cost)), "bold"), ("  ", ""), (read, ""))
    if following.growth_usd:
        more = tr("Each turn after it costs {usd} more.", usd=usd(following.growth_usd))
        sheet.add((more, "$foreground-muted"))
    if following.turns_per_minute:
        minute, hour = usd(following.usd_per_minute), usd(following.usd_next_hour)
        sheet.flow(
            (tr("At this pace") + " ", ""),
            (tr("est. {usd} a minute", usd=minute), "bold"),
            (tr(", "), ""),
            (tr("{usd} in the next hour", usd=hour), "bold"),
        )


def _budgets(sheet: Sheet, view: UsageView) -> None:
    if not view.budgets:
        return
    sheet.heading(tr("Budget"), tr("{key} raises it", key=keys.first("budget")))
    for span, (spent, limit) in view.budgets.items():
        share = spent / limit if limit else Decimal(1)
        style = "$text-error" if share >= 1 else "$text-warning" if share >= Decimal("0.8") else ""
        room = max(6, min(24, sheet.width - LABEL - 30))
        used = tr("{spent} of {limit}", spent=usd(spent), limit=usd(limit))
        sheet.add(
            (pad_cells(tr(SPAN_WORDS[span]), LABEL), "$foreground-muted"),
            (_bar(share, room, sheet.ascii_only), style or "$primary"),
            (f"  {used}, {int(share * 100)} %", style),
        )


def _bar(share: Decimal, room: int, ascii_only: bool) -> str:
    on, off = ("#", "-") if ascii_only else ("⣿", "⠤")
    full = min(room, round(share * room))
    full = max(full, 1) if share > 0 else 0
    return on * full + off * (room - full)


# ---------------------------------------------------------------- turns, parts, models


def _plot(sheet: Sheet, view: UsageView) -> None:
    if not view.turns:
        return
    priced = any(turn.cost.usd for turn in view.turns)
    values = [turn.cost.usd if priced else Decimal(turn.usage.total) for turn in view.turns]
    width = max(10, sheet.width - 11)
    shown = values[-capacity(width, ascii_only=sheet.ascii_only) :]
    what = tr("Est. cost of each turn") if priced else tr("Tokens of each turn")
    if len(shown) < len(values):
        some = tr("last {count} turns, newest right", count=len(shown))
    elif len(shown) == 1:
        some = tr("1 turn, newest right")
    else:
        some = tr("{count} turns, newest right", count=len(shown))
    sheet.heading(what, some)
    rows = bars(values, width, PLOT_ROWS, ascii_only=sheet.ascii_only)
    top = usd(max(shown)) if priced else count(int(max(shown)))
    for number, row in enumerate(rows):
        axis = top if number == 0 else "0" if number == len(rows) - 1 else ""
        sheet.add((f"{axis:>9}  ", "$foreground-muted"), (row, "$primary"))


def _parts(sheet: Sheet, view: UsageView) -> None:
    cost = view.conversation.cost
    if not cost.usd:
        return
    sheet.heading(tr("What the conversation paid for"), tr("est."))
    for part, amount in sorted(cost.parts.items(), key=lambda item: -item[1]):
        share = amount / cost.usd
        sheet.add(
            (pad_cells(tr(part), LABEL), "$foreground-muted"),
            f"{usd(amount):>9}  ",
            (_bar(share, 12, sheet.ascii_only), "$primary"),
            f" {int(share * 100):>3} %",
        )


def _models(sheet: Sheet, view: UsageView) -> None:
    if not view.models:
        return
    sheet.heading(tr("This month by model"), tr("est."))
    for name, tally in list(view.models.items())[:MOST_MODELS]:
        sheet.add(*_model_line(name, tally, sheet))
    if len(view.models) > MOST_MODELS:
        rest = len(view.models) - MOST_MODELS
        more = tr("and {count} more: voicetui usage --by model", count=rest)
        sheet.add((more, "$foreground-muted"))


def _model_line(name: str, tally: Tally, sheet: Sheet) -> list[Span | str]:
    room = max(12, min(26, sheet.width - 26))
    shown = cut_cells(clean(name, single_line=True) or tr("(unknown)"), room, sheet.ellipsis)
    used = [tr("{count} tokens", count=count(tally.usage.total))] if tally.usage.total else []
    used += [duration(tally.usage.seconds)] if tally.usage.seconds else []
    used += (
        [tr("{count} chars", count=count(tally.usage.characters))] if tally.usage.characters else []
    )
    style = "$foreground-muted" if cost_words(tally.cost) == UNKNOWN else ""
    return [
        shown + " " * (room - cells(shown)),
        (pad_cells(told(cost_words(tally.cost)), 10, right=True), style),
        (f"  {', '.join(used)}", "$foreground-muted"),
    ]


def _notes(sheet: Sheet, view: UsageView) -> None:
    texts = [
        tr("{problem}. The shipped prices are used meanwhile.", problem=problem)
        for problem in view.problems
    ]
    if view.unpriced:
        names = ", ".join(clean(name, single_line=True) for name in view.unpriced)
        where = ""
        if view.own_prices:
            where = " " + tr("They can be added in {path}.", path=view.own_prices)
        missing = tr(
            "A price is missing for {names}: tokens only, or a sum with a plus.", names=names
        )
        texts.append(missing + where)
    if texts:
        sheet.lines.append(Content(""))
    for text in texts:
        for line in _wrapped(text, sheet.width):
            sheet.add(
                (
                    line,
                    "$text-warning" if text in texts[: len(view.problems)] else "$foreground-muted",
                )
            )


def _wrapped(text: str, width: int) -> list[str]:
    from tui.text import wrap_cells

    return wrap_cells(clean(text, single_line=True), width)
