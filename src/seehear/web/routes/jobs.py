"""Jobs: sent, listed, cancelled, tried again, deleted."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Query, Request, Response

from seehear.core.errors import Reason
from seehear.web.answers import JobAnswer
from seehear.web.house import House
from seehear.web.jobs import FINISHED, State
from seehear.web.refusal import RefusedError, no_such_job
from seehear.web.routes.given import HouseHere, KnownJob, answer, problems

router = APIRouter(tags=["jobs"])
_UNKNOWN = problems(HTTPStatus.NOT_FOUND)
_A_FILE = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


@router.get("/jobs", summary="All jobs, newest first")
def list_jobs(house: HouseHere) -> list[JobAnswer]:
    return [answer(house, job) for job in house.store.all()]


@router.post(
    "/jobs",
    summary="Send a video; its job begins when all of it has come",
    description="The body is the file itself, with its length announced. Nothing is kept of what does not come whole, "
    "in time, or at the lowest rate that is accepted.",
    status_code=HTTPStatus.CREATED,
    openapi_extra={"requestBody": {"required": True, "content": _A_FILE}},
    responses=problems(
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.LENGTH_REQUIRED,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.INSUFFICIENT_STORAGE,
    ),
)
async def add_job(
    request: Request,
    response: Response,
    house: HouseHere,
    name: Annotated[str, Query(min_length=1, max_length=1000, description="What to call the video.")],
) -> JobAnswer:
    length = request.headers.get("content-length")
    job = await house.receiver.receive(name, None if length is None else int(length), request.stream())
    house.bulletin.changed(job.id)
    house.foreman.wake()
    response.headers["Location"] = f"/api/jobs/{job.id}"
    return answer(house, job)


@router.get("/jobs/{job}", summary="One job", responses=_UNKNOWN)
def get_job(job: KnownJob, house: HouseHere) -> JobAnswer:
    return answer(house, job)


@router.post("/jobs/{job}/cancel", summary="Stop working on a job, or do not begin", responses=_UNKNOWN)
async def cancel(job: KnownJob, house: HouseHere) -> JobAnswer:
    await house.foreman.cancel(job.id)
    return await _answer_now(house, job.id)


@router.post(
    "/jobs/{job}/retry",
    summary="Do a job that failed or was cancelled again",
    responses=problems(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
async def retry(job: KnownJob, house: HouseHere) -> JobAnswer:
    if job.state not in FINISHED or job.state is State.DONE:
        message = f"the job is {job.state}; only one that failed or was cancelled can be tried again"
        raise RefusedError(HTTPStatus.CONFLICT, Reason.INVALID_VALUE, message)
    await to_thread.run_sync(house.store.queue_again, job.id)
    house.bulletin.changed(job.id)
    house.foreman.wake()
    return await _answer_now(house, job.id)


@router.delete(
    "/jobs/{job}",
    summary="Delete a video and its results, whatever its job is at",
    status_code=HTTPStatus.NO_CONTENT,
    responses=_UNKNOWN,
)
async def delete(job: KnownJob, house: HouseHere) -> None:
    await house.foreman.cancel(job.id)
    await to_thread.run_sync(house.places.discard, job.id)
    await to_thread.run_sync(house.store.remove, job.id)
    house.bulletin.changed(job.id)


async def _answer_now(house: House, job: str) -> JobAnswer:
    """After a change, which another request may have followed with a deletion."""
    found = await to_thread.run_sync(house.store.get, job)
    if found is None:
        raise no_such_job()
    return answer(house, found)
