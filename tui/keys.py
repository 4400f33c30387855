"""Every key of the screen, in one table: bindings, footer and help are made from it.

Only keys that every terminal sends: no ctrl+h (Backspace), ctrl+i (Tab), ctrl+m (Enter),
ctrl+[ (Escape), ctrl+space, ctrl+tab, and alt or shift never as the only way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from tui.language import tr
from tui.text import cells

Scope = Literal[
    "anywhere",
    "call",
    "question",
    "conversation",
    "scrolling",
    "lines",
    "composer",
    "reading",
    "history",
    "usage",
    "devices",
    "links",
    "over",
]
"""Where a key acts: `call` is everywhere but in the composer, `reading` in help and messages,
`scrolling` in all that is longer than the screen, `lines` where nothing in it is selected.

`question` goes before `call` while something is asked.  No key has the scope `over`: it is the
footer of a call that has ended.
"""


@dataclass(frozen=True, slots=True)
class Key:
    """One binding."""

    id: str
    key: str
    """Textual's names, comma separated."""
    action: str
    scope: Scope
    label: str
    """One word for the footer."""
    help: str
    """A line for the help screen."""
    shown: str
    """The key as a person writes it."""
    footer: int = 0
    """Rank in the footer; 0 is not there, 1 goes last when room is short."""

    @property
    def tooltip(self) -> str:
        """The help line."""
        return tr(self.help)


