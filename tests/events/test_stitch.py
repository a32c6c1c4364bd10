"""Windows cover every segment, and what is stitched does not show where they were cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seehear.core.errors import InvalidValueError, NotFiniteError, UnknownNameError
from seehear.core.labels import Categories
from seehear.core.time import Grid
from seehear.core.values import Scores
from seehear.events.stitch import Stitcher, window_starts

GRID = Grid(1.0)
TWO = Categories(("Bark", "Bell"))


def scores_of(events: np.ndarray, missing: np.ndarray | None = None, **arrays: object) -> Scores:
    absent = np.zeros(len(events), bool) if missing is None else missing
    return Scores(GRID, TWO, np.asarray(events, np.float32), absent, **arrays)


def stitched(windows: list[tuple[int, Scores]], **options: str) -> Scores:
    stitcher = Stitcher(GRID, TWO, **options)
    for first, window in windows:
        stitcher.add(first, window)
    return stitcher.take()


def test_window_starts_by_hand():
    assert window_starts(20, 10, 5) == [0, 5, 10]
    assert window_starts(23, 10, 5) == [0, 5, 10, 13]
    assert window_starts(10, 10, 5) == [0]
    assert window_starts(4, 10, 5) == [0]
    assert window_starts(0, 10, 5) == []


@pytest.mark.parametrize(("length", "hop"), [(10, 11), (10, 0), (0, 1)])
def test_windows_that_would_leave_gaps_are_refused(length: int, hop: int):
    with pytest.raises(InvalidValueError, match="leave gaps"):
        window_starts(30, length, hop)


@given(count=st.integers(1, 300), length=st.integers(1, 40), hop=st.integers(1, 40))
def test_every_segment_is_in_a_window_and_no_window_leaves_the_video(count: int, length: int, hop: int):
    starts = window_starts(count, length, min(hop, length))
    covered = {segment for start in starts for segment in range(start, min(start + length, count))}
    assert covered == set(range(count))
    assert starts == sorted(set(starts))
    assert starts[-1] + length <= max(count, length)


def test_the_middle_of_a_window_counts_more_by_hand():
    # Weights 1 2 1 at segments 0..2 and 1..3: segment 1 has weights 2 and 1, segment 2 has 1 and 2.
    first, second = scores_of(np.zeros((3, 2))), scores_of(np.ones((3, 2)))
    np.testing.assert_allclose(stitched([(0, first), (1, second)]).events[:, 0], [0, 1 / 3, 2 / 3, 1], atol=1e-7)


def test_the_flat_weighting_is_the_plain_mean_by_hand():
    first, second = scores_of(np.zeros((3, 2))), scores_of(np.ones((3, 2)))
    result = stitched([(0, first), (1, second)], weighting="flat")
    np.testing.assert_allclose(result.events[:, 0], [0, 0.5, 0.5, 1])


@settings(max_examples=60, deadline=None)
@given(
    count=st.integers(1, 60),
    length=st.integers(1, 20),
    hop=st.integers(1, 20),
    constant=st.floats(0, 1, width=32),
)
def test_constant_scores_are_stitched_to_the_same_constants(count: int, length: int, hop: int, constant: float):
    windows = [
        (start, scores_of(np.full((min(length, count), 2), constant)))
        for start in window_starts(count, length, min(hop, length))
    ]
    result = stitched(windows)
    assert (result.events == np.float32(constant)).all()
    assert len(result) == count
    assert not result.missing.any()


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), count=st.integers(1, 60), length=st.integers(1, 20), hop=st.integers(1, 20))
def test_the_order_in_which_windows_arrive_does_not_show(seed: int, count: int, length: int, hop: int):
    random = np.random.default_rng(seed)
    windows = [
        (start, scores_of(random.random((min(length, count), 2))))
        for start in window_starts(count, length, min(hop, length))
    ]
    shuffled = [windows[index] for index in random.permutation(len(windows))]
    np.testing.assert_allclose(stitched(windows).events, stitched(shuffled).events, rtol=1e-6)


def test_missing_segments_stay_missing_and_an_uncovered_one_is_missing():
    first = scores_of(np.ones((3, 2)), np.array([False, False, True]))
    second = scores_of(np.ones((2, 2)))
    result = stitched([(0, first), (2, second), (5, second)])
    assert result.missing.tolist() == [False, False, True, False, True, False, False]


def test_attention_still_sums_to_one_and_motion_and_details_come_along():
    random = np.random.default_rng(0)
    windows = []
    for start in (0, 2, 4):
        attention = random.random((4, 3, 3)).astype(np.float32)
        attention /= attention.sum(axis=(1, 2), keepdims=True)
        motion = np.full(4, 0.5, np.float32)
        details = {"relevance": np.full((4, 2), 0.25, np.float32)}
        windows.append((start, scores_of(random.random((4, 2)), attention=attention, motion=motion, details=details)))
    result = stitched(windows)
    np.testing.assert_allclose(result.attention.sum(axis=(1, 2)), 1, rtol=1e-6)
    assert (result.motion == 0.5).all()
    assert result.details["relevance"].shape == (8, 2)
    assert (result.details["relevance"] == 0.25).all()


def test_two_hours_of_windows_hold_memory_for_segments_only():
    stitcher = Stitcher(GRID, TWO)
    window = scores_of(np.full((10, 2), 0.5), attention=np.full((10, 7, 7), 1 / 49, np.float32))
    for start in window_starts(7200, 10, 5):
        stitcher.add(start, window)
    held = sum(total._held.nbytes for total in stitcher._sums.values())
    assert held <= 2 * 8 * 7200 * (2 + 49) * 1.2
    assert len(stitcher.take()) == 7200


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), count=st.integers(1, 60), length=st.integers(1, 20), hop=st.integers(1, 20))
def test_what_is_taken_before_the_rest_arrives_is_what_it_would_be_at_the_end(seed, count, length, hop):
    random = np.random.default_rng(seed)
    starts = window_starts(count, length, min(hop, length))
    windows = [(start, scores_of(random.random((min(length, count), 2)))) for start in starts]
    stitcher, taken = Stitcher(GRID, TWO), []
    for start, window in windows:
        taken.append(stitcher.take(int(random.integers(0, start + 1))))
        stitcher.add(start, window)
    whole = stitched(windows)
    in_parts = Scores.join([part for part in [*taken, stitcher.take()] if len(part)])
    np.testing.assert_array_equal(in_parts.events, whole.events)
    np.testing.assert_array_equal(in_parts.missing, whole.missing)


def test_what_is_taken_takes_no_memory_and_cannot_change():
    stitcher = Stitcher(GRID, TWO)
    window = scores_of(np.full((10, 2), 0.5))
    for start in window_starts(7200, 10, 5):
        stitcher.take(start)
        stitcher.add(start, window)
    assert sum(total._held.nbytes for total in stitcher._sums.values()) < 8 * 2 * 100
    with pytest.raises(InvalidValueError, match="7190 or later"):
        stitcher.add(7189, window)


def test_no_window_at_all_is_a_video_without_segments():
    assert len(Stitcher(GRID, TWO).take()) == 0


def test_what_does_not_belong_together_is_refused():
    stitcher = Stitcher(GRID, TWO)
    stitcher.add(0, scores_of(np.ones((3, 2))))
    with pytest.raises(InvalidValueError, match="share their time grid"):
        stitcher.add(0, Scores(Grid(0.5), TWO, np.ones((3, 2), np.float32), np.zeros(3, bool)))
    with pytest.raises(InvalidValueError, match="same arrays"):
        stitcher.add(0, scores_of(np.ones((3, 2)), motion=np.ones(3, np.float32)))
    with pytest.raises(InvalidValueError, match="cannot start"):
        stitcher.add(-1, scores_of(np.ones((3, 2))))
    with pytest.raises(UnknownNameError, match="known: triangle, flat"):
        Stitcher(GRID, TWO, weighting="round")


def test_a_score_that_is_no_number_is_refused_where_it_is_met():
    with pytest.raises(NotFiniteError, match="segment 4"):
        Stitcher(GRID, TWO).add(4, scores_of(np.full((3, 2), np.nan)))
