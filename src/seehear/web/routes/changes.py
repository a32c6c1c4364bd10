"""Jobs as they change."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any

from anyio import to_thread
from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from seehear.web.house import House
from seehear.web.routes.given import HouseHere, answer, problems

_HEARTBEAT_SECONDS = 15.0

router = APIRouter(tags=["jobs"])


@router.get(
    "/changes",
    summary="A stream of jobs as they change (server-sent events)",
    description="First one event `jobs` with all jobs, then `job` for each that is new or has changed and `gone` for "
    'each that was deleted, with its id as `{"id": ...}`.',
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}}, **problems(HTTPStatus.TOO_MANY_REQUESTS)},
)
async def changes(house: HouseHere) -> StreamingResponse:
    house.bulletin.check_room()
    return StreamingResponse(_stream(house), media_type="text/event-stream")


async def _stream(house: House) -> AsyncIterator[str]:
    with house.bulletin.listen() as listener:
        jobs = await to_thread.run_sync(house.store.all)
        yield _event("jobs", [answer(house, job).model_dump(mode="json") for job in jobs])
        while not listener.closed:
            for job in await listener.next(_HEARTBEAT_SECONDS):
                found = await to_thread.run_sync(house.store.get, job)
                if found is None:
                    yield _event("gone", {"id": job})
                else:
                    yield _event("job", answer(house, found).model_dump(mode="json"))
            yield ": still here\n\n"


def _event(kind: str, data: Any) -> str:
    return f"event: {kind}\ndata: {json.dumps(data)}\n\n"
