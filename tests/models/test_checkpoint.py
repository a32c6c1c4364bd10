"""A saved network comes back as it was, and anything else is refused with a reason."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from seehear.core.errors import (
    DamagedError,
    InvalidValueError,
    NotFiniteError,
    Reason,
    SeehearError,
    StorageError,
    UnknownNameError,
)
from seehear.core.inputs import WITH_CLASS_SCORES
from seehear.core.labels import Categories
from seehear.models.calibration import Calibration
from seehear.models.checkpoint import CARD_FILE, WEIGHTS_FILE, ModelCard, load_checkpoint, save_checkpoint
from seehear.models.network import Network
from seehear.storage.files import sealed_folder
from tests.models.zoo_cases import clips, every_case, every_network, network_of

CATEGORIES = Categories(("bell", "drum", "ball", "siren"))


def card_of(network: Network) -> ModelCard:
    return ModelCard.of(
        network,
        categories=CATEGORIES,
        hop_seconds=1.0,
        window_segments=10,
        extractor="builtin",
        fingerprint="f00d",
        provenance={"seed": 3},
        metrics={"accuracy": 0.5},
    )


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    network = network_of("pfagn", "supervised")
    save_checkpoint(tmp_path / "model", network, card_of(network))
    return tmp_path / "model"


def resealed(saved: Path, changes: dict | None = None, text: str | None = None, weights: dict | None = None) -> Path:
    """The saved folder with another description or other weights, and a manifest that is right."""
    record = json.loads((saved / CARD_FILE).read_text()) | (changes or {})
    record = {key: value for key, value in record.items() if value is not KeyError}
    path = saved.with_name("changed")
    with sealed_folder(path) as folder:
        (folder / CARD_FILE).write_text(json.dumps(record) if text is None else text)
        save_file(load_file(saved / WEIGHTS_FILE) if weights is None else weights, folder / WEIGHTS_FILE)
    return path


@every_case
@every_network
def test_saved_network_comes_back_equal(case, supervision, tmp_path):
    network = network_of(case, supervision).eval()
    save_checkpoint(tmp_path / "model", network, card_of(network))
    loaded, card = load_checkpoint(tmp_path / "model")
    assert card == card_of(network)
    assert loaded.options == network.options
    assert not loaded.training
    assert all(weight.requires_grad for weight in loaded.parameters())
    with torch.inference_mode():
        assert torch.equal(loaded(*clips()).probabilities(), network(*clips()).probabilities())


def test_inputs_and_calibration_come_back(tmp_path):
    network = network_of("cmran", "supervised")
    calibration = Calibration(1.5, {"drum": 0.3})
    card = replace(card_of(network), inputs=WITH_CLASS_SCORES, calibration=calibration)
    save_checkpoint(tmp_path / "model", network, card)
    assert load_checkpoint(tmp_path / "model")[1] == card


def test_a_card_from_before_inputs_and_calibration_means_plain_features_and_scores(saved):
    _, card = load_checkpoint(resealed(saved, {"inputs": KeyError, "calibration": KeyError}))
    assert (card.inputs, card.calibration) == ("features", Calibration())


def test_absent_folder_is_not_found(tmp_path):
    with pytest.raises(StorageError, match="not a folder") as caught:
        load_checkpoint(tmp_path / "nowhere")
    assert caught.value.reason is Reason.NOT_FOUND


@pytest.mark.parametrize("name", [CARD_FILE, WEIGHTS_FILE, "manifest.json"])
def test_one_changed_byte_is_damage(saved, name):
    data = bytearray((saved / name).read_bytes())
    data[len(data) // 2] ^= 1
    (saved / name).write_bytes(data)
    with pytest.raises(DamagedError):
        load_checkpoint(saved)


@pytest.mark.parametrize("name", [CARD_FILE, WEIGHTS_FILE, "manifest.json"])
def test_missing_file_is_damage(saved, name):
    (saved / name).unlink()
    with pytest.raises(DamagedError):
        load_checkpoint(saved)


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"architecture": "tardis"}, UnknownNameError, "known: avel"),
        ({"architecture": 3}, InvalidValueError, "architecture"),
        ({"options": {"warp": 9}}, InvalidValueError, "no option warp"),
        ({"options": {"categories": 9}}, InvalidValueError, "cannot be among the options"),
        ({"options": {"name": "cmran"}}, InvalidValueError, "cannot be among the options"),
        ({"options": {"width": -4}}, InvalidValueError, "width"),
        ({"options": {"width": 8.5}}, InvalidValueError, "width"),
        ({"options": {"width": True}}, InvalidValueError, "width"),
        ({"options": {"width": 10**12}}, InvalidValueError, "width"),
        ({"options": {"width": 10}}, InvalidValueError, "heads must divide width"),
        ({"options": {"dropout": 1.0}}, InvalidValueError, "dropout"),
        ({"options": {"rectified": "yes"}}, InvalidValueError, "rectified"),
        ({"options": {"motion": "levitation"}}, InvalidValueError, "motion must be one of"),
        ({"options": []}, InvalidValueError, "options must be a mapping"),
        ({"options": {"width": 65536, "feedforward": 65536}}, DamagedError, "expected"),
        ({"supervision": "none"}, InvalidValueError, "supervision"),
        ({"hop_seconds": 0}, InvalidValueError, "hop_seconds"),
        ({"hop_seconds": "1"}, InvalidValueError, "hop_seconds"),
        ({"window_segments": 0}, InvalidValueError, "window_segments"),
        ({"window_segments": 2.5}, InvalidValueError, "window_segments"),
        ({"categories": []}, InvalidValueError, "at least one category"),
        ({"categories": ["a", "a"]}, InvalidValueError, "differ"),
        ({"categories": "bell"}, InvalidValueError, "list of names"),
        ({"categories": ["a", "b"]}, DamagedError, "head.category.weight has shape"),
        ({"fingerprint": ""}, InvalidValueError, "fingerprint"),
        ({"metrics": [1]}, InvalidValueError, "metrics"),
        ({"inputs": "everything"}, InvalidValueError, "class_scores"),
        ({"calibration": {"temperature": -1}}, InvalidValueError, "temperature"),
        ({"format": 2}, InvalidValueError, "update seehear"),
        ({"fingerprint": KeyError}, DamagedError, "must have the fields"),
        ({"surprise": 1}, DamagedError, "must have the fields"),
    ],
)
def test_description_that_breaks_a_rule_is_refused(saved, changes, error, words):
    with pytest.raises(error, match=words):
        load_checkpoint(resealed(saved, changes))


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, '{"metrics": NaN}', '{"metrics": Infinity}', "\x00"])
def test_text_that_is_no_description_is_damage(saved, text):
    with pytest.raises(DamagedError):
        load_checkpoint(resealed(saved, text=text))


def test_weights_must_be_those_of_the_description(saved):
    weights = load_file(saved / WEIGHTS_FILE)
    name = "motion.reduce.weight"
    for changed, words in [
        ({key: value for key, value in weights.items() if key != name}, "missing"),
        (weights | {"motion.extra": torch.zeros(1)}, "unknown"),
        (weights | {name: weights[name].T.contiguous()}, "has shape"),
        (weights | {name: torch.full_like(weights[name], torch.nan)}, "finite"),
        (weights | {name: weights[name].to(torch.int32)}, "finite"),
    ]:
        folder = resealed(saved, weights=changed)
        with pytest.raises(DamagedError, match=words):
            load_checkpoint(folder)
        folder.rename(folder.with_name(f"tried {words} {len(changed)} {changed.get(name, torch.zeros(0)).dtype}"))


def test_weights_that_are_no_safetensors_are_damage(saved):
    path = saved.with_name("changed")
    with sealed_folder(path) as folder:
        (folder / CARD_FILE).write_text((saved / CARD_FILE).read_text())
        (folder / WEIGHTS_FILE).write_bytes(b"\x80\x04cos\nsystem\n")
    with pytest.raises(DamagedError):
        load_checkpoint(path)


def test_diverged_network_is_not_saved(tmp_path):
    network = network_of("cmran", "supervised")
    with torch.no_grad():
        network.head.event.bias.fill_(torch.inf)
    with pytest.raises(NotFiniteError, match=r"head\.event\.bias"):
        save_checkpoint(tmp_path / "model", network, card_of(network))
    assert not (tmp_path / "model").exists()


def test_card_of_another_network_is_not_saved(tmp_path):
    network = network_of("cmran", "supervised")
    for card in (card_of(network_of("psp", "supervised")), card_of(network_of("cmran", "weak"))):
        with pytest.raises(InvalidValueError, match="does not describe this network"):
            save_checkpoint(tmp_path / "model", network, card)


def test_metrics_must_be_finite_json(tmp_path):
    network = network_of("cmran", "supervised")
    for metrics in ({"accuracy": float("nan")}, {"accuracy": torch.tensor(1.0)}):
        with pytest.raises(SeehearError, match="JSON"):
            save_checkpoint(tmp_path / "model", network, replace(card_of(network), metrics=metrics))
