"""Evaluation of predictions that are known, and of checkpoints that must fit the data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from seehear.core.errors import DamagedError, ExtractorMismatchError, InvalidValueError
from seehear.core.labels import Categories
from seehear.core.time import Grid
from seehear.data.dataset import Dataset
from seehear.engine.device import Compute
from seehear.evaluate import Evaluation, evaluate, evaluate_checkpoint, evaluation_of
from seehear.models import build
from seehear.models.calibration import Calibration
from seehear.models.checkpoint import ModelCard, save_checkpoint
from seehear.nn.prediction import Prediction
from tests.engine.small_data import SLIM, small_dataset

PETS = Categories(("cat", "dog"))
ONE_THREAD = Compute("cpu", threads=1)


def pets(*rows: list[int]) -> Dataset:
    truth = np.array(rows)
    clips, segments = truth.shape
    return Dataset(
        PETS,
        Grid(),
        "f" * 64,
        "builtin",
        tuple(f"clip {number}" for number in range(clips)),
        np.zeros((clips, segments, 1, 1, 1), np.float32),
        truth[:, :, None].astype(np.float32),  # the sound gives the answer away
        truth,
        truth.max(axis=1),
    )


class Oracle(nn.Module):
    """Hears the answer."""

    def forward(self, visual: Tensor, audio: Tensor) -> Prediction:
        return Prediction(2, segment_logits=nn.functional.one_hot(audio[..., 0].long(), 3).float())


def test_whoever_hears_the_answer_is_perfect() -> None:
    evaluation = evaluate(Oracle(), pets([0, 0, 2, 2], [2, 1, 1, 1]), compute=ONE_THREAD)
    assert (evaluation.accuracy, evaluation.event_f1, evaluation.background_recall) == (1, 1, 1)
    assert evaluation.confusion == ((2, 0, 0), (0, 3, 0), (0, 0, 3))


def test_every_figure_of_a_case_counted_by_hand() -> None:
    evaluation = evaluation_of(np.array([[0, 2, 2, 2], [1, 1, 1, 1]]), pets([0, 0, 2, 2], [2, 1, 1, 1]))
    assert (evaluation.clips, evaluation.segments) == (2, 8)
    assert evaluation.accuracy == 6 / 8
    assert evaluation.category_accuracy == {"cat": 1 / 2, "dog": 1.0}
    assert evaluation.background_recall == 2 / 3
    assert evaluation.event_f1 == 1.0  # both events overlap their truth by half or more
    assert (evaluation.all_background, evaluation.right_category) == (3 / 8, 5 / 8)
    assert evaluation.confusion == ((1, 0, 1), (0, 3, 0), (0, 1, 2))


def test_the_decision_is_the_published_one() -> None:
    class Relevant(nn.Module):
        def forward(self, visual: Tensor, audio: Tensor) -> Prediction:
            event = torch.tensor([[0.1, -0.1]]).expand(len(visual), 2)
            return Prediction(2, event_logits=event, category_logits=torch.tensor([[0.0, 0.2]]).expand(len(visual), 2))

    # the product of relevance and category is below one half, and yet an event by the paper's rule
    assert evaluate(Relevant(), pets([1, 2]), compute=ONE_THREAD).accuracy == 1.0


def test_calibrated_scores_decide_by_the_highest_of_one_half_or_more() -> None:
    class Doubtful(nn.Module):
        def forward(self, visual: Tensor, audio: Tensor) -> Prediction:
            chances = torch.tensor([[0.1, 0.3, 0.6], [0.45, 0.15, 0.4]])
            return Prediction(2, segment_logits=chances.log().expand(len(visual), 2, 3))

    answers = (
        (None, [2, 0]),
        (Calibration(), [2, 2]),
        (Calibration(3.0, {"dog": 0.25}), [1, 2]),
        (Calibration(1.0, {"cat": 0.05, "dog": 0.14}), [1, 0]),
    )
    for calibration, expected in answers:
        assert evaluate(Doubtful(), pets(expected), compute=ONE_THREAD, calibration=calibration).accuracy == 1.0


def test_a_category_that_does_not_occur_has_no_accuracy() -> None:
    evaluation = evaluation_of(np.array([[0, 0]]), pets([0, 0]))
    assert evaluation.category_accuracy["dog"] is None
    assert evaluation.background_recall is None


def test_an_evaluation_survives_json() -> None:
    evaluation = evaluation_of(np.array([[0, 2, 1]]), pets([0, 0, 2]))
    assert Evaluation.from_json(evaluation.to_json()) == evaluation
    with pytest.raises(InvalidValueError, match="not an evaluation"):
        Evaluation.from_json('{"clips": 3}')


def test_the_text_names_accuracy_trivial_points_and_the_commonest_mistake() -> None:
    text = evaluation_of(np.array([[0, 2, 2, 2], [1, 1, 1, 1]]), pets([0, 0, 2, 2], [2, 1, 1, 1])).text()
    assert "segment accuracy    75.0%" in text
    assert "right category everywhere  62.5%, all background  37.5%" in text
    (line,) = [line for line in text.splitlines() if line.startswith("cat ")]
    assert line.split() == ["cat", "2", "50.0%", "background", "(1)"]


def test_evaluation_is_in_evaluation_mode_and_leaves_no_gradient() -> None:
    data = small_dataset(8)
    network = build("pfagn", categories=3, visual_channels=8, audio_channels=6, **SLIM).train()
    assert evaluate(network, data, compute=ONE_THREAD) == evaluate(network, data, compute=ONE_THREAD)
    assert all(parameter.grad is None for parameter in network.parameters())


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    data = small_dataset(8)
    network = build("cmran", categories=3, visual_channels=8, audio_channels=6, **SLIM)
    card = ModelCard.of(
        network,
        categories=data.categories,
        hop_seconds=1.0,
        window_segments=6,
        extractor=data.extractor,
        fingerprint=data.fingerprint,
    )
    save_checkpoint(tmp_path / "model", network, card)
    return tmp_path / "model"


def test_a_checkpoint_scores_as_its_network(checkpoint: Path) -> None:
    assert evaluate_checkpoint(checkpoint, small_dataset(8), compute=ONE_THREAD).clips == 8


def test_features_of_another_extractor_are_refused(checkpoint: Path) -> None:
    with pytest.raises(ExtractorMismatchError, match="extract the videos again with builtin"):
        evaluate_checkpoint(checkpoint, replace(small_dataset(8), fingerprint="other"))


def test_other_categories_are_refused(checkpoint: Path) -> None:
    other = replace(small_dataset(8), categories=Categories(("a", "b", "c")))
    with pytest.raises(InvalidValueError, match="other categories"):
        evaluate_checkpoint(checkpoint, other)


def test_a_damaged_checkpoint_is_refused(checkpoint: Path) -> None:
    weights = checkpoint / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(DamagedError):
        evaluate_checkpoint(checkpoint, small_dataset(8))
