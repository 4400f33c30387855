"""`voicetui assistants` as a user types it, against a service that keeps them."""

from __future__ import annotations

import json
import shlex

from tests.e2e.program import CANARY, Home
from tests.server.process import running_server


def test_an_assistant_is_made_changed_used_and_deleted(keyed: Home) -> None:
    made = keyed.run("assistants", "create", "--name", "Ada", "--instructions", "Be brief.")
    assert made.code == 0, made
    assistant_id = made.out.strip()
    assert assistant_id.startswith("asst_")
    assert f"{assistant_id}  gpt-6-luna  Ada" in keyed.run("assistants").out
    changed = keyed.run("assistants", "edit", assistant_id, "--temperature", "0.3")
    assert changed.code == 0, changed
    shown = json.loads(keyed.run("assistants", "show", assistant_id, "--json").out)
    assert (shown["name"], shown["temperature"]) == ("Ada", 0.3)
    assert shown["instructions"] == "Be brief."
    asked = keyed.run("ask", "--session", "assistants", "--assistant", assistant_id, "hello")
    assert asked.code == 0, asked
    assert asked.out.strip()
    assert keyed.run("assistants", "delete", assistant_id).code == 0
    gone = keyed.run("assistants", "show", assistant_id)
    assert gone.code == 1
    assert "No such assistant" in gone.err
    assert CANARY not in made.out + made.err + gone.err


def test_the_command_that_is_advised_reaches_the_same_service(home: Home) -> None:
    with running_server() as url:
        address = ("--base-url", url, "--service", "openai")
        home.env["OPENAI_API_KEY"] = "any"
        for flags in (("--demo",), address):
            made = home.run("assistants", "create", *flags, "--name", "Ada")
            assert made.code == 0, made
            advised = shlex.split(made.err.partition("Talk to it: voicetui ")[2])
            assert advised[-1] == made.out.strip()
            asked = home.run("ask", *advised, "hello")
            assert asked.code == 0, asked


def test_more_assistants_than_a_page_are_all_listed(home: Home) -> None:
    import openai

    with running_server() as url:
        client = openai.OpenAI(base_url=url, api_key="any")
        for number in range(103):
            client.beta.assistants.create(model="demo", name=f"number {number}")
        home.env |= {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "any"}
        listed = home.run("assistants", "list", "--json")
        assert listed.code == 0, listed
        assert len(json.loads(listed.out)["assistants"]) == 103


def test_a_service_without_assistants_is_said_in_words(home: Home) -> None:
    with running_server(assistants_gone=True) as url:
        home.env |= {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "any"}
        done = home.run("assistants")
    assert done.code == 4, done
    assert "--session responses" in done.err


def test_an_edit_without_a_change_is_a_usage_error(keyed: Home) -> None:
    done = keyed.run("assistants", "edit", "asst_any")
    assert done.code == 2
    assert "--name" in done.err
