"""What a faster way to compute changes is measured and said before it is used."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from seehear.engine.device import Compute
from seehear.engine.difference import difference_to_plain
from seehear.engine.progress import Watch
from seehear.models.checkpoint import load_checkpoint
from seehear.nn.losses import segment_cross_entropy
from seehear.train import train
from tests.engine.small_data import SLIM, small_dataset
from tests.engine.test_fit import ONE_THREAD, Mean, batch_at

BF16 = replace(ONE_THREAD, precision="bf16")


class Listening(Watch):
    def __init__(self) -> None:
        self.heard: list[str] = []

    def tell(self, sentence: str) -> None:
        self.heard.append(sentence)


def train_shortly(output: Path, compute: Compute, watch: Watch | None = None) -> Path:
    training, validation = small_dataset(32, seed=1), small_dataset(8, seed=2)
    settings = {"model": "pfagn", "recipe": "small", "epochs": 1, "options": SLIM}
    return train(training, validation, output=output, compute=compute, watch=watch, **settings)


def test_the_plain_way_has_no_difference_to_itself() -> None:
    assert difference_to_plain(Mean(), batch_at(0), segment_cross_entropy, ONE_THREAD) is None


def test_a_product_in_half_precision_is_off_by_its_rounding() -> None:
    """bfloat16 keeps 8 bits: with weights of .1 and one large input, each logit is rounded to one part in 256."""
    network, batch = Mean(), batch_at(0)
    exact = network.eval()(batch.visual, batch.audio).segment_logits
    assert exact is not None
    difference = difference_to_plain(network, batch, segment_cross_entropy, BF16)
    assert difference is not None
    assert 0 < difference.probability < 2 * exact.abs().max().item() / 256
    assert 0 <= difference.loss <= 2 * exact.abs().max().item() / 256


def test_a_network_that_compilation_changes_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stands for a compiler that makes a mistake: every logit of one class comes out 1 too large."""
    network, batch = Mean(), batch_at(0)

    def miscompiled(whole: Mean) -> Mean:
        wrong = Mean()
        wrong.load_state_dict(whole.state_dict())
        torch.nn.init.constant_(wrong.linear.bias[:1], 1.0)
        return wrong.eval()

    monkeypatch.setattr(torch, "compile", miscompiled)
    compiled = replace(ONE_THREAD, compile=True)
    difference = difference_to_plain(network, batch, segment_cross_entropy, compiled)
    assert difference is not None
    even = 1 / 3  # all rows of weights are equal, so are the three probabilities
    moved = torch.tensor([1.0, 0.0, 0.0]).softmax(0)[0].item()
    assert difference.probability == pytest.approx(moved - even, abs=1e-6)


def test_the_difference_is_told_and_kept_beside_the_run_and_on_the_card(tmp_path: Path) -> None:
    watch = Listening()
    checkpoint = train_shortly(tmp_path, BF16, watch)
    kept = json.loads((tmp_path / "run.json").read_text())["difference_to_plain_float32"]
    assert kept["probability"] > 0
    assert load_checkpoint(checkpoint)[1].provenance["difference_to_plain_float32"] == kept
    (sentence,) = watch.heard
    assert sentence.startswith("bf16 differs from plain float32 on the first batch by ")
    assert f"{kept['probability']:.1e}" in sentence


@pytest.mark.long
def test_a_compiled_training_starts_within_rounding_of_the_plain_one(tmp_path: Path) -> None:
    train_shortly(tmp_path, Compute("cpu", threads=1, compile=True))
    assert json.loads((tmp_path / "run.json").read_text())["difference_to_plain_float32"]["probability"] < 1e-5
