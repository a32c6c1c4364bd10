"""The process that alone touches libav, so that nothing a file does can harm the one that asked.

    this process ──starts once──▶ nursery ──forks, one per file──▶ decoder
          ▲                                                           │
          └────────────── raw arrays and JSON over a pipe ────────────┘

Nursery and decoder are fenced: no new privileges and, where the kernel has Landlock, no file system, no network.
The decoder also has limits on memory, processor time, file size and descriptors, is watched here on the wall clock,
gets two descriptors, the file and the pipe, and dies with the nursery, as that does with this process.
"""

from __future__ import annotations

import math
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from seehear.core.errors import MediaError, Reason
from seehear.media import nursery, wire
from seehear.media.checks import plain
from seehear.media.limits import Limits
from seehear.media.request import Excerpt, Request

_Read = TypeVar("_Read")


class Decoder:
    """One decoding process and the pipe from it, to be closed; usable as a context."""

    def __init__(self, task: str, request: Request | Excerpt, file_descriptor: int | None = None) -> None:
        self._limits: Limits = request.limits
        self._waited_seconds = self._progress_seconds = 0.0
        receiving, sending = os.pipe2(os.O_CLOEXEC)
        try:
            handed = [sending] if file_descriptor is None else [sending, file_descriptor]
            self._nursery, self.process_id = nursery.spawn({"task": task, "request": request.to_json()}, handed)
        except BaseException:
            os.close(receiving)
            raise
        finally:
            os.close(sending)
        self._pipe = receiving
        self._receiver = wire.Receiver(receiving)

    def __enter__(self) -> Decoder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def next_header(self) -> dict:
        """The next message that is more than a sign of life.

        Raises :class:`MediaError`: `TIMED_OUT` when none comes in time, `DECODER_CRASHED` when none can come.
        """
        while True:
            header = self._watched(self._receiver.header)
            seconds = header.get("seconds")
            if isinstance(seconds, int | float) and math.isfinite(seconds):
                self._progress_seconds = max(self._progress_seconds, min(seconds, self._limits.max_seconds))
            if header.get("kind") != "alive":
                return header

    def fill(self, target: memoryview) -> None:
        """Exactly the raw bytes that `target` holds; raises like :meth:`next_header`."""
        self._watched(lambda deadline: self._receiver.fill(target, deadline))

    def close(self) -> int | None:
        """End the process if it still runs. Its wait status, None where that is unknown."""
        if self._pipe < 0:
            return None
        os.close(self._pipe)
        self._pipe = -1
        try:
            return self._nursery.end(self.process_id)
        except (OSError, ValueError):
            return None

    def _watched(self, read: Callable[[float], _Read]) -> _Read:
        """Read with a deadline; only the time spent waiting here counts, not what the caller does in between."""
        began = time.monotonic()
        budget_seconds = self._limits.wait_seconds + self._limits.wait_per_second * self._progress_seconds
        patience_seconds = min(self._limits.stall_seconds, budget_seconds - self._waited_seconds)
        try:
            return read(began + patience_seconds)
        except MediaError as error:
            status = self.close()
            if error.reason is Reason.DECODER_CRASHED and status is not None and os.WIFSIGNALED(status):
                raise _death(os.WTERMSIG(status)) from error
            raise
        finally:
            self._waited_seconds += time.monotonic() - began


def _death(number: int) -> MediaError:
    if number == signal.SIGXCPU:
        return MediaError("the decoder used up its processor time", Reason.TIMED_OUT)
    return MediaError(f"the decoder crashed ({signal.Signals(number).name})", Reason.DECODER_CRASHED)


@dataclass(frozen=True, slots=True)
class DecoderFacts:
    """What a decoder on this machine is, as it says itself."""

    layers: dict[str, bool]
    """Which fences stand around it, each found by an attempt to cross it from inside; the names are those of
    :func:`seehear.media.inspection.inspect_fences`, and all are true on a kernel with Landlock."""
    landlock_version: int
    """Of the kernel; 0 where it has none."""
    pyav: str
    ffmpeg: str


def inspect_decoder() -> DecoderFacts:
    """Start a decoder and ask it; raises :class:`MediaError` where there can be none."""
    request = Request(picture_size=1, pictures_per_segment=1, hop_seconds=1.0, limits=Limits())
    with Decoder("inspect", request) as decoder:
        header = decoder.next_header()
    match header:
        case {"layers": dict(layers), "landlock_version": int(version), "pyav": str(pyav), "ffmpeg": str(ffmpeg)}:
            stand = {str(name): bool(stands) for name, stands in layers.items()}
            return DecoderFacts(stand, version, plain(pyav), plain(ffmpeg))
    raise wire.broken("no list of fences")
