"""Metrics against cases counted by hand, and the trivial points of the real AVE test split."""

from __future__ import annotations

import math
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seehear.core.errors import InvalidValueError
from seehear.core.labels import AVE_28, Categories
from seehear.core.time import Grid
from seehear.core.timeline import Event, Timeline
from seehear.events import metrics

PETS = Categories(("cat", "dog"))
CAT, DOG, BACKGROUND = 0, 1, 2


def timeline(*events: tuple[float, float, str]) -> Timeline:
    return Timeline(20.0, tuple(Event(*event) for event in events))


def score(predicted: Timeline, true: Timeline, overlap: float = 0.5) -> tuple[int, int, int]:
    found = metrics.event_score([(predicted, true)], overlap)
    return found.matched, found.predicted, found.true


def test_confusion_counts_true_rows_and_called_columns() -> None:
    truth = np.array([[CAT, CAT, DOG, BACKGROUND]])
    called = np.array([[CAT, DOG, DOG, CAT]])
    assert metrics.confusion_matrix(called, truth, PETS).tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 0]]
    assert metrics.segment_accuracy(called, truth) == 0.5


def test_recall_of_a_class_that_never_occurs_is_not_a_number() -> None:
    confusion = metrics.confusion_matrix(np.array([[CAT, CAT]]), np.array([[CAT, BACKGROUND]]), PETS)
    cat, dog, background = metrics.recalls(confusion)
    assert (cat, background) == (1, 0)
    assert math.isnan(dog)


def test_shapes_that_differ_are_refused() -> None:
    with pytest.raises(InvalidValueError):
        metrics.segment_accuracy(np.zeros((1, 3), int), np.zeros((1, 4), int))


def test_trivial_points_of_a_clip_without_event_and_one_with_two_categories() -> None:
    truth = np.array([[BACKGROUND] * 4, [CAT, DOG, DOG, BACKGROUND]])
    points = metrics.trivial_points(truth, PETS)
    assert points.all_background == 5 / 8
    assert points.right_category == 6 / 8  # four of background, two of dog
    assert points.better == 6 / 8


def test_trivial_points_of_the_ave_test_split_are_the_published_ones(shared: Path) -> None:
    def published(name: str, key: str) -> np.ndarray:
        with h5py.File(shared / "ave" / name) as file:
            return file[key][:]

    order = published("test_order.h5", "order")
    is_event = published("labels_closs.h5", "avadataset")[order].astype(bool)  # (402,10)
    clips = published("mil_labels.h5", "avadataset")[order].argmax(axis=1)
    truth = np.where(is_event, clips[:, None], AVE_28.background)
    points = metrics.trivial_points(truth, AVE_28)
    assert truth.shape == (402, 10)
    assert round(100 * points.right_category, 2) == 82.21
    assert round(100 * points.all_background, 2) == 17.79


def test_runs_of_a_category_become_events_in_seconds() -> None:
    (found,) = metrics.timelines(np.array([[CAT, CAT, BACKGROUND, DOG, CAT]]), PETS, Grid(0.5))
    assert [(event.start_seconds, event.end_seconds, event.category) for event in found] == [
        (0.0, 1.0, "cat"),
        (1.5, 2.0, "dog"),
        (2.0, 2.5, "cat"),
    ]
    assert found.duration_seconds == 2.5


def test_an_event_matches_at_half_overlap_and_not_just_below() -> None:
    true = timeline((0, 10, "cat"))
    assert score(timeline((0, 5, "cat")), true) == (1, 1, 1)
    assert score(timeline((0, 4.99, "cat")), true) == (0, 1, 1)


def test_an_event_of_another_category_never_matches() -> None:
    assert score(timeline((0, 10, "dog")), timeline((0, 10, "cat"))) == (0, 1, 1)


def test_one_true_event_is_matched_once() -> None:
    assert score(timeline((0, 5, "cat"), (5, 10, "cat")), timeline((0, 10, "cat"))) == (1, 2, 1)


def test_matching_is_the_largest_possible_where_taking_the_first_fit_is_not() -> None:
    true = timeline((0, 10, "cat"), (10, 20, "cat"))
    long, short = (4, 16, "cat"), (0, 6, "cat")
    # by IoU >= .3 the long guess fits both true events, the short one only the first
    assert score(timeline(short, long), true, 0.3) == (2, 2, 2)
    assert score(timeline(long, short), true, 0.3) == (2, 2, 2)


def test_f1_counts_events_over_all_videos_together() -> None:
    pairs = [(timeline((0, 5, "cat")), timeline((0, 5, "cat"), (6, 9, "dog"))), (timeline((1, 2, "dog")), timeline())]
    found = metrics.event_score(pairs)
    assert (found.precision, found.recall, found.f1) == (0.5, 0.5, 0.5)


def test_nothing_to_find_and_nothing_found_is_perfect() -> None:
    assert metrics.event_score([(timeline(), timeline())]).f1 == 1.0
    assert metrics.event_score([(timeline((0, 1, "cat")), timeline())]).f1 == 0.0


@given(st.lists(st.integers(0, 2), min_size=1, max_size=12))
def test_truth_scored_against_itself_is_perfect(classes: list[int]) -> None:
    truth = np.array([classes])
    (events,) = metrics.timelines(truth, PETS, Grid())
    assert metrics.event_score([(events, events)]).f1 == 1.0
    assert metrics.segment_accuracy(truth, truth) == 1.0
    assert sum(event.duration_seconds for event in events) == sum(number != BACKGROUND for number in classes)
