"""Timecode is that of OpenTimelineIO, frame by frame."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as some
from opentimelineio.opentime import RationalTime

from seehear.core.timeline import Event
from seehear.report.writers.timecode import Timebase

DAY = 24 * 3600


@given(some.sampled_from([24, 25, 30, 50, 60, 24000 / 1001, 30000 / 1001, 60000 / 1001]), some.floats(0, 0.999))
def test_timecode_agrees_with_opentimelineio(rate: float, part_of_day: float):
    base = Timebase.of(rate)
    frame = int(part_of_day * (DAY - 120) * rate)
    assert base.timecode(frame) == RationalTime(frame, rate).to_timecode(rate, base.drop_frame)


def test_numbers_are_dropped_at_each_minute_but_the_tenth():
    """SMPTE ST 12-1: frame 1800 is called 00:01:00;02, and ten minutes have 17982 frames."""
    base = Timebase.of(29.97)
    assert [base.timecode(frame) for frame in (1799, 1800, 17981, 17982)] == [
        "00:00:59;29", "00:01:00;02", "00:09:59;29", "00:10:00;00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given_rate", "rate", "drop_frame"),
    [
        (29.97002997, Fraction(30000, 1001), True),
        (29.969, Fraction(30000, 1001), True),
        (59.94, Fraction(60000, 1001), True),
        (119.88, Fraction(60000, 1001), True),
        (23.976, Fraction(24000, 1001), False),
        (25.0, 25, False),
        (30.0, 30, False),
        (12.5, 13, False),
        (0.2, 1, False),
        (240.0, 60, False),
        (0.0, 25, False),
        (None, 25, False),
        (float("nan"), 25, False),
    ],
)  # fmt: skip
def test_a_rate_becomes_one_that_editing_programs_have(given_rate: float | None, rate: Fraction, drop_frame: bool):
    base = Timebase.of(given_rate)
    assert (base.rate, base.drop_frame) == (rate, drop_frame)


@given(some.floats(0, 100), some.floats(1e-4, 100), some.floats(0.01, 120), some.sampled_from([1.0, 25.0, 29.97, 60.0]))
def test_an_event_has_a_frame_at_least_and_none_after_the_end(start: float, length: float, seconds: float, rate: float):
    first, stop = Timebase.of(rate).frames(Event(start, start + length, "dog"), seconds)
    assert 0 <= first < stop
    assert (stop - 1) / float(Timebase.of(rate).rate) <= seconds
