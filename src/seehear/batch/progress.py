"""How far a call has come, how fast it goes, and how long it will take."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from seehear.batch.row import Row
from seehear.localizer import Localizer
from seehear.report.result import Status


@dataclass
class Progress:
    """Told of every video that begins, goes on and ends; says what a person wants to know meanwhile."""

    clock: Callable[[], float] = time.monotonic
    """Seconds."""
    files: int = 0
    """All of this call."""
    before: int = 0
    """Of these, done by an earlier one."""
    done: int = 0
    """Of these, done by now, those before included."""
    failed: int = 0
    """Of those done."""
    video_seconds: float = 0.0
    """Length of the videos that this call has done."""
    bytes_done: int = 0
    bytes_left: int = 0
    _began: float = 0.0
    _running: dict[str, float] = field(default_factory=dict)

    def begin(self, before: list[Row], waiting_bytes: list[int]) -> None:
        """So much is done already, so much waits."""
        self._began = self.clock()
        self.before = self.done = len(before)
        self.files = len(before) + len(waiting_bytes)
        self.failed = sum(row.item.status is Status.FAILED for row in before)
        self.bytes_left = sum(waiting_bytes)

    def went_on(self, stem: str, seconds: float) -> None:
        """So many seconds of this video have been read."""
        self._running[stem] = seconds

    def ended(self, stem: str, row: Row, size_bytes: int) -> None:
        """A video is done."""
        self._running.pop(stem, None)
        self.done += 1
        self.failed += row.item.status is Status.FAILED
        self.video_seconds += row.item.timeline.duration_seconds if row.item.timeline is not None else 0.0
        self.bytes_done += size_bytes
        self.bytes_left -= size_bytes

    @property
    def elapsed_seconds(self) -> float:
        return self.clock() - self._began

    @property
    def times_real_time(self) -> float | None:
        """Seconds of video in a second; `None` at the very beginning."""
        seconds = self.video_seconds + sum(self._running.values())
        return seconds / self.elapsed_seconds if seconds and self.elapsed_seconds else None

    @property
    def seconds_left(self) -> float | None:
        """Judged by the bytes of the videos, since their length is not known before they are read; `None` until the
        first one is done."""
        if not self.bytes_done:
            return None
        return self.elapsed_seconds * self.bytes_left / self.bytes_done


class Watch(Protocol):
    """Whoever wants to know how a call goes on."""

    def loaded(self, localizer: Localizer) -> None:
        """The model is there."""

    def look(self, progress: Progress) -> None:
        """Something has changed."""


class Unwatched:
    """A watch that nobody keeps."""

    def loaded(self, localizer: Localizer) -> None: ...

    def look(self, progress: Progress) -> None: ...
