"""The stand-in has AVE's form and what is true of its features, and tells categories apart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from seehear.core.errors import InvalidValueError
from seehear.data.ave.annotations import read_annotations
from seehear.data.ave.splits import read_split
from seehear.data.ave.stand_in import fraction_of, write_stand_in
from tests.data import small_ave

FILES = ("visual_feature.h5", "audio_feature.h5", "visual_feature_noisy.h5", "audio_feature_noisy.h5")


def features(folder: Path) -> list[np.ndarray]:
    found = []
    for name in FILES:
        with h5py.File(folder / name) as file:
            found.append(file["avadataset"][()])
    return found


def test_the_same_seed_draws_the_same_and_another_does_not(tmp_path: Path) -> None:
    one, two = features(small_ave.write(tmp_path / "one")), features(small_ave.write(tmp_path / "two"))
    settings = replace(small_ave.SETTINGS, seed=1)
    write_stand_in(tmp_path / "other", small_ave.annotations(), small_ave.split(), settings)
    for first, second, other in zip(one, two, features(tmp_path / "other"), strict=True):
        np.testing.assert_array_equal(first, second)
        assert (first != other).any()


def test_values_are_as_behind_a_relu_and_rows_of_one_video_are_one(tmp_path: Path) -> None:
    visual, audio, *_ = features(small_ave.write(tmp_path))
    for values in (visual, audio):
        assert values.dtype == np.float64
        assert values.min() == 0
        assert 0.2 < (values == 0).mean() < 0.8
        np.testing.assert_array_equal(values[33:40], values[0:7])
        assert (values[33:40] != values[1:8]).any(axis=tuple(range(1, values.ndim))).all()


def test_an_event_is_what_is_both_seen_and_heard(tmp_path: Path) -> None:
    """Knowing what is drawn, a segment's event is read off the features of rows with one category."""
    annotations = small_ave.annotations()
    visual, audio, *_ = features(small_ave.write(tmp_path))
    rows = range(7, 33)  # of videos with one row
    truth, events = annotations.clip_classes, annotations.is_event

    def strength(values: np.ndarray, row: int) -> np.ndarray:
        mates = [other for other in rows if truth[other] == truth[row] and other != row]
        prototype = np.mean([values[mate][events[mate]].mean(axis=0) for mate in mates], axis=0)
        return values[row] @ prototype

    looks = visual.max(axis=(2, 3))
    right = [
        strength(values, row)[events[row]].mean() - strength(values, row)[~events[row]].mean()
        for row in rows
        if not events[row].all()
        for values in (looks, audio)
    ]
    assert np.mean(np.array(right) > 0) > 0.9


@pytest.mark.parametrize("fraction", [0.3, 0.5, 1.0])
def test_a_fraction_keeps_order_and_every_category_of_every_part(fraction: float) -> None:
    annotations, split = small_ave.annotations(), small_ave.split()
    some, parts = fraction_of(annotations, split, fraction)
    assert sorted(np.concatenate(list(parts.parts.values()))) == list(range(len(some)))
    for part, rows in parts.parts.items():
        kept = [some.rows[row] for row in rows]
        published = [annotations.rows[row] for row in split.parts[part]]
        assert kept == [row for row in published if row in kept]
        assert {row.category for row in kept} == {row.category for row in published}
    if fraction == 1:
        assert some == annotations
        assert all((parts.parts[part] == split.parts[part]).all() for part in parts.parts)


@pytest.mark.parametrize("fraction", [0, -1, 1.01, float("nan")])
def test_a_fraction_that_is_none_is_refused(fraction: float) -> None:
    with pytest.raises(InvalidValueError):
        fraction_of(small_ave.annotations(), small_ave.split(), fraction)


def test_a_tenth_of_the_real_rows_keeps_their_shares(shared: Path) -> None:
    if not (shared / "ave").is_dir():
        pytest.skip("needs ../shared/ave (annotations and orders of AVE)")
    annotations, split = read_annotations(shared / "ave" / "Annotations.txt"), read_split(shared / "ave")
    some, parts = fraction_of(annotations, split, 0.1)
    assert len(some) == pytest.approx(414, abs=25)
    assert set(some.clip_classes) == set(range(28))
    assert (~some.is_event).mean() == pytest.approx(0.17, abs=0.03)
    assert len(parts.training) == pytest.approx(334, abs=15)
