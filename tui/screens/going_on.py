"""How a conversation can go on when its call is over."""

from __future__ import annotations

from tui import keys
from tui.beginning import Beginning
from tui.language import tr
from tui.sessions.events import WayOn


class GoingOn:
    """Of one call, from how it began and what it told."""

    def __init__(self, beginning: Beginning) -> None:
        self._beginning = beginning
        self.conversation_id = ""
        """Of this call in the record; empty where nothing is kept."""
        self.way_on: WayOn = ""

    def _offer(self) -> str:
        key = keys.first("continue")
        if self.way_on == "responses":
            return tr(
                "Press {key} to go on with Responses, from the text of this conversation.", key=key
            )
        if self.way_on == "replay":
            return tr(
                "Press {key} to go on in a new conversation, from the text that was kept here.",
                key=key,
            )
        return tr("Press {key} to call again and go on.", key=key)

    def words(self, why: str) -> str:
        """What stands under a conversation whose call is over."""
        names = ("next", "previous", "copy", "new", "quit")
        stays = tr(
            "Everything said stays here: {next} and {previous} select, "
            "{copy} copies, {new} begins anew, {quit} quits.",
            **{name: keys.first(name) for name in names},
        )
        return "\n".join((tr("The call has ended. {why}", why=why), self._offer(), stays))

    def beginning(self, *, said: bool) -> Beginning | None:
        """Of the call that goes on; None where what was `said` in this one was not kept."""
        resumed = self._beginning.conversation_id
        if said and not (self.conversation_id or resumed):
            return None
        known = resumed or (self.conversation_id if said else "")
        kind = "responses" if self.way_on == "responses" else self._beginning.kind
        return Beginning(known, kind, by_text=bool(self.way_on) or self._beginning.by_text)
