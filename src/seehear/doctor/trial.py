"""The whole path on two seconds of flash and beep: rendered, decoded, localized, and the answer is known beforehand."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from seehear.core.labels import Categories
from seehear.core.time import Grid
from seehear.core.timeline import Timeline
from seehear.core.values import SAMPLE_RATE_HZ, Features, Scores
from seehear.doctor.finding import Finding, ok, problem

SECONDS, FRAMES_PER_SECOND, SIZE = 8, 8, 64
SEEN, HEARD = {2, 3, 6}, {2, 3, 4}
"""Seconds with a flash, seconds with a beep: the event is where they are both."""
EVENT = (2.0, 4.0)
_BEEP_HZ = 1000
_REPORT = "report it with this whole output"


class FlashAndBeep:
    """Calls an event what is bright and loud at once; knows the features `builtin`, and no network."""

    categories = Categories(("flash and beep",))
    grid = Grid(1.0)
    window_segments = SECONDS

    def score(self, stretches: list[Features]) -> list[Scores]:
        from seehear.features.builtin import PICTURE_CHANNELS, SOUND_CHANNELS

        light, loudness = PICTURE_CHANNELS.index("light mean"), SOUND_CHANNELS.index("loudness")
        bright = [features.visual[..., light].mean(axis=(1, 2)) > 0.5 for features in stretches]
        loud = [features.audio[:, loudness] > 0.05 for features in stretches]
        events = [(seen & heard).astype(np.float32)[:, None] for seen, heard in zip(bright, loud, strict=True)]
        return [
            Scores(self.grid, self.categories, event, features.missing)
            for event, features in zip(events, stretches, strict=True)
        ]


def look() -> Iterator[Finding]:
    from seehear.doctor.weights import present
    from seehear.features import load_extractor
    from seehear.localizer import Localizer, load

    try:
        with tempfile.TemporaryDirectory(prefix="seehear-doctor-") as folder:
            clip, began = Path(folder) / "flash and beep.mp4", time.monotonic()
            render(clip)
            rendered = time.monotonic()
            timeline = Localizer(FlashAndBeep(), load_extractor("builtin"), name="flash and beep")(clip)
            yield _judged(timeline, rendered - began, time.monotonic() - rendered)
            if present("light"):
                began = time.monotonic()
                localizer = load()
                loaded = time.monotonic()
                localizer(clip)
                times = f"loaded in {loaded - began:.1f} s, {SECONDS} s of video in {time.monotonic() - loaded:.1f} s"
                yield ok("default model", f"{localizer.name}, {times}")
    except OSError as error:
        yield problem("drawn clip", f"cannot be written: {error}", "set TMPDIR to a folder you may write to")


def render(path: Path) -> None:
    """The clip; raises StorageError where it cannot be written."""
    from seehear.media import write_video

    seconds = np.arange(SECONDS * FRAMES_PER_SECOND) // FRAMES_PER_SECOND
    pictures = (np.full((SIZE, SIZE, 3), 230 if second in SEEN else 10, np.uint8) for second in seconds)
    times = np.arange(SECONDS * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    sound = 0.5 * np.sin(2 * np.pi * _BEEP_HZ * times) * np.isin(times.astype(int), list(HEARD))
    write_video(path, pictures, sound.astype(np.float32), frames_per_second=FRAMES_PER_SECOND)


def _judged(timeline: Timeline, render_seconds: float, localize_seconds: float) -> Finding:
    name = "drawn clip"
    found = [(event.start_seconds, event.end_seconds) for event in timeline]
    if found != [EVENT]:
        return problem(name, f"its event lasts from {EVENT[0]} to {EVENT[1]} s, but {found} was found", _REPORT)
    times = f"rendered in {render_seconds:.1f} s, decoded and localized in {localize_seconds:.1f} s"
    return ok(name, f"{times}; its one event was found, to the second")
