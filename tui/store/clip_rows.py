"""Which sound goes: rows and files together."""

from __future__ import annotations

from tui.store.opening import Place


def limit_clips(place: Place, limit_bytes: int) -> None:
    """The oldest sound goes where the limit is passed."""
    (total,) = place.connection.execute("SELECT coalesce(sum(bytes), 0) FROM clips").fetchone()
    surplus = total - limit_bytes
    if surplus <= 0:
        return
    last = 0
    for number, size_bytes in place.connection.execute(
        "SELECT number, bytes FROM clips ORDER BY number"
    ):
        last = number
        surplus -= size_bytes
        if surplus <= 0:
            break
    remove_clips(place, "number <= ?", (last,))


def remove_clips(place: Place, condition: str, values: tuple[object, ...]) -> None:
    """Rows and files; the condition is ours, never text from outside."""
    connection = place.connection
    files = [
        file for (file,) in connection.execute(f"SELECT file FROM clips WHERE {condition}", values)
    ]
    if files:
        connection.execute(f"DELETE FROM clips WHERE {condition}", values)
        # A clip whose row comes back with a failed commit is only missing, never wrong.
        if place.clips is not None:
            place.clips.remove(files)
