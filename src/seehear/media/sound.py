"""Where each sound sample belongs: on the grid by its time, never by its count alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from seehear.core.time import Grid
from seehear.core.values import SAMPLE_RATE_HZ

_DRIFT_SECONDS = 0.04
"""Timestamps of a run may stray so far from its sample count before they are believed; lips and sound part later."""


class SoundTrack:
    """Samples at `SAMPLE_RATE_HZ` in, segments of them out. The first to claim a place keeps it."""

    def __init__(self, grid: Grid) -> None:
        self._hop_seconds = grid.hop_seconds
        self.segment_samples = round(grid.hop_seconds * SAMPLE_RATE_HZ)
        self._segments: dict[int, np.ndarray] = {}
        self._decoded: dict[int, int] = {}
        self._first_open = 0
        self.end_sample = 0
        """Everything before it is settled."""

    def place(self, start_sample: int, samples: np.ndarray) -> None:
        """Put float32 samples on the timeline; what lies before the start or before the end so far is dropped."""
        overlap = max(0, self.end_sample - start_sample)
        samples = samples[overlap:]
        start_sample += overlap
        if len(samples) == 0:
            return
        self.end_sample = end_sample = start_sample + len(samples)
        segment = max(self._first_open, self._segment_of(start_sample))
        while (segment_start := self._start_of(segment)) < end_sample:
            begin = max(start_sample, segment_start)
            stop = min(end_sample, segment_start + self.segment_samples)
            if begin < stop:
                held = self._segments.setdefault(segment, np.zeros(self.segment_samples, np.float32))
                held[begin - segment_start : stop - segment_start] = samples[begin - start_sample : stop - start_sample]
                self._decoded[segment] = self._decoded.get(segment, 0) + stop - begin
            segment += 1

    def take(self, segment: int, video_samples: int | None = None) -> np.ndarray | None:
        """float32 [samples] of a segment, which is forgotten, zero where nothing was decoded; None where less than
        half of it was (of the part before `video_samples`, where the video ends)."""
        self._first_open = max(self._first_open, segment + 1)
        samples, decoded = self._segments.pop(segment, None), self._decoded.pop(segment, 0)
        whole = self.segment_samples
        if video_samples is not None:
            whole = min(whole, max(1, video_samples - self._start_of(segment)))
        return samples if 2 * decoded >= whole else None

    def _start_of(self, segment: int) -> int:
        return round(segment * self._hop_seconds * SAMPLE_RATE_HZ)

    def _segment_of(self, sample: int) -> int:
        """A segment that starts at or before the sample, at most one too early."""
        return max(0, int(sample / (self._hop_seconds * SAMPLE_RATE_HZ)) - 1)


class Track(Protocol):
    """Where samples belong."""

    def place(self, start_sample: int, samples: np.ndarray) -> None: ...


class Resampler(Protocol):
    """Turns blocks of one format into float32 samples [n] or [n,channels] at the rate of a track."""

    def push(self, block: Any) -> np.ndarray: ...

    def flush(self) -> np.ndarray: ...


class SoundRuns:
    """Feeds a track: consecutive blocks of one format are a run, resampled as one and placed by its first timestamp.

    A block whose time strays from the count of samples, or whose format differs, begins a new run; so a gap stays
    a gap, an overlap is trimmed and a drifting clock is corrected.
    """

    def __init__(
        self, track: Track, new_resampler: Callable[[Any], Resampler], sample_rate_hz: int = SAMPLE_RATE_HZ
    ) -> None:
        self._track, self._sample_rate_hz = track, sample_rate_hz
        self._new_resampler = new_resampler
        self._resampler: Resampler | None = None
        self._format: object = None
        self._start_sample = 0
        self._placed = 0
        self._start_seconds = 0.0
        self._lasts_seconds = 0.0

    @property
    def end_seconds(self) -> float:
        """Where the next block of this run is due."""
        return self._start_seconds + self._lasts_seconds

    def add(self, seconds: float, lasts_seconds: float, format_: object, block: object) -> None:
        """A block of sound that starts at a time and lasts so long."""
        strayed = abs(seconds - self.end_seconds) > _DRIFT_SECONDS
        if self._resampler is None or strayed or format_ != self._format:
            self.finish()
            self._resampler, self._format = self._new_resampler(block), format_
            self._start_seconds, self._lasts_seconds = seconds, 0.0
            self._start_sample, self._placed = round(seconds * self._sample_rate_hz), 0
        self._lasts_seconds += lasts_seconds
        self._place(self._resampler.push(block))

    def finish(self) -> None:
        """The run is over: what the resampler still holds belongs to it, but not more than its blocks lasted."""
        if self._resampler is not None:
            rest = self._resampler.flush()
            self._resampler = None
            self._place(rest[: max(0, round(self._lasts_seconds * self._sample_rate_hz) - self._placed)])

    def _place(self, samples: np.ndarray) -> None:
        self._track.place(self._start_sample + self._placed, samples)
        self._placed += len(samples)
