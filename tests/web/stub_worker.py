"""A worker without a model: what it is to do stands in the video it is given.

`crash`: it dies. `stall`: it reports progress and goes on as long as the server lives. `fail`: the video cannot be
read. `babble`: it says what no worker says. JSON `{"events": [[start, end, category], ...]}`: these events, with
real exports and a real report. Anything else: a video without events.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import numpy as np

from seehear.core.timeline import Event, Timeline
from seehear.report.html import Page, encode_thumbnail, write_report
from seehear.report.result import Item, Report, Status
from seehear.report.writers import WRITERS
from seehear.storage.files import sealed_folder, write_bytes, write_text

SECONDS = 12.0
FORMATS = ("json", "csv", "srt")


def say(message: dict) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def events_of(content: bytes) -> tuple[Event, ...]:
    if not content.startswith(b"{"):
        return ()
    return tuple(Event(start, end, category, 0.9) for start, end, category in json.loads(content)["events"])


def do(order: dict) -> dict:
    video, name = Path(order["video"]), order["name"]
    with video.open("rb") as stream:
        content = stream.read(1 << 16)
    say({"kind": "progress", "seconds": 4.0})
    if content.startswith(b"crash"):
        os.kill(os.getpid(), signal.SIGKILL)
    if content.startswith(b"stall"):
        Path(order["results"]).with_name(".results.half").mkdir()
        sys.stdin.read()  # ends when the server does
        sys.exit()
    if content.startswith(b"babble"):
        say(["not", "an", "object"])
    if content.startswith(b"fail"):
        return {"kind": "failed", "reason": "not_media", "message": "it is no video"}
    events = events_of(content)
    timeline = Timeline(SECONDS, events)
    report = Report("stub", (Item(name, Status.OK, timeline=timeline),))
    page = Page(name, timeline, video=video)
    with sealed_folder(Path(order["results"])) as folder:
        for format in FORMATS:
            write_text(folder / format, WRITERS[format](report))
        write_report(folder / "report", page, embed_limit_bytes=0)
        write_report(folder / "html", page)
        write_bytes(folder / "thumbnail", encode_thumbnail(np.full((32, 32, 3), 90, np.uint8)))
    facts = report.items[0].as_dict()
    formats = {"html": ".html", **{format: f".{format}" for format in FORMATS}}
    result = {"duration_seconds": SECONDS, "event_count": len(events), "events": facts["events"], "formats": formats}
    return {"kind": "done", "reason": None, "message": "", "result": {**result, "stem": "video", "picture_aspect": 1.5}}


if __name__ == "__main__":
    say({"kind": "ready", "model": {"name": "stub", "categories": ["dog", "bell"]}})
    for line in sys.stdin:
        say(do(json.loads(line)))
