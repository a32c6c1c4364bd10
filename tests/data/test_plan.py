"""Plans: every hard case has the label it should, at the share it should, from the seed alone."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from seehear.core.errors import InvalidValueError, UnknownNameError
from seehear.core.labels import Categories
from seehear.core.time import Grid, Span
from seehear.core.timeline import Event
from seehear.data.scenes.cases import CASES, PROPORTIONS, Draft, Played, Shown
from seehear.data.scenes.plan import PlanSettings, ScenePlan, intersections, merged, plan_scenes

CATEGORIES = Categories(("bell", "drum", "ball", "saw"))
WHOLE, EVENT = Span(0, 10), Span(3, 7)


def plan_of(case: str, seed: int = 0) -> ScenePlan:
    actions = CASES[case](Draft(WHOLE, EVENT, np.random.default_rng(seed)))
    return ScenePlan("a.mp4", (0,), case, 10.0, ("bell", "drum"), actions.shown, actions.played, actions.disturbances)


def only(case: str, count: int = 40, **settings) -> list[ScenePlan]:
    chosen = PlanSettings(proportions=((case, 1.0),), **settings)
    return plan_scenes(count, CATEGORIES, seed=3, settings=chosen)


def test_an_event_is_where_one_category_is_seen_and_heard():
    plan = ScenePlan(
        "a.mp4",
        (0,),
        "plain",
        10.0,
        ("bell", "drum"),
        (Shown(0, Span(1, 6)), Shown(1, Span(0, 3))),
        (Played(0, Span(4, 9)), Played(1, Span(2, 8)), Played(1, Span(0, 0.5))),
    )
    assert plan.events == (Event(0, 0.5, "drum"), Event(2, 3, "drum"), Event(4, 6, "bell"))


def test_spans_merge_and_intersect_by_hand():
    assert merged([Span(4, 6), Span(0, 2), Span(2, 3), Span(5, 9)]) == [Span(0, 3), Span(4, 9)]
    assert intersections([Span(0, 4), Span(6, 9)], [Span(3, 7)]) == [Span(3, 4), Span(6, 7)]


@pytest.mark.parametrize("case", [case for case in CASES if case not in ("throughout", "background_only")])
def test_the_event_of_a_case_is_the_drafted_one(case):
    for seed in range(8):
        assert plan_of(case, seed).events == (Event(3, 7, "bell"),)


def test_throughout_leaves_no_background():
    assert plan_of("throughout").events == (Event(0, 10, "bell"),)


def test_a_background_scene_has_no_event_and_comes_in_five_kinds():
    plans = [plan_of("background_only", seed) for seed in range(60)]
    assert all(plan.events == () for plan in plans)
    kinds = {(bool(plan.seen("bell")), bool(plan.heard("bell")), bool(plan.heard("drum"))) for plan in plans}
    assert kinds == {(True, False, False), (False, True, False), (True, False, True), (False, False, False)}
    assert any(plan.disturbances for plan in plans)


@pytest.mark.parametrize(
    ("case", "seen", "heard", "other_seen", "other_heard"),
    [
        ("plain", [EVENT], [EVENT], [], []),
        ("silent_in_view", [WHOLE], [EVENT], [], []),
        ("heard_out_of_view", [EVENT], [WHOLE], [], []),
        ("other_sound", [WHOLE], [EVENT], [], [Span(0, 3), Span(7, 10)]),
        ("moving_to_other_sound", [WHOLE], [EVENT], [], [Span(0, 3), Span(7, 10)]),
        ("distractor", [WHOLE], [EVENT], [], []),
    ],
)
def test_a_case_shows_and_sounds_what_its_name_says(case, seen, heard, other_seen, other_heard):
    plan = plan_of(case)
    assert (plan.seen("bell"), plan.heard("bell")) == (seen, heard)
    assert (plan.seen("drum"), plan.heard("drum")) == (other_seen, other_heard)


def test_a_second_object_is_in_view_and_silent():
    plans = [plan_of("second_object", seed) for seed in range(20)]
    assert all(plan.seen("drum") == [WHOLE] and plan.heard("drum") == [] for plan in plans)
    assert {bool(plan.shown[1].moving) for plan in plans} == {True, False}


def test_objects_move_with_their_sound_except_where_the_case_says_otherwise():
    assert plan_of("silent_in_view").shown[0].moving == (EVENT,)
    assert plan_of("moving_to_other_sound").shown[0].moving == (WHOLE,)


def test_the_same_seed_gives_the_same_plans_and_a_longer_set_begins_with_the_shorter():
    assert plan_scenes(30, CATEGORIES, seed=5) == plan_scenes(60, CATEGORIES, seed=5)[:30]
    assert plan_scenes(30, CATEGORIES, seed=5) != plan_scenes(30, CATEGORIES, seed=6)


def test_hard_cases_come_at_their_share():
    count = 3000
    cases = Counter(plan.case for plan in plan_scenes(count, CATEGORIES, seed=1))
    for case, share in PROPORTIONS.items():
        spread = math.sqrt(count * share * (1 - share))
        assert abs(cases[case] - count * share) < 4 * spread, case


def test_neither_trivial_answer_reaches_seventy_per_cent():
    plans = plan_scenes(2000, CATEGORIES, seed=2)
    events = np.array([sum(Grid().covered_by([event.span for event in plan.events], 10)) for plan in plans])
    all_background = 1 - events.mean() / 10
    right_category_everywhere = np.where(events > 0, events, 10).mean() / 10
    assert 0.40 <= all_background <= 0.50
    assert 0.40 <= right_category_everywhere <= 0.70


def test_aligned_events_start_and_end_on_whole_segments():
    for plan in only("plain"):
        (event,) = plan.events
        assert event.start_seconds == int(event.start_seconds)
        assert 2 <= event.duration_seconds <= 9
        assert event.end_seconds == int(event.end_seconds) <= 10


def test_fractional_events_start_anywhere_inside_the_video():
    spans = [plan.events[0].span for plan in only("plain", aligned=False)]
    assert all(span.start_seconds >= 0 and span.end_seconds <= 10 for span in spans)
    assert sum(span.start_seconds != int(span.start_seconds) for span in spans) > 35


def test_onsets_and_lengths_take_every_value():
    spans = [plan.events[0].span for plan in only("plain", count=600)]
    assert {span.duration_seconds for span in spans} == set(map(float, range(2, 10)))
    assert {span.start_seconds for span in spans} == set(map(float, range(9)))


def test_scenes_of_another_length_and_grid():
    for plan in plan_scenes(20, CATEGORIES, seed=0, settings=PlanSettings(segments=6, grid=Grid(0.5))):
        assert plan.duration_seconds == 3.0
        assert all(event.end_seconds <= 3.0 for event in plan.events)


def test_settings_that_make_no_sense_are_refused():
    with pytest.raises(InvalidValueError, match=r"sum to 1, not 0\.900"):
        PlanSettings(proportions=(("plain", 0.9),))
    with pytest.raises(UnknownNameError, match="known: plain"):
        PlanSettings(proportions=(("easy", 1.0),))
    with pytest.raises(InvalidValueError, match="do not fit"):
        PlanSettings(segments=2)
    with pytest.raises(InvalidValueError, match="at least two categories"):
        plan_scenes(1, Categories(("bell",)), seed=0)


def test_a_share_of_scenes_without_an_event_leaves_the_other_cases_their_ratios():
    settings = PlanSettings().with_background_share(0.4)
    shares = dict(settings.proportions)
    assert shares["background_only"] == 0.4
    assert shares["plain"] / shares["throughout"] == pytest.approx(PROPORTIONS["plain"] / PROPORTIONS["throughout"])
    plans = plan_scenes(1000, Categories(("bell", "drum")), seed=0, settings=settings)
    assert sum(not plan.events for plan in plans) / 1000 == pytest.approx(0.4, abs=0.05)


@pytest.mark.parametrize("share", [-0.1, 1.0])
def test_a_share_of_scenes_without_an_event_outside_its_range_is_refused(share: float) -> None:
    with pytest.raises(InvalidValueError, match="without an event"):
        PlanSettings().with_background_share(share)
