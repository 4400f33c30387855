"""What one exchange used and how quick it was, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.commands.output import narrate
from tui.language import tr
from tui.language.sentences import told
from tui.sessions.events import TokenUsage

if TYPE_CHECKING:
    from tui.call_events import Spent
    from tui.commands.exchange import Exchange
    from tui.settings import CallSettings


def usage_line(usage: TokenUsage) -> str:
    """Tokens in words."""
    if not usage.total:
        return tr("Tokens: none reported.")
    cached = usage.cached_text + usage.cached_audio + usage.cached_image
    parts = [tr("{text} text + {audio} audio in", text=usage.text_in, audio=usage.audio_in)]
    if usage.image_in:
        parts[0] = tr(
            "{text} text + {audio} audio + {image} image in",
            text=usage.text_in,
            audio=usage.audio_in,
            image=usage.image_in,
        )
    if cached:
        parts.append(tr("of them {count} cached", count=cached))
    parts.append(tr("{text} text + {audio} audio out", text=usage.text_out, audio=usage.audio_out))
    return tr("Tokens: {parts}; {count} in all.", parts=tr(", ").join(parts), count=usage.total)


def cost_line(spent: Spent | None) -> str:
    """What it costs; empty where no model has a price."""
    if spent is None or not spent.conversation.known:
        return ""
    from tui.usage.money import cost_words

    cost, prices = told(cost_words(spent.conversation)), told(spent.prices)
    line = tr("Cost: est. {cost} ({prices})", cost=cost, prices=prices)
    if spent.budget:
        line += tr("; budget: {used}", used=told(spent.budget))
    return line + tr(".")


def latency_line(first_byte_ms: float | None, first_sound_ms: float | None) -> str:
    """How quick the answer was; empty when unknown."""
    if first_byte_ms is None:
        return ""
    line = tr("Latency: first byte of the answer after {ms:.0f} ms", ms=first_byte_ms)
    if first_sound_ms is not None:
        line += tr(", ") + tr("first sound after {ms:.0f} ms", ms=first_sound_ms)
    return line + tr(".")


def narrate_figures(exchange: Exchange) -> None:
    """Latency, tokens, and whether the answer is whole."""
    latency = latency_line(exchange.first_byte_ms, exchange.first_sound_ms)
    if latency:
        narrate(latency)
    narrate(usage_line(exchange.usage))
    cost = cost_line(exchange.spent)
    if cost:
        narrate(cost)
    response = exchange.response
    if response is not None and response.status != "completed":
        why = told(response.detail) if response.detail else tr("no reason given")
        narrate(tr("answer {how}: {why}", how=tr(response.status), why=why))


def est_usd(spent: Spent | None) -> str | None:
    """Exact decimal digits; None where something has no price."""
    if spent is None or spent.conversation.incomplete:
        return None
    return f"{spent.conversation.usd:f}"


def exchange_json(exchange: Exchange, settings: CallSettings, out: str | None) -> dict[str, object]:
    """The exchange as plain data; the keys are documented in the README."""
    usage = exchange.usage
    response = exchange.response
    return {
        "question": exchange.question or getattr(exchange.asked, "text", "") or None,
        "answer": exchange.answer,
        "written": exchange.written or None,
        "status": response.status if response is not None else None,
        "detail": response.detail if response is not None else None,
        "service": settings.endpoint.service,
        "model": exchange.model or settings.options.model,
        "first_byte_ms": exchange.first_byte_ms,
        "first_sound_ms": exchange.first_sound_ms,
        "first_text_ms": exchange.first_text_ms,
        "usage": {name: getattr(usage, name) for name in TokenUsage.__slots__},
        "est_usd": est_usd(exchange.spent),
        "prices": exchange.spent.prices if exchange.spent is not None else None,
        "audio": out,
    }
