"""The server itself: a socket on this machine alone, connections that may not dawdle, and an orderly end."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from urllib.parse import quote

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from seehear.core.errors import Reason, StorageError
from seehear.web.app import create_app
from seehear.web.house import House
from seehear.web.settings import DEFAULT_PORT, Settings

LOCAL_ADDRESS = "127.0.0.1"
_BACKLOG = 128
_GRACE_SECONDS = 3
_LARGEST_HEAD_BYTES = 16 << 10


def serve(
    settings: Settings,
    *,
    port: int = DEFAULT_PORT,
    worker: Sequence[str] | None = None,
    announce: Callable[[str], None] = lambda address: None,
) -> None:
    """Serve until interrupted. `announce` is told the address once the model is loaded and requests are answered.

    Port 0 is any that is free. Raises StorageError where the folder or the port is taken, and what loading the model
    raises.
    """
    listening = _listen(port)
    house = House.open(settings, worker)
    try:
        asyncio.run(_serve(house, listening, announce))
    finally:
        house.foreman.end_worker()
        house.close()
        listening.close()


def _listen(port: int) -> socket.socket:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((LOCAL_ADDRESS, port))
    except (OSError, OverflowError) as error:
        listening.close()
        why = getattr(error, "strerror", None) or "ports are 0 to 65535"
        message = f"port {port} of this machine cannot be used ({why}); choose another with --port"
        raise StorageError(message, Reason.NOT_PERMITTED) from error
    listening.listen(_BACKLOG)
    return listening


async def _serve(house: House, listening: socket.socket, announce: Callable[[str], None]) -> None:
    await house.foreman.prepare()
    work = asyncio.create_task(house.foreman.work())
    settings = house.settings
    config = uvicorn.Config(
        create_app(house),
        http=_Connection,
        ws="none",
        lifespan="off",
        log_level="critical",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=settings.max_connections,
        timeout_keep_alive=settings.patience_seconds,  # type: ignore[arg-type] (any number of seconds will do)
        timeout_graceful_shutdown=_GRACE_SECONDS,
        h11_max_incomplete_event_size=_LARGEST_HEAD_BYTES,
    )
    query = f"?token={quote(settings.token)}" if settings.token else ""
    announce(f"http://{LOCAL_ADDRESS}:{listening.getsockname()[1]}/{query}")
    await _Server(config, house, work).serve(sockets=[listening])


class _Server(uvicorn.Server):
    """Ends its streams first, then its connections, then its worker."""

    def __init__(self, config: uvicorn.Config, house: House, work: asyncio.Task[None]) -> None:
        super().__init__(config)
        self._house, self._work = house, work

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._house.bulletin.close()
        await super().shutdown(sockets)
        self._work.cancel()
        await self._house.foreman.close()
        with suppress(asyncio.CancelledError):
            await self._work


class _Connection(H11Protocol):
    """Closed when it brings no whole head of a request in time, or goes on sending what is no longer listened to."""

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._relax()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch()

    def _watch(self) -> None:
        """Set the clock while no request is being answered; bytes do not wind it up again."""
        if self.cycle is not None and not self.cycle.response_complete:
            self._relax()
        elif self._timer is None:
            self._timer = self.loop.call_later(self.timeout_keep_alive, self.transport.abort)

    def _relax(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
