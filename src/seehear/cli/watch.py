"""What a person sees of many videos: one line on stderr that is kept up to date, and the account at the end."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from seehear.cli.show import clock, note
from seehear.core.terminal import redraws

if TYPE_CHECKING:
    from pathlib import Path

    from seehear.batch import Progress, Summary
    from seehear.localizer import Localizer
    from seehear.report.result import Item

_REDRAW_SECONDS = 0.2
_LOG_LINE_SECONDS = 30.0
_CLEAR_LINE = "\r\x1b[2K"


class LineWatch:
    """A :class:`seehear.batch.Watch` that draws a line on a terminal and writes one now and then anywhere else.

    `show` prints an item; it is called through this watch, so that the line is out of its way.
    """

    def __init__(self, show: Callable[[Item], None]) -> None:
        self.progress: Progress | None = None
        self._show = show
        self._drawn = False
        self._next_look = 0.0

    def loaded(self, localizer: Localizer) -> None:
        if localizer.note:
            note(localizer.note)

    def look(self, progress: Progress) -> None:
        if self.progress is None:
            self.progress = progress
            if progress.before:
                note(f"{progress.before} of {_files(progress.files)} done before")
            self._next_look = time.monotonic() + (0.0 if redraws(sys.stderr) else _LOG_LINE_SECONDS)
        if time.monotonic() < self._next_look or progress.done == progress.files:
            return
        if redraws(sys.stderr):
            self._draw(progress)
        else:
            note(progress_line(progress))
            self._next_look = time.monotonic() + _LOG_LINE_SECONDS

    def show(self, item: Item) -> None:
        """Print an item, with the line out of its way."""
        self.clear()
        self._show(item)

    def clear(self) -> None:
        """Take the line away."""
        if self._drawn:
            sys.stderr.write(_CLEAR_LINE)
            sys.stderr.flush()
            self._drawn, self._next_look = False, 0.0

    def interrupted(self, output: Path | None) -> None:
        """Say how far it came, and how to go on."""
        self.clear()
        if output and self.progress:
            done = f"{self.progress.done} of {_files(self.progress.files)} done"
            note(f"{done}; start the same command again to go on from here")

    def finish(self, summary: Summary, output: Path | None, *, shown: bool) -> None:
        """The account of many videos; of a single one that was done before, what was found then, unless `shown`."""
        self.clear()
        if self.progress is None:
            return
        if len(summary.rows) == 1:
            if self.progress.before and not shown:
                self._show(summary.rows[0].item)
            return
        note(account(summary, self.progress))
        if output:
            note(f"  results and summary: {output}")
            if (output / "index.html").is_file():
                note(f"  all on one page: {output / 'index.html'}")

    def _draw(self, progress: Progress) -> None:
        width = shutil.get_terminal_size().columns - 1
        sys.stderr.write(_CLEAR_LINE + progress_line(progress)[:width])
        sys.stderr.flush()
        self._drawn, self._next_look = True, time.monotonic() + _REDRAW_SECONDS


def progress_line(progress: Progress) -> str:
    """`38/200 files, 1 failed, 52x real time, 0:03:10 left`."""
    parts = [f"{progress.done}/{_files(progress.files)}"]
    if progress.failed:
        parts.append(f"{progress.failed} failed")
    if (rate := progress.times_real_time) is not None:
        parts.append(f"{rate:.{0 if rate >= 10 else 1}f}x real time")
    if (seconds := progress.seconds_left) is not None:
        parts.append(f"{_hours(seconds)} left")
    return ", ".join(parts)


def account(summary: Summary, progress: Progress) -> str:
    """What became of all, with every video of which nothing could be read, and why."""
    totals = summary.totals()
    rate = progress.times_real_time
    pace = f", {rate:.{0 if rate >= 10 else 1}f}x real time" if rate is not None else ""
    before = f" ({progress.before} before)" if progress.before else ""
    statuses = ", ".join(f"{totals[name]} {name}" for name in ("ok", "partial", "failed"))
    lines = [
        f"{_files(totals['files'])}{before}: {statuses}; "
        f"{totals['events']} events in {clock(totals['duration_seconds'])} of video; "
        f"took {_hours(progress.elapsed_seconds)}{pace}"
    ]
    lines += [f"  failed: {row.item.message} ({row.item.reason})" for row in summary.failed]
    return "\n".join(lines)


def _files(count: int) -> str:
    return f"{count} file" if count == 1 else f"{count} files"


def _hours(seconds: float) -> str:
    """0:03:10"""
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
