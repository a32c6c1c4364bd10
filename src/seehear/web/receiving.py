"""Uploads: from a connection straight to the disk, never held, never trusted to be quick, small or honest."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO

from anyio import to_thread

from seehear.core.errors import Reason
from seehear.storage.files import storage_errors
from seehear.web.jobs import Job, new_id, plain_name
from seehear.web.places import Places
from seehear.web.refusal import RefusedError
from seehear.web.settings import Settings
from seehear.web.store import JobStore

_CLOSE = {"Connection": "close"}


class Receiver:
    """Takes videos in, within the bounds of the settings, on one event loop."""

    def __init__(self, store: JobStore, places: Places, settings: Settings) -> None:
        self._store, self._places, self._settings = store, places, settings
        self._promised_bytes: list[int] = []

    async def receive(self, name: str, length: int | None, chunks: AsyncIterator[bytes]) -> Job:
        """The new job of a video of `length` bytes, all of them on the disk. Otherwise nothing is left of it.

        Raises RefusedError where there is no room, or the sender is too slow or sends too little.
        """
        job = Job(new_id(), plain_name(name), self._checked(length))
        with self._promise(job.video_bytes):
            try:
                target = await to_thread.run_sync(self._places.begin_receiving, job.id, job.name)
                await self._write(chunks, target, job.video_bytes)
                await to_thread.run_sync(self._places.accept, job.id)
                await to_thread.run_sync(self._store.add, job)
            except BaseException:
                self._places.give_up(job.id)
                raise
        return job

    def _checked(self, length: int | None) -> int:
        most = self._settings.max_upload_bytes
        if length is None:
            message = "say how long the video is: send it with a Content-Length"
            raise RefusedError(HTTPStatus.LENGTH_REQUIRED, Reason.INVALID_VALUE, message)
        if length == 0:
            raise RefusedError(HTTPStatus.BAD_REQUEST, Reason.INVALID_VALUE, "the file is empty; choose another")
        if length > most:
            message = (
                f"the video has {_size(length)}, more than the {_size(most)} that are taken; cut it or raise the cap"
            )
            raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, Reason.OVER_LIMIT, message)
        return length

    @contextmanager
    def _promise(self, length: int) -> Iterator[None]:
        """Room for so many bytes, kept free for one upload from its first byte to its last."""
        if len(self._promised_bytes) >= self._settings.max_uploads:
            message = f"{self._settings.max_uploads} videos are being received already; try again in a moment"
            raise RefusedError(HTTPStatus.TOO_MANY_REQUESTS, Reason.OVER_LIMIT, message, {"Retry-After": "5"})
        if self._store.count() + len(self._promised_bytes) >= self._settings.max_jobs:
            message = f"{self._settings.max_jobs} videos are kept already; delete some"
            raise RefusedError(HTTPStatus.INSUFFICIENT_STORAGE, Reason.OVER_LIMIT, message)
        promised = sum(self._promised_bytes) + length
        quota = self._settings.quota_bytes
        if self._store.kept_bytes() + promised > quota:
            message = f"there is no room for it within the {_size(quota)} that are kept; delete some videos"
            raise RefusedError(HTTPStatus.INSUFFICIENT_STORAGE, Reason.OVER_LIMIT, message)
        if shutil.disk_usage(self._places.folder).free - promised < self._settings.spare_bytes:
            message = "the disk is nearly full; delete some videos or free some space"
            raise RefusedError(HTTPStatus.INSUFFICIENT_STORAGE, Reason.DISK_FULL, message)
        self._promised_bytes.append(length)
        try:
            yield
        finally:
            self._promised_bytes.remove(length)

    async def _write(self, chunks: AsyncIterator[bytes], target: Path, length: int) -> None:
        received = 0
        with storage_errors(target), target.open("xb", buffering=0) as stream:
            async for chunk in self._paced(chunks):
                received += len(chunk)
                if received > length:
                    break
                await to_thread.run_sync(_write_all, stream, chunk)
        if received != length:
            message = f"the video was announced with {length} bytes, but {received} or more came; send it again"
            raise RefusedError(HTTPStatus.BAD_REQUEST, Reason.TRUNCATED, message, _CLOSE)

    async def _paced(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The chunks of a sender that keeps up. Waiting spends its credit, which bytes earn back at the lowest rate
        that is accepted; the time that our disk takes counts for nobody."""
        loop = asyncio.get_running_loop()
        patience, rate = self._settings.patience_seconds, self._settings.minimum_bytes_per_second
        credit_seconds, end = patience, loop.time() + self._settings.upload_deadline_seconds
        while True:
            asked = loop.time()
            try:
                async with asyncio.timeout_at(min(asked + credit_seconds, end)):
                    chunk = await anext(chunks, None)
            except TimeoutError:
                late = loop.time() >= end
                limit = f"{self._settings.upload_deadline_seconds:g} s" if late else f"{_size(rate)} a second"
                message = f"the video came {'after' if late else 'at less than'} {limit}; send it again, faster"
                raise RefusedError(HTTPStatus.REQUEST_TIMEOUT, Reason.TIMED_OUT, message, _CLOSE) from None
            if chunk is None:
                return
            credit_seconds = min(patience, credit_seconds - (loop.time() - asked) + len(chunk) / rate)
            yield chunk


def _write_all(stream: BinaryIO, chunk: bytes) -> None:
    rest = memoryview(chunk)
    while rest:
        rest = rest[stream.write(rest) :]


def _size(count: float) -> str:
    for unit in ("bytes", "KB", "MB"):
        if count < 1000:
            return f"{count:.4g} {unit}"
        count /= 1000
    return f"{count:.4g} GB"
