"""One video after the other: localize it, and make its results into files or into bytes that somebody else writes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from seehear.batch.identity import identity_of
from seehear.batch.inputs import Source
from seehear.batch.row import THUMBNAILS
from seehear.batch.sketch import Sketch
from seehear.core.errors import ExtractorMismatchError, InvalidValueError, Reason, SeehearError
from seehear.core.values import Clip
from seehear.engine.device import Compute
from seehear.localizer import Localizer
from seehear.report.contact_sheet import contact_sheet
from seehear.report.html import Page, render_page, write_report
from seehear.report.reading import read_item
from seehear.report.result import Item, Report, Status
from seehear.report.writers import WRITERS
from seehear.storage.files import write_bytes, write_text

HTML = "html"
FORMATS = (*WRITERS, HTML)
USUAL_FORMATS = ("json", "csv", "srt", "vtt", HTML)
MOST_ENCODERS = 4
"""Chunks that are encoded side by side: enough to keep up with the decoder, few enough for memory."""

Tell = Callable[[float], None]
"""Is told how many seconds of the video have been read so far."""


@dataclass(frozen=True)
class Bench:
    """A localizer at work, and what is to be made of each video."""

    localizer: Localizer
    formats: Sequence[str] = ()
    encoders: int = 1

    def localize(self, source: Source, tell: Tell = lambda seconds: None) -> Results:
        """The results of one video, good or bad; whatever goes wrong with it is a row with its reason."""
        sketch = Sketch() if HTML in self.formats else None

        def observe(clip: Clip) -> None:
            if sketch:
                sketch.observe(clip)
            tell(clip.grid.start_seconds(clip.first_segment + len(clip)))

        try:
            item = self.localizer.item(source.file, observe=observe, encoders=self.encoders)
        except SeehearError:
            raise
        except Exception as error:  # one video must not stop a thousand others
            message = f"{source.path}: {type(error).__name__} while it was localized: {error}"
            item = failure(source, Reason.WORKER_CRASHED, " ".join(message.split()))
        item = replace(item, path=source.path, message=item.message.replace(str(source.file), source.path))
        page = None
        if sketch and item.timeline is not None:
            page = replace(sketch.page(item, self.localizer), title=source.file.name, video=source.file)
        return self._results(item, source.stem, page)

    def _results(self, item: Item, stem: str, page: Page | None) -> Results:
        report = Report(dict(self.localizer.card), (item,))
        texts, silent = {}, []
        for name in self.formats:
            if name != HTML and WRITERS[name].tells(report):
                try:
                    texts[name] = WRITERS[name](report)
                except InvalidValueError as error:  # a format that cannot say this, such as one that counts frames
                    silent.append(f"not written as {name}: {error}")
        if silent:
            item = replace(item, message="; ".join([*filter(None, [item.message]), *silent]))
        return Results(item, stem, texts, page)


@dataclass(frozen=True)
class Results:
    """One video's results, before they are files."""

    item: Item
    stem: str
    texts: Mapping[str, str] = field(default_factory=dict)
    """By format; the page, which may be large, is made when it is written."""
    page: Page | None = None

    @property
    def outputs(self) -> dict[str, str]:
        """Format -> file, relative to the output folder; the contact sheet as well."""
        files = {name: str(WRITERS[name].place(Path(), self.stem)) for name in self.texts}
        if self.page is not None:
            files[HTML] = f"{self.stem}.html"
            if self.page.thumbnails:
                files[THUMBNAILS] = f"{THUMBNAILS}/{self.stem}.jpg"
        return files

    def write(self, folder: Path) -> None:
        """Each file wholly or not at all. Raises StorageError."""
        for name, file in self.outputs.items():
            if name == HTML:
                assert self.page is not None
                write_report(folder / file, self.page)
            elif name == THUMBNAILS:
                write_bytes(folder / file, self._contact_sheet())
            else:
                write_text(folder / file, self.texts[name])

    def files(self, folder: Path) -> dict[str, bytes]:
        """The bytes that :meth:`write` would write into `folder`, by file."""
        outputs = self.outputs
        data = {outputs[name]: text.encode() for name, text in self.texts.items()}
        if self.page is not None:
            place = folder / outputs[HTML]
            data[outputs[HTML]] = render_page(self.page, folder=place.parent).encode()
        if THUMBNAILS in outputs:
            data[outputs[THUMBNAILS]] = self._contact_sheet()
        return data

    def _contact_sheet(self) -> bytes:
        """Of the events as the row will have them, to the millisecond, so that both mean the same ones."""
        assert self.page is not None
        noted = read_item(replace(self.item, scores=None).as_dict()).found
        hop_seconds = self.page.scores.grid.hop_seconds if self.page.scores else 1.0
        sheet = contact_sheet(noted, self.page.thumbnails, hop_seconds=hop_seconds, aspect=self.page.aspect)
        assert sheet is not None
        return sheet