KEYS: tuple[Key, ...] = (
    Key(
        "talk", "space", "talk", "call", "talk",
        "Pause, resume listening; push-to-talk: start and send.", "space", 1,
    ),
    Key("mute", "m", "mute", "call", "mute", "Mute and unmute the microphone.", "m", 2),
    Key(
        "interrupt", "full_stop,escape", "interrupt", "call", "stop",
        "Interrupt the answer; the loudspeaker stops at once.", ". or escape", 3,
    ),
    Key("compose", "i,enter", "compose", "call", "type", "Type instead of speaking.",
        "i or enter", 4),
    Key("history", "h", "history", "call", "history", "Earlier conversations; the call goes on.",
        "h", 5),
    Key("copy", "y", "copy", "call", "copy", "Copy the selected turn, or the last one.", "y", 8),
    Key("links", "o", "links", "call", "links",
        "Where the links of the selected turn lead; asks first.", "o"),
    Key("help", "question_mark", "help", "call", "help", "This help.", "?", 6),
    Key("usage", "u", "usage", "call", "usage", "What was used, what it costs, what is next.",
        "u"),
    Key("budget", "b", "budget", "call", "budget", "Raise the budget by its first amount.", "b"),
    Key("commands", "colon", "commands", "call", "commands",
        "Everything by its name: begin to type it.", ":"),
    Key("devices", "d", "devices", "call", "devices", "Microphones and loudspeakers: pick and try.",
        "d"),
    Key("counters", "s", "counters", "call", "sound", "Count every stage the sound goes through.",
        "s"),
    Key("record", "r", "record", "call", "record", "Record both sides; once more: end it.",
        "r"),
    Key("report", "D", "report", "call", "report",
        "Write 30 s of sound and all counters, for a bug report.", "D"),
    Key("messages", "l", "messages", "call", "log", "Read all messages again.", "l"),
    Key("new", "n", "new", "call", "new", "Begin a new conversation; asks twice during a call.",
        "n"),
    Key("continue", "c", "continue", "call", "continue",
        "When the call has ended: go on with the conversation.", "c"),
    Key("quit", "q", "quit", "call", "quit", "Hang up and quit.", "q", 7),
    Key("allow", "y", "allow", "question", "yes", "Asked about a function: run it.", "y", 1),
    Key("refuse", "n", "refuse", "question", "no", "Asked about a function: do not run it.",
        "n", 2),
    Key("next", "j,down", "next_turn", "conversation", "down", "Select the next turn.",
        "j or down"),
    Key("previous", "k,up", "previous_turn", "conversation", "up",
        "Select the turn before.", "k or up"),
    Key("page-up", "pageup,ctrl+u", "page_up", "scrolling", "up", "A page up.",
        "pgup or ctrl+u"),
    Key("page-down", "pagedown,ctrl+d", "page_down", "scrolling", "down", "A page down.",
        "pgdown or ctrl+d"),
    Key("top", "home,g", "scroll_home", "scrolling", "top", "To the beginning.", "home or g"),
    Key("bottom", "end,G", "scroll_end", "scrolling", "end", "To the end.", "end or G"),
    Key("line-down", "j,down", "scroll_down", "lines", "down", "A line down.", "j or down"),
    Key("line-up", "k,up", "scroll_up", "lines", "up", "A line up.", "k or up"),
    Key("send", "enter", "send", "composer", "send", "Send what you typed.", "enter", 1),
    Key("newline", "ctrl+j", "newline", "composer", "new line", "Begin a new line.", "ctrl+j", 2),
    Key("earlier", "up", "earlier", "composer", "up", "In an empty field: what you sent before.",
        "up"),
    Key("later", "down", "later", "composer", "down", "Forward again in what you sent.", "down"),
    Key("leave", "escape", "leave", "composer", "leave",
        "Back to the conversation; what you typed stays.", "escape", 3),
    Key("talk-anywhere", "f2", "talk", "anywhere", "talk", "Talk, pause, send.", "F2"),
    Key("mute-anywhere", "f3", "mute", "anywhere", "mute", "Mute, unmute.", "F3"),
    Key("interrupt-anywhere", "f4", "interrupt", "anywhere", "stop", "Interrupt the answer.", "F4"),
    Key("help-anywhere", "f1", "help", "anywhere", "help", "All keys of this screen.", "F1"),
    Key("quit-anywhere", "ctrl+q", "quit", "anywhere", "quit", "Hang up and quit.", "ctrl+q"),
    Key("suspend", "ctrl+z", "suspend", "anywhere", "suspend",
        "To the shell, muted; fg comes back.", "ctrl+z"),
    Key("copy-or-quit", "ctrl+c", "copy_or_quit", "anywhere", "quit",
        "Copy selected text; without any, twice quits.", "ctrl+c"),
    Key("next-row", "down,j", "next_row", "history", "down", "The conversation below.",
        "j or down"),
    Key("previous-row", "up,k", "previous_row", "history", "up", "The conversation above.",
        "k or up"),
    Key("resume", "enter", "resume", "history", "resume", "Take the conversation up again.",
        "enter", 1),
    Key("search", "slash", "search", "history", "search",
        "Search everything said; kind: before: after: narrow it.", "/", 2),
    Key("elsewhere", "c", "elsewhere", "history", "elsewhere",
        "Continue with another kind of session, from its text.", "c", 6),
    Key("rename", "r", "rename", "history", "rename", "Give it another title.", "r", 7),
    Key("delete", "x,delete", "delete", "history", "delete", "Delete it; undo brings it back.",
        "x", 5),
    Key("undelete", "u", "undelete", "history", "undo", "Bring back what was deleted.", "u", 10),
    Key("earlier-turn", "left_square_bracket", "turn(-1)", "history", "turn",
        "Select the turn before, in the conversation shown.", "[", 11),
    Key("later-turn", "right_square_bracket", "turn(1)", "history", "turn",
        "Select the next turn.", "]", 12),
    Key("play", "p", "play", "history", "play", "Play the sound of the turn.", "p", 5),
    Key("stop-clip", "full_stop", "stop", "history", "stop", "Stop the sound.", "."),
    Key("export", "e", "export", "history", "export", "Write it as Markdown, JSON or WAV.",
        "e", 8),
    Key("import", "a", "import", "history", "add", "Add a thread or conversation by its id.",
        "a", 9),
    Key("begin", "n", "begin", "history", "new", "Begin a new conversation.", "n", 13),
    Key("help-history", "question_mark", "help", "history", "help", "This help.", "?", 4),
    Key("back-history", "escape", "back", "history", "back",
        "Leave the field, then the search, then the history.", "escape", 3),
    Key("leave-history", "q,h", "leave", "history", "back", "Back to the call.", "q or h"),
    Key("leave-usage", "escape,q,u", "back", "usage", "back", "Back to the conversation.",
        "escape or q", 1),
    Key("help-usage", "question_mark", "help", "usage", "help", "This help.", "?", 3),
    Key("budget-usage", "b", "budget", "usage", "raise the budget",
        "Raise the budget by its first amount.", "b", 2),
    Key("next-device", "down,j", "next_device", "devices", "down", "The device below.",
        "j or down"),
    Key("previous-device", "up,k", "previous_device", "devices", "up", "The device above.",
        "k or up"),
    Key("use-device", "enter", "use", "devices", "use", "Use it from now on; it is remembered.",
        "enter", 1),
    Key("test-device", "t", "test", "devices", "test the loudspeaker",
        "Play a test sound.", "t", 3),
    Key("leave-devices", "escape,q,d", "back", "devices", "back", "Back to the conversation.",
        "escape or q", 2),
    Key("next-link", "down,j", "next_link", "links", "down", "The link below.", "j or down"),
    Key("previous-link", "up,k", "previous_link", "links", "up", "The link above.", "k or up"),
    Key("ask-link", "enter", "ask", "links", "open", "Ask whether to open it.", "enter", 1),
    Key("open-link", "y", "open", "links", "yes", "Asked: open it in the browser.", "y", 3),
    Key("refuse-link", "n", "refuse", "links", "no", "Asked: do not open it.", "n", 4),
    Key("copy-link", "c", "copy_link", "links", "copy", "Copy the address.", "c", 2),
    Key("leave-links", "escape,q,o", "back", "links", "back", "Back to the conversation.",
        "escape or q", 5),
    Key("back", "escape,q,question_mark,l", "back", "reading", "back",
        "Back to the conversation.", "escape or q", 1),
)  # fmt: skip

