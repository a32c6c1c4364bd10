"""Seconds as frames and timecode (SMPTE ST 12-1): the clock of editing programs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from seehear.core.timeline import Event

USUAL_FRAMES_PER_SECOND = 25.0
"""Taken where a video does not say its own, or there are no pictures."""
_MOST_FRAMES_A_SECOND = 60
_NEAR = 2.5e-4
"""How far a measured rate may be from a standard one, relatively; 29.97 and 30 are four times as far apart."""


@dataclass(frozen=True, slots=True)
class Timebase:
    """How frames are counted: so many a second, shown as hours, minutes, seconds and frames."""

    rate: Fraction
    nominal: int
    """Frames that a second of timecode counts: 30 for 29.97."""

    @classmethod
    def of(cls, frames_per_second: float | None) -> Timebase:
        """The standard rate that a video's is, or that keeps real time where its own is none.

        Rates above 60 are halved until they are not; another odd one counts the nearest whole number of frames.
        """
        rate = frames_per_second or 0.0
        if not (math.isfinite(rate) and rate > 0):
            rate = USUAL_FRAMES_PER_SECOND
        while rate > _MOST_FRAMES_A_SECOND * (1 + _NEAR):
            rate /= 2
        nominal = max(1, math.floor(rate + 0.5))
        television = Fraction(nominal * 1000, 1001)
        is_television = abs(rate / float(television) - 1) < _NEAR
        return cls(television if is_television else Fraction(nominal), nominal)

    @classmethod
    def exactly(cls, frames_per_second: float) -> Timebase:
        """A video's own rate, however odd: what programs that count its frames go by."""
        rate = Fraction(frames_per_second).limit_denominator(1001)
        return cls(max(rate, Fraction(1, 1001)), max(1, round(rate)))

    @property
    def drop_frame(self) -> bool:
        """Whether numbers are left out so that the clock keeps real time: at 29.97 and 59.94."""
        return self.rate.denominator == 1001 and self.nominal % 30 == 0

    def frame(self, seconds: float) -> int:
        """The frame that starts nearest to an instant."""
        return math.floor(Fraction(seconds) * self.rate + Fraction(1, 2))

    def count(self, duration_seconds: float) -> int:
        """Frames of a video of this length, a last one that is cut short among them; at least one."""
        return max(1, math.ceil(Fraction(round(duration_seconds, 6)) * self.rate - Fraction(1, 1000)))

    def frames(self, event: Event, duration_seconds: float) -> tuple[int, int]:
        """First frame of an event and the one after its last: at least one frame, none after the video's end."""
        end = self.count(duration_seconds)
        first = min(self.frame(event.start_seconds), end - 1)
        return first, min(end, max(first + 1, self.frame(event.end_seconds)))

    def timecode(self, frame: int) -> str:
        """`HH:MM:SS:FF`, with `;` before the frames where numbers are dropped; after a day it starts again.

        Drop-frame leaves out the first two numbers (four at 59.94) of every minute but each tenth.
        """
        if self.drop_frame:
            dropped = self.nominal // 15
            minute = self.nominal * 60 - dropped
            tens, rest = divmod(frame, 10 * minute + dropped)
            frame += dropped * (9 * tens + max(0, (rest - dropped) // minute))
        seconds, frames = divmod(frame, self.nominal)
        hours, minutes = seconds // 3600 % 24, seconds // 60 % 60
        separator = ";" if self.drop_frame else ":"
        return f"{hours:02d}:{minutes:02d}:{seconds % 60:02d}{separator}{frames:02d}"
