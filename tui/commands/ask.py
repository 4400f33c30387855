"""`voicetui ask`: one question, typed or recorded; the answer's words on stdout."""

from __future__ import annotations

import argparse
import contextlib
import errno
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from shared.wav import HEADER_BYTES
from tui.cli import flags_of
from tui.commands.ends import end_when_told
from tui.commands.output import data_json, narrate, say
from tui.commands.report import exchange_json, narrate_figures
from tui.errors import ExitCode, VoicetuiError
from tui.language import tr
from tui.language.sentences import told

if TYPE_CHECKING:
    from tui.commands.counted import Counting
    from tui.commands.exchange import Exchange, Question
    from tui.settings import CallSettings

FileFormat = Literal["", "mp3", "flac", "opus"]

LONGEST_TEXT_CHARS = 100_000
LONGEST_AUDIO_BYTES = 200_000_000
MAKE_ROOM = "Make room there, or name another folder in TMPDIR."


def run(arguments: argparse.Namespace) -> int:
    """Ask, print, and say how it went."""
    _check(arguments)
    end_when_told()
    from tui.log import start_log

    start_log(verbose="verbose" in arguments)
    if "verbose" in arguments:
        from tui.paths import log_file

        narrate(tr("Log: {path}", path=log_file()))
    with tempfile.TemporaryDirectory(prefix="voicetui-") as folder:
        asked = _question(arguments, Path(folder))
        with _settings(arguments) as (settings, counting):
            return _ask(arguments, settings, asked, Path(folder), counting)


def _check(arguments: argparse.Namespace) -> None:
    if arguments.text is not None and (arguments.audio or arguments.words) is not None:
        raise VoicetuiError(
            "One question",
            "give a text in quotes, or --audio FILE; words beside a recording go into --text.",
            ExitCode.USAGE,
        )
    if arguments.text is None and arguments.audio is None and arguments.words is None:
        if sys.stdin.isatty():
            raise VoicetuiError(
                "No question",
                "give a text in quotes or through a pipe, or --audio FILE.",
                ExitCode.USAGE,
            )
        arguments.text = "-"  # echo hello | voicetui ask
    if arguments.play and arguments.out:
        raise VoicetuiError("One place", "choose --play or --out.", ExitCode.USAGE)
    if arguments.out == "-" and arguments.json:
        raise VoicetuiError("One output", "choose --json or --out -.", ExitCode.USAGE)
    if arguments.out == "-" and sys.stdout.isatty():
        raise VoicetuiError(
            "No sound for a terminal", "--out - needs a pipe or a file.", ExitCode.USAGE
        )
    suffix = Path(arguments.out or "").suffix.lower()
    if suffix not in ("", ".wav") and not _file_format(arguments.out):
        raise VoicetuiError(
            "No such form",
            f"{arguments.out}: an answer is written as .wav, "
            "with --session audio as .mp3, .flac or .opus too.",
            ExitCode.USAGE,
        )


def _question(arguments: argparse.Namespace, folder: Path) -> Question:
    """Words, a recording, or both; with the form of the answer where that was said."""
    from msgspec import structs

    from tui.call_events import AskAudio, Type
    from tui.sessions.events import Compose

    text = _words(arguments)
    form = Compose(
        text=text,
        answer=arguments.answer or "",
        file_format=_file_format(arguments.out),
        written=arguments.written or "",
    )
    plain = form == Compose(text=text)
    if arguments.audio is None:
        if not text:
            raise VoicetuiError("No question", "the text is empty.", ExitCode.USAGE)
        return Type(text) if plain else form
    path = Path(arguments.audio)
    if arguments.audio == "-":
        path = folder / "question.wav"
        _spool(path)
    if plain and not text and path.suffix.lower() != ".mp3":
        _check_sound_file(path, arguments.audio)
        return AskAudio(str(path.absolute()))
    try:
        return structs.replace(form, sound=path.read_bytes())
    except OSError as error:
        raise VoicetuiError(
            "The recording cannot be read", f"{path}: {error.strerror}.", ExitCode.DEVICE
        ) from error


