"""Examples of every command: `--help`, the manual page and the documentation show them.

By the command's words; each is a line as it is typed and what it is for.  A test parses them all.
"""

from __future__ import annotations

from typing import Final

from tui.language import tr

Example = tuple[str, str]

EXAMPLES: Final[dict[str, tuple[Example, ...]]] = {
    "": (
        ("voicetui", "talk; needs OPENAI_API_KEY or an Azure address and key"),
        ("voicetui --demo", "try it without key and network"),
        ("voicetui --base-url http://127.0.0.1:8000/v1 --model my-model", ""),
        ("voicetui --plain", "line by line, for screen readers and pipes"),
        ('voicetui ask "What is the capital of Japan?"', ""),
        ("voicetui usage", "what was used, and what it costs"),
        ("voicetui history", "what was said before"),
        ("voicetui --resume 3f2a", "go on with a conversation"),
        ("voicetui history --help", "more about one command"),
    ),
    "ask": (
        ('voicetui ask "What is the capital of Japan?"', ""),
        ('echo "What is the capital of Japan?" | voicetui ask', ""),
        ("voicetui ask --audio question.wav --out answer.wav", ""),
        ("arecord -f S16_LE -r 24000 -d 3 | voicetui ask --audio - --out - | aplay", ""),
        ('voicetui ask --demo --json "Hello" | python3 -m json.tool', ""),
    ),
    "devices": (
        ("voicetui devices", ""),
        ("voicetui devices --json", ""),
        ('voicetui --input "USB Audio"', "part of a name is enough, if only one has it"),
    ),
    "doctor": (
        ("voicetui doctor", "everything, the way to the service too"),
        ("voicetui doctor --offline", "nothing that needs the network"),
        ("voicetui doctor --json > report.json", ""),
        ("voicetui doctor --echo", "how much the microphone hears of the loudspeaker"),
    ),
    "replay": (
        ("voicetui replay voicetui-20261121-101500.zip", "what the counters prove"),
        ("voicetui replay report.zip --out sound", "the last half minute as WAV files"),
        ("voicetui replay report.zip --play", ""),
    ),
    "serve": (
        ("voicetui serve --port 8765", ""),
        ("voicetui --base-url http://127.0.0.1:8765/v1", ""),
        ("VOICETUI_SERVER_KEY=secret voicetui serve", "a key others cannot read in `ps`"),
    ),
    "config": (
        ("voicetui config", "every setting, its value, and where it came from"),
        ("voicetui config edit", "change config.toml, and hear what is wrong in it"),
    ),
    "config path": (('less "$(voicetui config path)"', ""),),
    "config show": (
        ("voicetui config show", ""),
        ("voicetui config show > new.toml", "it is a config file itself"),
        ("voicetui config show --json --voice cedar", "with this flag"),
    ),
    "config validate": (
        ("voicetui config validate", "exit code 3 and the line, if something is wrong"),
    ),
    "config set": (
        ("voicetui config set session.voice cedar", ""),
        ("voicetui config set session.voice", "the default again"),
    ),
    "config edit": (
        ("voicetui config edit", "opens $VISUAL or $EDITOR"),
        ("EDITOR=nano voicetui config edit", ""),
    ),
    "key": (
        ("voicetui key set", "asked without echo; an environment variable goes before it"),
        ("voicetui key", "which keys there are, and where; never the keys"),
    ),
    "key show": (("voicetui key show --json", ""),),
    "key set": (
        ("voicetui key set", ""),
        ("pass show openai | voicetui key set", "from another program, never as an argument"),
        ("voicetui key set --service azure", ""),
        ("voicetui key set --service http://127.0.0.1:8000/v1", "a compatible service"),
    ),
    "key delete": (("voicetui key delete --service azure", ""),),
    "usage": (
        ("voicetui usage", "by day, since the first of the month"),
        ("voicetui usage --by model --since 2026-01-01", ""),
        ("voicetui usage --by conversation --json", ""),
        ("voicetui usage --csv > usage.csv", ""),
    ),
    "history": (
        ("voicetui history", "the newest conversations"),
        ("voicetui history search weather", "where that was said"),
        ("voicetui history resume 3f2a", "go on with it; the beginning of an id is enough"),
    ),
    "history list": (
        ("voicetui history list --limit 100", ""),
        ("voicetui history list --deleted", "those that can be taken back"),
        ("voicetui history list --json", ""),
    ),
    "history search": (
        ("voicetui history search capital japan", "both words in one turn"),
        ("voicetui history search rain --json", "exit code 1, if it was nowhere said"),
    ),
    "history show": (
        ("voicetui history show 3f2a", ""),
        ("voicetui history show 3f2a --json", "everything that is known"),
    ),
    "history resume": (
        ("voicetui history resume 3f2a", ""),
        ("voicetui history resume 3f2a --plain", ""),
    ),
    "history export": (
        ("voicetui history export 3f2a > talk.md", ""),
        ("voicetui history export 3f2a --format wav --out talk.wav", ""),
        ("voicetui history export 3f2a --format wav --stereo --out .", "into this folder"),
    ),
    "history rename": (("voicetui history rename 3f2a Plans for the garden", ""),),
    "history delete": (
        ("voicetui history delete 3f2a", "`undelete` takes it back within a month"),
        ("voicetui history delete 3f2a --now", "for good, with its sound"),
    ),
    "history undelete": (("voicetui history undelete 3f2a", ""),),
    "history import": (
        ("voicetui history import thread_abc123", ""),
        ("voicetui history import conv_abc123 --title Garden", ""),
    ),
    "assistants": (
        ("voicetui assistants", "what the service keeps"),
        ("voicetui --session assistants --assistant asst_abc123", "talk to one"),
    ),
    "assistants list": (("voicetui assistants list --json", ""),),
    "assistants show": (("voicetui assistants show asst_abc123", ""),),
    "assistants create": (
        ("voicetui assistants create --name Ada --model my-model", ""),
        ('voicetui assistants create --name Kei --instructions "Speak Kansai dialect."', ""),
    ),
    "assistants edit": (("voicetui assistants edit asst_abc123 --temperature 0.3", ""),),
    "assistants delete": (("voicetui assistants delete asst_abc123", ""),),
    "completions": (
        ('eval "$(voicetui completions bash)"', "in this shell; zsh likewise"),
        ("voicetui completions fish | source", ""),
        ("voicetui completions fish > ~/.config/fish/completions/voicetui.fish", ""),
    ),
    "web": (
        ("voicetui web --demo", ""),
        ("voicetui web --port 9000 --open", "and start the browser"),
        ("ssh -L 8766:127.0.0.1:8766 host voicetui web", "from elsewhere; sound stays on the host"),
    ),
    "setup": (
        ("voicetui setup", "Enter keeps what there is"),
        ("voicetui setup --plain", "questions line by line"),
    ),
    "log": (
        ("voicetui log", "its end"),
        ('tail -f "$(voicetui log path)"', ""),
    ),
    "log path": (("voicetui log path", ""),),
    "log show": (("voicetui log show --lines 200 --of engine", "of the sound process"),),
    "man": (
        ("voicetui man", ""),
        ("voicetui man > voicetui.1", "roff, where it does not go to a terminal"),
    ),
}

NOTES: Final[dict[str, str]] = {
    "ask": "The answer's words go to stdout, everything else to stderr. With --out - the sound "
    "goes to stdout and the words to stderr.",
    "doctor": "The report holds no key.",
    "serve": "Listens on this machine only.",
    "web": "Listens on this machine only, for whoever has the address it prints. Microphone and "
    "loudspeaker are those of the machine voicetui runs on. Closing the page hangs up.",
    "usage": "Costs are estimates, made from a dated table; your own prices go into prices.toml "
    "beside config.toml.",
}
"""What is said after the examples."""

_COLUMN: Final = 34
"""Where the remark begins, if the line leaves room."""


def examples_text(command: str) -> str:
    """For `--help`; empty where a command has none."""
    examples = EXAMPLES.get(command, ())
    if not examples:
        return ""
    lines = [tr("examples:")]
    for line, remark in examples:
        lines.append(f"  {line:<{_COLUMN}}  {tr(remark)}".rstrip())
    note = tr(NOTES.get(command, ""))
    if note.isascii() and note:
        import textwrap

        lines += ["", textwrap.fill(note, 78)]
    elif note:
        from tui.text import wrap_cells

        lines += ["", *wrap_cells(note, 78)]
    return "\n".join([*lines, "", ""])