SCOPES: tuple[tuple[Scope, str], ...] = (
    ("call", "In the conversation"),
    ("conversation", ""),
    ("scrolling", ""),
    ("question", ""),
    ("composer", "While typing"),
    ("anywhere", "Everywhere"),
)
"""Order and headings of the help screen; an empty heading continues the one before."""
HELP: dict[Scope, tuple[tuple[Scope, str], ...]] = {
    "call": SCOPES,
    "history": (("history", "In the history"), ("scrolling", ""), ("anywhere", "Everywhere")),
    "usage": (("usage", "Here"), ("lines", ""), ("scrolling", ""), ("anywhere", "Everywhere")),
    **{scope: ((scope, "Here"), ("anywhere", "Everywhere")) for scope in ("devices", "links")},
}
"""What the help of a screen is made of."""

OVER = ("continue", "new", "history", "copy", "help", "quit")
"""What can still be done when a call has ended."""
FOOTER_GAP = 3
SHORT = {". or escape": ".", "i or enter": "i", "escape or q": "escape"}


BY_ID = {key.id: key for key in KEYS}
_own: dict[str, str] = {}


def use(own: Mapping[str, str]) -> None:
    """From now on a person's own keys, by id, as `tui.keymap` has checked them."""
    _own.clear()
    _own.update(own)


def first(name: str) -> str:
    """The first key of this id as a person writes it; their own, if they have chosen one."""
    key = BY_ID[name]
    shown = _with(key, _own[name]).shown if name in _own else key.shown
    return shown.partition(" or ")[0]


def at_hand(name: str, typing: bool) -> str:
    """The same; while somebody is `typing`, its twin that acts there too."""
    twin = f"{name}-anywhere"
    return first(twin if typing and twin in BY_ID else name)


def named(name: str) -> str:
    """All keys of this id as a person writes them, in the language in use."""
    key = BY_ID[name]
    return _named(_with(key, _own[name]).shown if name in _own else key.shown)


def own() -> dict[str, str]:
    """What `use` was given."""
    return dict(_own)


def of(*scopes: Scope, own: Mapping[str, str] | None = None) -> tuple[Key, ...]:
    """The keys of these scopes, with a person's own."""
    chords = _own if own is None else own
    return tuple(
        _with(key, chords[key.id]) if key.id in chords else key
        for key in KEYS
        if key.scope in scopes
    )


def _with(key: Key, chords: str) -> Key:
    from tui.keymap import shown

    return replace(key, key=chords, shown=shown(chords))


def footer(scope: Scope, width: int) -> list[tuple[str, str]]:
    """(key, label) pairs that fit in `width` cells, the most important first."""
    if scope == "over":
        ranked = [key for key in of("call") if key.id in OVER]
        ranked.sort(key=lambda key: OVER.index(key.id))
    else:
        ranked = [key for key in of(scope) if key.footer]
        ranked.sort(key=lambda key: key.footer)
    if scope == "composer":
        ranked += [key for key in of("anywhere") if key.id == "interrupt-anywhere"]
    chosen: list[tuple[str, str]] = []
    used = 0
    for key in ranked:
        shown = SHORT.get(key.shown, key.shown.partition(" or ")[0])
        label = tr(key.label)
        used += cells(shown) + cells(label) + FOOTER_GAP + 1
        if used - FOOTER_GAP > width:
            break
        chosen.append((shown, label))
    return chosen


def help_rows(scope: Scope) -> list[tuple[str, str]]:
    """(keys, help) of a scope; a key that does the same everywhere stands with its twin."""
    twins = {key.action: key.shown for key in of("anywhere")}
    own = of(scope)
    if scope == "anywhere":
        same = {key.action for key in of("call")}
        twinned = " ".join(key.shown for key in own if key.action in same)
        rows = [(_named(key.shown), tr(key.help)) for key in own if key.action not in same]
        also, commands = tr("Also while typing."), tr("Everything by its name.")
        return [(twinned, also), *rows, ("ctrl+p", commands)]
    return [
        (
            f"{_named(key.shown)}, {twins[key.action]}"
            if key.action in twins
            else _named(key.shown),
            tr(key.help),
        )
        for key in own
    ]


def _named(shown: str) -> str:
    """Several keys that do the same, in the language in use."""
    first, _, others = shown.partition(" or ")
    return tr("{first} or {others}", first=first, others=_named(others)) if others else first
