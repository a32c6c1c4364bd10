"""Events decided by hand, and what must hold for every score there can be."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seehear.core.errors import InvalidValueError, NotFiniteError, UnknownNameError
from seehear.core.labels import Categories
from seehear.core.time import Grid, Span
from seehear.core.timeline import Event
from seehear.core.values import Scores
from seehear.events.decide import Decision, Thresholds, decide, timeline_of_classes

ONE = Categories(("Bark",))
TWO = Categories(("Bark", "Bell"))
PLAIN = Decision(minimum_seconds=0, merge_gap_seconds=0)


def scored(*rows: list[float], missing: tuple[int, ...] = (), hop_seconds: float = 1.0) -> Scores:
    """Scores with one row per category, as one reads them along time."""
    events = np.array(rows, np.float32).T
    absent = np.isin(np.arange(len(events)), missing)
    return Scores(Grid(hop_seconds), ONE if len(rows) == 1 else TWO, events, absent)


def spans(timeline, category: str = "Bark") -> list[tuple[float, float]]:
    return [(event.start_seconds, event.end_seconds) for event in timeline if event.category == category]


def test_an_event_reaches_on_both_sides_as_far_as_the_off_threshold():
    scores = scored([0.1, 0.4, 0.6, 0.9, 0.36, 0.34, 0.4, 0.1])
    timeline = decide(scores, 8.0, PLAIN)
    assert spans(timeline) == [(1, 5)]
    assert timeline[0].score == pytest.approx((0.4 + 0.6 + 0.9 + 0.36) / 4)


def test_both_thresholds_are_reached_by_equality():
    assert spans(decide(scored([0.25, 0.5, 0.25]), 3.0, replace(PLAIN, off_threshold=0.25))) == [(0, 3)]


def test_a_gap_as_long_as_the_setting_is_closed_and_a_longer_one_is_not():
    scores = scored([0.9, 0, 0.9, 0, 0, 0.9])
    assert spans(decide(scores, 6.0, PLAIN)) == [(0, 1), (2, 3), (5, 6)]
    assert spans(decide(scores, 6.0, replace(PLAIN, merge_gap_seconds=1))) == [(0, 3), (5, 6)]
    assert spans(decide(scores, 6.0, replace(PLAIN, merge_gap_seconds=1.9))) == [(0, 3), (5, 6)]
    assert spans(decide(scores, 6.0, replace(PLAIN, merge_gap_seconds=2))) == [(0, 6)]


def test_the_gap_counts_in_the_score_of_the_merged_event():
    merging = Decision(merge_gap_seconds=1.0)
    assert decide(scored([0.9, 0.0, 0.9]), 3.0, merging)[0].score == pytest.approx(0.6)


def test_a_pause_is_kept_unless_gaps_are_to_be_merged():
    assert len(decide(scored([0.9, 0.0, 0.9]), 3.0, Decision())) == 2


def test_short_events_are_dropped_after_gaps_are_closed():
    scores = scored([0.9, 0, 0, 0.9, 0, 0.9])
    settings = Decision(minimum_seconds=2, merge_gap_seconds=1)
    assert spans(decide(scores, 6.0, settings)) == [(3, 6)]


def test_a_missing_stretch_breaks_an_event_unless_it_is_as_short_as_the_gap():
    scores = scored([0.9, 0.4, 0, 0.4, 0, 0, 0.9], missing=(2, 4, 5))
    assert spans(decide(scores, 7.0, PLAIN)) == [(0, 2), (6, 7)]
    bridged = decide(scores, 7.0, replace(PLAIN, merge_gap_seconds=1))
    assert spans(bridged) == [(0, 4), (6, 7)]
    assert bridged[0].score == pytest.approx((0.9 + 0.4 + 0.4) / 3)
    assert bridged.missing == (Span(2, 3), Span(4, 6))


def test_a_missing_segment_beside_a_quiet_one_is_a_gap_of_two():
    scores = scored([0.9, 0, 0, 0.9], missing=(1,))
    assert spans(decide(scores, 4.0, replace(PLAIN, merge_gap_seconds=1))) == [(0, 1), (3, 4)]


def test_scores_of_missing_segments_mean_nothing():
    assert len(decide(scored([0.9, 0.9], missing=(0, 1)), 2.0, PLAIN)) == 0


def test_an_event_ends_with_the_video():
    timeline = decide(scored([0.9, 0.9, 0.9]), 2.6, PLAIN)
    assert spans(timeline) == [(0, 2.6)]
    assert spans(decide(scored([0.0, 0.9, 0.9]), 1.0, PLAIN)) == []


def test_an_end_without_scores_is_missing_but_a_sliver_is_not():
    assert decide(scored([0.9] * 3), 3.4, PLAIN).missing == ()
    assert decide(scored([0.9] * 3), 7.0, PLAIN).missing == (Span(3, 7),)
    assert decide(scored([0.9] * 3, missing=(2,)), 7.0, PLAIN).missing == (Span(2, 7),)


def test_thresholds_of_one_category_leave_the_others_alone():
    scores = scored([0.3, 0.3], [0.3, 0.3])
    settings = replace(PLAIN, by_category={"Bell": Thresholds(0.2, 0.1)})
    assert decide(scores, 2.0, settings).categories == ("Bell",)


def test_several_categories_may_sound_at_once_unless_they_exclude_each_other():
    scores = scored([0.9, 0.9, 0.6, 0.6], [0.6, 0.6, 0.9, 0.9])
    together = decide(scores, 4.0, PLAIN)
    assert spans(together, "Bark") == spans(together, "Bell") == [(0, 4)]
    apart = decide(scores, 4.0, replace(PLAIN, exclusive=True))
    assert (spans(apart, "Bark"), spans(apart, "Bell")) == ([(0, 2)], [(2, 4)])


def test_half_second_segments_give_half_second_times():
    assert spans(decide(scored([0, 0.9, 0.9], hop_seconds=0.5), 1.5, Decision())) == [(0.5, 1.5)]


def test_the_default_needs_one_second():
    assert spans(decide(scored([0, 0.9, 0, 0], hop_seconds=0.5), 2.0)) == []


def test_no_segments_no_events():
    assert len(decide(scored([]), 0.0)) == 0


def test_a_score_that_is_no_number_is_an_error_unless_the_segment_is_missing():
    with pytest.raises(NotFiniteError):
        decide(scored([0.9, np.nan]), 2.0)
    assert spans(decide(scored([0.9, np.nan], missing=(1,)), 2.0)) == [(0, 1)]


@pytest.mark.parametrize(
    "broken",
    [
        {"on_threshold": 0.3, "off_threshold": 0.4},
        {"on_threshold": 1.1},
        {"off_threshold": 0},
        {"minimum_seconds": -1},
        {"merge_gap_seconds": np.nan},
    ],
)
def test_settings_that_cannot_be_meant_are_refused(broken: dict[str, float]):
    with pytest.raises(InvalidValueError):
        Decision(**broken)


def test_thresholds_of_an_unknown_category_name_the_known_ones():
    with pytest.raises(UnknownNameError, match="known: Bark"):
        decide(scored([0.1]), 1.0, Decision(by_category={"Dog": Thresholds()}))


def test_labels_become_one_event_a_run():
    timeline = timeline_of_classes(np.array([2, 0, 0, 1, 2, 0]), Grid(2.0), TWO)
    assert timeline.events == (Event(2, 6, "Bark"), Event(6, 8, "Bell"), Event(10, 12, "Bark"))
    assert timeline.duration_seconds == 12
    assert len(timeline_of_classes(np.array([], int), Grid(), TWO)) == 0
    with pytest.raises(InvalidValueError):
        timeline_of_classes(np.array([3]), Grid(), TWO)


@st.composite
def cases(draw) -> tuple[Scores, float, Decision]:
    count = draw(st.integers(0, 40))
    levels = st.sampled_from([0.0, 0.2, 0.35, 0.4, 0.5, 0.7, 1.0])
    rows = [draw(st.lists(levels, min_size=count, max_size=count)) for _ in range(2)]
    missing = draw(st.sets(st.integers(0, 40), max_size=8))
    hop_seconds = draw(st.sampled_from([0.5, 1.0, 2.0]))
    duration_seconds = draw(st.floats(0, 45))
    settings_drawn = Decision(
        minimum_seconds=draw(st.sampled_from([0, 1, 3])),
        merge_gap_seconds=draw(st.sampled_from([0, 1, 2.5])),
        exclusive=draw(st.booleans()),
    )
    return scored(*rows, missing=tuple(missing), hop_seconds=hop_seconds), duration_seconds, settings_drawn


def segments_of(event: Event, hop_seconds: float) -> slice:
    return slice(round(event.start_seconds / hop_seconds), int(np.ceil(event.end_seconds / hop_seconds - 1e-6)))


@settings(max_examples=300, deadline=None)
@given(cases())
def test_what_holds_of_every_timeline(case: tuple[Scores, float, Decision]):
    scores, duration_seconds, chosen = case
    timeline = decide(scores, duration_seconds, chosen)
    hop_seconds = scores.grid.hop_seconds
    for event in timeline:
        held = segments_of(event, hop_seconds)
        column = scores.events[held, scores.categories.number(event.category)]
        present = ~scores.missing[held]
        assert event.end_seconds <= duration_seconds
        assert present[0]
        assert present[-1]
        assert (held.stop - held.start) * hop_seconds >= chosen.minimum_seconds
        assert event.score == pytest.approx(column[present].mean(), abs=1e-6)
        assert chosen.exclusive or column[present].max() >= chosen.on_threshold
    for name in scores.categories:
        own = timeline.of(name).events
        for before, after in pairwise(own):
            assert chosen.exclusive or after.start_seconds - before.end_seconds > chosen.merge_gap_seconds
    if chosen.exclusive:
        for before, after in pairwise(timeline.events):
            assert after.start_seconds >= before.end_seconds
    for span in timeline.missing:
        assert 0 <= span.start_seconds < span.end_seconds <= duration_seconds


@settings(max_examples=150, deadline=None)
@given(cases())
def test_time_runs_the_same_backwards(case: tuple[Scores, float, Decision]):
    scores, _, chosen = case
    duration_seconds = scores.grid.start_seconds(len(scores))
    reverse = replace(scores, events=scores.events[::-1], missing=scores.missing[::-1])
    forwards, backwards = decide(scores, duration_seconds, chosen), decide(reverse, duration_seconds, chosen)
    turned = {(duration_seconds - e.end_seconds, duration_seconds - e.start_seconds, e.category) for e in backwards}
    assert turned == {(e.start_seconds, e.end_seconds, e.category) for e in forwards}


@settings(max_examples=100, deadline=None)
@given(cases(), st.integers(0, 39))
def test_a_higher_score_never_takes_event_time_away(case: tuple[Scores, float, Decision], index: int):
    scores, duration_seconds, chosen = case
    if index >= len(scores):
        return
    raised = scores.events.copy()
    raised[index, 0] = 1.0
    chosen = replace(chosen, exclusive=False)
    before = decide(scores, duration_seconds, chosen).of("Bark")
    after = decide(replace(scores, events=raised), duration_seconds, chosen).of("Bark")
    for event in before:
        assert any(
            wider.start_seconds <= event.start_seconds and event.end_seconds <= wider.end_seconds for wider in after
        )
