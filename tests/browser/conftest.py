"""A real browser, a small real video, and a page that reports whatever it does wrong."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from playwright.sync_api import Browser, Request, sync_playwright
from playwright.sync_api import Page as Tab

from seehear.report.html import Page, write_report

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
COUNT_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => window.violations.push(event.violatedDirective));
"""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs chromium on the PATH (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve seconds of H.264 and AAC, 160 x 120, whose grey level rises and whose tone sounds throughout."""
    return film_of(tmp_path_factory.mktemp("video") / "film of 12 seconds.mp4", "libx264")


@pytest.fixture(scope="session")
def old_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same in MPEG-4 part 2, whose pictures no browser shows while its sound plays."""
    return film_of(tmp_path_factory.mktemp("video") / "old film.mp4", "mpeg4")


def film_of(path: Path, codec: str) -> Path:
    with av.open(str(path), "w") as container:
        pictures = container.add_stream(codec, rate=10)
        pictures.width, pictures.height, pictures.pix_fmt = 160, 120, "yuv420p"
        sound = container.add_stream("aac", rate=16_000, layout="mono")
        for index in range(120):
            frame = av.VideoFrame.from_ndarray(np.full((120, 160, 3), 2 * index, np.uint8), format="rgb24")
            container.mux(pictures.encode(frame))
        tone = 0.2 * np.sin(2 * np.pi * 440 * np.arange(12 * 16_000) / 16_000, dtype=np.float32)
        for first in range(0, len(tone), 1024):
            frame = av.AudioFrame.from_ndarray(tone[None, first : first + 1024], format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 16_000, first, Fraction(1, 16_000)
            container.mux(sound.encode(frame))
        container.mux(pictures.encode(None))
        container.mux(sound.encode(None))
    return path


def wait_until(tab: Tab, expression: str, limit_seconds: float) -> None:
    """Until the expression is true; asked from outside, because the page's policy forbids evaluating text."""
    deadline = time.monotonic() + limit_seconds
    while not tab.evaluate(expression):
        assert time.monotonic() < deadline, f"never came true: {expression}"
        tab.wait_for_timeout(20)


@dataclass
class Shown:
    """A report in a browser tab, and what the browser complained of."""

    tab: Tab
    complaints: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def seconds(self) -> float:
        return self.tab.evaluate("player.time")

    def wait(self, expression: str, limit_seconds: float = 15.0) -> None:
        wait_until(self.tab, expression, limit_seconds)

    def check(self) -> None:
        """No error, no violation of the policy, no request that leaves this file's folder."""
        assert self.complaints == []
        assert self.tab.evaluate("window.violations") == []
        assert [request.url for request in self.requests if not request.url.startswith(("data:", "file:"))] == []


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Shown]]:
    """Write a page and open it: `show(page, width=..., scheme=..., embed_limit_bytes=...)`."""
    contexts = []

    def open_page(page: Page, width: int = 1280, scheme: str = "light", **options: int) -> Shown:
        path = tmp_path / f"report {len(contexts)}.html"
        write_report(path, page, **options)
        context = browser.new_context(viewport={"width": width, "height": 860}, color_scheme=scheme)
        contexts.append(context)
        tab = context.new_page()
        shown = Shown(tab)
        tab.add_init_script(COUNT_VIOLATIONS)
        tab.on("console", lambda message: shown.complaints.append(f"{message.type}: {message.text}"))
        tab.on("pageerror", lambda error: shown.complaints.append(f"error: {error}"))
        tab.on("request", lambda request: shown.requests.append(request))
        tab.goto(path.as_uri())
        shown.wait("!player.usesVideo || player.video.readyState >= 2")
        shown.wait("thumbnails.every((_, index) => index > 40 || pictures.image(index))")
        return shown

    yield open_page
    for context in contexts:
        context.close()
