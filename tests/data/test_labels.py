"""Labels of rendered scenes: hand-computed, written, read back, and defended against disagreement."""

from __future__ import annotations

import json

import numpy as np
import pytest

from seehear.core.errors import DamagedError, SeehearError
from seehear.core.labels import Categories
from seehear.core.time import Grid, Span
from seehear.core.timeline import Event
from seehear.data.dataset import SEVERAL
from seehear.data.scenes.cases import Played, Shown
from seehear.data.scenes.labels import clip_class, read_scenes, span_classes, write_scene_labels
from seehear.data.scenes.plan import PlanSettings, ScenePlan, plan_scenes

CATEGORIES = Categories(("bell", "drum"))
BELL, DRUM, NONE = 0, 1, 2

DUET = ScenePlan(
    name="duet.mp4",
    seed=(1, 2),
    case="second_object",
    duration_seconds=6.0,
    cast=("bell", "drum"),
    shown=(Shown(0, Span(0, 4)), Shown(1, Span(2, 6))),
    played=(Played(0, Span(1, 3)), Played(1, Span(5, 6))),
)
EMPTY = ScenePlan("empty.mp4", (1, 3), "background_only", 6.0, ("drum", "bell"), (), (Played(0, Span(0, 2.5)),))


def test_labels_of_two_scenes_by_hand(tmp_path):
    write_scene_labels(tmp_path, [DUET, EMPTY], CATEGORIES, Grid())
    labels = read_scenes(tmp_path)
    assert labels.names == ("duet.mp4", "empty.mp4")
    assert labels.categories == CATEGORIES
    assert labels.cases == ("second_object", "background_only")
    assert labels.segment_classes.tolist() == [[NONE, BELL, BELL, NONE, NONE, DRUM], [NONE] * 6]
    assert labels.seen_classes.tolist() == [[BELL, BELL, SEVERAL, SEVERAL, DRUM, DRUM], [NONE] * 6]
    assert labels.heard_classes.tolist() == [[NONE, BELL, BELL, NONE, NONE, DRUM], [DRUM] * 3 + [NONE] * 3]
    assert labels.clip_classes.tolist() == [BELL, NONE]
    assert labels.timelines[0].events == (Event(1, 3, "bell"), Event(5, 6, "drum"))
    assert labels.timelines[1].events == ()


def test_the_files_say_what_the_plan_says(tmp_path):
    write_scene_labels(tmp_path, [DUET, EMPTY], CATEGORIES, Grid())
    assert (tmp_path / "labels.csv").read_text() == (
        "video,category,start_seconds,end_seconds\nduet.mp4,bell,1,3\nduet.mp4,drum,5,6\nempty.mp4,,,\n"
    )
    scene = json.loads((tmp_path / "scenes.json").read_text())["scenes"][0]
    assert (scene["case"], scene["seed"]) == ("second_object", [1, 2])
    assert scene["seen"] == {"bell": [[0, 4]], "drum": [[2, 6]]}
    assert scene["heard"] == {"bell": [[1, 3]], "drum": [[5, 6]]}


def test_the_clips_class_is_the_category_of_most_segments():
    assert clip_class(np.array([2, 1, 0, 1, 2, 2]), background=2) == 1
    assert clip_class(np.array([2, 1, 0]), background=2) == 0
    assert clip_class(np.array([2, 2, 2]), background=2) == 2


def test_a_span_between_two_segment_starts_covers_none():
    classes = span_classes({"bell": [Span(1.2, 1.9)], "drum": [Span(2.5, 4.0)]}, CATEGORIES, Grid(), 5)
    assert classes.tolist() == [NONE, NONE, NONE, DRUM, NONE]


@pytest.mark.parametrize("aligned", [True, False])
def test_an_event_is_labelled_iff_the_same_category_is_seen_and_heard(tmp_path, aligned):
    categories = Categories(("bell", "drum", "ball"))
    plans = plan_scenes(300, categories, seed=4, settings=PlanSettings(aligned=aligned))
    write_scene_labels(tmp_path, plans, categories, Grid())
    labels = read_scenes(tmp_path)
    certain = (labels.seen_classes != SEVERAL) & (labels.heard_classes != SEVERAL)
    same = labels.seen_classes == labels.heard_classes
    expected = np.where(same, labels.seen_classes, len(categories))
    np.testing.assert_array_equal(labels.segment_classes[certain], expected[certain])
    assert certain.mean() > 0.8
    assert (labels.seen_classes == SEVERAL).any()


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("labels.csv", "duet.mp4,bell,1,3", "duet.mp4,bell,1,4"),
        ("labels.csv", "duet.mp4,drum,5,6", "duet.mp4,bell,5,6"),
        ("labels.csv", "duet.mp4,drum,5,6", "duet.mp4,drum,4,5"),
        ("labels.csv", "duet.mp4,bell,1,3\n", ""),
        ("labels.csv", "duet.mp4,bell,1,3", "other.mp4,bell,1,3"),
        ("scenes.json", '"bell"', '"gong"'),
        ("scenes.json", '"schema_version"', '{"schema_version"'),
        ("scenes.json", '"heard"', '"hidden"'),
        ("scenes.json", '"hop_seconds": 1.0', '"hop_seconds": 0'),
    ],
)
def test_files_that_disagree_or_are_damaged_are_refused(tmp_path, file, old, new):
    write_scene_labels(tmp_path, [DUET, EMPTY], CATEGORIES, Grid())
    text = (tmp_path / file).read_text()
    assert old in text
    (tmp_path / file).write_text(text.replace(old, new, 1))
    with pytest.raises(SeehearError, match=r"duet|other|gong|scenes\.json"):
        read_scenes(tmp_path)


def test_a_folder_without_scenes_is_named(tmp_path):
    with pytest.raises(DamagedError, match=r"scenes\.json is absent or damaged"):
        read_scenes(tmp_path)
