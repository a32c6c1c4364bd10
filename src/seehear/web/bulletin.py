"""Who wants to know hears which jobs have changed: each once, however often and however slow the listener."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from seehear.core.errors import Reason
from seehear.web.refusal import RefusedError


class Listener:
    def __init__(self) -> None:
        self._changed: dict[str, None] = {}
        self._event = asyncio.Event()
        self.closed = False

    def tell(self, job: str) -> None:
        self._changed[job] = None
        self._event.set()

    def close(self) -> None:
        self.closed = True
        self._event.set()

    async def next(self, patience_seconds: float) -> list[str]:
        """The jobs that have changed since the last call; empty if none did in that time, or no more will."""
        try:
            async with asyncio.timeout(patience_seconds):
                await self._event.wait()
        except TimeoutError:
            return []
        self._event.clear()
        changed, self._changed = self._changed, {}
        return list(changed)


class Bulletin:
    """On one event loop."""

    def __init__(self, max_listeners: int) -> None:
        self._max_listeners = max_listeners
        self._listeners: set[Listener] = set()
        self._closed = False

    def changed(self, job: str) -> None:
        for listener in self._listeners:
            listener.tell(job)

    def check_room(self) -> None:
        """Raises RefusedError where there are as many listeners as may be."""
        if len(self._listeners) >= self._max_listeners:
            message = f"{self._max_listeners} pages are watching already; close one, or ask for the jobs now and then"
            raise RefusedError(HTTPStatus.TOO_MANY_REQUESTS, Reason.OVER_LIMIT, message)

    @contextmanager
    def listen(self) -> Iterator[Listener]:
        listener = Listener()
        listener.closed = self._closed
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    def close(self) -> None:
        """End every stream."""
        self._closed = True
        for listener in self._listeners:
            listener.close()
