"""Fetching a file whose hash is known beforehand: resumed after a cut, wholly there or not there at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from filelock import FileLock
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

from seehear.core.errors import Reason, StorageError, WeightsError
from seehear.core.terminal import redraws
from seehear.storage.files import sha256_of, storage_errors

ATTEMPTS = 3
TIMEOUT_SECONDS = 20.0
"""Longest silence of the server that is waited for."""
PARTIAL = httpx.codes.PARTIAL_CONTENT
RANGE_REFUSED = httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE


def download(
    url: str, path: Path, sha256: str, size_limit_bytes: int, *, timeout_seconds: float = TIMEOUT_SECONDS
) -> None:
    """Put the file from `url` at `path` unless it is there already; its SHA-256 must start with `sha256`.

    What has arrived is kept in `path` + ".part" and continued, in this call or the next. Only one process fetches
    a file at a time. Progress goes to the standard error stream.

    Raises :class:`WeightsError`: missing, where it cannot be fetched (the message says what to put where by hand);
    damaged, where the server's bytes are others; or with the reason why the folder cannot be written to.
    """
    by_hand = f"to do it by hand, put the file from {url} with SHA-256 {sha256} at {path}"
    try:
        with storage_errors(path), _only_one(path):
            if not path.is_file():
                _fetch(url, path, sha256, size_limit_bytes, timeout_seconds, by_hand)
    except StorageError as error:
        raise WeightsError(f"{error}; {by_hand}", error.reason) from error


@contextmanager
def _only_one(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_name(path.name + ".lock")):
        yield


def _fetch(url: str, path: Path, sha256: str, size_limit_bytes: int, timeout_seconds: float, by_hand: str) -> None:
    part = path.with_name(path.name + ".part")
    trouble = ""
    for _ in range(ATTEMPTS):
        held_bytes = part.stat().st_size if part.is_file() else 0
        try:
            _receive(url, part, held_bytes, size_limit_bytes, timeout_seconds)
        except httpx.HTTPError as error:
            trouble = str(error) or type(error).__name__
            continue
        found = sha256_of(part)
        if found.startswith(sha256):
            part.replace(path)
            return
        part.unlink()
        trouble = f"{url} brought a file with SHA-256 {found}"
        if not held_bytes:
            message = f"{trouble}, which is not the pinned {path.name} (SHA-256 {sha256}); {by_hand}"
            raise WeightsError(message, Reason.WEIGHTS_DAMAGED)
    raise WeightsError(f"{path.name} is missing and cannot be fetched: {trouble}; {by_hand}")


def _receive(url: str, part: Path, held_bytes: int, size_limit_bytes: int, timeout_seconds: float) -> None:
    """Append to `part` what it lacks, or write it anew where the server does not continue files."""
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={held_bytes}-"} if held_bytes else {})
    with httpx.stream("GET", url, headers=headers, timeout=timeout_seconds, follow_redirects=True) as response:
        if held_bytes and response.status_code == RANGE_REFUSED:
            return  # Nothing follows what is held: the hash tells whether it is the whole.
        response.raise_for_status()
        continued = response.status_code == PARTIAL and _continues(response, held_bytes)
        received = held_bytes if continued else 0
        length = response.headers.get("Content-Length", "")
        total = received + int(length) if length.isdecimal() else None
        with part.open("ab" if continued else "wb") as stream, _progress(part.stem, received, total) as show:
            for block in response.iter_raw():
                received += len(block)
                if received > size_limit_bytes:
                    stream.truncate(0)
                    raise httpx.DecodingError(f"more than {size_limit_bytes} bytes came")
                stream.write(block)
                show(received)
            stream.flush()
            os.fsync(stream.fileno())


def _continues(response: httpx.Response, held_bytes: int) -> bool:
    return response.headers.get("Content-Range", "").startswith(f"bytes {held_bytes}-")


@contextmanager
def _progress(name: str, received: int, total: int | None) -> Iterator:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    shown = redraws(sys.stderr)
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not shown) as progress:
        task: TaskID = progress.add_task(f"fetching {name}", total=total, completed=received)
        yield lambda arrived: progress.update(task, completed=arrived)
