"""Training as a whole: what it may see, what it leaves behind, what it refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seehear.core.errors import ExtractorMismatchError, InvalidValueError, NotFiniteError, UnknownNameError
from seehear.core.labels import Categories
from seehear.data.dataset import Dataset
from seehear.engine.device import Compute
from seehear.engine.progress import Watch
from seehear.evaluate import evaluate_checkpoint
from seehear.models.checkpoint import load_checkpoint
from seehear.train import train
from tests.engine.small_data import SLIM, small_dataset

ONE_THREAD = Compute("cpu", threads=1)
TRAINING, VALIDATION = small_dataset(64, seed=1), small_dataset(24, seed=2)


PAPER = {"protocol": "paper", "validation": None, "test": VALIDATION}


def trained(output: Path, dataset: Dataset = TRAINING, validation: Dataset | None = VALIDATION, **changes: Any) -> Path:
    given: dict[str, Any] = {"model": "pfagn", "recipe": "small", "epochs": 3, "options": SLIM, "compute": ONE_THREAD}
    return train(dataset, validation, output=output, **{**given, **changes})


def weights(checkpoint: Path) -> bytes:
    return (checkpoint / "weights.safetensors").read_bytes()


def with_shuffled_segments(dataset: Dataset, seed: int) -> Dataset:
    """The same clips and clip categories; every segment label moved or changed."""
    random = np.random.default_rng(seed)
    segments = random.permuted(dataset.segment_classes, axis=1)
    other = random.integers(0, len(dataset.categories) + 1, dataset.segment_classes.shape)
    return replace(dataset, segment_classes=segments, seen_classes=other, heard_classes=other)


def test_it_learns_what_can_be_learned(tmp_path: Path) -> None:
    checkpoint = trained(tmp_path, epochs=30)
    evaluation = evaluate_checkpoint(checkpoint, small_dataset(100, seed=3), compute=ONE_THREAD)
    assert evaluation.accuracy > max(evaluation.all_background, evaluation.right_category) + 0.15


@pytest.mark.parametrize("model", ["pfagn", "cmran"])
def test_weak_training_is_blind_to_segment_labels(tmp_path: Path, model: str) -> None:
    honest = trained(tmp_path / "honest", model=model, supervision="weak")
    shuffled = with_shuffled_segments(TRAINING, 4), with_shuffled_segments(VALIDATION, 5)
    blind = trained(tmp_path / "blind", *shuffled, model=model, supervision="weak")
    assert weights(blind) == weights(honest)
    assert (blind / "model.json").read_bytes() == (honest / "model.json").read_bytes()
    assert (tmp_path / "blind" / "history.csv").read_bytes() == (tmp_path / "honest" / "history.csv").read_bytes()


def test_weak_training_that_the_test_set_chooses_is_as_blind_in_all_it_learns(tmp_path: Path) -> None:
    """The published choice looks at test segments; the training never looks at any."""
    honest = trained(tmp_path / "honest", supervision="weak", **PAPER)
    blind = trained(tmp_path / "blind", with_shuffled_segments(TRAINING, 4), supervision="weak", **PAPER)
    assert weights(blind) == weights(honest)
    assert (blind / "model.json").read_bytes() == (honest / "model.json").read_bytes()
    by_other_labels = {**PAPER, "test": with_shuffled_segments(VALIDATION, 5)}
    trained(tmp_path / "chosen", supervision="weak", **by_other_labels)
    losses = [
        [line.split(",")[:3] for line in (tmp_path / name / "history.csv").read_text().splitlines()]
        for name in ("honest", "chosen")
    ]
    assert losses[0] == losses[1]


@pytest.mark.parametrize(
    ("supervision", "protocol", "metric", "label"),
    [
        (
            "supervised",
            "strict",
            "validation_accuracy",
            "strict: the epoch is chosen on validation by segment accuracy",
        ),
        (
            "weak",
            "strict",
            "validation_clip_loss",
            "strict: the epoch is chosen on validation by loss on clip categories",
        ),
        ("weak", "paper", "test_accuracy (chosen on)", "paper: the epoch is chosen on test by segment accuracy, as "),
    ],
)
def test_every_trace_of_a_run_says_what_its_epoch_was_chosen_on(
    tmp_path: Path, supervision: str, protocol: str, metric: str, label: str
) -> None:
    checkpoint = trained(tmp_path, supervision=supervision, **(PAPER if protocol == "paper" else {}))
    card, record = load_checkpoint(checkpoint)[1], json.loads((tmp_path / "run.json").read_text())
    assert card.provenance["protocol"].startswith(label)
    assert record["protocol"].startswith(label)
    assert set(card.metrics) == set(record["result"]) == {"epoch", "loss", "learning_rate", metric}
    assert (tmp_path / "history.csv").read_text().splitlines()[0] == f"epoch,loss,learning_rate,{metric}"
    assert metric.split("_")[0] in record["data"]


def test_a_run_of_one_protocol_is_never_resumed_as_the_other(tmp_path: Path) -> None:
    """Even where the same clips are called validation once and test once."""
    trained(tmp_path)
    with pytest.raises(InvalidValueError, match=r"other settings \(protocol\)"):
        trained(tmp_path, **PAPER)


def test_supervised_training_is_not(tmp_path: Path) -> None:
    first = trained(tmp_path / "first")
    second = trained(tmp_path / "second", with_shuffled_segments(TRAINING, 4))
    assert weights(first) != weights(second)


def test_weak_training_does_see_clip_labels(tmp_path: Path) -> None:
    first = trained(tmp_path / "first", supervision="weak")
    moved = replace(TRAINING, clip_classes=np.roll(TRAINING.clip_classes, 1))
    assert weights(first) != weights(trained(tmp_path / "second", moved, supervision="weak"))


def test_the_same_call_twice_trains_once_and_elsewhere_to_the_same_bytes(tmp_path: Path) -> None:
    class Counting(Watch):
        steps = 0

        def on_step(self, step: int, loss: float) -> None:
            self.steps += 1

    first = trained(tmp_path / "first")
    again = Counting()
    assert trained(tmp_path / "first", watch=again) == first
    assert again.steps == 0
    elsewhere = trained(tmp_path / "elsewhere", watch=again)
    assert again.steps == 3 * 2
    assert weights(elsewhere) == weights(first)
    assert (elsewhere / "model.json").read_bytes() == (first / "model.json").read_bytes()


def test_another_seed_gives_another_network(tmp_path: Path) -> None:
    assert weights(trained(tmp_path / "0")) != weights(trained(tmp_path / "1", seed=1))


def test_the_checkpoint_tells_what_it_is_and_how_it_came_to_be(tmp_path: Path) -> None:
    checkpoint = trained(tmp_path, seed=7)
    network, card = load_checkpoint(checkpoint)
    assert (card.architecture, card.supervision, card.window_segments) == ("pfagn", "supervised", 6)
    assert (card.extractor, card.fingerprint) == (TRAINING.extractor, TRAINING.fingerprint)
    assert card.categories == TRAINING.categories
    assert card.provenance["settings"]["seed"] == 7
    assert card.provenance["settings"]["recipe"]["batch_size"] == 32
    assert card.provenance["protocol"].startswith("strict")
    ours = evaluate_checkpoint(checkpoint, VALIDATION, compute=ONE_THREAD).accuracy
    assert card.metrics["validation_accuracy"] == pytest.approx(ours)
    assert not network.training


def test_settings_versions_data_and_metrics_lie_beside_the_run(tmp_path: Path) -> None:
    trained(tmp_path)
    record = json.loads((tmp_path / "run.json").read_text())
    assert record["settings"]["compute"] == {
        "device": "cpu",
        "threads": 1,
        "precision": "float32",
        "compile": False,
        "shards": 1,
    }
    assert set(record["versions"]) >= {"seehear", "torch", "numpy", "python"}
    assert record["data"]["training"]["clips"] == 64
    assert record["result"]["validation_accuracy"] > 0
    assert record["seconds"] > 0
    history = (tmp_path / "history.csv").read_text().splitlines()
    assert len(history) == 1 + 3


def test_a_folder_of_other_settings_or_data_is_not_overwritten(tmp_path: Path) -> None:
    checkpoint = trained(tmp_path)
    before = weights(checkpoint)
    with pytest.raises(InvalidValueError, match=r"other settings \(seed\)"):
        trained(tmp_path, seed=1)
    louder = replace(TRAINING, audio=TRAINING.audio * np.float32(1.5))
    with pytest.raises(InvalidValueError, match="other data"):
        trained(tmp_path, louder)
    assert weights(checkpoint) == before


def test_a_network_that_cannot_be_built_leaves_its_folder_free(tmp_path: Path) -> None:
    with pytest.raises(InvalidValueError, match="width"):
        trained(tmp_path, options={**SLIM, "width": -1})
    assert trained(tmp_path).is_dir()


def test_a_checkpoint_whose_bytes_went_bad_is_made_again(tmp_path: Path) -> None:
    checkpoint = trained(tmp_path)
    before = weights(checkpoint)
    (checkpoint / "weights.safetensors").write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
    assert weights(trained(tmp_path)) == before


def test_a_clip_with_a_broken_feature_is_named(tmp_path: Path) -> None:
    visual = TRAINING.visual.copy()
    visual[17, 2] = np.inf
    with pytest.raises(NotFiniteError, match=r"clip 17\.mp4"):
        trained(tmp_path, replace(TRAINING, visual=visual))


def test_half_precision_features_train(tmp_path: Path) -> None:
    packed = replace(TRAINING, visual=TRAINING.visual.astype(np.float16), audio=TRAINING.audio.astype(np.float16))
    assert load_checkpoint(trained(tmp_path, packed))[1].metrics["validation_accuracy"] > 0


def test_recombined_clips_change_what_is_learned(tmp_path: Path) -> None:
    assert weights(trained(tmp_path / "plain")) != weights(trained(tmp_path / "mixed", recombine=0.5))


@pytest.mark.parametrize(
    ("changes", "error", "word"),
    [
        ({"supervision": "half"}, UnknownNameError, "supervision"),
        ({"selection": "luck"}, UnknownNameError, "selection"),
        ({"model": "nothing"}, UnknownNameError, "known"),
        ({"recipe": "nothing"}, UnknownNameError, "recipe"),
        ({"recombine": 1.5}, InvalidValueError, "0..1"),
        ({"recombine": 0.5, "supervision": "weak"}, InvalidValueError, "weak supervision does not"),
        ({"selection": "clip_loss"}, InvalidValueError, "accuracy"),
        ({"protocol": "lenient"}, UnknownNameError, "strict, paper"),
        ({"protocol": "paper"}, InvalidValueError, "on test: give that set"),
        ({"protocol": "paper", "test": VALIDATION}, InvalidValueError, "must not be given validation"),
        ({"test": VALIDATION}, InvalidValueError, "must not be given test"),
        ({"validation": None}, InvalidValueError, "on validation: give that set"),
        ({"epochs": 0}, InvalidValueError, "epochs"),
        ({"dataset": TRAINING.subset([])}, InvalidValueError, "at least one clip"),
        ({"validation": replace(VALIDATION, fingerprint="other")}, ExtractorMismatchError, "one extractor"),
        ({"validation": replace(VALIDATION, categories=Categories(("a", "b", "c")))}, InvalidValueError, "categories"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_written(
    tmp_path: Path, changes: dict[str, Any], error: type[Exception], word: str
) -> None:
    with pytest.raises(error, match=word):
        trained(tmp_path / "run", **changes)
    assert not (tmp_path / "run").exists()
