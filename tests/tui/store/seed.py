"""Many conversations at once, made of the same words each time."""

from __future__ import annotations

import random

from tui.sessions.events import TokenUsage
from tui.store import writing
from tui.store.drafts import Header, TurnDraft, as_title
from tui.store.opening import Place
from tui.store.sitting import Sitting
from tui.store.store import Store

_ENGLISH = """
the of and to in a is that it was for on are with as at be this from have or by one had not but what
all were when we there can an your which their said if do will each about how up out them then she
many some so these would other into has more her two like him see time could no make than first been
its who now people my made over did down only way find use may water long little very after words
called just where most know weather tomorrow Tokyo Paris music journey recipe garden budget meeting
holiday translate explain summary example question
"""
_JAPANESE = """
今日 明日 東京 京都 大阪 天気 予報 天気予報 電車 時刻 料理 作り方 英語 日本語 翻訳 説明 例えば
質問 答え 会議 旅行 計画 予算 音楽 映画 本 について を教えて ください ですか とても 大切 です
。 、 は が に で と も の へ から まで
"""
ENGLISH = _ENGLISH.split()
JAPANESE = _JAPANESE.split()


def sentence(chance: random.Random) -> str:
    if chance.random() < 0.3:
        return "".join(chance.choices(JAPANESE, k=chance.randint(5, 40)))
    return " ".join(chance.choices(ENGLISH, k=chance.randint(4, 45))).capitalize() + "."


def seed(store: Store, conversations: int, turns_each: int, seed_number: int = 1) -> None:
    chance = random.Random(seed_number)

    def fill(place: Place) -> None:
        for number in range(conversations):
            drafts = tuple(
                draft(index, sentence(chance), at_s=1_700_000_000 + number * 600 + index)
                for index in range(turns_each)
            )
            header = Header(
                *(f"{chance.getrandbits(64):016x}", "realtime", "demo", "demo · demo", "demo"),
                *("{}", "", as_title(drafts[0].text), drafts[-1].at_s),
            )
            sitting = Sitting(lasting_ids=False)
            writing.save_turns(place, header, sitting, drafts)
            writing.save_usage(
                *(place, header, sitting),
                item_id=drafts[-1].item_id,
                source="response",
                report_id="r1",
                model="demo",
                usage=TokenUsage(10, 20, 0, 0, 0, 0, 30, 40),
                at_s=drafts[-1].at_s,
            )

    store._owner.write(fill).result(300)


def draft(index: int, text: str, *, at_s: int = 1_700_000_000) -> TurnDraft:
    return TurnDraft(
        item_id=f"item_{index}",
        index=index,
        role="assistant" if index % 2 else "user",
        text=text,
        status="completed",
        spoken=True,
        heard_ms=1000,
        received_ms=1000,
        text_heard=None,
        detail="",
        problem="",
        audio_id="",
        audio_expires_at_s=0.0,
        at_s=at_s,
    )
