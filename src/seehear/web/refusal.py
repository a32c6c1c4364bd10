"""A request that is not done: its HTTP status, a reason from the closed list, and the next step in words."""

from __future__ import annotations

from http import HTTPStatus

from seehear.core.errors import Reason, SeehearError


class RefusedError(SeehearError):
    def __init__(self, status: HTTPStatus, reason: Reason, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message, reason)
        self.status, self.headers = status, headers or {}


def no_such_job() -> RefusedError:
    return RefusedError(HTTPStatus.NOT_FOUND, Reason.NOT_FOUND, "there is no such job; it may have been deleted")
