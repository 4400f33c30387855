"""`voicetui history`: old conversations in the shell."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from tui.beginning import Kind
from tui.commands.output import data, data_json, narrate
from tui.commands.record import OPEN_S, open_store
from tui.errors import ExitCode, VoicetuiError
from tui.language import tr
from tui.language.sentences import told
from tui.store.export import Format, export_text, save, spoken_lines, write_wav
from tui.store.rows import ConversationRow, Hit
from tui.store.store import Store
from tui.text import cells, cut_cells, pad_cells

if TYPE_CHECKING:
    from tui.resolution import Resolution
    from tui.service_choice import ServiceChoice

T = TypeVar("T")
SHOWN_ID = 8
PAGE_TURNS = 200


def run(arguments: argparse.Namespace) -> int:
    """Do `arguments.action`."""
    from tui.log import start_log

    start_log(verbose="verbose" in arguments)
    action = arguments.action or "list"
    if action == "resume":
        from tui.commands import talk

        arguments.resume = arguments.id or " "  # an empty one is no wish to begin anew
        arguments.demo_without_key = False
        return talk.run(arguments)
    store = open_store()
    store.listen(on_problem=_narrate_problem, on_notice=lambda notice: narrate(told(notice)))
    try:
        return _ACTIONS[action](store, arguments)
    finally:
        store.close()


def _narrate_problem(problem: str) -> None:
    if problem:
        narrate(
            told(problem.replace("The conversation is not being saved", "Nothing can be saved"))
        )


def _get(future: Future[T]) -> T:
    try:
        return future.result(OPEN_S)
    except FutureTimeout as error:
        raise VoicetuiError(
            "The history does not answer", f"waited {OPEN_S:g} s.", ExitCode.FAILURE
        ) from error


def _list(store: Store, arguments: argparse.Namespace) -> int:
    rows = _get(store.list(arguments.limit, deleted=arguments.deleted))
    if arguments.json:
        data_json({"conversations": [asdict(row) for row in rows]})
        return ExitCode.OK
    if not rows:
        narrate(
            tr("No conversation was deleted.") if arguments.deleted else tr("No conversation yet.")
        )
    width = _width()
    for row in rows:
        data(row_line(row, width))
    total = _get(store.count()) if not arguments.deleted else len(rows)
    if total > len(rows):
        narrate(tr("{some} of {all}; --limit N shows more.", some=len(rows), all=total))
    return ExitCode.OK


def row_line(row: ConversationRow, width: int) -> str:
    """One conversation of the list, cut to `width` cells."""
    turns = tr("1 turn") if row.turns == 1 else tr("{count} turns", count=row.turns)
    tokens = tr("{count} tokens", count=f"{row.tokens:>8,}")
    head = (
        f"{row.id[:SHOWN_ID]}  {_time(row.updated_at_s)}  {row.kind:<10}"
        f"  {pad_cells(turns, 9, right=True)}  {tokens}  "
    )
    return head + cut_cells(row.title or tr("(no words)"), max(20, width - cells(head)))


def _width() -> int:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 200


def _time(at_s: int) -> str:
    try:
        return time.strftime("%Y-%m-%d %H:%M", time.localtime(at_s))
    except (ValueError, OverflowError, OSError):
        return pad_cells(tr("unknown time"), 16)


def _search(store: Store, arguments: argparse.Namespace) -> int:
    hits = _get(store.search(" ".join(arguments.text), arguments.limit))
    if arguments.json:
        data_json({"hits": [asdict(hit) for hit in hits]})
    for hit in hits if not arguments.json else ():
        data(hit_line(hit))
    if not hits:
        narrate(tr("Nothing found."))
    return ExitCode.OK if hits else ExitCode.FAILURE


def hit_line(hit: Hit) -> str:
    """One place where something was said."""
    names = {"user": tr("You"), "assistant": tr("Assistant"), "": tr("Title")}
    who = f"{names[hit.role]}: " if hit.role in names else ""
    words = hit.snippet or tr("(no words)")
    return f"{hit.conversation_id[:SHOWN_ID]}  {_time(hit.at_s)}  {who}{words}"


def _show(store: Store, arguments: argparse.Namespace) -> int:
    conversation_id = _get(store.find(arguments.id))
    if arguments.json:
        sys.stdout.write(export_text(store, conversation_id, "json"))
        return ExitCode.OK
    row = _get(store.row(conversation_id))
    narrate(row.title or tr("(no words)"))
    narrate(f"{_time(row.created_at_s)} · {row.kind} · {row.label or row.service}")
    after = -1
    while turns := _get(store.turns(conversation_id, after, PAGE_TURNS)):
        for turn in turns:
            data(spoken_lines(turn))
        after = turns[-1].position
    return ExitCode.OK


def _export(store: Store, arguments: argparse.Namespace) -> int:
    conversation_id = _get(store.find(arguments.id))
    out = arguments.out
    form = _format(arguments.format, out)
    if arguments.stereo and form != "wav":
        raise VoicetuiError("Only sound is stereo", "add --format wav.", ExitCode.USAGE)
    if out not in (None, "-"):
        path = save(store, conversation_id, form, Path(out), stereo=arguments.stereo)
        narrate(tr("Written to {path}.", path=path))
    elif form == "wav":
        _wav_to_stdout(store, conversation_id, stereo=arguments.stereo)
    else:
        _write_text(export_text(store, conversation_id, form))
    return ExitCode.OK


_FORMS: Final[dict[str, Format]] = {
    **dict.fromkeys(("", ".md", ".txt"), "md"),
    ".json": "json",
    ".wav": "wav",
}
"""By the ending of the file."""


def _format(asked: Format | None, out: str | None) -> Format:
    if asked is not None:
        return asked
    ending = Path(out or "").suffix.lower()
    form = _FORMS.get(ending)
    if form is None and not Path(out or "").is_dir():
        raise VoicetuiError(
            "No such form", f"{out}: --format says which of md, json and wav.", ExitCode.USAGE
        )
    return form or "md"


def _write_text(text: str) -> None:
    from tui.masking import mask

    # Exactly what a file would hold; the texts were cleaned when they were saved.
    sys.stdout.flush()
    sys.stdout.buffer.write(mask(text).encode())
    sys.stdout.buffer.flush()


def _wav_to_stdout(store: Store, conversation_id: str, *, stereo: bool) -> None:
    if sys.stdout.isatty():
        raise VoicetuiError(
            "No sound for a terminal",
            "a WAV file needs --out PATH, or a pipe.",
            ExitCode.USAGE,
        )
    with tempfile.TemporaryFile() as file:  # the length stands in front of the sound
        write_wav(store, conversation_id, file, stereo=stereo)
        file.seek(0)
        shutil.copyfileobj(file, sys.stdout.buffer)
    sys.stdout.buffer.flush()


def _rename(store: Store, arguments: argparse.Namespace) -> int:
    conversation_id = _get(store.find(arguments.id))
    _get(store.rename(conversation_id, " ".join(arguments.title)))
    title = _get(store.row(conversation_id)).title
    narrate(tr("{id} is now: {title}", id=conversation_id[:SHOWN_ID], title=title))
    return ExitCode.OK


def _delete(store: Store, arguments: argparse.Namespace) -> int:
    for conversation_id in _all(store, arguments.ids, deleted=False, either=arguments.now):
        title = _get(store.row(conversation_id)).title or tr("(no words)")
        short = conversation_id[:SHOWN_ID]
        if arguments.now:
            _get(store.purge(conversation_id))
            narrate(tr("{id} is gone: {title}", id=short, title=title))
        else:
            _get(store.delete(conversation_id))
            undo = f"voicetui history undelete {short}"
            words = tr(
                "{id} is deleted: {title}. `{command}` undoes it.",
                id=short,
                title=title,
                command=undo,
            )
            narrate(words)
    return ExitCode.OK


def _undelete(store: Store, arguments: argparse.Namespace) -> int:
    for conversation_id in _all(store, arguments.ids, deleted=True):
        _get(store.undelete(conversation_id))
        title = _get(store.row(conversation_id)).title
        narrate(tr("{id} is back: {title}", id=conversation_id[:SHOWN_ID], title=title))
    return ExitCode.OK


def _all(store: Store, prefixes: list[str], *, deleted: bool, either: bool = False) -> list[str]:
    """All ids first: one that is wrong must not leave half of the work done."""
    found = []
    for prefix in prefixes:
        try:
            found.append(_get(store.find(prefix, deleted=deleted)))
        except VoicetuiError:
            if not either:
                raise
            found.append(_get(store.find(prefix, deleted=not deleted)))
    return list(dict.fromkeys(found))


def _import(store: Store, arguments: argparse.Namespace) -> int:
    from tui.cli import flags_of
    from tui.service_choice import service_flags, set_up_service
    from tui.settings import load_settings

    kind = arguments.kind or _kind_of(arguments.remote_id)
    settings = load_settings(flags_of(arguments), os.environ)
    service = set_up_service(settings)
    _check_remote(settings, service, kind, arguments.remote_id)
    conversation_id = _get(
        store.import_remote(
            kind,
            arguments.remote_id,
            service.kind,
            label=host_label(service.kind, service.base_url),
            title=arguments.title,
        )
    )
    data(conversation_id[:SHOWN_ID])
    flags = service_flags(settings, demo=service.kind == "demo")
    resume = f"voicetui history resume {conversation_id[:SHOWN_ID]}{flags}"
    narrate(tr("`{command}` goes on with it.", command=resume))
    return ExitCode.OK


def _check_remote(settings: Resolution, service: ServiceChoice, kind: Kind, remote_id: str) -> None:
    """Raise VoicetuiError where the service does not know it; say it where nobody can be asked."""
    from tui.commands.asking import ask_service
    from tui.commands.demo import demo_for
    from tui.service_choice import NoKey
    from tui.sessions.http.endpoint import HttpEndpoint
    from tui.settings import call_settings

    name, operation = (
        ("thread_id", "threads.retrieve")
        if kind == "assistants"
        else ("conversation_id", "conversations.retrieve")
    )
    remote_id = remote_id.strip()
    if not remote_id or not remote_id.isascii() or not remote_id.isprintable():
        return  # the store says what is wrong with it
    try:
        with demo_for(service) as demo_url:
            made = call_settings(settings, service, demo_url=demo_url, kind=kind)
            assert isinstance(made.endpoint, HttpEndpoint), "both kinds are over HTTP"
            trouble = ask_service(made.endpoint, operation, {name: remote_id}).trouble
    except NoKey as error:
        narrate(told(f"It could not be checked whether the service knows {remote_id}: {error}"))
        return
    if trouble is None:
        return
    words = trouble.meaning().words
    if trouble.status == 404:
        raise VoicetuiError(
            "Nothing to take up",
            f"{made.endpoint.label.partition(' · ')[0]} does not know {remote_id}.",
            ExitCode.REFUSED,
        )
    if 400 <= trouble.status < 500 and trouble.status not in (408, 429):
        raise VoicetuiError("The service refused", words, ExitCode.REFUSED)
    narrate(told(f"It could not be checked whether the service knows {remote_id}: {words}"))


def _kind_of(remote_id: str) -> Kind:
    if remote_id.startswith("thread_"):
        return "assistants"
    if remote_id.startswith("conv_"):
        return "responses"
    raise VoicetuiError(
        "Thread or conversation?",
        "the id begins with neither thread_ nor conv_: add --kind assistants or --kind responses.",
        ExitCode.USAGE,
    )


def host_label(kind: str, base_url: str) -> str:
    """How the labels of calls with this service begin."""
    from urllib.parse import urlsplit

    if kind == "demo":
        return "demo"
    return urlsplit(base_url).netloc.rpartition("@")[2] or "api.openai.com"


_ACTIONS: dict[str, Callable[[Store, argparse.Namespace], int]] = {
    "list": _list,
    "search": _search,
    "show": _show,
    "export": _export,
    "rename": _rename,
    "delete": _delete,
    "undelete": _undelete,
    "import": _import,
}
