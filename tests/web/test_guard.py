"""Who may ask: tried as a stranger's page, a rebound domain and a program without the token would."""

from __future__ import annotations

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from seehear.web.guard import Guard
from tests.web.loop import finish

HOST = "127.0.0.1:8710"
OWN = {"host": HOST, "origin": f"http://{HOST}", "sec-fetch-site": "same-origin"}
TOKEN = "correct horse"


async def behind(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("let in")(scope, receive, send)


def ask(method: str, path: str = "/api/jobs", *, token: str | None = None, **headers: str) -> httpx.Response:
    async def once() -> httpx.Response:
        transport = httpx.ASGITransport(Guard(behind, token))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}") as client:
            return await client.request(
                method, path, headers={name.replace("_", "-"): headers[name] for name in headers}
            )

    return finish(once())


@pytest.mark.parametrize("host", [HOST, "localhost:8710", "[::1]:8710", "LOCALHOST", "127.0.0.1:80"])
def test_the_names_of_this_machine_are_let_in(host: str):
    assert ask("GET", host=host).text == "let in"


@pytest.mark.parametrize(
    "host",
    [
        *(
            "evil.example",
            "evil.example:8710",
            "127.0.0.1.evil.example:8710",
            "localhost.evil.example",
            "",
            "localhost.",
        ),
        *("localhost@evil.example", "evil.example#localhost", "127.0.0.1:x", "127.1:8710", "[::1", "0.0.0.0:8710"),
        "localhost.",
    ],
)
def test_a_strangers_domain_that_points_here_is_refused(host: str):
    answer = ask("GET", host=host)
    assert (answer.status_code, answer.json()["reason"]) == (421, "not_permitted")


def test_the_own_page_may_change_things_and_so_may_a_program_that_says_so():
    assert ask("POST", **OWN).text == "let in"
    assert ask("POST", x_seehear="1").text == "let in"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": f"https://{HOST}"},
        {"origin": f"http://{HOST}", "sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {},
    ],
)
def test_a_page_of_another_origin_changes_nothing(method: str, headers: dict[str, str]):
    answer = ask(method, **headers)
    assert (answer.status_code, answer.json()["reason"]) == (403, "not_permitted")
    if headers:
        assert ask(method, x_seehear="1", **headers).status_code == 403, "a header does not help a stranger's page"


def test_a_page_of_another_origin_embeds_and_reads_nothing():
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"origin": "http://evil.example"},
        {"sec-fetch-site": "same-site"},
    ):
        assert ask("GET", **headers).status_code == 403
    framed = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"}
    assert ask("GET", "/", **framed).status_code == 403
    linked = framed | {"sec-fetch-dest": "document"}
    assert ask("GET", "/", **linked).text == "let in", "a link to the app is only a link"
    assert ask("GET", "/api/jobs", **linked).status_code == 403


def test_nothing_is_ever_granted_across_origins():
    preflight = {"origin": "http://evil.example", "access-control-request-method": "POST"}
    answer = ask("OPTIONS", **preflight)
    assert answer.status_code == 403
    for given in (answer, ask("GET"), ask("POST", **OWN)):
        assert [name for name in given.headers if name.startswith("access-control")] == []


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_answer_carries_the_policy_refusals_too(method: str):
    policy = ask(method).headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert ask(method).headers["cross-origin-resource-policy"] == "same-origin"


def test_without_the_token_nobody_is_let_in():
    for headers in (
        {},
        {"authorization": "Bearer wrong"},
        {"authorization": TOKEN},
        {"cookie": f"seehear-8710={TOKEN}"},
    ):
        answer = ask("GET", token=TOKEN, **headers)
        assert (answer.status_code, answer.json()["reason"]) == (401, "not_permitted")
    assert ask("GET", "/?token=wrong", token=TOKEN).status_code == 401
    assert ask("GET", "/api/jobs?token=correct%20horse", token=TOKEN).status_code == 401, "not in any other address"


def test_the_token_opens_as_a_header_and_once_as_an_address_that_does_not_stay():
    assert ask("GET", token=TOKEN, authorization=f"Bearer {TOKEN}").text == "let in"
    opened = ask("GET", "/?token=correct%20horse", token=TOKEN)
    assert (opened.status_code, opened.headers["location"]) == (303, "/")
    cookie = opened.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert TOKEN not in cookie, "other servers of this machine are sent it too"
    assert ask("GET", token=TOKEN, cookie=cookie.partition(";")[0]).text == "let in"
