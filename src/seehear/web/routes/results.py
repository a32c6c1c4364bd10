"""What a job has: its video, its report, its picture, its files to keep."""

from __future__ import annotations

import mimetypes
import re
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter
from fastapi import Path as InPath
from fastapi.responses import FileResponse

from seehear.core.errors import Reason
from seehear.web.answers import kind_of_video
from seehear.web.refusal import RefusedError
from seehear.web.routes.given import HouseHere, KnownJob, problems

_HEAD_BYTES = 4096
_POLICY = re.compile(rb'http-equiv="Content-Security-Policy" content="([^"\r\n]+)"')
_VIDEO_POLICY = "default-src 'none'; sandbox"
_TYPES = {"csv": "text/csv", "srt": "application/x-subrip", "vtt": "text/vtt", "ndjson": "application/x-ndjson"}
_UNKNOWN = problems(HTTPStatus.NOT_FOUND)

ResultName = Annotated[str, InPath(pattern=r"^[a-z0-9_]{1,40}$", description="A format, `report` or `thumbnail`.")]

router = APIRouter(tags=["results"])


@router.get(
    "/jobs/{job}/video",
    summary="The video as it was sent; answers range requests",
    response_class=FileResponse,
    responses={200: {"content": {"video/*": {}}}, **_UNKNOWN},
)
def video(job: KnownJob, house: HouseHere) -> FileResponse:
    path = _existing(house.places.video(job.id))
    return FileResponse(path, media_type=kind_of_video(path), headers={"Content-Security-Policy": _VIDEO_POLICY})


@router.get(
    "/jobs/{job}/results/{name}",
    summary="The result as a page (`report`), a picture (`thumbnail`) or a file of one format",
    response_class=FileResponse,
    responses={200: {"content": {"*/*": {}}}, **_UNKNOWN},
)
def result(job: KnownJob, name: ResultName, house: HouseHere) -> FileResponse:
    path = _existing(house.places.results(job.id) / name)
    if name == "report":
        return FileResponse(path, media_type="text/html", headers={"Content-Security-Policy": _page_policy(path)})
    if name == "thumbnail":
        return FileResponse(path, media_type="image/jpeg")
    suffix = job.result.get("formats", {}).get(name)
    if suffix is None:
        raise _no_such_file()
    kind = _TYPES.get(name) or mimetypes.guess_type(f"x{suffix}")[0] or "application/octet-stream"
    return FileResponse(path, media_type=kind, filename=f"{job.result['stem']}{suffix}")


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise _no_such_file()
    return path


def _no_such_file() -> RefusedError:
    return RefusedError(HTTPStatus.NOT_FOUND, Reason.NOT_FOUND, "there is no such file; is the job done?")


def _page_policy(report: Path) -> str:
    """The page says itself which script and style it may run; nobody else may frame it."""
    with report.open("rb") as stream:
        found = _POLICY.search(stream.read(_HEAD_BYTES))
    policy = found[1].decode("ascii") if found else "default-src 'none'"
    return f"{policy}; frame-ancestors 'self'"
