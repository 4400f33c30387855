"""The table of prices: ours, dated, and what the user's own file changes in it.

A name that is in neither has no price.  Nothing is guessed from a name that looks similar: only the
dated snapshot of a model (`gpt-realtime-2.1-2026-07-06`) has the model's price.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

from tui.config_file import lines_of, nearest

FILE_NAME: Final = "prices.toml"
SHIPPED: Final = Path(__file__).with_name(FILE_NAME)
_SNAPSHOT: Final = re.compile(r"-20\d\d-\d\d-\d\d$")
_MOST: Final = Decimal(1_000_000)
"""USD; more than this is a slip of the pen."""


@dataclass(frozen=True, slots=True)
class Price:
    """What one model costs in USD; None: it does not bill this, or nobody told us."""

    text_in: Decimal | None = None
    """Per million tokens, as all up to `image_cached`."""
    text_cached: Decimal | None = None
    text_out: Decimal | None = None
    audio_in: Decimal | None = None
    audio_cached: Decimal | None = None
    audio_out: Decimal | None = None
    image_in: Decimal | None = None
    image_cached: Decimal | None = None
    per_minute: Decimal | None = None
    per_million_characters: Decimal | None = None
    audio_tokens_per_minute: Decimal | None = None
    tokens_extra: bool = False
    """Tokens are billed on top of the minutes, at the price of a model we are not told."""


@dataclass(frozen=True, slots=True)
class Prices:
    """All prices in use."""

    date: date
    """Of the shipped table."""
    models: Mapping[str, Price]
    problems: tuple[str, ...] = ()
    """What is wrong with the user's file, each with file and line; it is not used then."""
    own: frozenset[str] = frozenset()
    """Models whose price is the user's."""

    def find(self, model: str) -> Price | None:
        """The price of a model or of a dated snapshot of it; None where it is not known."""
        name = model.strip()
        return self.models.get(name) or self.models.get(_SNAPSHOT.sub("", name))

    @property
    def origin(self) -> str:
        """Where the prices come from, to stand beside every figure."""
        own = f" and your {FILE_NAME}" if self.own else ""
        return f"prices of {self.date}{own}"


def load_prices(own_file: Path | None = None) -> Prices:
    """The shipped table with the user's changes; never fails because of the user's file."""
    shipped, mistakes, when = _read(SHIPPED, SHIPPED.read_text(encoding="utf-8"), {})
    assert not mistakes, mistakes
    assert when is not None
    prices = Prices(when, shipped)
    if own_file is None:
        return prices
    try:
        text = own_file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return prices
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        return Prices(when, shipped, (f"{own_file}: {reason}",))
    own, mistakes, _ = _read(own_file, text, shipped)
    if mistakes:
        return Prices(when, shipped, tuple(mistakes))
    return Prices(when, {**shipped, **own}, own=frozenset(own))


_NUMBERS: Final = tuple(field.name for field in fields(Price) if field.name != "tokens_extra")
_KEYS: Final = (*_NUMBERS, "tokens_extra", "like", "note")


def _read(
    path: Path, text: str, known: Mapping[str, Price]
) -> tuple[dict[str, Price], list[str], date | None]:
    """Prices, mistakes ("file:line: what"), and the date, of one file."""
    try:
        tree = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"\(at line (\d+), column \d+\)", str(error))
        line = int(at[1]) if at else len(text.splitlines())
        words = re.sub(r"\s*\(at .*\)$", "", str(error))
        return {}, [f"{path}:{line}: not TOML: {words}"], None
    lines = dict(lines_of(text))
    found: list[tuple[int, str]] = []

    def wrong(name: str, words: str) -> None:
        parent = name.rpartition(".")[0]
        found.append((lines.get(name, lines.get(parent, 1)), words))

    when = tree.pop("date", None)
    if when is not None and not isinstance(when, date):
        wrong("date", "date must be a date such as 2026-11-20, without quotes")
        when = None
    if not isinstance(tree.pop("source", ""), str):
        wrong("source", "source must be a text in quotes")
    models = tree.pop("models", {})
    for name in tree:
        wrong(name, f'"{name}" is not known here; prices stand below [models."NAME"]')
    if not isinstance(models, dict):
        wrong("models", 'models is a section: write [models."NAME"]')
        models = {}
    prices: dict[str, Price] = {}
    likes: dict[str, str] = {}
    for model, entry in models.items():
        at_model = f"models.{model}"
        if not isinstance(entry, dict) or any(isinstance(v, dict) for v in entry.values()):
            wrong(at_model, f'a name with dots needs quotes: [models."{model}. ..."]')
            continue
        for key, value in entry.items():
            problem = _wrong_with(key, value)
            if problem:
                wrong(f"{at_model}.{key}", problem)
        if "like" in entry:
            likes[model] = str(entry["like"])
            if set(entry) - {"like", "note"}:
                wrong(f"{at_model}.like", "like takes all prices of another model: no others here")
        elif not set(entry) - {"note"}:
            wrong(at_model, f'"{model}" has no price')
        else:
            prices[model] = _price(entry)
    for model, other in likes.items():
        price = prices.get(other) or known.get(other)
        if price is None:
            hint = nearest(other, (*prices, *known))
            wrong(f"models.{model}.like", f'there is no model "{other}" with prices{hint}')
        else:
            prices[model] = price
    return prices, [f"{path}:{line}: {words}" for line, words in sorted(found)], when


def _wrong_with(key: str, value: object) -> str:
    if key not in _KEYS:
        return f'unknown "{key}"{nearest(key, _KEYS) or "; there are " + ", ".join(_KEYS)}'
    if key in ("like", "note"):
        return "" if isinstance(value, str) else f"{key} must be a text in quotes"
    if key == "tokens_extra":
        return "" if isinstance(value, bool) else f"{key} must be true or false"
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return f"{key} must be a number (USD), not {value!r}"
    # Written so that NaN fails too.
    if not (Decimal(value).is_finite() and 0 <= value <= _MOST):
        return f"{key} must be a number from 0 to {_MOST:,}, not {value}"
    if key == "audio_tokens_per_minute" and value == 0:
        return f"{key} must be more than 0"
    return ""


def _price(entry: Mapping[str, object]) -> Price:
    numbers = {
        key: Decimal(value)
        for key, value in entry.items()
        if key in _NUMBERS and isinstance(value, int | Decimal) and not isinstance(value, bool)
    }
    return Price(**numbers, tokens_extra=entry.get("tokens_extra") is True)
