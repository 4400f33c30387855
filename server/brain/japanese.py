"""Japanese: answered in kana, which espeak-ng can speak; kanji it cannot."""

from __future__ import annotations

import re

from server.brain.mind import Mind

_JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
_KANJI = re.compile(r"[\u4e00-\u9fff]")
_RULES: tuple[tuple[str, str], ...] = (
    (r"こんにちは|今日は", "こんにちは。おげんきですか。"),
    (r"おはよう", "おはようございます。"),
    (r"こんばんは", "こんばんは。"),
    (r"ありがとう|有難う|感謝", "どういたしまして。"),
    (r"さようなら|さよなら|またね|バイバイ", "さようなら。またおはなししましょう。"),
    (r"元気|げんき", "はい、げんきです。ありがとうございます。"),
    (r"(日本|にほん).*(首都|しゅと)", "にほんのしゅとは、とうきょうです。"),
    (r"首都|しゅと", "ざんねんですが、にほんのしゅとしか、しりません。"),
    (r"何時|なんじ", "{time}です。"),
    (r"(名前|なまえ).*(何|なに|なん)|誰|だれ", "わたしは、ボイスティーユーアイのデモです。"),
    (r"冗談|じょうだん|面白|おもしろ", "ふとんが、ふっとんだ。"),
)
_NAME = re.compile(r"(?:私の|わたしの|ぼくの)?(?:名前|なまえ)は([\u3040-\u30ff]+?)(?:です|だ|。|$)")


def is_japanese(text: str) -> bool:
    return _JAPANESE.search(text) is not None


def answer(mind: Mind) -> str:
    """In kana only, so that it can be spoken."""
    assert mind.last is not None
    text = mind.last.text
    name = _NAME.search(text)
    if name is not None and not re.search(r"何|なに|なん", text):
        return f"はじめまして、{name[1]}さん。"
    for pattern, reply in _RULES:
        if re.search(pattern, text):
            return reply.format(time=f"{mind.now.hour}じ{mind.now.minute}ふん")
    if _KANJI.search(text):
        return "すみません。かんじは、こえにだして、よめません。ひらがなで、かいてください。"
    return f"{text.strip('。？！?! ')}、ですね。もっと、おしえてください。"
