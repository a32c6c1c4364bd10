"""Spans and the grid, on cases worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from seehear.core.errors import InvalidValueError
from seehear.core.time import Grid, Span

moments = some.floats(min_value=0, max_value=1e5, allow_nan=False)


def test_overlap_and_union_of_two_spans() -> None:
    assert Span(0, 4).overlap_seconds(Span(3, 5)) == 1
    assert Span(0, 4).intersection_over_union(Span(3, 5)) == pytest.approx(1 / 5)
    assert Span(0, 1).intersection_over_union(Span(1, 2)) == 0


def test_a_span_holds_its_start_and_not_its_end() -> None:
    assert Span(2, 3).contains(2)
    assert not Span(2, 3).contains(3)


@pytest.mark.parametrize(("start", "end"), [(3, 2), (float("nan"), 2), (0, float("inf"))])
def test_an_impossible_span_is_refused(start: float, end: float) -> None:
    with pytest.raises(InvalidValueError):
        Span(start, end)


@given(moments, moments, moments, moments)
def test_union_is_symmetric_and_bounded(a: float, b: float, c: float, d: float) -> None:
    first, second = Span(min(a, b), max(a, b)), Span(min(c, d), max(c, d))
    ratio = first.intersection_over_union(second)
    assert 0 <= ratio <= 1
    assert ratio == second.intersection_over_union(first)


@pytest.mark.parametrize(
    ("duration", "segments"), [(0, 0), (0.1, 1), (0.6, 1), (9.4, 9), (9.6, 10), (10.0, 10), (10.03, 10)]
)
def test_a_half_filled_last_segment_counts(duration: float, segments: int) -> None:
    assert Grid().count(duration) == segments


def test_every_instant_lies_in_the_segment_of_its_index() -> None:
    grid = Grid(0.1)
    for index in range(1000):
        assert grid.index(grid.start_seconds(index)) == index


def test_segments_of_an_annotation_are_those_that_start_inside_it() -> None:
    # AVE: segment t is an event iff start <= t < end
    assert Grid().covered_by([Span(2, 4)], 6) == [False, False, True, True, False, False]
    assert Grid().covered_by([Span(2.5, 4.5)], 6) == [False, False, False, True, True, False]


@pytest.mark.parametrize("hop", [0, -1, float("nan")])
def test_a_grid_needs_a_positive_hop(hop: float) -> None:
    with pytest.raises(InvalidValueError):
        Grid(hop)
