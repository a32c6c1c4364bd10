"""The web app as one ASGI callable: pages and API behind the guard."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from seehear import __version__
from seehear.core.errors import Reason, SeehearError
from seehear.web.guard import Guard, refused
from seehear.web.house import House
from seehear.web.pages import pages
from seehear.web.refusal import RefusedError
from seehear.web.routes import api

_DESCRIPTION = (
    "Find the moments of videos that are seen and heard at once, on this machine. A request that changes something "
    "carries the header `X-Seehear: 1`; with a token, every request carries `Authorization: Bearer TOKEN`."
)
_GONE = 499


def create_app(house: House) -> Guard:
    app = FastAPI(
        title="seehear",
        version=__version__,
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.house = house
    app.include_router(pages())
    app.include_router(api)
    app.add_exception_handler(SeehearError, _on_error)
    app.add_exception_handler(RequestValidationError, _on_error)
    app.add_exception_handler(HTTPException, _on_error)
    app.add_exception_handler(ClientDisconnect, _on_error)
    return Guard(app, house.settings.token)


async def _on_error(_: Request, error: Exception) -> Response:
    """Every error as a reason and a message."""
    return refused(_refusal(error)) if not isinstance(error, ClientDisconnect) else Response(status_code=_GONE)


def _refusal(error: Exception) -> RefusedError:
    match error:
        case RefusedError():
            return error
        case SeehearError(reason=Reason.DISK_FULL):
            return RefusedError(HTTPStatus.INSUFFICIENT_STORAGE, error.reason, str(error))
        case SeehearError():
            return RefusedError(HTTPStatus.INTERNAL_SERVER_ERROR, error.reason, str(error))
        case RequestValidationError():
            wrong = "; ".join(f"{'.'.join(map(str, each['loc'][1:]))}: {each['msg']}" for each in error.errors())
            return RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, Reason.INVALID_VALUE, f"{wrong}; see /docs")
        case HTTPException(status_code=HTTPStatus.METHOD_NOT_ALLOWED):
            return RefusedError(HTTPStatus.METHOD_NOT_ALLOWED, Reason.INVALID_VALUE, "not so; see /docs")
        case _:
            return RefusedError(HTTPStatus.NOT_FOUND, Reason.NOT_FOUND, "there is nothing at this address; see /docs")
