"""Who may ask: this machine's own pages and programs. Stands in front of the whole app.

- The Host must be a name of this machine: a stranger's domain that resolves to 127.0.0.1 is refused (DNS rebinding).
- What a page of another origin asks for is refused, and nothing is ever granted across origins (no CORS).
- A request that changes something must carry this server's own Origin or, where it has none, the header `X-Seehear`,
  which no form and no page of another origin can send.
- With a token, every request must carry it: in a cookie of this server, or as `Authorization: Bearer`.

Every answer gets the policy of our own pages unless it brings a stricter or other one.
"""

from __future__ import annotations

import hashlib
import hmac
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seehear.core.errors import Reason
from seehear.web.refusal import RefusedError

OWN_HEADER = "X-Seehear"
LOCAL_NAMES = ("127.0.0.1", "localhost", "::1")
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_HEADERS = {
    "Content-Security-Policy": "; ".join(
        [
            "default-src 'none'",
            *(f"{kind}-src 'self'" for kind in ("script", "style", "img", "media", "connect", "frame")),
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ]
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}


class Guard:
    """An ASGI app around another."""

    def __init__(self, app: ASGIApp, token: str | None = None) -> None:
        self._app = app
        self._token = token
        self._pass = hashlib.sha256(f"seehear pass {token}".encode()).hexdigest()
        """Kept by the browser in the token's place, because a machine's other servers are sent its cookies too."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        answer = self._answer(scope)
        await (self._app if answer is None else answer)(scope, receive, send_guarded)

    def _answer(self, scope: Scope) -> Response | None:
        """The answer that ends the request here; None where it may go on."""
        try:
            headers = Headers(scope=scope)
            self._check_host(headers)
            self._check_origin(scope, headers)
            return self._check_token(scope, headers)
        except RefusedError as refusal:
            return refused(refusal)

    def _check_host(self, headers: Headers) -> None:
        if len(headers.getlist("host")) != 1 or _name_of(headers["host"]) not in LOCAL_NAMES:
            message = "this server answers to the names of its own machine only: 127.0.0.1 or localhost"
            raise RefusedError(HTTPStatus.MISDIRECTED_REQUEST, Reason.NOT_PERMITTED, message)

    def _check_origin(self, scope: Scope, headers: Headers) -> None:
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        own = f"http://{headers['host']}"
        foreign = (origin is not None and origin != own) or (site is not None and site not in ("same-origin", "none"))
        opens_a_page = scope["method"] == "GET" and headers.get("sec-fetch-mode") == "navigate" and origin is None
        if foreign and not (opens_a_page and headers.get("sec-fetch-dest") == "document" and scope["path"] == "/"):
            message = "pages of other sites may not ask this server for anything"
            raise RefusedError(HTTPStatus.FORBIDDEN, Reason.NOT_PERMITTED, message)
        if scope["method"] not in _SAFE_METHODS and origin is None and OWN_HEADER not in headers:
            message = f"a request that changes something must carry the header {OWN_HEADER}: 1"
            raise RefusedError(HTTPStatus.FORBIDDEN, Reason.NOT_PERMITTED, message)

    def _check_token(self, scope: Scope, headers: Headers) -> Response | None:
        if self._token is None:
            return None
        cookie = f"seehear-{_port_of(headers['host'])}"
        if scope["path"] == "/" and scope["method"] == "GET":
            given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
            if _same(given, self._token):
                answer = RedirectResponse("/", HTTPStatus.SEE_OTHER)
                answer.set_cookie(cookie, self._pass, httponly=True, samesite="strict", max_age=30 * 24 * 3600)
                return answer
        bearer = headers.get("authorization", "").partition("Bearer ")[2]
        if _same(bearer, self._token) or _same(cookie_parser(headers.get("cookie", "")).get(cookie, ""), self._pass):
            return None
        message = "this server wants its token: open the address that `seehear serve` printed"
        raise RefusedError(HTTPStatus.UNAUTHORIZED, Reason.NOT_PERMITTED, message, {"WWW-Authenticate": "Bearer"})


def refused(refusal: RefusedError) -> Response:
    body = {"reason": refusal.reason, "message": str(refusal)}
    return JSONResponse(body, refusal.status, refusal.headers)


def _name_of(host: str) -> str | None:
    try:
        parts = urlsplit(f"//{host}")
        return parts.hostname if parts.netloc == host and parts.username is None and parts.port != 0 else None
    except ValueError:
        return None


def _port_of(host: str) -> int:
    return urlsplit(f"//{host}").port or 80


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())
