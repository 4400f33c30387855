"""The record: every conversation, what was said and heard in it, and its sound, in SQLite.

Nothing here is imported by this file, so that `tui.store.rows` can be read without a database.

    from tui.store.store import Store          (imports sqlite3; not in screens and panes)
    from tui.store.rows import ConversationRow, SavedTurn, Hit, ...

    store = Store.open(state_dir() / "history")      returns at once; None: in memory
    store.listen(on_problem=..., on_notice=..., on_change=...)
    store.close()                                    saves what is waiting, ends the thread

One thread owns the database.  Every method below returns a `Future` at once; take its
`.result(timeout)` in a command, or `.add_done_callback(...)` on a screen: the callback runs on the
owner's thread and must return at once (`post_message`).  `.cancel()` drops a query that has not
begun: do so with the query of the last key when the next key comes.

    list(limit=50, offset=0, query="", deleted=False) -> Future[list[ConversationRow]]
                                              newest first; with a query, newest match first
    count() -> Future[int]                    conversations that are not deleted
    search(text, limit=50) -> Future[list[Hit]]        turns and titles, newest first
    find(prefix, deleted=False) -> Future[str]         the id; raises VoicetuiError
    load(id, limit=None) -> Future[SavedConversation]  with its turns, or the last `limit` of them
    turns(id, after=-1, limit=200) -> Future[list[SavedTurn]]     a page in order of position
    past_turns(id) -> Future[list[PastTurn]]  what a new session is told: up to what was heard
    resumption(id) -> Future[Resumption]      everything a call needs to go on
    clips(id) -> Future[list[ClipRow]]        sound that is kept, in order of the turns
    clip(id, item_id) -> Future[bytes | None] PCM16 mono 24 kHz
    tool_calls(id) -> Future[list[ToolRow]]
    steps(id) -> Future[list[StepRow]]        what the service did on the way to its answers
    usage(id) / usage_since(unix_s) -> Future[list[UsageRow]]
    rename(id, title), delete(id), undelete(id), purge(id) -> Future[None]
    import_remote(kind, remote_id, service, label="", title="") -> Future[str]     the id
    forget_remote(id) -> Future[None]         the service does not know the conversation any more

They raise VoicetuiError: nothing found, or not saved (`rename` and the like fail at once where the
disk is full; what a `Recorder` writes waits in memory and is saved later).

    store.problem: str                        why nothing is being saved now; "" when all is well

    recorder = Recorder(store, kind="realtime", service="openai", model="gpt-realtime-2.1")
    call = Call(settings, tee(recorder.on_event, screen))         any thread; returns at once
    recorder.close()

`tui/commands/record.py` does this for every call of the program.
"""
