"""The web app in a real browser: what is dropped on it, what it shows, and that nothing hostile comes alive in it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request

from tests.browser.conftest import COUNT_VIOLATIONS, wait_until
from tests.browser.test_report_page import CONTRASTS
from tests.web.conftest import Running, servers

HOSTILE = (
    "<img src=x onerror=\"window.stolen='img'\">.mp4",
    "</script><script>window.stolen='script'</script>.mp4",
    "\"'><svg onload=\"window.stolen='svg'\">.mp4",
    "<iframe srcdoc=\"<script>parent.stolen='frame'</script>\"></iframe>.mp4",
    "javascript:window.stolen='address'.mp4",
    "\u202egpj.exe \u05db\u05dc\u05d1 \u0643\u0644\u0628.mp4",
    '=HYPERLINK("http:\u2215\u2215evil.example").mp4',
    "{{payload}} ${window.stolen='template'} {%s}.mp4",
    "'; DROP TABLE job; --.mp4",
    "%2e%2e%2f%00?token=x#fragment&name=y.mp4",
    "W" * 240 + ".mp4",
    "<style>*{display:none}</style><base href=http:\u2215\u2215evil.example>.mp4",
    "\u0001\u001b[31mred\ufeff\u2028line\u0085.mp4",
)
FILM = json.dumps({"events": [[2, 5, "dog"], [4, 6, "bell"], [8, 11, "dog"]]}).encode()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with servers(tmp_path_factory.mktemp("web") / "served") as start:
        yield start()


@dataclass
class App:
    """The app in a browser tab, and what the browser complained of."""

    tab: Page
    server: Running
    complaints: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def wait(self, expression: str, limit_seconds: float = 60.0) -> None:
        wait_until(self.tab, expression, limit_seconds)

    def check(self) -> None:
        """No error, no violation of the policy, no request to anybody else."""
        assert self.complaints == []
        assert self.tab.evaluate("window.violations") == []
        strangers = [request.url for request in self.requests if not request.url.startswith(self.server.address)]
        assert [url for url in strangers if not url.startswith("data:")] == []

    def row(self, job: dict):
        return self.tab.locator(f"[id='{job['id']}']")


@pytest.fixture
def visit(browser: Browser, server: Running) -> Iterator[Callable[..., App]]:
    """Open the app on an empty server: `visit(width=..., scheme=..., films=[(content, name), ...])`."""
    contexts = []

    def open_app(width: int = 1280, scheme: str = "light", films: list | None = None) -> tuple[App, list[dict]]:
        jobs = [server.wait(server.send(content, name)["id"]) for content, name in films or []]
        context = browser.new_context(viewport={"width": width, "height": 860}, color_scheme=scheme)
        contexts.append(context)
        app = App(context.new_page(), server)
        app.tab.add_init_script(COUNT_VIOLATIONS)
        app.tab.on("console", lambda message: app.complaints.append(f"{message.type}: {message.text}"))
        app.tab.on("pageerror", lambda error: app.complaints.append(f"error: {error}"))
        app.tab.on("request", lambda request: app.requests.append(request))
        app.tab.goto(server.address)
        app.wait(f"jobs.size === {len(jobs)} && server.info !== null")
        return app, jobs

    yield open_app
    for context in contexts:
        context.close()
    for job in server.http.get("/api/jobs").json():
        server.http.delete(f"/api/jobs/{job['id']}")


def test_a_chosen_video_is_received_localized_and_opened(visit: Callable, tmp_path: Path):
    app, _ = visit()
    assert app.tab.locator("#none").is_visible()
    (tmp_path / "film.mp4").write_bytes(FILM)
    with app.tab.expect_file_chooser() as choosing:
        app.tab.get_by_role("button", name="Choose videos").click()
    choosing.value.set_files([tmp_path / "film.mp4"])
    app.tab.get_by_role("link", name="film.mp4").click()
    report = app.tab.frame_locator("#report")
    report.locator("#events button").nth(2).wait_for()
    assert report.locator("#events button").count() == 3
    assert app.tab.title() == "film.mp4 · seehear"
    assert app.tab.evaluate("document.activeElement.id") == "viewed"
    app.tab.get_by_role("link", name="Videos").click()
    app.wait("!document.getElementById('home').hidden")
    assert app.tab.evaluate("document.activeElement.textContent") == "film.mp4"
    app.check()


def test_videos_are_dropped_anywhere_on_the_page(visit: Callable):
    app, _ = visit()
    app.tab.evaluate(
        """(text) => {
            const carried = new DataTransfer();
            for (const name of ["one.mp4", "two.mp4", "three.mp4"]) carried.items.add(new File([text], name));
            for (const kind of ["dragover", "drop"]) {
                const event = new DragEvent(kind, { dataTransfer: carried, bubbles: true, cancelable: true });
                document.querySelector("footer").dispatchEvent(event);
            }
        }""",
        FILM.decode(),
    )
    app.wait("[...jobs.values()].filter((job) => job.state === 'done').length === 3")
    assert sorted(app.tab.locator(".job h3").all_inner_texts()) == ["one.mp4", "three.mp4", "two.mp4"]
    app.check()


def test_the_video_plays_in_the_report_and_is_fetched_in_ranges(visit: Callable, server: Running, video: Path):
    app, (job,) = visit(films=[(video.read_bytes(), "real film.mp4")])
    app.tab.goto(f"{server.address}#/{job['id']}")
    app.tab.frame_locator("#report").locator("#video").wait_for()
    frame = app.tab.frame(url=lambda url: url.endswith("/report"))
    assert frame is not None
    deadline = time.monotonic() + 60
    while not frame.evaluate("player.usesVideo && player.video.readyState >= 2"):
        assert time.monotonic() < deadline
        app.tab.wait_for_timeout(20)
    frame.evaluate("player.seek(9)")
    while frame.evaluate("player.video.seeking"):
        assert time.monotonic() < deadline
        app.tab.wait_for_timeout(20)
    assert frame.evaluate("player.video.currentTime") == pytest.approx(9, abs=0.1)
    ranges = [request.headers.get("range") for request in app.requests if request.url.endswith("/video")]
    assert ranges
    assert all(asked and asked.startswith("bytes=") for asked in ranges)
    app.check()


def hostile_films() -> list[tuple[bytes, str]]:
    """Each name with itself and another one as categories."""
    events = [[[1, 3, name], [5, 7, HOSTILE[place - 1]]] for place, name in enumerate(HOSTILE)]
    return [(json.dumps({"events": each}).encode(), name) for each, name in zip(events, HOSTILE, strict=True)]


def test_hostile_names_break_no_narrow_page(visit: Callable):
    app, jobs = visit(width=390, films=hostile_films())
    assert app.tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    app.row(jobs[10]).get_by_role("link").first.click()
    app.wait("viewer.shown !== null")
    assert app.tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    app.check()


def test_hostile_names_and_categories_stay_words(visit: Callable):
    app, jobs = visit(films=hostile_films())
    assert len({job["id"] for job in jobs}) == 13
    for job in jobs:
        row = app.row(job)
        assert row.locator("h3").text_content() == job["name"]
        chips = row.locator(".chips .name").all_text_contents()
        assert chips == [event["category"] for event in job["events"]]
        row.get_by_role("link").first.click()
        app.wait(f"viewer.shown === '{job['id']}'")
        events = app.tab.frame_locator("#report").locator("#events button")
        events.nth(1).wait_for()
        assert app.tab.evaluate("document.getElementById('report').contentWindow.stolen") is None
        app.tab.locator("#viewed-deeds .icon").click()
        assert app.tab.locator("#asked strong").text_content() == job["name"]
        app.tab.keyboard.press("Escape")
        app.tab.locator("#back").click()
        app.wait("viewer.shown === null")
    assert app.tab.evaluate("window.stolen") is None
    assert app.tab.locator("#home img:not(.picture img), #home iframe, #videos script, #videos style").count() == 0
    assert app.tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    app.check()


def test_an_export_is_saved_under_the_videos_own_name(visit: Callable):
    app, (job,) = visit(films=[(FILM, "film.mp4")])
    app.row(job).get_by_text("Download").click()
    links = app.row(job).locator(".menu a")
    assert links.count() == len(job["exports"])
    with app.tab.expect_download() as saving:
        app.row(job).get_by_role("link", name="Table (CSV)").click()
    assert saving.value.suggested_filename == "video.csv"
    assert Path(saving.value.path()).read_text().count("dog") == 2
    app.check()


def test_the_keyboard_alone_opens_saves_and_deletes(visit: Callable):
    app, (_, first) = visit(films=[(FILM, "second.mp4"), (FILM, "first.mp4")])
    tab = app.tab
    stops = []
    for _ in range(8):
        tab.keyboard.press("Tab")
        stops.append(tab.evaluate("document.activeElement.ariaLabel || document.activeElement.textContent"))
    assert stops == [
        "Choose videos",
        "first.mp4",
        "Download results of first.mp4",
        "Delete first.mp4",
        "second.mp4",
        "Download results of second.mp4",
        "Delete second.mp4",
        "API",
    ]
    app.row(first).locator("summary").focus()
    tab.keyboard.press("Enter")
    assert app.row(first).locator("details").get_attribute("open") is not None
    tab.keyboard.press("Escape")
    assert app.row(first).locator("details").get_attribute("open") is None
    assert tab.evaluate("document.activeElement.tagName") == "SUMMARY"
    app.row(first).get_by_role("button", name="Delete first.mp4").focus()
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "keep", "the safe answer is the first"
    tab.keyboard.press("Enter")
    assert app.row(first).count() == 1
    app.row(first).get_by_role("button", name="Delete first.mp4").focus()
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    app.wait("jobs.size === 1")
    assert tab.evaluate("document.activeElement.textContent") == "second.mp4"
    assert tab.locator("#said").text_content() == "first.mp4 was deleted"
    app.check()


def test_progress_is_shown_and_said_and_a_job_is_cancelled_and_tried_again(visit: Callable, server: Running):
    app, _ = visit()
    job = server.send(b"stall", "long.mp4")
    app.wait("[...jobs.values()].some((job) => job.progress_seconds === 4)")
    assert "0:04" in app.row(job).locator(".state").inner_text()
    progress = app.row(job).get_by_role("progressbar")
    assert progress.get_attribute("aria-label") == "How much of long.mp4 was read"
    app.row(job).get_by_role("button", name="Cancel long.mp4").click()
    app.row(job).get_by_role("button", name="Try long.mp4 again").wait_for()
    assert server.job(job["id"])["state"] == "cancelled"
    app.row(job).get_by_role("button", name="Try long.mp4 again").click()
    app.row(job).get_by_role("button", name="Cancel long.mp4").wait_for()
    app.check()


def test_a_video_that_cannot_be_read_says_why(visit: Callable):
    app, (job,) = visit(films=[(b"fail", "notes.mov")])
    assert app.row(job).locator(".state").inner_text() == "Not read: it is no video"
    app.check()


def test_a_video_over_the_cap_is_not_even_sent(visit: Callable):
    app, _ = visit()
    app.tab.evaluate("server.info.max_upload_bytes = 3; uploads.add([new File(['four'], 'large.mp4')])")
    row = app.tab.locator(".job.trouble")
    assert row.locator(".state").inner_text() == "Not received: It has 4 bytes; at most 3 bytes are taken."
    row.get_by_role("button", name="Dismiss large.mp4").click()
    assert app.tab.locator(".job").count() == 0
    assert [request for request in app.requests if request.method == "POST"] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_and_every_button_has_a_name(visit: Callable, server: Running, scheme: str):
    app, _ = visit(scheme=scheme, films=[(FILM, "film.mp4"), (b"fail", "notes.mov")])
    assert [found for found in app.tab.evaluate(CONTRASTS) if found[0] < 4.5] == []
    unnamed = "[...document.querySelectorAll('button, a')].filter((b) => !(b.ariaLabel || b.textContent.trim())).length"
    assert app.tab.evaluate(unnamed) == 0
    app.tab.goto(f"{server.address}docs")
    app.wait("document.querySelectorAll('#operations article').length >= 9")
    assert [found for found in app.tab.evaluate(CONTRASTS) if found[0] < 4.5] == []
    app.check()


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_no_width_scrolls_sideways(visit: Callable, server: Running, width: int):
    app, (job, _) = visit(
        width=width, films=[(FILM, "a name of some length, as cameras give them.mp4"), (b"fail", "x")]
    )
    overflow = "document.documentElement.scrollWidth - innerWidth"
    assert app.tab.evaluate(overflow) <= 0
    app.row(job).get_by_text("Download").click()
    box = app.row(job).locator(".menu ul").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    app.row(job).get_by_role("link").first.click()
    app.wait("viewer.shown !== null")
    assert app.tab.evaluate(overflow) <= 0
    app.tab.goto(f"{server.address}docs")
    app.wait("document.querySelectorAll('#operations article').length >= 9")
    assert app.tab.evaluate(overflow) <= 0


def test_a_strangers_page_can_neither_send_nor_read(visit: Callable, browser: Browser, server: Running):
    app, (job,) = visit(films=[(FILM, "film.mp4")])
    context = browser.new_context()
    stranger = context.new_page()
    stranger.route("http://evil.example/**", lambda route: route.fulfill(body="<p>hello</p>", content_type="text/html"))
    stranger.goto("http://evil.example/")
    tried = stranger.evaluate(
        """async ([address, job]) => {
            const headers = { "X-Seehear": "1" };
            const ways = {
                read: () => fetch(`${address}api/jobs`).then((answer) => answer.text()),
                send: () => fetch(`${address}api/jobs?name=x`, { method: "POST", mode: "no-cors", body: "x" }),
                header: () => fetch(`${address}api/jobs?name=x`, { method: "POST", headers, body: "x" }),
                remove: () => fetch(`${address}api/jobs/${job}`, { method: "DELETE" }),
            };
            const outcome = {};
            for (const [way, attempt] of Object.entries(ways)) {
                outcome[way] = await attempt().then((answer) => answer.type ?? "read it", () => "blocked");
            }
            return outcome;
        }""",
        [server.address, job["id"]],
    )
    assert tried["read"] == tried["header"] == tried["remove"] == "blocked"
    assert [found["id"] for found in server.http.get("/api/jobs").json()] == [job["id"]]
    context.close()
    app.check()


def test_a_server_that_ends_is_noticed(browser: Browser, tmp_path: Path):
    with servers(tmp_path / "served") as start:
        first = start()
        tab = browser.new_page()
        tab.goto(first.address)
        tab.locator("#summary dd").first.wait_for()
        assert tab.locator("#offline").is_hidden()
        first.stop()
        tab.locator("#offline").wait_for(timeout=60_000)
        tab.close()
