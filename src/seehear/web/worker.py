"""The process that localizes: `python -m seehear.web.worker [MODEL]`, for :mod:`seehear.web.foreman`.

It says `{"kind": "ready", "model": {...}}`, then takes one order a line, `{"video", "results", "name"}`, and answers
each with `{"kind": "progress", "seconds"}` as often as it likes and one `{"kind": "done" | "failed", ...}`. It ends
when its input does, whatever it is at, and has no life beyond the server that started it.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from seehear.batch import Sketch
from seehear.core.errors import SeehearError
from seehear.core.values import Clip
from seehear.localizer import Localizer, load
from seehear.report.html import EMBED_LIMIT_BYTES, Page, write_report
from seehear.report.result import Item, Report, printable
from seehear.report.writers import WRITERS, check_formats, output_stems
from seehear.storage.files import sealed_folder, write_bytes, write_text

REPORT, STANDALONE, THUMBNAIL = "report", "html", "thumbnail"
"""Files of the results beside one for each of `WRITERS`: the page that plays the video from the server, the page that
has it inside, and a picture."""
_MOST_EVENTS = 400
"""In the answer; the exports have them all."""
_MOST_CATEGORY_LETTERS = 200
_OOM_SCORE = "800"

Tell = Callable[[dict[str, Any]], None]


def main(model: str | None = None) -> None:
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what a library prints must not look like an answer
    orders = _orders(sys.stdin.buffer)
    with suppress(OSError):
        os.nice(5)  # the server answers first
        Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE)  # where memory ends, this ends, not the server

    def tell(message: dict[str, Any]) -> None:
        answers.write(json.dumps(message).encode() + b"\n")

    try:
        localizer = load(model)
    except SeehearError as error:
        tell({"kind": "failed", "reason": error.reason, "message": str(error)})
        return
    tell({"kind": "ready", "model": {"name": localizer.name, "categories": list(localizer.categories)}})
    while True:
        order = orders.get()
        try:
            tell(_carry_out(order, localizer, tell))
        except SeehearError as error:
            tell({"kind": "failed", "reason": error.reason, "message": str(error)})


def _orders(stream: BinaryIO) -> queue.SimpleQueue[dict[str, str]]:
    """Orders as they come; the end of the stream is the end of this process."""
    orders: queue.SimpleQueue[dict[str, str]] = queue.SimpleQueue()

    def read() -> None:
        for line in stream:
            orders.put(json.loads(line))
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    return orders


def _carry_out(order: dict[str, str], localizer: Localizer, tell: Tell) -> dict[str, Any]:
    video, results, name = Path(order["video"]), Path(order["results"]), order["name"]
    sketch = Sketch()

    def observe(clip: Clip) -> None:
        sketch.observe(clip)
        end = clip.grid.start_seconds(clip.first_segment + len(clip))
        tell({"kind": "progress", "seconds": end})

    tell({"kind": "progress", "seconds": 0.0})
    item = localizer.item(video, observe=observe)
    item = replace(item, path=name, message=item.message.removeprefix(f"{video}: ").replace(str(video), name))
    if item.timeline is None:
        return {"kind": "failed", "reason": item.reason, "message": item.message}
    page = replace(sketch.page(item, localizer), title=name, video=video)
    with sealed_folder(results) as folder:
        formats = _write_exports(folder, Report(dict(localizer.card), (item,)))
        _write_pages(folder, page)
        if page.thumbnails:
            write_bytes(folder / THUMBNAIL, _telling_picture(page))
    return {
        "kind": "done",
        "reason": item.reason,
        "message": item.message,
        "result": {**_facts(item), "formats": {STANDALONE: ".html", **formats}, "stem": output_stems([name])[0]},
    }


def _write_exports(folder: Path, report: Report) -> dict[str, str]:
    """The suffix of each format that could be written."""
    written = {}
    for name, writer in WRITERS.items():
        with suppress(SeehearError):  # one that lacks its package, or cannot say this, is not offered
            check_formats([name])
            write_text(folder / name, writer(report))
            written[name] = writer.suffix
    return written


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
        "picture_aspect": item.video.width / item.video.height if item.video and item.video.height else None,
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
