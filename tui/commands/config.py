"""`voicetui config path|show|validate|edit|set`: which settings count, and why."""

from __future__ import annotations

import argparse
import difflib
import os

from tui.commands.output import data, data_json, narrate
from tui.errors import ExitCode, VoicetuiError
from tui.language import tr
from tui.language.sentences import told
from tui.masking import KEY_VARIABLES, public_url
from tui.paths import config_file
from tui.settings_table import BY_NAME, SETTINGS, Plain, Setting
from tui.stored_keys import places


def run(arguments: argparse.Namespace) -> int:
    """Do `arguments.action`."""
    if arguments.action == "path":
        data(str(config_file()))
        return ExitCode.OK
    if arguments.action in ("validate", "edit"):
        from tui.commands.editor import edit_config, tell_mistakes

        if arguments.action == "edit":
            return edit_config(config_file())
        return ExitCode.SETTINGS if tell_mistakes(config_file()) else ExitCode.OK
    if arguments.action == "set":
        return _set(arguments.setting, arguments.value)
    return _show(arguments)


def _set(name: str, text: str | None) -> int:
    from tui.config_writing import write_config
    from tui.resolution import from_text

    setting = BY_NAME.get(name)
    if setting is None:
        near = difflib.get_close_matches(name, BY_NAME, n=1, cutoff=0.5)
        what = f"{name!r}; did you mean {near[0]}?" if near else f"{name!r}; it is SECTION.KEY."
        raise VoicetuiError("No such setting", what, ExitCode.USAGE)
    try:
        value = None if text is None else from_text(setting, text, name)
    except VoicetuiError as error:
        error.exit_code = ExitCode.USAGE
        raise
    path = config_file()
    write_config(path, {name: value})
    if value is None:
        narrate(tr("{path}: {name} is not set.", path=path, name=name))
    else:
        narrate(tr("{path}: {name} = {value}", path=path, name=name, value=_toml(value)))
    return ExitCode.OK


def _show(arguments: argparse.Namespace) -> int:
    from tui.cli import flags_of
    from tui.config_file import own_keys
    from tui.picked import picked
    from tui.resolution import resolve

    settled = resolve(flags_of(arguments), os.environ, config_file(), picked())
    keys = {name: bool(os.environ.get(name, "").strip()) for name in KEY_VARIABLES}
    stored = places()
    if arguments.json:
        data_json(
            {
                "config": str(config_file()),
                "settings": {
                    setting.name: {
                        "value": _public(setting, settled.values[setting.name].value),
                        "source": settled.source(setting.name),
                    }
                    for setting in SETTINGS
                },
                "keymap": own_keys(config_file()),
                "keys": {name: "set" if present else "not set" for name, present in keys.items()},
                "stored_keys": stored,
            }
        )
        return ExitCode.OK
    section = ""
    for setting in SETTINGS:
        if setting.section != section:
            section = setting.section
            data(f"[{section}]")
        shown = _public(setting, settled.values[setting.name].value)
        # TOML has no null: what is not set is a comment, so that the whole is a config file.
        line = "# " if shown is None else ""
        line += f"{setting.key} = {tr('(unset)') if shown is None else _toml(shown)}"
        data(f"{line}  # {told(settled.source(setting.name))}")
    if own := own_keys(config_file()):
        data("[keys]")
        for name, chords in own.items():
            data(f"{name} = {_toml(chords.replace(',', ' '))}  # {config_file().name}")
    for name, present in keys.items():
        data(f"# {name}: {tr('set, not shown') if present else tr('not set')}")
    for name, where in stored.items():
        words = tr(
            "stored key for {name}: in {where}; a variable goes before it",
            name=name,
            where=told(where),
        )
        data(f"# {words}")
    return ExitCode.OK


def _public(setting: Setting, value: Plain) -> Plain:
    if setting.key in ("base_url", "azure_endpoint") and isinstance(value, str) and value:
        return public_url(value)
    return value


def _toml(value: Plain) -> str:
    import json

    # JSON's strings are TOML's basic strings, but for DEL, which no setting holds.
    return json.dumps(value, ensure_ascii=False)
