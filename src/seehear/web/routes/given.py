"""What the requests of the API are given: the house that answers, the job that is meant, the ways to fail."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, Path, Request

from seehear.web.answers import JobAnswer, Problem, describe
from seehear.web.house import House
from seehear.web.jobs import Job
from seehear.web.refusal import no_such_job


async def _house(request: Request) -> House:
    return request.app.state.house


HouseHere = Annotated[House, Depends(_house)]
JobId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="As the server named it.")]


def _known(job: JobId, house: HouseHere) -> Job:
    found = house.store.get(job)
    if found is None:
        raise no_such_job()
    return found


KnownJob = Annotated[Job, Depends(_known)]


def answer(house: House, job: Job) -> JobAnswer:
    return describe(job, house.foreman.progress_seconds.get(job.id))


def problems(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """For the description of a request: how it may fail."""
    return {int(status): {"model": Problem, "description": status.phrase} for status in statuses}
