"""A filtered model is believed only where agreement finds the same thing likely, too."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from seehear.core.errors import ExtractorMismatchError
from seehear.core.labels import Categories
from seehear.core.time import Grid
from seehear.core.values import Features, Scores
from seehear.models.agreement import certainty
from seehear.models.filtered import Filtered
from seehear.models.groups import GROUPS, WIDER_NAMES, class_numbers, groups_of


class Everything:
    """A model that finds a bird, a dog and a thing of its own in every segment."""

    categories = Categories(("bird", "dog", "gizmo"))
    grid = Grid()
    window_segments = 4

    def score(self, stretches: list[Features]) -> list[Scores]:
        return [
            Scores(
                self.grid,
                self.categories,
                np.full((len(features), 3), 0.9, np.float32),
                features.missing,
                details={"relevance": np.ones(len(features), np.float32)},
            )
            for features in stretches
        ]


@pytest.fixture(scope="module")
def names() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Class lists that hold exactly what the groups name, ranges by their ends."""

    def listed(lines: list[str]) -> tuple[str, ...]:
        parts = [part.strip() for line in lines for part in line.replace("…", ";").split(";")]
        return tuple(dict.fromkeys(filter(None, parts)))

    return listed([group.seen for group in GROUPS]), (*listed([group.heard for group in GROUPS]), "Music")


def features_of(names, seen: str, heard: str) -> Features:
    visual, audio = names
    present = np.ones(1, bool)
    shown = np.zeros((1, len(visual)), np.float32)
    sounding = np.zeros((1, len(audio)), np.float32)
    shown[0, list(class_numbers(seen, visual))] = 1.0
    sounding[0, list(class_numbers(heard, audio))] = 1.0
    nothing = np.zeros((1, 1, 1, 1), np.float32)
    return Features(Grid(), 0, "", nothing, nothing[:, 0, 0], present, present, shown, sounding)


def events(names, seen: str, heard: str) -> dict[str, float]:
    (scores,) = Filtered(Everything(), *names).score([features_of(names, seen, heard)])
    return dict(zip(scores.categories, scores.events[0].tolist(), strict=True))


def test_a_thing_that_agreement_finds_keeps_its_score_and_others_lose_theirs(names):
    scored = events(names, "Chihuahua", "Bark")
    assert scored["dog"] == pytest.approx(0.9)
    assert scored["bird"] == 0.0


def test_a_wide_name_stands_on_any_of_its_groups(names):
    assert events(names, "bullfrog", "Bird")["bird"] == 0.0
    assert events(names, "great grey owl", "Hoot")["bird"] == pytest.approx(0.9)


def test_what_agreement_has_no_group_for_is_never_an_event(names):
    assert events(names, "Chihuahua", "Bark")["gizmo"] == 0.0


def test_a_filter_lets_through_no_more_than_the_certainty_of_the_weaker_witness(names):
    features = features_of(names, "Chihuahua", "Bark")
    faint = replace(features, audio_scores=features.audio_scores * np.float32(0.1))
    (scores,) = Filtered(Everything(), *names).score([faint])
    assert scores.events[0, 1] == pytest.approx(float(certainty(np.array(0.1), 0.05)), rel=1e-5)


def test_all_else_is_the_models_own(names):
    filtered = Filtered(Everything(), *names)
    (scores,) = filtered.score([features_of(names, "Chihuahua", "Bark")])
    assert (filtered.categories, filtered.grid, filtered.window_segments) == (Everything.categories, Grid(), 4)
    assert scores.details["relevance"].tolist() == [1.0]


def test_an_extractor_that_names_nothing_cannot_filter():
    with pytest.raises(ExtractorMismatchError, match="light"):
        Filtered(Everything(), None, None)


def test_every_wider_name_leads_to_groups_that_exist():
    known = {group.category for group in GROUPS}
    for name, groups in WIDER_NAMES.items():
        assert set(groups) <= known, name
    assert groups_of("dog") == ("dog",)
    assert groups_of("gizmo") == ()
