"""The one who hands out the work: one job after the other, to a worker process that may die without harm.

The worker is any program that reads orders and writes messages, one JSON object a line; :mod:`seehear.web.worker` is
the one that localizes.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from anyio import to_thread

from seehear.core.errors import Reason, SeehearError
from seehear.web.bulletin import Bulletin
from seehear.web.jobs import Job, State
from seehear.web.places import Places, size_of
from seehear.web.settings import Settings
from seehear.web.store import JobStore

_LONGEST_LINE_BYTES = 4 << 20


class Foreman:
    """On one event loop: :meth:`prepare`, then :meth:`work` as a task of its own, then :meth:`close`."""

    def __init__(
        self,
        store: JobStore,
        places: Places,
        bulletin: Bulletin,
        settings: Settings,
        worker: Sequence[str] | None = None,
    ) -> None:
        self._store, self._places, self._bulletin, self._settings = store, places, bulletin, settings
        localizing = [sys.executable, "-m", "seehear.web.worker", *([settings.model] if settings.model else [])]
        self._command = worker or localizing
        self._process: Process | None = None
        self._waiting = asyncio.Event()
        self._running: str | None = None
        self._released = asyncio.Event()
        self._unwanted = False
        self.model: dict[str, Any] = {}
        self.progress_seconds: dict[str, float] = {}
        """How far into its video each running job is."""

    async def prepare(self) -> None:
        """Have a worker that has loaded its model; raises the worker's error where that cannot be."""
        if self._process is not None and self._process.returncode is None:
            return
        self._process = await asyncio.create_subprocess_exec(
            *self._command, stdin=PIPE, stdout=PIPE, stderr=None, limit=_LONGEST_LINE_BYTES, start_new_session=True
        )
        message = await self._next_message()
        if message.get("kind") != "ready":
            await self.close()
            raise SeehearError(*_failure(message))
        self.model = dict(message.get("model", {}))

    def wake(self) -> None:
        """There may be work."""
        self._waiting.set()

    async def work(self) -> None:
        """Until cancelled: the job that has waited longest, then the next."""
        while True:
            self._waiting.clear()
            job = await to_thread.run_sync(self._store.next_queued)
            if job is not None:
                await self._do(job)
                continue
            try:
                async with asyncio.timeout(self._settings.worker_idle_seconds):
                    await self._waiting.wait()
            except TimeoutError:
                self.end_worker()
                await self._waiting.wait()

    async def cancel(self, job: str) -> None:
        """Let go of a job whatever it is at; on return nobody works on it."""
        if await to_thread.run_sync(self._store.cancel_queued, job):
            self._bulletin.changed(job)
        if self._running == job:
            self._unwanted = True
            self.end_worker()
            await self._released.wait()

    def end_worker(self) -> None:
        """Kill it if it still runs.

        Not by `Process.kill`: that looks first whether the child has ended and so takes its status away from the event
        loop, which then reports 255 for whatever ended a worker that died by itself.
        """
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL)

    async def close(self) -> None:
        """End the worker; what it was at waits for the next start."""
        self.end_worker()
        if self._process is not None:
            await self._process.wait()

    async def _do(self, job: Job) -> None:
        self._running, self._unwanted = job.id, False
        self._released.clear()
        try:
            if await to_thread.run_sync(self._store.begin, job.id):
                self._bulletin.changed(job.id)
                message = await self._done_by_worker(job)
                await to_thread.run_sync(self._record, job, message)
        finally:
            self._running = None
            self.progress_seconds.pop(job.id, None)
            self._released.set()
        self._bulletin.changed(job.id)

    async def _done_by_worker(self, job: Job) -> dict[str, Any]:
        """The last message about the job."""
        await to_thread.run_sync(self._places.clear_results, job.id)
        try:
            await self.prepare()
        except SeehearError as error:
            return {"kind": "failed", "reason": error.reason, "message": str(error)}
        if self._unwanted:  # since before there was a worker to end
            return {"kind": "cancelled"}
        order = {
            "video": str(self._places.video(job.id)),
            "results": str(self._places.results(job.id)),
            "name": job.name,
        }
        await self._send(order)
        while (message := await self._next_message()).get("kind") == "progress":
            self.progress_seconds[job.id] = float(message["seconds"])
            self._bulletin.changed(job.id)
        return message

    def _record(self, job: Job, message: dict[str, Any]) -> None:
        done = message.get("kind") == "done"
        if not done:
            self._places.clear_results(job.id)
        if self._unwanted and not done:
            self._store.finish(job.id, State.CANCELLED)
            return
        reason, words = message.get("reason"), str(message.get("message", ""))
        if done:
            size = size_of(self._places.results(job.id))
            result = dict(message.get("result", {}))
            self._store.finish(job.id, State.DONE, reason=reason, message=words, result=result, result_bytes=size)
        else:
            self._store.finish(job.id, State.FAILED, reason=reason, message=words)

    async def _send(self, order: dict[str, Any]) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        try:
            await self._process.stdin.drain()
        except OSError:
            return  # it has died; its end is noticed where its next message is awaited

    async def _next_message(self) -> dict[str, Any]:
        """What the worker says next; a worker that dies, is silent for too long or talks nonsense has crashed."""
        assert self._process is not None
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(self._settings.worker_silence_seconds):
                line = await self._process.stdout.readline()
            message = json.loads(line) if line else None
        except TimeoutError:
            self.end_worker()
            return _crash(Reason.TIMED_OUT, f"nothing was heard of it for {self._settings.worker_silence_seconds:g} s")
        except ValueError:
            message = None
        if isinstance(message, dict):
            return message
        self.end_worker()
        end = _end(await self._process.wait())
        return _crash(Reason.WORKER_CRASHED, f"the process that worked on it ended ({end})")


def _failure(message: dict[str, Any]) -> tuple[str, Reason]:
    reason = message.get("reason")
    return str(message.get("message", "")), Reason(reason) if reason in [*Reason] else Reason.WORKER_CRASHED


def _crash(reason: Reason, what: str) -> dict[str, Any]:
    return {"kind": "failed", "reason": reason, "message": f"{what}; see whether memory is short, then try again"}


def _end(status: int) -> str:
    return signal.Signals(-status).name if status < 0 else f"exit code {status}"
