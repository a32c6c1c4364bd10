"""What the API says, as its documentation shows it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, Field

from seehear.core.errors import Reason
from seehear.web.jobs import Job, State


class Problem(BaseModel):
    """Why a request was not done."""

    reason: Reason
    message: str = Field(description="What went wrong and what to do next.")


class EventAnswer(BaseModel):
    category: str
    start_seconds: float
    end_seconds: float
    score: float | None


class JobAnswer(BaseModel):
    """One video and what became of it."""

    id: str
    name: str = Field(description="What its sender called it.")
    video_bytes: int
    state: State
    created: datetime
    started: datetime | None
    finished: datetime | None
    progress_seconds: float | None = Field(description="While it is running: how much of the video was read.")
    reason: Reason | None = Field(description="Why it failed, or why it is done in part only.")
    message: str
    duration_seconds: float | None
    event_count: int
    events: list[EventAnswer] = Field(description="In order of time, the first 400; the exports have all.")
    video: str = Field(description="Address of the video; answers range requests.")
    report: str | None = Field(description="Address of the page that shows the result.")
    thumbnail: str | None = Field(description="Address of a JPEG picture from the surest event.")
    picture_aspect: float | None = Field(description="Width over height of the video; the thumbnail is a square.")
    exports: dict[str, str] = Field(description="Address of the result in each format.")


class ServerAnswer(BaseModel):
    """The server, and what it takes."""

    version: str
    model: str
    categories: list[str]
    max_upload_bytes: int
    quota_bytes: int
    kept_bytes: int = Field(description="Of the quota, used by videos and results.")
    max_jobs: int
    max_uploads: int


def describe(job: Job, progress_seconds: float | None) -> JobAnswer:
    address, result = f"/api/jobs/{job.id}", job.result
    formats = result.get("formats", {})
    done = job.state is State.DONE
    return JobAnswer(
        id=job.id,
        name=job.name,
        video_bytes=job.video_bytes,
        state=job.state,
        created=_time(job.created),
        started=None if job.started is None else _time(job.started),
        finished=None if job.finished is None else _time(job.finished),
        progress_seconds=progress_seconds,
        reason=None if job.reason is None else Reason(job.reason),
        message=job.message,
        duration_seconds=result.get("duration_seconds"),
        event_count=result.get("event_count", 0),
        events=[EventAnswer(**event) for event in result.get("events", [])],
        video=f"{address}/video",
        report=f"{address}/results/report" if done else None,
        thumbnail=f"{address}/results/thumbnail" if done else None,
        picture_aspect=result.get("picture_aspect"),
        exports={name: f"{address}/results/{name}" for name in formats},
    )


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def kind_of_video(path: Path) -> str:
    """The media type by the first bytes, never by a name; what is no known video is bytes that no browser shows."""
    with path.open("rb") as stream:
        head = stream.read(12)
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide"):
        return "video/mp4"
    for start, kind in {b"\x1a\x45\xdf\xa3": "video/webm", b"OggS": "video/ogg", b"RIFF": "video/x-msvideo"}.items():
        if head.startswith(start):
            return kind
    return "application/octet-stream"
