"""Events as they become certain: the same as those of the whole video, as early as can be, and in the same order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seehear.core.errors import NotFiniteError, UnknownNameError
from seehear.core.labels import Categories
from seehear.core.time import Grid, Span
from seehear.core.timeline import Event
from seehear.core.values import Scores
from seehear.events.activity import active, settled
from seehear.events.decide import Decider, Decision, Thresholds, decide

TWO = Categories(("Bark", "Bell"))
THREE = Categories(("Bark", "Bell", "Cat"))
PLAIN = Decision(minimum_seconds=0)


def told(decider: Decider, *rows: list[float], missing: tuple[int, ...] = ()) -> list[tuple[float, float, str]]:
    """Push scores, one row a category, and say what became certain."""
    scores = np.array(rows, np.float32).T
    events = decider.push(scores, np.isin(np.arange(len(scores)), missing))
    return [(event.start_seconds, event.end_seconds, event.category) for event in events]


def of_one(settings: Decision) -> Decider:
    return Decider(Grid(), Categories(("Bark",)), settings)


def test_an_event_is_told_with_the_first_segment_that_is_not_its_own():
    decider = of_one(PLAIN)
    assert told(decider, [0.9, 0.9]) == []
    assert told(decider, [0.4]) == []
    assert told(decider, [0.1]) == [(0, 3, "Bark")]


def test_an_event_is_told_when_no_gap_can_be_closed_behind_it():
    decider = of_one(replace(PLAIN, merge_gap_seconds=2))
    assert told(decider, [0.9, 0, 0]) == []
    assert told(decider, [0.9, 0, 0]) == []
    assert told(decider, [0]) == [(0, 4, "Bark")]


def test_a_missing_stretch_ends_an_event_once_it_is_longer_than_the_gap():
    decider = of_one(replace(PLAIN, merge_gap_seconds=2))
    assert told(decider, [0.9, 0.0, 0.0], missing=(1, 2)) == []
    assert told(decider, [0.0], missing=(0,)) == [(0, 1, "Bark")]


def test_what_may_still_become_an_event_holds_back_nothing_that_is_over():
    decider = of_one(PLAIN)
    assert told(decider, [0.9, 0, 0.4, 0.4]) == [(0, 1, "Bark")]
    assert told(decider, [0.4, 0.9, 0]) == [(2, 6, "Bark")]


def test_an_event_waits_for_those_that_began_before_it():
    decider = Decider(Grid(), TWO, PLAIN)
    assert told(decider, [0.9, 0.9, 0.9, 0.9], [0.0, 0.9, 0.0, 0.0]) == []
    assert told(decider, [0.0], [0.0]) == [(0, 4, "Bark"), (1, 2, "Bell")]


def test_of_two_that_began_together_the_shorter_is_told_before_the_longer_is_over():
    decider = Decider(Grid(), TWO, PLAIN)
    assert told(decider, [0.9, 0.9, 0.9, 0.9], [0.9, 0.9, 0.0, 0.0]) == [(0, 2, "Bell")]


def test_the_end_of_the_video_ends_what_is_open():
    decider = of_one(PLAIN)
    assert told(decider, [0.0, 0.9]) == []
    assert decider.finish(1.5) == [Event(1, 1.5, "Bark", pytest.approx(0.9))]
    assert decider.missing(1.5) == ()
    assert decider.missing(9.0) == (Span(2, 9),)


def test_a_video_of_less_than_a_millisecond_holds_no_event():
    decider = of_one(PLAIN)
    told(decider, [0.9])
    assert decider.finish(0.0005) == []


def test_an_hour_of_one_event_is_held_as_its_scores_alone():
    decider = Decider(Grid(), THREE, PLAIN)
    for _ in range(360):
        told(decider, [0.9] * 10, [0.0] * 10, [0.1] * 10)
    held = [len(lane.scores) for lane in decider._lanes]
    assert held == [3600, 0, 0]


def test_what_is_wrong_is_said_at_once():
    with pytest.raises(UnknownNameError, match="known: Bark"):
        of_one(Decision(by_category={"Dog": Thresholds()}))
    with pytest.raises(NotFiniteError):
        told(of_one(PLAIN), [np.nan])


LEVELS = st.sampled_from([0.0, 0.2, 0.35, 0.4, 0.5, 0.7, 1.0])


@st.composite
def cases(draw) -> tuple[Scores, float, Decision, list[int]]:
    """Scores of a video with an end that is not scored or is cut short, settings, and where the stream is cut."""
    count = draw(st.integers(1, 30))
    rows = [draw(st.lists(LEVELS, min_size=count, max_size=count)) for _ in range(3)]
    missing = np.isin(np.arange(count), [*draw(st.sets(st.integers(0, 30), max_size=12))])
    hop_seconds = draw(st.sampled_from([0.5, 1.0, 2.0]))
    duration_seconds = hop_seconds * (count - draw(st.floats(0, 0.5)) + draw(st.sampled_from([0, 0, 0.4, 3])))
    chosen = Decision(
        minimum_seconds=draw(st.sampled_from([0, 1, 3])),
        merge_gap_seconds=draw(st.sampled_from([0, 1, 2, 2.5, 4])),
        exclusive=draw(st.booleans()),
        by_category={"Bell": Thresholds(0.7, 0.2)} if draw(st.booleans()) else {},
    )
    cuts = draw(st.lists(st.integers(0, count), max_size=12))
    return Scores(Grid(hop_seconds), THREE, np.array(rows, np.float32).T, missing), duration_seconds, chosen, cuts


@settings(max_examples=250, deadline=None)
@given(cases())
def test_however_a_video_arrives_its_events_are_those_of_the_whole(case):
    scores, duration_seconds, chosen, cuts = case
    whole = decide(scores, duration_seconds, chosen)
    decider, streamed = Decider(scores.grid, scores.categories, chosen), []
    for first, stop in zip([0, *sorted(cuts)], [*sorted(cuts), len(scores)], strict=True):
        streamed += decider.push(scores.events[first:stop], scores.missing[first:stop])
    streamed += decider.finish(duration_seconds)
    assert tuple(streamed) == whole.events
    assert decider.missing(duration_seconds) == whole.missing


@settings(max_examples=150, deadline=None)
@given(cases(), st.integers(0, 30))
def test_what_is_settled_is_what_the_whole_says(case, known):
    scores, _, chosen, _ = case
    column = np.where(scores.missing, 0.0, scores.events[:, 0].astype(np.float64))
    gap = int(chosen.merge_gap_seconds)
    whole = active(column, scores.missing, Thresholds(), gap)
    early = settled(column[:known], scores.missing[:known], Thresholds(), gap, within=False)
    np.testing.assert_array_equal(early, whole[: len(early)])


@settings(max_examples=50, deadline=None)
@given(cases())
def test_no_event_could_have_been_told_later_than_two_futures_agree(case):
    """One segment at a time: once silence and the highest score lead to the same event, it has been told, unless one
    that began before it goes on."""
    scores, _, chosen, _ = case
    chosen = replace(chosen, exclusive=False)
    alone = replace(scores, categories=Categories(("Bark",)), events=scores.events[:, :1])
    chosen = replace(chosen, by_category={})
    decider, streamed = Decider(alone.grid, alone.categories, chosen), []
    for known in range(1, len(alone) + 1):
        streamed += decider.push(alone.events[known - 1 : known], alone.missing[known - 1 : known])
        futures = [_followed_by(alone, known, level) for level in (0.0, 1.0)]
        quiet, loud = (set(decide(future, 1e9, chosen).events) for future in futures)
        edge = alone.grid.start_seconds(known)
        assert {event for event in quiet & loud if event.end_seconds < edge} <= set(streamed)


def _followed_by(scores: Scores, known: int, level: float) -> Scores:
    events = np.concatenate([scores.events[:known], np.full((1, 1), level, np.float32)])
    return replace(scores, events=events, missing=np.append(scores.missing[:known], False))
