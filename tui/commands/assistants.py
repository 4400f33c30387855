"""`voicetui assistants`: what a service keeps as assistants; list, make, change and delete them."""

from __future__ import annotations

import argparse
import asyncio
import os
from typing import TYPE_CHECKING, Any

from tui.cli import flags_of
from tui.commands.demo import demo_for
from tui.commands.output import data, data_json, narrate
from tui.errors import ExitCode, VoicetuiError
from tui.language import tr
from tui.log import start_log

if TYPE_CHECKING:
    from tui.sessions.http.client import Client

PAGE = 100
_CHANGEABLE = ("name", "model", "instructions", "description", "temperature")


def run(arguments: argparse.Namespace) -> int:
    """Do `arguments.action`."""
    from tui.service_choice import need_key, service_flags, set_up_service
    from tui.sessions.http.client import Client
    from tui.settings import call_settings, load_settings

    start_log(verbose="verbose" in arguments)
    settings = load_settings(flags_of(arguments), os.environ)
    service = set_up_service(settings)
    need_key(service)
    with demo_for(service) as demo_url:
        made = call_settings(settings, service, demo_url=demo_url, kind="assistants")
        client = Client(made.endpoint)  # type: ignore[arg-type]  # an assistants call is over HTTP
        reach = service_flags(settings, demo=service.kind == "demo")
        return asyncio.run(_do(client, arguments, made.options.model, reach))


async def _do(client: Client, arguments: argparse.Namespace, model: str, reach: str) -> int:
    from tui.sessions.http.trouble import Refused

    await client.load()
    try:
        match arguments.action:
            case "show":
                await _show(client, arguments)
            case "create":
                body = {"model": model} | _given(arguments)
                _made(await _one(client, "assistants.create", body), arguments, "made.", reach)
            case "edit":
                body = {"assistant_id": arguments.id} | _given(arguments)
                if len(body) == 1:
                    raise VoicetuiError(
                        "Nothing to change",
                        "Say what: " + ", ".join(f"--{name}" for name in _CHANGEABLE) + ".",
                        ExitCode.USAGE,
                    )
                _made(await _one(client, "assistants.update", body), arguments, "changed.", reach)
            case "delete":
                for assistant_id in arguments.ids:
                    await _one(client, "assistants.delete", {"assistant_id": assistant_id})
                    narrate(tr("{id}: deleted.", id=assistant_id))
            case _:
                await _list(client, arguments)
    except Refused as refused:
        raise _in_words(refused, getattr(arguments, "id", "")) from refused
    finally:
        await client.close()
    return ExitCode.OK


async def _one(client: Client, operation: str, body: dict[str, Any]) -> dict[str, Any]:
    async for part in client.run(operation, body):
        if isinstance(part, dict):
            return part
    raise VoicetuiError("No answer", "The service answered with nothing.", ExitCode.NO_ANSWER)


async def _list(client: Client, arguments: argparse.Namespace) -> None:
    """All of them, page by page."""
    found: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    while True:
        page = await _one(client, "assistants.list", {"limit": PAGE, "order": "desc", **after})
        found += page.get("data", [])
        if not page.get("has_more") or not page.get("last_id"):
            break
        after = {"after": page["last_id"]}
    if arguments.json:
        data_json({"assistants": found})
        return
    if not found:
        narrate(tr("The service keeps no assistant; `voicetui assistants create` makes one."))
    for assistant in found:
        data(f"{assistant['id']}  {assistant.get('model', '')}  {assistant.get('name') or '-'}")


async def _show(client: Client, arguments: argparse.Namespace) -> None:
    assistant = await _one(client, "assistants.retrieve", {"assistant_id": arguments.id})
    if arguments.json:
        data_json(assistant)
        return
    for name in ("id", *_CHANGEABLE):
        data(f"{name + ':':<14} {assistant.get(name) if assistant.get(name) is not None else '-'}")
    tools = ", ".join(str(tool.get("type")) for tool in assistant.get("tools", []))
    data(f"{'tools:':<14} {tools or '-'}")


def _given(arguments: argparse.Namespace) -> dict[str, Any]:
    """What was said on the command line.  The model and instructions are settings there."""
    from_settings = {"model": "service.model", "instructions": "session.instructions"}
    given = vars(arguments)
    values = {
        name: given.get(from_settings.get(name, name))
        for name in _CHANGEABLE
        if given.get(from_settings.get(name, name)) is not None
    }
    tools = given.get("assistants.tools")
    if tools:
        values["tools"] = [{"type": word.strip()} for word in tools.split(",") if word.strip()]
    return values


def _made(assistant: dict[str, Any], arguments: argparse.Namespace, what: str, reach: str) -> None:
    """`reach`: the flags that name the service; another one does not know the assistant."""
    if arguments.json:
        data_json(assistant)
        return
    data(str(assistant["id"]))
    name = assistant.get("name") or tr("The assistant")
    command = f"voicetui{reach} --session assistants --assistant {assistant['id']}"
    narrate(f"{name}: {tr(what)} {tr('Talk to it: {command}', command=command)}")


def _in_words(refused: Exception, assistant_id: str) -> VoicetuiError:
    trouble = refused.trouble  # type: ignore[attr-defined]
    if trouble.status == 404 and assistant_id and "assistant" in trouble.said.lower():
        return VoicetuiError(
            "No such assistant",
            f"The service knows no {assistant_id}; `voicetui assistants` lists what it has.",
            ExitCode.FAILURE,
        )
    if trouble.status == 404:
        return VoicetuiError(
            "No assistants here",
            "This service has no Assistants API (OpenAI switched it off on 2026-08-26); "
            "`--session responses` keeps conversations there.",
            ExitCode.REFUSED,
        )
    meaning = trouble.meaning()
    code = ExitCode.REFUSED if meaning.weight == "fatal" else ExitCode.NETWORK
    return VoicetuiError("The service refused", meaning.words, code)
