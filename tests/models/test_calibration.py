"""Calibration, by scores whose true meaning is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from seehear.core.errors import InvalidValueError
from seehear.core.labels import Categories
from seehear.models.calibration import Calibration

PETS = Categories(("cat", "dog"))


def logistic(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-values))


def test_the_score_at_the_centre_becomes_one_half_and_the_temperature_flattens():
    calibration = Calibration(2.0, {"dog": 0.8})
    scores = np.array([[0.5, 0.8], [0.9, 0.8]], np.float32)
    expected = [[0.5, 0.5], [logistic(np.log(9) / 2), 0.5]]
    np.testing.assert_allclose(calibration(scores, PETS), expected, atol=1e-6)


def test_nothing_said_changes_nothing_to_the_last_bit():
    scores = np.random.default_rng(0).random((50, 2), dtype=np.float32)
    assert np.array_equal(Calibration()(scores, PETS), scores)
    assert np.array_equal(Calibration.from_json({})(scores, PETS), scores)


def test_a_known_overconfidence_is_found():
    random = np.random.default_rng(1)
    truly = random.normal(-1, 1.5, 20_000)  # logit of the chance that this segment is of a dog
    is_dog = random.random(20_000) < logistic(truly)
    stated = logistic(3 * truly + 1)  # three times too sure, and too eager
    scores = np.stack([np.full(20_000, 0.01), stated], axis=1)
    found = Calibration.fit(scores, np.where(is_dog, 1, 2), PETS)
    assert found.temperature == pytest.approx(3, rel=0.05)
    assert found.centres["dog"] == pytest.approx(logistic(np.float64(1)), abs=0.03)
    calibrated = found(scores, PETS)[:, 1]
    for low in np.arange(0.1, 0.9, 0.1):
        chosen = (calibrated >= low) & (calibrated < low + 0.1)
        assert is_dog[chosen].mean() == pytest.approx(calibrated[chosen].mean(), abs=0.05)


def test_a_category_that_never_occurs_is_not_learned_from():
    scores = np.random.default_rng(2).random((200, 2))
    classes = np.where(scores[:, 1] > 0.5, 1, 2)
    found = Calibration.fit(scores, classes, PETS)
    assert set(found.centres) == {"dog"}
    assert found == Calibration.fit(np.stack([1 - scores[:, 0], scores[:, 1]], axis=1), classes, PETS)
    assert Calibration.fit(scores, np.full(200, 2), PETS) == Calibration()


def test_it_survives_json_and_order_survives_it():
    calibration = Calibration(0.5, {"cat": 0.2, "dog": 0.7})
    assert Calibration.from_json(calibration.to_json()) == calibration
    column = np.linspace(0, 1, 101, dtype=np.float32)
    calibrated = calibration(np.stack([column, column], axis=1), PETS)
    assert (np.diff(calibrated, axis=0) >= 0).all()
    assert np.isfinite(calibrated).all()


@pytest.mark.parametrize(
    "record",
    [{"temperature": 0}, {"temperature": math.nan}, {"centres": {"dog": 1.0}}, {"centres": [1]}, {"slope": 1}, []],
)
def test_numbers_that_cannot_be_are_refused(record):
    with pytest.raises(InvalidValueError):
        Calibration.from_json(record)
