"""What the worker works with: a model in memory, and everything that a video's results are made with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from seehear.batch import FORMATS, Bench, Source, one_thread_an_encoder
from seehear.core.errors import SeehearError
from seehear.localizer import Localizer, load
from seehear.report.html import EMBED_LIMIT_BYTES, Page, write_report
from seehear.report.result import Item, printable
from seehear.report.writers import WRITERS, check_formats, output_stems
from seehear.storage.files import sealed_folder, write_bytes, write_text

REPORT, STANDALONE, THUMBNAIL = "report", "html", "thumbnail"
"""Files of the results beside one for each of `WRITERS`: the page that plays the video from the server, the page that
has it inside, and a picture."""
_MOST_EVENTS = 400
"""In the answer; the exports have them all."""
_MOST_CATEGORY_LETTERS = 200

Tell = Callable[[dict[str, Any]], None]


class Workbench:
    """A loaded model and its tools; made by :func:`workbench`."""

    def __init__(self, localizer: Localizer, encoders: int) -> None:
        self.model = {"name": localizer.name, "categories": list(localizer.categories)}
        self._bench = Bench(localizer, _writable_formats(), encoders)

    def carry_out(self, order: dict[str, str], tell: Tell) -> dict[str, Any]:
        """Make the results of one video where they are wanted, and give the last message about it.

        Raises StorageError where they cannot be written.
        """
        video, name = Path(order["video"]), order["name"]
        stem = output_stems([name])[0]
        tell({"kind": "progress", "seconds": 0.0})
        source = Source(name, video, stem)
        made = self._bench.localize(source, lambda seconds: tell({"kind": "progress", "seconds": seconds}))
        item, message = made.item, made.item.message.removeprefix(f"{name}: ")
        if made.page is None:
            return {"kind": "failed", "reason": item.reason, "message": message}
        page = replace(made.page, title=name)
        with sealed_folder(Path(order["results"])) as folder:
            for format, text in made.texts.items():
                write_text(folder / format, text)
            _write_pages(folder, page)
            if page.thumbnails:
                write_bytes(folder / THUMBNAIL, _telling_picture(page))
        formats = {STANDALONE: ".html", **{format: WRITERS[format].suffix for format in made.texts}}
        result = {**_facts(item), "formats": formats, "stem": stem}
        return {"kind": "done", "reason": item.reason, "message": message, "result": result}


@contextmanager
def workbench(model: str | None) -> Iterator[Workbench]:
    """A workbench with this model; raises what :func:`seehear.localizer.load` raises."""
    localizer = load(model)
    with one_thread_an_encoder() as encoders:
        yield Workbench(localizer, encoders)


def _writable_formats() -> list[str]:
    """Those whose package is here; the others are not offered."""
    formats = []
    for name in FORMATS:
        with suppress(SeehearError):
            check_formats([name], FORMATS)
            formats.append(name)
    return formats


def _write_pages(folder: Path, page: Page) -> None:
    write_report(folder / REPORT, page, embed_limit_bytes=0)
    fits = isinstance(page.video, Path) and page.video.stat().st_size <= EMBED_LIMIT_BYTES
    write_report(folder / STANDALONE, page if fits else replace(page, video=None))


def _telling_picture(page: Page) -> bytes:
    """The thumbnail nearest to the middle of the surest event."""
    best = max(page.timeline, key=lambda event: event.score, default=None)
    middle = (best.start_seconds + best.end_seconds) / 2 if best else page.timeline.duration_seconds / 3
    hop = page.scores.grid.hop_seconds if page.scores else 1.0
    return page.thumbnails[min(page.thumbnails, key=lambda segment: abs((segment + 0.5) * hop - middle))]


def _facts(item: Item) -> dict[str, Any]:
    """What a list of jobs shows of one."""
    facts = item.as_dict()
    events = [{**event, "category": printable(event["category"])[:_MOST_CATEGORY_LETTERS]} for event in facts["events"]]
    return {
        "duration_seconds": facts["duration_seconds"],
        "event_count": len(events),
        "events": events[:_MOST_EVENTS],
        "picture_aspect": item.aspect,
    }