def failure(source: Source, reason: Reason, message: str) -> Item:
    """The item of a video of which there is nothing but a reason."""
    return Item(source.path, Status.FAILED, reason, message=message)


@contextmanager
def one_thread_an_encoder() -> Iterator[int]:
    """How many encoders work side by side: threads that never wait for one another keep their pace on a busy machine,
    where those that share one product stall at every step; and sums come out the same on any number of cores."""
    with Compute(device="cpu", threads=1).applied():
        yield encoders_for(processes=1)


def encoders_for(processes: int) -> int:
    """Encoders of each of so many processes that share this machine."""
    return max(1, min(MOST_ENCODERS, len(os.sched_getaffinity(0)) // processes))


def usual_jobs() -> int:
    """Processes that have all the encoders they can use."""
    return max(1, len(os.sched_getaffinity(0)) // MOST_ENCODERS)


@dataclass(frozen=True)
class Job:
    """What a worker process, here or elsewhere, is started with."""

    load: Callable[[], Localizer]
    """A function that can be pickled, such as `functools.partial(seehear.localizer.load, model)`."""
    identity: str
    """Of the localizer it must give."""
    formats: tuple[str, ...]
    encoders: int
    output: Path | None
    """Where results go; absolute."""
    writes: bool
    """Whether the worker writes them itself; else their bytes travel back."""
    keep_segments: bool
    """Whether the scores of every segment travel back."""


@dataclass(frozen=True, slots=True)
class Done:
    """What comes back from a worker: JSON values and bytes."""

    values: dict[str, Any]
    """Those of :meth:`seehear.batch.row.Row.as_dict`, with the segments where they were asked for."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """What is still to be written, by file."""


def start_worker(job: Job) -> Callable[[Source, Tell], Done]:
    """Load the model in a worker process, once, and give what works there.

    Raises ExtractorMismatchError where it is not the model that was asked for, as another machine's may be.
    """
    torch.set_num_threads(1)
    localizer = job.load()
    if identity_of(localizer) != job.identity:
        raise ExtractorMismatchError(
            "a worker has another model, other weights or another version of seehear than this process; "
            "install the same on every machine"
        )
    return worker_of(job, localizer)


def worker_of(job: Job, localizer: Localizer) -> Callable[[Source, Tell], Done]:
    """What does the videos of a job with a localizer that is loaded already."""
    bench = Bench(localizer, job.formats if job.output else (), job.encoders)

    def work(source: Source, tell: Tell) -> Done:
        results = bench.localize(source, tell)
        item = results.item if job.keep_segments else replace(results.item, scores=None)
        values = {**item.as_dict(), "message": item.message, "stem": source.stem, "outputs": results.outputs}
        if job.output is None:
            return Done(values)
        if job.writes:
            results.write(job.output)
            return Done(values)
        return Done(values, results.files(job.output))

    return work
