"""The REST API: everything the page does, for programs."""

from http import HTTPStatus

from fastapi import APIRouter

from seehear.web.routes import changes, jobs, results, server
from seehear.web.routes.given import problems

api = APIRouter(prefix="/api", responses=problems(HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY))
for part in (server, jobs, changes, results):
    api.include_router(part.router)
