"""Make the pictures of the pages: `python docs/programs/screenshots.py MODEL`.

MODEL is the folder of a trained `builtin` model, such as `seehear demo` leaves in `demo-output`: nothing is shown but
drawn scenes. Needs chromium on the PATH, and the extras `dev` and `serve`.
"""

from __future__ import annotations

import argparse
import io
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
from PIL import Image
from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Page as Tab

from seehear.data.scenes import DrawnMaterial, render_untrimmed
from seehear.media import write_video

VIDEOS = {
    "band practice.mp4": (50.0, 5),
    "workshop, first day.mp4": (75.0, 4),
    "holidays/church square.mp4": (40.0, 1),
    "holidays/morning in the garden.mp4": (60.0, 2),
    "kitchen/breakfast.mp4": (30.0, 3),
    "kitchen/tea at five.mp4": (24.0, 6),
}
"""Seconds, and the seed that they are drawn from."""
SCREENS = {"desktop": (1280, 860, 1.0), "phone": (390, 800, 1.5)}
"""Width, height, and pixels of the picture for one of the page."""
COLOURS, EXACT_COLOURS = 256, 144
"""Of a picture, and those of them that are kept as they are: what a page is painted with, rather than a video."""
SEEHEAR = (sys.executable, "-m", "seehear")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("model", type=Path)
    arguments.add_argument("--output", type=Path, default=Path(__file__).resolve().parents[1] / "screenshots")
    given = arguments.parse_args()
    given.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        videos, results = draw(Path(place) / "drawn scenes"), Path(place) / "results"
        words = ["localize", videos.name, "-m", given.model.resolve(), "-o", results]
        subprocess.run([*SEEHEAR, *words], cwd=place, check=False)  # one of them is no video
        with served(given.model, Path(place) / "served") as address, chromium() as browser:
            upload(address, videos)
            report = results / "workshop, first day.html"
            take(browser, given.output, "report", f"{report.as_uri()}#t=28", until_played)
            take(browser, given.output, "index", (results / "index.html").as_uri(), until_drawn)
            take(browser, given.output, "app", address, until_drawn)


def draw(folder: Path) -> Path:
    """Drawn videos, and one file that is none."""
    for name, (seconds, seed) in VIDEOS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        render_untrimmed(folder / name, DrawnMaterial(), seed=seed, duration_seconds=seconds, write_video=write_video)
    (folder / "kitchen" / "shopping list.mp4").write_text("milk, bread")
    return folder


@contextmanager
def served(model: Path, folder: Path) -> Iterator[str]:
    """The address of the web app."""
    command = [*SEEHEAR, "serve", "--model", str(model.resolve()), "--port", "0", "--folder", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()


def upload(address: str, folder: Path) -> None:
    """Send the videos, and wait until all are done."""
    with httpx.Client(base_url=address, headers={"X-Seehear": "1"}, timeout=60, trust_env=False) as http:
        for video in sorted(folder.rglob("*.mp4"), reverse=True):
            http.post("/api/jobs", params={"name": video.name}, content=video.read_bytes()).raise_for_status()
        while any(job["state"] in ("queued", "running") for job in http.get("/api/jobs").json()):
            time.sleep(1)


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


def take(browser: Browser, folder: Path, name: str, address: str, until: Callable[[Tab], None]) -> None:
    """A page light and dark, at the width of a desk and of a phone."""
    for screen, (width, height, scale) in SCREENS.items():
        for scheme in ("light", "dark"):
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=scheme, device_scale_factor=scale
            )
            tab = context.new_page()
            tab.goto(address)
            until(tab)
            picture = Image.open(io.BytesIO(tab.screenshot())).convert("RGB")
            reduced(picture).save(folder / f"{name}-{screen}-{scheme}.png", optimize=True)
            context.close()


def reduced(picture: Image.Image) -> Image.Image:
    """The picture in few colours: the commonest ones exactly, the others as near as a palette of the rest comes."""
    pixels = np.asarray(picture)
    colours, places, counts = np.unique(pixels.reshape(-1, 3), axis=0, return_inverse=True, return_counts=True)
    common = np.argsort(-counts)[:EXACT_COLOURS]
    rest = np.delete(np.arange(len(colours)), common)
    palette = colours[common]
    numbers = np.empty(len(colours), np.uint8)
    numbers[common] = np.arange(len(common))
    if len(rest):
        few = Image.fromarray(np.repeat(colours[rest], np.minimum(counts[rest], 16), axis=0)[None])
        few = few.quantize(COLOURS - EXACT_COLOURS, Image.Quantize.MEDIANCUT)
        palette = np.concatenate([palette, np.array(few.getpalette(), np.uint8).reshape(-1, 3)])[:COLOURS]
        for part in np.array_split(rest, max(1, len(rest) // 4096)):
            apart = ((colours[part, None].astype(np.int32) - palette[None].astype(np.int32)) ** 2).sum(axis=2)
            numbers[part] = apart.argmin(axis=1)
    image = Image.fromarray(numbers[places.reshape(pixels.shape[:2])], mode="P")
    image.putpalette(palette.tobytes())
    return image


def until_played(tab: Tab) -> None:
    """Until the picture of the moment is there."""
    tab.locator("video, #still:not([hidden])").first.wait_for()
    tab.wait_for_timeout(2500)


def until_drawn(tab: Tab) -> None:
    tab.locator("img").first.wait_for()
    tab.wait_for_timeout(1500)


if __name__ == "__main__":
    main()
