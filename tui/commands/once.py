"""One spoken exchange where there is no terminal: the recorded question in, a WAV out."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from typing import Final

from tui.call_events import AskAudio
from tui.commands.counted import Counting
from tui.commands.demo import demo_for
from tui.commands.ends import end_when_told
from tui.commands.exchange import hold
from tui.commands.output import data, narrate
from tui.commands.record import Record
from tui.commands.report import cost_line, latency_line, usage_line
from tui.errors import ExitCode, VoicetuiError
from tui.language import tr
from tui.language.sentences import told
from tui.model_remarks import model_remarks
from tui.paths import private_dir, question_wav, wanted_state_dir
from tui.resolution import Resolution
from tui.service_choice import ServiceChoice
from tui.settings import call_settings, push_to_talk

TIMEOUT_S: Final = 90.0
_FILE: Final = "file:"


def hold_once(settings: Resolution, service: ServiceChoice, record: Record) -> int:
    """Ask the recorded question (or --input file:WAV) and keep the answer (--output file:WAV)."""
    end_when_told()
    narrate(tr("No terminal here: one spoken exchange in plain text."))
    if service.kind == "demo":
        narrate(tr("Starting the embedded service ..."))
    with demo_for(service, keep=record.saves) as demo_url:
        kind = record.kind_for(record.resumption)
        made = call_settings(settings, service, demo_url=demo_url, kind=kind)
        call = push_to_talk(record.resumed(made))
        question = _file_of(call.input) or question_wav()
        answer = _file_of(call.output) or private_dir(wanted_state_dir()) / "answer.wav"
        # Another program may be doing the same, and a failed answer must not replace a good one.
        fresh = answer.with_name(f".{answer.name}.{token_hex(8)}.wav")
        call = replace(call, input="silent", output=f"{_FILE}{fresh}")
        for remark in model_remarks(call):
            narrate(told(remark))
        service_name = call.endpoint.label
        narrate(tr("Asking {service} with {file} ...", service=service_name, file=question))
        try:
            counting = Counting(settings, record, idle=False)
            exchange = hold(call, AskAudio(str(question)), narrate, TIMEOUT_S, counting)
            _keep(fresh, answer)
        finally:
            fresh.unlink(missing_ok=True)
    unheard = f"({told(exchange.question_problem) or tr('not written down')})"
    data(f"{tr('You')}: {exchange.question or unheard}")
    data(f"{tr('Assistant')}: {exchange.answer}")
    data(tr("Answer: {path}", path=answer))
    latency = latency_line(exchange.first_byte_ms, exchange.first_sound_ms)
    if latency:
        data(latency)
    data(usage_line(exchange.usage))
    if cost := cost_line(exchange.spent):
        data(cost)
    sys.stdout.flush()
    return ExitCode.OK


def _file_of(device: str) -> Path | None:
    return Path(device.removeprefix(_FILE)).absolute() if device.startswith(_FILE) else None


def _keep(fresh: Path, answer: Path) -> None:
    try:
        fresh.replace(answer)
    except FileNotFoundError:
        raise VoicetuiError(
            "No sound", "the service answered without sound.", ExitCode.NO_ANSWER
        ) from None
    except OSError as error:
        raise VoicetuiError(
            "The answer cannot be written", f"{answer}: {error.strerror}.", ExitCode.DEVICE
        ) from error
