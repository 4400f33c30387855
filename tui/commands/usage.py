"""`voicetui usage`: what was used since a day, and what it costs, in the shell."""

from __future__ import annotations

import argparse
import csv
import io
from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

from tui.commands.output import data, data_json, narrate
from tui.commands.record import OPEN_S, open_store
from tui.errors import ExitCode, VoicetuiError
from tui.language import tr
from tui.language.sentences import told
from tui.paths import config_file
from tui.sessions.events import TokenUsage
from tui.store.store import Store
from tui.text import cells, clean, cut_cells, pad_cells
from tui.usage.money import cost_words, duration
from tui.usage.periods import By, groups, start_of, uses_of
from tui.usage.prices import FILE_NAME, Prices, load_prices
from tui.usage.tally import Tally

NAME_CELLS: Final = 34
SHOWN_ID: Final = 8


def run(arguments: argparse.Namespace) -> int:
    """Print a table, JSON or CSV."""
    from tui.log import start_log

    start_log(verbose="verbose" in arguments)
    since: date = arguments.since or date.today().replace(day=1)
    by: By = arguments.by
    prices = load_prices(config_file().with_name(FILE_NAME))
    for problem in prices.problems:
        narrate(told(f"{problem}. The shipped prices are used meanwhile."))
    store = open_store()
    store.listen(on_notice=lambda notice: narrate(told(notice)))
    try:
        uses = uses_of(store.usage_since(start_of(since)).result(OPEN_S))
        found = groups(uses, prices, by)
        titles = _titles(store, found) if by == "conversation" else {}
    except TimeoutError as error:
        raise VoicetuiError("The history does not answer", f"waited {OPEN_S:g} s.") from error
    finally:
        store.close()
    total = sum(found.values(), Tally())
    if arguments.json:
        data_json(_json(by, since, prices, found, titles, total))
    elif arguments.csv:
        _csv(by, prices, found, titles)
    else:
        _table(by, since, prices, found, titles, total)
    return ExitCode.OK


def _titles(store: Store, found: dict[str, Tally]) -> dict[str, str]:
    titles = {}
    for conversation_id in found:
        try:
            titles[conversation_id] = store.row(conversation_id).result(OPEN_S).title
        except VoicetuiError:
            continue  # deleted for good: what it used stays
    return titles


# ---------------------------------------------------------------- for people

_COLUMNS: Final[tuple[tuple[str, Callable[[TokenUsage], str]], ...]] = (
    ("text in", lambda usage: _count(usage.text_in)),
    ("cached", lambda usage: _count(usage.cached_text)),
    ("audio in", lambda usage: _count(usage.audio_in)),
    ("cached", lambda usage: _count(usage.cached_audio)),
    ("image in", lambda usage: _count(usage.image_in)),
    ("text out", lambda usage: _count(usage.text_out)),
    ("reasoning", lambda usage: _count(usage.reasoning_out)),
    ("audio out", lambda usage: _count(usage.audio_out)),
    ("characters", lambda usage: _count(usage.characters)),
    ("time", lambda usage: duration(usage.seconds) if usage.seconds else "-"),
)


def _count(number: int) -> str:
    return f"{number:,}" if number else "-"


def _table(
    by: By,
    since: date,
    prices: Prices,
    found: dict[str, Tally],
    titles: dict[str, str],
    total: Tally,
) -> None:
    if not found:
        narrate(tr("Nothing was used since {day}.", day=since))
        return
    rows = [(_shown(name, titles), tally) for name, tally in (*found.items(), (tr("total"), total))]
    # Columns in which nothing stands are left out.
    columns = [
        (tr(head), [shown(tally.usage) for _, tally in rows])
        for head, shown in _COLUMNS
        if shown(total.usage) != "-"
    ]
    columns.insert(0, (tr("est. cost"), [told(cost_words(tally.cost)) for _, tally in rows]))
    room = max(cells(name) for name, _ in (*rows, (tr(by), total)))
    widths = [max(cells(head), *map(cells, values)) for head, values in columns]
    heads = [
        pad_cells(head, width, right=True) for (head, _), width in zip(columns, widths, strict=True)
    ]
    data(pad_cells(tr(by), room) + "  " + "  ".join(heads))
    for number, (name, _) in enumerate(rows):
        figures = [
            pad_cells(values[number], width, right=True)
            for (_, values), width in zip(columns, widths, strict=True)
        ]
        data(pad_cells(name, room) + "  " + "  ".join(figures))
    data(tr("Estimated since {day}, {prices}.", day=since, prices=told(prices.origin)))
    unpriced = sorted({use for use, tally in found.items() if tally.cost.incomplete})
    if unpriced and by == "model":
        where = config_file().with_name(FILE_NAME)
        names = ", ".join(unpriced)
        words = tr(
            "No price is known for {names}; it can be added in {file}.", names=names, file=where
        )
        narrate(words)
    elif unpriced:
        narrate(tr("A plus: something in it has no price; --by model shows what."))


def _shown(name: str, titles: dict[str, str]) -> str:
    title = titles.get(name)
    shown = f"{name[:SHOWN_ID]}  {title}" if title is not None else name
    return cut_cells(clean(shown, single_line=True), NAME_CELLS)


# ---------------------------------------------------------------- for programs


def _values(tally: Tally) -> dict[str, object]:
    return {
        # Exact digits: a float would not keep them.
        "est_usd": f"{tally.cost.usd:f}" if tally.cost.known else None,
        "complete": not tally.cost.incomplete,
        **{name: getattr(tally.usage, name) for name in TokenUsage.__slots__},
    }


def _json(
    by: By,
    since: date,
    prices: Prices,
    found: dict[str, Tally],
    titles: dict[str, str],
    total: Tally,
) -> dict[str, object]:
    return {
        "by": by,
        "since": since.isoformat(),
        "prices_date": prices.date.isoformat(),
        "own_prices": sorted(prices.own),
        "groups": [
            {by: name, **({"title": titles[name]} if name in titles else {}), **_values(tally)}
            for name, tally in found.items()
        ],
        "total": _values(total),
    }


def _csv(by: By, prices: Prices, found: dict[str, Tally], titles: dict[str, str]) -> None:
    names = ["title"] if by == "conversation" else []
    head = [by, *names, *_values(Tally()), "prices_date"]
    data(_csv_line(head))
    for name, tally in found.items():
        title = [titles.get(name, "")] if by == "conversation" else []
        values = ["" if value is None else value for value in _values(tally).values()]
        data(_csv_line([name, *title, *values, prices.date]))


def _csv_line(values: Sequence[object]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(values)
    return line.getvalue()