def _words(arguments: argparse.Namespace) -> str:
    from tui.resolution import whole_text

    text = arguments.words or arguments.text or ""
    if text == "-":
        text = sys.stdin.buffer.read(LONGEST_TEXT_CHARS * 4).decode("utf-8", "replace")
    return whole_text(text).strip()[:LONGEST_TEXT_CHARS]


def _file_format(out: str | None) -> FileFormat:
    """What the service itself must make; WAV is made here, while the answer streams."""
    suffix = Path(out or "").suffix.lower().lstrip(".")
    formats: dict[str, FileFormat] = {"mp3": "mp3", "flac": "flac", "opus": "opus"}
    return formats.get(suffix, "")


def _spool(path: Path) -> None:
    """Keep stdin in a file: the engine reads files."""
    left_bytes = LONGEST_AUDIO_BYTES
    try:
        with path.open("wb") as copy:
            while left_bytes and (piece := sys.stdin.buffer.read(min(left_bytes, 1 << 16))):
                copy.write(piece)
                left_bytes -= len(piece)
    except OSError as error:
        raise VoicetuiError(
            "The recording cannot be read",
            f"{path}: {error.strerror}. {MAKE_ROOM}",
            ExitCode.DEVICE,
        ) from error


def _check_sound_file(path: Path, name: str) -> None:
    """What can be said before a call is opened; the engine checks the rest."""
    name = "stdin" if name == "-" else name
    try:
        with path.open("rb") as file:
            head = file.read(12)
    except OSError as error:
        raise VoicetuiError(
            "The recording cannot be read", f"{name}: {error.strerror}.", ExitCode.DEVICE
        ) from error
    if not head:
        raise VoicetuiError("The recording is empty", f"{name} has no bytes.", ExitCode.DEVICE)
    if head[:4] not in (b"RIFF", b"RIFX", b"RF64") or head[8:12] != b"WAVE":
        raise VoicetuiError(
            "The recording is no WAV file",
            f"{name}: convert it first, such as with ffmpeg.",
            ExitCode.DEVICE,
        )


@contextlib.contextmanager
def _settings(arguments: argparse.Namespace) -> Iterator[tuple[CallSettings, Counting]]:
    """Settings of the call, with the embedded service running where it is wanted."""
    from tui.commands.counted import Counting
    from tui.commands.demo import demo_for
    from tui.commands.record import Record
    from tui.service_choice import set_up_service
    from tui.settings import call_settings, load_settings, push_to_talk

    settings = load_settings(flags_of(arguments), os.environ)
    service = set_up_service(settings)
    with Record(settings) as record, demo_for(service, keep=record.saves) as demo_url:
        made = push_to_talk(call_settings(settings, service, demo_url=demo_url))
        yield made, Counting(settings, record, idle=False)


def _ask(
    arguments: argparse.Namespace,
    settings: CallSettings,
    asked: Question,
    folder: Path,
    counting: Counting,
) -> int:
    from msgspec import structs

    from tui.call_events import Type
    from tui.commands.exchange import hold
    from tui.model_remarks import model_remarks
    from tui.sessions.events import Compose
    from tui.settings import words_only

    if isinstance(asked, Compose):
        _need_audio_chat(arguments, getattr(settings.options, "kind", "realtime"))
    # The microphone stays closed: the question is here.
    settings = replace(settings, input="silent")
    answer_wav = folder / "answer.wav"
    in_file = replace(settings, output=f"file:{answer_wav}", fast_files=True)
    if arguments.out:
        _check_writable(arguments.out)
        settings = in_file
    elif not arguments.play:
        # Nobody will hear it: words alone are quicker and cost less.
        if isinstance(asked, Compose) and asked.sound and not asked.answer:
            asked = structs.replace(asked, answer="text")
        settings = words_only(replace(settings, output="silent"), typed=isinstance(asked, Type))
        if getattr(settings.options, "speak", False):
            settings = in_file  # it speaks all the same; so nobody waits until it has
    for remark in model_remarks(settings):
        narrate(told(remark))
    narrate(tr("Asking {service} ...", service=settings.endpoint.label))
    exchange = hold(settings, asked, narrate, arguments.timeout, counting)
    if exchange.question:
        narrate(f"{tr('You')}: {exchange.question}")
    elif exchange.question_problem:
        narrate(f"{tr('You')}: ({told(exchange.question_problem)})")
    if arguments.json:
        data_json(exchange_json(exchange, settings, arguments.out))
    elif arguments.out == "-":
        narrate(f"{tr('Assistant')}: {exchange.answer}")
        if exchange.written:
            narrate(f"{tr('Written')}: {exchange.written}")
    else:
        say(exchange.answer)
        if exchange.written:
            say(f"\n{tr('Written')}:\n{exchange.written}")
    narrate_figures(exchange)
    if arguments.out:
        _deliver(exchange, answer_wav, arguments.out)
    if arguments.play and exchange.output_problem:
        narrate(told(f"The answer was not heard: {exchange.output_problem}."))
        return ExitCode.DEVICE
    return ExitCode.OK


