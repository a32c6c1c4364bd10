"""The REST API: everything the page does, for programs."""

from __future__ import annotations

import json
import mimetypes
import re
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Query, Request, Response
from fastapi import Path as InPath
from fastapi.responses import FileResponse, StreamingResponse

from seehear import __version__
from seehear.core.errors import Reason
from seehear.web.answers import JobAnswer, Problem, ServerAnswer, describe, kind_of_video
from seehear.web.house import House
from seehear.web.jobs import FINISHED, Job, State
from seehear.web.refusal import RefusedError, no_such_job

_HEARTBEAT_SECONDS = 15.0
_HEAD_BYTES = 4096
_POLICY = re.compile(rb'http-equiv="Content-Security-Policy" content="([^"\r\n]+)"')
_VIDEO_POLICY = "default-src 'none'; sandbox"
_TYPES = {"csv": "text/csv", "srt": "application/x-subrip", "vtt": "text/vtt", "ndjson": "application/x-ndjson"}

JobId = Annotated[str, InPath(pattern=r"^[0-9a-f]{32}$", description="As the server named it.")]
ResultName = Annotated[str, InPath(pattern=r"^[a-z0-9_]{1,40}$", description="A format, `report` or `thumbnail`.")]


def _problems(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    return {int(status): {"model": Problem, "description": status.phrase} for status in statuses}


def routes(house: House) -> APIRouter:
    """The API of one server."""
    api = APIRouter(prefix="/api", responses=_problems(HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY))
    unknown = _problems(HTTPStatus.NOT_FOUND)

    def known(job: str) -> Job:
        found = house.store.get(job)
        if found is None:
            raise no_such_job()
        return found

    def answer(job: Job) -> JobAnswer:
        return describe(job, house.foreman.progress_seconds.get(job.id))

    @api.get("/server", summary="What this server is and takes", tags=["server"])
    def server() -> ServerAnswer:
        settings, model = house.settings, house.foreman.model
        return ServerAnswer(
            version=__version__,
            model=model.get("name", ""),
            categories=model.get("categories", []),
            max_upload_bytes=settings.max_upload_bytes,
            quota_bytes=settings.quota_bytes,
            kept_bytes=house.store.kept_bytes(),
            max_jobs=settings.max_jobs,
            max_uploads=settings.max_uploads,
        )

    @api.get("/jobs", summary="All jobs, newest first", tags=["jobs"])
    def list_jobs() -> list[JobAnswer]:
        return [answer(job) for job in house.store.all()]

    @api.post(
        "/jobs",
        summary="Send a video; its job begins when all of it has come",
        description="The body is the file itself, with its length announced. Nothing is kept of what does not come "
        "whole, in time, or at the lowest rate that is accepted.",
        tags=["jobs"],
        status_code=HTTPStatus.CREATED,
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
            }
        },
        responses=_problems(
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
        name: Annotated[str, Query(min_length=1, max_length=1000, description="What to call the video.")],
    ) -> JobAnswer:
        length = request.headers.get("content-length")
        job = await house.receiver.receive(name, None if length is None else int(length), request.stream())
        house.bulletin.changed(job.id)
        house.foreman.wake()
        response.headers["Location"] = f"/api/jobs/{job.id}"
        return answer(job)

    @api.get("/jobs/{job}", summary="One job", tags=["jobs"], responses=unknown)
    def get_job(job: JobId) -> JobAnswer:
        return answer(known(job))

    @api.post("/jobs/{job}/cancel", summary="Stop working on a job, or do not begin", tags=["jobs"], responses=unknown)
    async def cancel(job: JobId) -> JobAnswer:
        await to_thread.run_sync(known, job)
        await house.foreman.cancel(job)
        return answer(await to_thread.run_sync(known, job))

    @api.post(
        "/jobs/{job}/retry",
        summary="Do a job that failed or was cancelled again",
        tags=["jobs"],
        responses=_problems(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    )
    async def retry(job: JobId) -> JobAnswer:
        state = (await to_thread.run_sync(known, job)).state
        if state not in FINISHED or state is State.DONE:
            message = f"the job is {state}; only one that failed or was cancelled can be tried again"
            raise RefusedError(HTTPStatus.CONFLICT, Reason.INVALID_VALUE, message)
        await to_thread.run_sync(house.store.queue_again, job)
        house.bulletin.changed(job)
        house.foreman.wake()
        return answer(await to_thread.run_sync(known, job))

    @api.delete(
        "/jobs/{job}",
        summary="Delete a video and its results, whatever its job is at",
        tags=["jobs"],
        status_code=HTTPStatus.NO_CONTENT,
        responses=unknown,
    )
    async def delete(job: JobId) -> None:
        await to_thread.run_sync(known, job)
        await house.foreman.cancel(job)
        await to_thread.run_sync(house.places.discard, job)
        await to_thread.run_sync(house.store.remove, job)
        house.bulletin.changed(job)

    @api.get(
        "/jobs/{job}/video",
        summary="The video as it was sent; answers range requests",
        tags=["results"],
        response_class=FileResponse,
        responses={200: {"content": {"video/*": {}}}, **unknown},
    )
    def video(job: JobId) -> FileResponse:
        known(job)
        path = _existing(house.places.video(job))
        return FileResponse(path, media_type=kind_of_video(path), headers={"Content-Security-Policy": _VIDEO_POLICY})

    @api.get(
        "/jobs/{job}/results/{name}",
        summary="The result as a page (`report`), a picture (`thumbnail`) or a file of one format",
        tags=["results"],
        response_class=FileResponse,
        responses={200: {"content": {"*/*": {}}}, **unknown},
    )
    def result(job: JobId, name: ResultName) -> FileResponse:
        found = known(job)
        path = _existing(house.places.results(job) / name)
        if name == "report":
            return FileResponse(path, media_type="text/html", headers={"Content-Security-Policy": _page_policy(path)})
        if name == "thumbnail":
            return FileResponse(path, media_type="image/jpeg")
        suffix = found.result["formats"].get(name)
        if suffix is None:
            raise no_such_job()
        kind = _TYPES.get(name) or mimetypes.guess_type(f"x{suffix}")[0] or "application/octet-stream"
        return FileResponse(path, media_type=kind, filename=f"{found.result['stem']}{suffix}")

    @api.get(
        "/changes",
        summary="A stream of jobs as they change (server-sent events)",
        description="First one event `jobs` with all jobs, then `job` for each that is new or has changed and `gone` "
        'for each that was deleted, with its id as `{"id": ...}`.',
        tags=["jobs"],
        response_class=StreamingResponse,
        responses={200: {"content": {"text/event-stream": {}}}, **_problems(HTTPStatus.TOO_MANY_REQUESTS)},
    )
    async def changes() -> StreamingResponse:
        house.bulletin.check_room()

        async def stream() -> AsyncIterator[str]:
            with house.bulletin.listen() as listener:
                jobs = await to_thread.run_sync(house.store.all)
                yield _event("jobs", [answer(job).model_dump(mode="json") for job in jobs])
                while not listener.closed:
                    for job in await listener.next(_HEARTBEAT_SECONDS):
                        found = await to_thread.run_sync(house.store.get, job)
                        if found is None:
                            yield _event("gone", {"id": job})
                        else:
                            yield _event("job", answer(found).model_dump(mode="json"))
                    yield ": still here\n\n"

        return StreamingResponse(stream(), media_type="text/event-stream")

    return api


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise RefusedError(HTTPStatus.NOT_FOUND, Reason.NOT_FOUND, "there is no such file; is the job done?")
    return path


def _page_policy(report: Path) -> str:
    """The page says itself which script and style it may run; nobody else may frame it."""
    with report.open("rb") as stream:
        found = _POLICY.search(stream.read(_HEAD_BYTES))
    policy = found[1].decode("ascii") if found else "default-src 'none'"
    return f"{policy}; frame-ancestors 'self'"


def _event(kind: str, data: Any) -> str:
    return f"event: {kind}\ndata: {json.dumps(data)}\n\n"
