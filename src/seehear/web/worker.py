"""The process that localizes: `python -m seehear.web.worker [MODEL]`, for :mod:`seehear.web.foreman`.

It says `{"kind": "ready", "model": {...}}`, then takes one order a line, `{"video", "results", "name"}`, and answers
each with `{"kind": "progress", "seconds"}` as often as it likes and one `{"kind": "done" | "failed", ...}`. It ends
when its input does, whatever it is at, and has no life beyond the server that started it: from its first moment on,
which is why what takes seconds to import is imported within.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, BinaryIO

from seehear.core.errors import SeehearError
from seehear.media.fences import die_with_parent

_OOM_SCORE = "800"


def main(model: str | None = None) -> None:
    orders = _orders(sys.stdin.buffer)
    die_with_parent(os.getppid())  # where the server was gone before this, the end of its orders tells
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what a library prints must not look like an answer
    with suppress(OSError):
        os.nice(5)  # the server answers first
        Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE)  # where memory ends, this ends, not the server

    def tell(message: dict[str, Any]) -> None:
        answers.write(json.dumps(message).encode() + b"\n")

    from seehear.web.workbench import workbench

    with ExitStack() as stack:
        try:
            bench = stack.enter_context(workbench(model))
        except SeehearError as error:
            tell(_failed(error))
            return
        tell({"kind": "ready", "model": bench.model})
        while True:
            order = orders.get()
            try:
                tell(bench.carry_out(order, tell))
            except SeehearError as error:
                tell(_failed(error))


def _failed(error: SeehearError) -> dict[str, Any]:
    return {"kind": "failed", "reason": error.reason, "message": str(error)}


def _orders(stream: BinaryIO) -> queue.SimpleQueue[dict[str, str]]:
    """Orders as they come; the end of the stream, be it within an order, is the end of this process."""
    orders: queue.SimpleQueue[dict[str, str]] = queue.SimpleQueue()

    def read() -> None:
        try:
            for line in stream:
                orders.put(json.loads(line))
        finally:
            os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    return orders


if __name__ == "__main__":
    main(*sys.argv[1:])
