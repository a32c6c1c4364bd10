"""The jobs in SQLite: what was accepted survives the end of the program, however it ends.

SQLite keeps no checksum of what it stores, so every row carries a seal: the SHA-256 of its other columns, set by a
trigger whenever one of them changes and held against them whenever the row is read.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

from seehear.core.errors import DamagedError, Reason
from seehear.storage.files import storage_errors
from seehear.web.jobs import Job, State

_COLUMNS = tuple(field.name for field in fields(Job))
_ALL = ", ".join(_COLUMNS)
_TABLE = """
CREATE TABLE IF NOT EXISTS job (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    video_bytes INTEGER NOT NULL,
    created REAL NOT NULL,
    state TEXT NOT NULL,
    started REAL,
    finished REAL,
    attempts INTEGER NOT NULL,
    reason TEXT,
    message TEXT NOT NULL,
    result_bytes INTEGER NOT NULL,
    result TEXT NOT NULL,
    seal TEXT
) STRICT
"""
_SEALING = "BEGIN UPDATE job SET seal = seal_of({row}) WHERE id = NEW.id; END".format(
    row=", ".join(f"NEW.{name}" for name in _COLUMNS)
)
_TRIGGERS = (
    f"CREATE TEMP TRIGGER seal_new AFTER INSERT ON main.job {_SEALING}",
    f"CREATE TEMP TRIGGER seal_changed AFTER UPDATE OF {_ALL} ON main.job {_SEALING}",
)


class JobStore:
    """All jobs of one folder. Safe to use from many threads; every change is on the disk when its call returns.

    Raises DamagedError where the file is no such store, StorageError where it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        with self._changes():
            self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
            self._connection.create_function("seal_of", len(_COLUMNS), _seal_of, deterministic=True)
            if (found := self._connection.execute("PRAGMA integrity_check(1)").fetchone()[0]) != "ok":
                raise sqlite3.DatabaseError(found)
            for statement in (_TABLE, *_TRIGGERS):
                self._connection.execute(statement)

    def close(self) -> None:
        self._connection.close()

    def all(self) -> list[Job]:
        """Newest first."""
        return self._select("ORDER BY created DESC, id")

    def get(self, job: str) -> Job | None:
        return next(iter(self._select("WHERE id = ?", job)), None)

    def next_queued(self) -> Job | None:
        """The one that has waited longest."""
        return next(iter(self._select("WHERE state = ? ORDER BY created, id LIMIT 1", State.QUEUED)), None)

    def count(self) -> int:
        with self._changes():
            return self._connection.execute("SELECT count(*) FROM job").fetchone()[0]

    def kept_bytes(self) -> int:
        """Of all videos and results."""
        with self._changes():
            return self._connection.execute("SELECT coalesce(sum(video_bytes + result_bytes), 0) FROM job").fetchone()[
                0
            ]

    def add(self, job: Job) -> None:
        values = [json.dumps(job.result) if name == "result" else getattr(job, name) for name in _COLUMNS]
        self._execute(f"INSERT INTO job ({_ALL}) VALUES ({', '.join('?' * len(_COLUMNS))})", *values)

    def begin(self, job: str) -> bool:
        """Whether it was still waiting, and so is running now."""
        change = "UPDATE job SET state = ?, started = ?, attempts = attempts + 1 WHERE id = ? AND state = ?"
        return self._execute(change, State.RUNNING, time.time(), job, State.QUEUED) > 0

    def finish(
        self,
        job: str,
        state: State,
        *,
        reason: str | None = None,
        message: str = "",
        result: dict | None = None,
        result_bytes: int = 0,
    ) -> None:
        self._execute(
            "UPDATE job SET state = ?, finished = ?, reason = ?, message = ?, result = ?, result_bytes = ? "
            "WHERE id = ?",
            *(state, time.time(), reason, message, json.dumps(result or {}), result_bytes, job),
        )

    def queue_again(self, job: str) -> None:
        """As if it had just been accepted, but in its old place in the queue."""
        self._execute(
            "UPDATE job SET state = ?, started = NULL, finished = NULL, attempts = 0, reason = NULL, message = '', "
            "result = '{}', result_bytes = 0 WHERE id = ?",
            *(State.QUEUED, job),
        )

    def cancel_queued(self, job: str) -> bool:
        """Whether it was still waiting, and so does not any more."""
        change = "UPDATE job SET state = ?, finished = ? WHERE id = ? AND state = ?"
        return self._execute(change, State.CANCELLED, time.time(), job, State.QUEUED) > 0

    def remove(self, job: str) -> None:
        self._execute("DELETE FROM job WHERE id = ?", job)

    def recover(self, max_attempts: int) -> None:
        """After a start: what was running when the last server died waits again, unless that has happened too often."""
        self._execute(
            "UPDATE job SET state = ?, finished = ?, reason = ?, message = ? WHERE state = ? AND attempts >= ?",
            *(State.FAILED, time.time(), Reason.WORKER_CRASHED),
            f"the server ended {max_attempts} times while it was at this video; is there memory enough for it?",
            *(State.RUNNING, max_attempts),
        )
        self._execute("UPDATE job SET state = ?, started = NULL WHERE state = ?", State.QUEUED, State.RUNNING)

    @contextmanager
    def _changes(self) -> Iterator[None]:
        with self._lock, storage_errors(self._path):
            try:
                yield
            except (sqlite3.DatabaseError, UnicodeDecodeError) as error:  # the latter: of a damaged text or message
                if getattr(error, "sqlite_errorname", "") in ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN"):
                    raise OSError(0, f"{error}; is the disk full, or the folder read-only?") from error
                message = (
                    f"{self._path} is not a list of jobs, or damaged ({error}); move it away and start again: "
                    "the videos beside it are kept and will be analysed anew"
                )
                raise DamagedError(message) from error

    def _execute(self, statement: str, *values: object) -> int:
        with self._changes():
            return self._connection.execute(statement, values).rowcount

    def _select(self, rest: str, *values: object) -> list[Job]:
        with self._changes():
            rows = self._connection.execute(f"SELECT seal, {_ALL} FROM job {rest}", values).fetchall()
            for seal, *row in rows:
                if seal != _seal_of(*row):
                    raise sqlite3.DatabaseError(f"the row of job {row[0]!r} is not as it was written")
        return [_job(dict(zip(_COLUMNS, row, strict=True))) for _, *row in rows]


def _seal_of(*row: object) -> str:
    return hashlib.sha256(repr(row).encode()).hexdigest()


def _job(values: dict[str, Any]) -> Job:
    values["state"], values["result"] = State(values["state"]), json.loads(values["result"])
    return Job(**values)
