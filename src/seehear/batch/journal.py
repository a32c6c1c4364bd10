"""An append-only file of JSON lines that may be killed at any moment: what was appended is there, half a line is not.

    {"check": "b1946ac92492d234", "entry": {...}}

`check` are the first sixteen digits of the SHA-256 of the entry as compact JSON with sorted keys. A line that is torn,
damaged or foreign is passed over, and what it told is not known.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from seehear.core.errors import StorageError
from seehear.storage.files import storage_errors

_CHECK_DIGITS = 16


def read_journal(path: Path) -> Iterator[dict[str, Any]]:
    """Every whole entry, in order. Raises StorageError where the file is there and cannot be read."""
    with storage_errors(path, "read"), path.open("rb") as stream:
        for line in stream:
            try:
                record = json.loads(line)
                entry, check = record["entry"], record["check"]
            except (ValueError, KeyError, TypeError, RecursionError):
                continue
            if isinstance(entry, dict) and check == _check(entry):
                yield entry


class Journal:
    """A journal to append to, held by one process at a time; usable as a context.

    Raises StorageError where it cannot be written, or while another process holds it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with storage_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._stream = path.open("a+b", buffering=0)
        try:
            fcntl.flock(self._stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._stream.close()
            raise StorageError(
                f"another process is working in {path.parent}; wait for it, choose another output folder, or share "
                "the work with --shard 1/2 and --shard 2/2"
            ) from error
        self._end_torn_line()

    def append(self, entry: dict[str, Any]) -> None:
        """Returns when the entry is on the disk."""
        line = json.dumps({"check": _check(entry), "entry": entry}, allow_nan=False).encode() + b"\n"
        with storage_errors(self.path):
            while line:
                line = line[self._stream.write(line) :]
            os.fsync(self._stream.fileno())

    def close(self) -> None:
        self._stream.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _end_torn_line(self) -> None:
        """So that the next line starts as one."""
        with storage_errors(self.path):
            end = self._stream.seek(0, os.SEEK_END)
            if end:
                self._stream.seek(end - 1)
                if self._stream.read(1) != b"\n":
                    self._stream.write(b"\n")


def _check(entry: dict[str, Any]) -> str:
    text = json.dumps(entry, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_CHECK_DIGITS]
