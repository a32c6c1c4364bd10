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

from seehear.batch import FORMATS, Bench, Source, one_thread_an_encoder
from seehear.core.errors import SeehearError
from seehear.localizer import load
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
    with one_thread_an_encoder() as encoders:
        bench = Bench(localizer, _writable_formats(), encoders)
        while True:
            order = orders.get()
            try:
                tell(_carry_out(order, bench, tell))
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


def _writable_formats() -> list[str]:
    """Those whose package is here; the others are not offered."""
    formats = []
    for name in FORMATS:
        with suppress(SeehearError):
            check_formats([name], FORMATS)
            formats.append(name)
    return formats


def _carry_out(order: dict[str, str], bench: Bench, tell: Tell) -> dict[str, Any]:
    video, name = Path(order["video"]), order["name"]
    stem = output_stems([name])[0]
    tell({"kind": "progress", "seconds": 0.0})
    made = bench.localize(Source(name, video, stem), lambda seconds: tell({"kind": "progress", "seconds": seconds}))
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
