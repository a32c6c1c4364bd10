"""From events to windows: worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seehear.core.labels import Categories
from seehear.core.time import Grid
from seehear.core.timeline import Event
from seehear.data.folder import Label, clashes, overrun, segment_classes, spread, unreached, window_starts

GRID = Grid()


def label(start: float, end: float, category: str = "dog", where: str = "a line") -> Label:
    return Label(where, Event(start, end, category))


@pytest.mark.parametrize(
    ("count", "starts"),
    [(9, []), (10, [0]), (11, [0, 1]), (20, [0, 10]), (34, [0, 10, 20, 24])],
)
def test_the_last_window_ends_with_the_video(count: int, starts: list[int]) -> None:
    assert window_starts(count, 10) == starts


@given(count=st.integers(0, 300), length=st.integers(1, 40))
def test_windows_cover_every_segment(count: int, length: int) -> None:
    covered = {start + offset for start in window_starts(count, length) for offset in range(length)}
    assert covered == (set(range(count)) if count >= length else set())


@given(count=st.integers(0, 60), kept=st.integers(0, 80))
def test_what_is_spread_keeps_its_order_and_repeats_nothing(count: int, kept: int) -> None:
    chosen = spread(range(count), kept)
    assert len(chosen) == min(count, kept)
    assert chosen == sorted(set(chosen))


def test_it_is_spread_evenly() -> None:
    assert spread(range(9), 3) == [1, 4, 7]


def test_a_clash_names_both_lines_and_the_second() -> None:
    labels = [label(3, 6, "cat", "row 3"), label(1, 4, "dog", "row 2"), label(6, 9, "cat", "row 4")]
    (problem,) = clashes(labels, GRID)
    assert problem.where == "row 3"
    assert problem.message.startswith("'dog' and 'cat' overlap at 3 s; a segment has one category")
    assert "row 2" in problem.message


def test_a_long_event_clashes_with_each_that_follows() -> None:
    labels = [label(0, 100, "rain", "row 2"), *(label(s, s + 2, "dog", f"row {s}") for s in (10, 50, 90))]
    assert [problem.where for problem in clashes(labels, GRID)] == ["row 10", "row 50", "row 90"]


def test_an_event_that_no_segment_is_of_clashes_with_none() -> None:
    assert list(clashes([label(0, 9, "rain"), label(2.1, 2.9, "dog")], GRID)) == []


SPANS = st.tuples(st.integers(0, 400), st.integers(1, 200)).map(lambda pair: (pair[0] / 10, (pair[0] + pair[1]) / 10))


@settings(max_examples=60, deadline=None)
@given(spans=st.lists(st.tuples(SPANS, st.sampled_from("ab")), max_size=6), hop=st.sampled_from([0.5, 1.0]))
def test_labels_clash_exactly_where_segments_cannot_be_given_a_class(
    spans: list[tuple[tuple[float, float], str]], hop: float
) -> None:
    labels = [label(*span, category) for span, category in spans]
    try:
        segment_classes([one.event for one in labels if one.event], Categories(("a", "b")), Grid(hop), 200)
        clash = False
    except ValueError:
        clash = True
    assert bool(list(clashes(labels, Grid(hop)))) == clash


def test_an_event_between_two_starts_of_segments_is_not_reached() -> None:
    short = label(2.1, 2.9)
    assert list(unreached([short, label(2.0, 2.1), label(2.9, 3.1), Label("empty", None)], GRID)) == [short]


def test_labels_end_with_the_video_or_half_a_segment_later() -> None:
    assert list(overrun([label(8, 10.5)], GRID, 10)) == []
    (problem,) = overrun([label(8, 10.6, where="a.txt line 1")], GRID, 10)
    assert problem.text.startswith(
        "a.txt line 1: it ends at 10.6 s, but 10 s of the video can be read; correct the time"
    )
