"""Words for time: a span of seconds, and the grid of segments that a video is cut into."""

from __future__ import annotations

import math
from dataclasses import dataclass

from seehear.core.errors import InvalidValueError


@dataclass(frozen=True, order=True, slots=True)
class Span:
    """The half-open stretch `start_seconds <= t < end_seconds`."""

    start_seconds: float
    end_seconds: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.start_seconds) and math.isfinite(self.end_seconds)):
            raise InvalidValueError(f"a span needs finite ends, not {self.start_seconds} to {self.end_seconds}")
        if self.end_seconds < self.start_seconds:
            raise InvalidValueError(f"a span cannot end ({self.end_seconds}) before it starts ({self.start_seconds})")

    @property
    def duration_seconds(self) -> float:
        return self.end_seconds - self.start_seconds

    def contains(self, seconds: float) -> bool:
        return self.start_seconds <= seconds < self.end_seconds

    def overlap_seconds(self, other: Span) -> float:
        """Length of the intersection, 0 where there is none."""
        return max(0.0, min(self.end_seconds, other.end_seconds) - max(self.start_seconds, other.start_seconds))

    def intersection_over_union(self, other: Span) -> float:
        """Temporal IoU in 0..1; two empty spans have none."""
        shared = self.overlap_seconds(other)
        union = self.duration_seconds + other.duration_seconds - shared
        return shared / union if union > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Grid:
    """Segment `i` of a video is the span from `i * hop_seconds` to `(i + 1) * hop_seconds`."""

    hop_seconds: float = 1.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.hop_seconds) and self.hop_seconds > 0):
            raise InvalidValueError(f"hop_seconds must be a positive number, not {self.hop_seconds}")

    def start_seconds(self, index: int) -> float:
        return index * self.hop_seconds

    def span(self, first: int, count: int = 1) -> Span:
        """The stretch of `count` segments from segment `first`."""
        return Span(self.start_seconds(first), self.start_seconds(first + count))

    def index(self, seconds: float) -> int:
        """The segment that holds this instant."""
        return math.floor(seconds / self.hop_seconds + 1e-9)

    def count(self, duration_seconds: float) -> int:
        """Segments that cover a duration; a last, partly filled segment counts from half its length on.

        A video of 10.03 s has ten segments, one of 9.6 s has ten, one of 0.1 s has one.
        """
        if duration_seconds <= 0:
            return 0
        return max(1, math.floor(duration_seconds / self.hop_seconds + 0.5))

    def covered_by(self, spans: list[Span] | tuple[Span, ...], count: int) -> list[bool]:
        """Which of the first `count` segments start inside one of the spans (the AVE rule: start <= t < end)."""
        starts = [self.start_seconds(index) for index in range(count)]
        return [any(span.contains(start + 1e-9) for span in spans) for start in starts]


def clock(seconds: float, decimals: int = 1) -> str:
    """1:02:03.4, without the hours where there are none."""
    units = 10**decimals
    count = round(seconds * units)
    minutes, hours = count // (60 * units) % 60, count // (3600 * units)
    rest = f"{count % (60 * units) / units:0{3 + decimals if decimals else 2}.{decimals}f}"
    return f"{hours}:{minutes:02d}:{rest}" if hours else f"{minutes}:{rest}"


_TICK_STEPS_SECONDS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200)


def clock_ticks(duration_seconds: float, most: int = 8) -> dict[float, str]:
    """Where an axis of this length is labelled, and how: at most so many even steps, from 0 on."""
    fits = (step for step in _TICK_STEPS_SECONDS if duration_seconds / step < most)
    step = next(fits, duration_seconds / (most - 1))
    decimals = 1 if step < 1 else 0
    count = int(duration_seconds / step + 1e-9) + 1
    return {index * step: clock(index * step, decimals) for index in range(count)}
