"""The answer, in order."""

from __future__ import annotations

import pytest

from seehear import Event, Timeline
from seehear.core.errors import InvalidValueError


def test_events_are_kept_in_order_of_time() -> None:
    timeline = Timeline(10, (Event(5, 6, "dog"), Event(1, 3, "bell"), Event(5, 6, "cat")))
    assert [event.category for event in timeline] == ["bell", "cat", "dog"]
    assert timeline.categories == ("bell", "cat", "dog")
    assert timeline.of("dog").events == (Event(5, 6, "dog"),)
    assert timeline.at(5.5) == (Event(5, 6, "cat"), Event(5, 6, "dog"))
    assert timeline.at(6) == ()


@pytest.mark.parametrize(("start", "end"), [(2, 2), (3, 2), (-1, 2)])
def test_an_event_without_length_or_before_the_video_is_refused(start: float, end: float) -> None:
    with pytest.raises(InvalidValueError):
        Timeline(10, (Event(start, end, "dog"),))
