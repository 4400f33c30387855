"""The one thread that touches the database: queries and changes are handed to it.

A change that cannot be saved (full disk, folder that cannot be written) waits in memory, in order,
and is saved when that is possible again.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import queue
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from tui.errors import ExitCode, VoicetuiError
from tui.store.opening import BUSY_MS, Place, open_file, open_memory, open_read_only
from tui.store.problems import is_damage, is_outside, words_for

log = logging.getLogger(__name__)

RETRY_S: Final = 2.0
WAITING_BYTES: Final = 64_000_000
"""Sound that waits to be saved; the oldest is given up first, text never for sound."""
WAITING_CHANGES: Final = 50_000
REMEMBERED_CHANGES: Final = 5_000
RETRY_BUSY_MS: Final = 200
TIDY_AFTER_S: Final = 5.0

T = TypeVar("T")
Read = Callable[[Place], T]
Write = Callable[[Place], T]


@dataclass(slots=True)
class _Job:
    work: Callable[[Place], Any]
    future: Future[Any]
    writes: bool = False
    kept: bool = False
    """Waits where it cannot be saved now; otherwise it fails at once."""
    size_bytes: int = 0
    """Of sound; 0 for text."""


class Owner:
    """Runs jobs one after the other on its thread, from `__init__` to `close`."""

    def __init__(
        self, folder: Path | None, reason: str = "", tidy: Callable[[Place], None] | None = None
    ) -> None:
        self.problem = ""
        """Why nothing is being saved now, in words."""
        self._folder = folder
        self._reason = reason
        self._tidy = tidy
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._waiting: deque[_Job] = deque()
        self._waiting_bytes = 0
        self._saved: deque[Callable[[Place], Any]] = deque(maxlen=REMEMBERED_CHANGES)
        """Text that was saved: if the file is lost under us, it is saved once more."""
        self._lock = threading.Lock()
        self._on_problem: list[Callable[[str], None]] = []
        self._on_notice: list[Callable[[str], None]] = []
        self._untold: list[str] = []
        self._closed = False
        self._gave_up = 0
        self._place: Place
        self._thread = threading.Thread(target=self._run, name="history", daemon=True)
        self._thread.start()

    # ------------------------------------------------------------ any thread

    def read(self, work: Read[T]) -> Future[T]:
        """Run a query; fails with VoicetuiError."""
        return self._put(_Job(work, Future()))

    def write(self, work: Write[T]) -> Future[T]:
        """Run a change in a transaction; fails with VoicetuiError if it cannot be saved now."""
        return self._put(_Job(work, Future(), writes=True))

    def keep(self, work: Write[T], size_bytes: int = 0) -> Future[T]:
        """Run a change in a transaction, as soon as that is possible."""
        return self._put(_Job(work, Future(), writes=True, kept=True, size_bytes=size_bytes))

    def listen(
        self,
        on_problem: Callable[[str], None] | None = None,
        on_notice: Callable[[str], None] | None = None,
    ) -> None:
        """Hear of problems ("" when one is over) and of what happened to the file."""
        with self._lock:
            if on_problem is not None:
                self._on_problem.append(on_problem)
            if on_notice is not None:
                self._on_notice.append(on_notice)
            problem = self.problem
            notices = self._untold if on_notice is not None else []
            if on_notice is not None:
                self._untold = []
        if problem and on_problem is not None:
            on_problem(problem)
        for notice in notices:
            if on_notice is not None:
                on_notice(notice)

    def close(self, timeout_s: float) -> bool:
        """Finish what was handed in; False if something is not saved."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._jobs.put(None)
        self._thread.join(timeout_s)
        return not self._thread.is_alive() and not self._waiting

    def _put(self, job: _Job) -> Future[Any]:
        with self._lock:
            if not self._closed:
                self._jobs.put(job)
                return job.future
        job.future.set_exception(
            VoicetuiError("History is closed", "the program is ending.", ExitCode.FAILURE)
        )
        return job.future

    # ------------------------------------------------------------ the owner's thread

    def _run(self) -> None:
        try:
            self._place = self._open()
            self._work()
            if self._must_retry:
                self._retry()
        except Exception:
            log.exception("the history failed")
            self._tell("The conversation is not being saved: internal error (see the log).")
        finally:
            self._leave()

    def _work(self) -> None:
        retry_at_s = time.monotonic() + RETRY_S
        tidied = self._tidy is None
        while True:
            wait_s: float | None = None if tidied else TIDY_AFTER_S
            if self._must_retry:
                wait_s = retry_at_s - time.monotonic()
                if wait_s <= 0:
                    self._retry()
                    retry_at_s = time.monotonic() + RETRY_S
                    continue
            else:
                retry_at_s = time.monotonic() + RETRY_S
            try:
                job = self._jobs.get(timeout=wait_s)
            except queue.Empty:
                if self._tidy is not None and not tidied and not self._must_retry:
                    tidied = True
                    self._in_background(self._tidy)
                continue
            if job is None:
                return
            self._do(job)

    def _leave(self) -> None:
        with self._lock:
            self._closed = True
        with contextlib.suppress(sqlite3.Error, AttributeError):
            self._place.connection.close()
        while True:  # nobody may wait for ever for an answer
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return
            if job is not None and job.future.set_running_or_notify_cancel():
                job.future.set_exception(VoicetuiError("History is closed"))

    def _open(self, damaged: Place | None = None) -> Place:
        if self._folder is None:
            self._tell(f"History is kept in memory only: {self._reason or 'it has no folder'}.")
            return open_memory()
        try:
            place = open_file(self._folder, damaged)
        except (OSError, sqlite3.Error) as error:
            log.warning("the history cannot be opened: %s", error)
            why = words_for(error)
            self._tell(f"The conversation is not being saved: {why} ({self._folder}).")
            return open_read_only(self._folder) or open_memory()
        self._note(place)
        return place

    def _note(self, place: Place) -> None:
        for notice in place.notices:
            self._announce(notice)
        place.notices.clear()

    def _do(self, job: _Job) -> None:
        if not job.future.set_running_or_notify_cancel():
            return
        if job.kept and self._place.state != "memory" and self._waiting:
            self._wait(job)  # order is kept: nothing overtakes what waits
            return
        try:
            result = self._attempt(job)
        except Exception as error:
            self._fail(job, error)
            return
        job.future.set_result(result)
        if job.writes and self._place.state == "memory" and self._folder is not None:
            # Done for now, and once more when there is a file.
            self._wait(_Job(job.work, Future(), writes=True, kept=True, size_bytes=job.size_bytes))

    def _attempt(self, job: _Job) -> Any:
        try:
            return self._attempt_once(job)
        except (sqlite3.Error, UnicodeDecodeError) as error:
            if not self._damaged(error):
                raise
            self._save_again()
        return self._attempt_once(job)

    def _attempt_once(self, job: _Job) -> Any:
        if not job.writes:
            return job.work(self._place)
        if self._place.state == "file" and self._place.moved:
            self._reopen()
            self._save_again()
        if self._place.state == "read-only":
            raise OSError(errno.EROFS, "the history cannot be written")
        result = self._in_transaction(job.work)
        if job.kept and not job.size_bytes and self._place.state == "file":
            self._saved.append(job.work)
        return result

    def _in_transaction(self, work: Callable[[Place], T]) -> T:
        connection = self._place.connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            result = work(self._place)
            connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            raise
        return result

    def _fail(self, job: _Job, error: Exception) -> None:
        if isinstance(error, VoicetuiError):
            job.future.set_exception(error)
        elif not is_outside(error):
            log.error("a job of the history failed", exc_info=error)
            job.future.set_exception(
                VoicetuiError("History failed", f"{type(error).__name__}: {error}.")
            )
        elif job.kept:
            self._wait(job)
            self._tell(f"The conversation is not being saved: {words_for(error)}.")
        else:
            job.future.set_exception(VoicetuiError("Not saved", f"{words_for(error)}."))

    # ------------------------------------------------------------ what waits

    @property
    def _must_retry(self) -> bool:
        return self._folder is not None and (
            bool(self._waiting) or bool(self.problem) or self._place.state != "file"
        )

    def _wait(self, job: _Job) -> None:
        self._waiting.append(job)
        self._waiting_bytes += job.size_bytes
        if self._waiting_bytes > WAITING_BYTES or len(self._waiting) > WAITING_CHANGES:
            sound = self._waiting_bytes > WAITING_BYTES
            for index, old in enumerate(self._waiting):
                if old.size_bytes or not sound:
                    del self._waiting[index]
                    self._waiting_bytes -= old.size_bytes
                    self._gave_up += 1
                    return

    def _retry(self) -> None:
        """Save what waits, in order; stop at the first that still cannot be."""
        if self._place.state != "file" and not self._move_to_file():
            return
        connection = self._place.connection
        stuck: deque[_Job] = deque()
        connection.execute(f"PRAGMA busy_timeout = {RETRY_BUSY_MS}")
        # The write-ahead log holds pages more than once: moving them makes room of its own.
        with contextlib.suppress(sqlite3.Error):
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        try:
            while self._waiting:
                job = self._waiting.popleft()
                self._waiting_bytes -= job.size_bytes
                try:
                    job.future.set_result(self._attempt(job))
                except Exception as error:
                    if not is_outside(error):
                        self._fail(job, error)
                        continue
                    stuck.append(job)
                    self._waiting_bytes += job.size_bytes
                    if job.size_bytes and isinstance(error, OSError):
                        continue  # text may still find room where sound does not
                    self._tell(f"The conversation is not being saved: {words_for(error)}.")
                    break
        finally:
            self._waiting.extendleft(reversed(stuck))
            with contextlib.suppress(sqlite3.Error):
                self._place.connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        if not self._waiting:
            lost = self._gave_up
            self._gave_up = 0
            self._tell("")
            if lost:
                self._announce(f"Saving works again; {lost} older changes are lost.")

    def _move_to_file(self) -> bool:
        assert self._folder is not None
        try:
            place = open_file(self._folder)
        except (OSError, sqlite3.Error):
            return False
        with contextlib.suppress(sqlite3.Error):
            self._place.connection.close()
        self._place = place
        self._note(place)
        return True

    # ------------------------------------------------------------ a file that breaks or goes

    def _damaged(self, error: Exception) -> bool:
        """Whether the file was damaged and another one is open now."""
        if not is_damage(error) or self._place.state != "file":
            return False
        log.error("the history is damaged", exc_info=error)
        damaged = self._place
        with contextlib.suppress(sqlite3.Error):
            damaged.connection.close()
        self._place = self._open(damaged)
        return True

    def _reopen(self) -> None:
        """Another program has set the file aside, or somebody has removed it."""
        with contextlib.suppress(sqlite3.Error):
            self._place.connection.close()
        self._place = self._open()
        self._announce("The history's file was moved away; a new one was begun.")

    def _save_again(self) -> None:
        """What this program has saved goes into the new file too, before anything else."""
        again = [_Job(work, Future(), writes=True, kept=True) for work in self._saved]
        self._saved.clear()
        self._waiting.extendleft(reversed(again))
        if self._waiting and self._place.state == "file":
            self._retry()

    def _in_background(self, work: Callable[[Place], None]) -> None:
        if self._place.state != "file":
            return
        try:
            self._in_transaction(work)
        except Exception as error:  # it is tried again at the next start
            log.info("the history was not tidied: %s", error)

    # ------------------------------------------------------------ telling

    def _tell(self, problem: str) -> None:
        with self._lock:
            if problem == self.problem:
                return
            self.problem = problem
            listeners = list(self._on_problem)
        self._call(listeners, problem)

    def _announce(self, notice: str) -> None:
        log.warning("%s", notice)
        with self._lock:
            listeners = list(self._on_notice)
            if not listeners:
                self._untold.append(notice)
        self._call(listeners, notice)

    @staticmethod
    def _call(listeners: list[Callable[[str], None]], text: str) -> None:
        for listener in listeners:
            try:
                listener(text)
            except Exception:
                log.exception("somebody who listens to the history failed")