def _need_audio_chat(arguments: argparse.Namespace, kind: str) -> None:
    """Raise VoicetuiError where this kind of session cannot do what was asked for."""
    if kind == "audio":
        return
    file_format = _file_format(arguments.out)
    given = {
        "--answer": arguments.answer,
        "--written": arguments.written,
        tr("an answer as .{form}", form=file_format): file_format,
        tr("words beside a recording"): arguments.audio and arguments.words,
        tr("a recording as .mp3"): (arguments.audio or "").lower().endswith(".mp3"),
    }
    asked = [what for what, there in given.items() if there]
    raise VoicetuiError(
        f"Not with {kind}",
        tr("{what} need --session audio.", what=tr(" and ").join(asked))
        if len(asked) > 1
        else tr("{what} needs --session audio.", what=asked[0]),
        ExitCode.USAGE,
    )


def _check_writable(out: str) -> None:
    """Before a question is paid for."""
    if out == "-":
        return
    path = Path(out)
    if path.is_dir():
        problem = "it is a folder"
    elif path.is_symlink():
        problem = "it is a link; name the file itself"
    elif path.exists() and not path.is_file():
        problem = "it is no file"
    elif not path.absolute().parent.is_dir():
        problem = "its folder does not exist"
    elif not os.access(path if path.exists() else path.absolute().parent, os.W_OK):
        problem = "no permission"
    else:
        return
    raise VoicetuiError("The answer cannot be written", f"{out}: {problem}.", ExitCode.DEVICE)


def _copy(answer_wav: Path, path: Path) -> None:
    """Not through a link, which somebody else may have put there; a new file is for us alone."""
    if path.is_symlink():
        raise OSError(errno.ELOOP, "it is a link; name the file itself")
    flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0), 0o600)
    with answer_wav.open("rb") as sound, os.fdopen(descriptor, "wb") as copy:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is no file")
        copy.truncate(0)
        shutil.copyfileobj(sound, copy)


def _deliver(exchange: Exchange, answer_wav: Path, out: str) -> None:
    problem = exchange.output_problem
    if exchange.file is not None:
        try:
            answer_wav.write_bytes(exchange.file.data)
        except OSError as error:
            problem = f"{answer_wav}: {error.strerror}"
    if problem:
        words = [f"{problem}.", MAKE_ROOM]
        if answer_wav.exists() and answer_wav.stat().st_size > HEADER_BYTES:
            _copy_out(answer_wav, out)
            words.insert(1, f"Its beginning is in {'stdout' if out == '-' else out}.")
        raise VoicetuiError("The answer cannot be written", " ".join(words), ExitCode.DEVICE)
    if not answer_wav.exists():
        raise VoicetuiError(
            "No sound",
            "the service answered without sound; nothing was written.",
            ExitCode.NO_ANSWER,
        )
    _copy_out(answer_wav, out)
    if out != "-":
        narrate(tr("Answer written to {path}.", path=out))


def _copy_out(answer_wav: Path, out: str) -> None:
    try:
        if out == "-":
            with answer_wav.open("rb") as sound:
                shutil.copyfileobj(sound, sys.stdout.buffer)
            sys.stdout.buffer.flush()
        else:
            _copy(answer_wav, Path(out))
    except BrokenPipeError:
        raise
    except OSError as error:
        raise VoicetuiError(
            "The answer cannot be written", f"{out}: {error.strerror}.", ExitCode.DEVICE
        ) from error
