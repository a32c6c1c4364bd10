"""Many videos, one after the other: localize each, write its results at once, and say what became of all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from seehear.core.values import Clip
from seehear.engine.device import Compute
from seehear.localizer import Localizer
from seehear.report.html import Page, encode_thumbnail, write_report
from seehear.report.result import Item, Report
from seehear.report.writers import WRITERS, check_formats, output_stems
from seehear.storage.files import write_text

HTML = "html"
FORMATS = (*WRITERS, HTML)
USUAL_FORMATS = ("json", "csv", "srt", "vtt", HTML)
ENVELOPE_RATE_HZ = 20
"""Stretches of the waveform per second on a page."""
MOST_THUMBNAILS = 720
"""Pictures on a page; a longer video shows every second, fourth, eighth ... segment."""
MOST_ENCODERS = 4
"""Chunks that are encoded side by side: enough to keep up with the decoder, few enough for memory."""


def localize_files(
    videos: Iterable[Path],
    localizer: Localizer,
    *,
    output: Path | None = None,
    formats: Sequence[str] = USUAL_FORMATS,
    report: Callable[[Item], None] | None = None,
) -> Report:
    """What became of every video, in order. A bad file is a row with its reason and stops nothing.

    With `output`, each video's results are written there as soon as it is done, one file a format; a failed video
    has JSON, NDJSON and CSV files that say why. `report` is shown each item when it is done.
    Raises what :func:`seehear.report.writers.check_formats` raises, and StorageError where results cannot be written.
    """
    videos = [Path(video) for video in videos]
    check_formats(formats, FORMATS)
    items = []
    with _one_thread_an_encoder() as encoders:
        for video, stem in zip(videos, output_stems([str(video) for video in videos]), strict=True):
            sketch = Sketch() if output and HTML in formats else None
            item = localizer.item(video, observe=sketch.observe if sketch else None, encoders=encoders)
            if output:
                _write(item, localizer, output, stem, formats, sketch)
            if report:
                report(item)
            items.append(item)
    return Report(dict(localizer.card), tuple(items))


@contextmanager
def _one_thread_an_encoder() -> Iterator[int]:
    """How many encoders work side by side: threads that never wait for one another keep their pace on a busy machine,
    where those that share one product stall at every step. What cores are left beyond the most are shared out."""
    cores = len(os.sched_getaffinity(0))
    encoders = min(cores, MOST_ENCODERS)
    with Compute(device="cpu", threads=cores // encoders).applied():
        yield encoders


class Sketch:
    """What a page shows of a video besides its scores: waveform and thumbnails, gathered while it streams by."""

    def __init__(self) -> None:
        self.thumbnails: dict[int, bytes] = {}
        self._stride = 1
        self._envelopes: list[np.ndarray] = []
        self._rate_hz = float(ENVELOPE_RATE_HZ)

    def observe(self, clip: Clip) -> None:
        """Take from the next clip what is needed, and no more than a page can show."""
        stretches = max(1, round(ENVELOPE_RATE_HZ * clip.grid.hop_seconds))
        self._rate_hz = stretches / clip.grid.hop_seconds
        for offset, sound in enumerate(clip.sound):
            parts = np.array_split(sound, stretches)
            self._envelopes.append(np.array([(part.min(), part.max()) for part in parts], np.float32))
            segment = clip.first_segment + offset
            if clip.has_picture[offset] and segment % self._stride == 0:
                picture = clip.pictures[offset, 0]
                self.thumbnails[segment] = encode_thumbnail(picture, longest_side=min(256, len(picture)))
        while len(self.thumbnails) > MOST_THUMBNAILS:
            self._stride *= 2
            self.thumbnails = {at: picture for at, picture in self.thumbnails.items() if at % self._stride == 0}

    def page(self, item: Item, localizer: Localizer) -> Page:
        """The page of a video that was read."""
        assert item.timeline is not None
        return Page(
            title=Path(item.path).name,
            timeline=item.timeline,
            scores=item.scores,
            video=Path(item.path),
            envelope=np.concatenate(self._envelopes) if self._envelopes else None,
            envelope_rate_hz=self._rate_hz,
            thumbnails=self.thumbnails,
            model=localizer.card,
            notes=(item.message,) if item.message else (),
        )


def _write(
    item: Item, localizer: Localizer, output: Path, stem: str, formats: Sequence[str], sketch: Sketch | None
) -> None:
    single = Report(dict(localizer.card), (item,))
    for name in formats:
        if name == HTML:
            if sketch is not None and item.timeline is not None:
                write_report(output / f"{stem}.html", sketch.page(item, localizer))
        elif WRITERS[name].tells(single):
            write_text(WRITERS[name].place(output, stem), WRITERS[name](single))
