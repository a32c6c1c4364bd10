"""Every published network computes the published numbers: 1e-9 in float64, 1e-4 in float32."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from seehear.models import load_published
from seehear.nn.prediction import Prediction
from tests.golden.reference import read_reference

OUTPUTS: dict[str, Callable[[Prediction], list[Tensor | None]]] = {
    "avel_supervised": lambda prediction: [prediction.probabilities()],
    "avel_weak": lambda prediction: [prediction.clip_scores, prediction.segment_logits],
    "avel_dmrn_supervised": lambda prediction: [prediction.probabilities()],
    "avsdn_supervised": lambda prediction: [
        prediction.event_logits,
        prediction.category_logits,
        prediction.auxiliary["fused"],
    ],
    "avsdn_weak": lambda prediction: [prediction.auxiliary["fused"], *_weak_relevance(prediction)],
    "cmran_supervised": lambda prediction: _relevance(prediction),
    "cmran_weak": lambda prediction: _weak_relevance(prediction),
    "psp_supervised": lambda prediction: [
        prediction.auxiliary["fused"],
        prediction.segment_logits,
        prediction.auxiliary["similarity"],
    ],
    "psp_weak": lambda prediction: [prediction.clip_scores, prediction.segment_logits],
    "pfagn_supervised": lambda prediction: [*_relevance(prediction), *_guidance(prediction)],
    "pfagn_weak": lambda prediction: [*_weak_relevance(prediction), *_guidance(prediction)],
    "pfagn_me_supervised": lambda prediction: [*_relevance(prediction), *_guidance(prediction)],
}
"""What the published `forward` returns, in its order and from our prediction."""


def _relevance(prediction: Prediction) -> list[Tensor | None]:
    return [prediction.event_logits.mT[..., None], prediction.category_logits]  # published time first


def _weak_relevance(prediction: Prediction) -> list[Tensor | None]:
    return [prediction.event_logits, prediction.category_logits, prediction.clip_scores]


def _guidance(prediction: Prediction) -> list[Tensor | None]:
    return [prediction.motion, prediction.auxiliary["guided_audio"]]


@pytest.mark.parametrize(("precision", "tolerance"), [(torch.float64, 1e-9), (torch.float32, 1e-4)], ids=["64", "32"])
@pytest.mark.parametrize("file_name", OUTPUTS)
def test_network_computes_the_published_numbers(shared, file_name, precision, tolerance):
    reference = read_reference(shared / "reference", file_name)
    name, supervision = file_name.rsplit("_", 1)
    parameters = {f"module.{key}": tensor.to(precision) for key, tensor in reference.parameters.items()}
    network = load_published(name, supervision, parameters)

    with torch.inference_mode():
        prediction = network(reference.visual.to(precision), reference.audio.to(precision))

    computed = OUTPUTS[file_name](prediction)
    assert len(computed) == len(reference.outputs)
    for ours, theirs in zip(computed, reference.outputs, strict=True):
        assert ours.shape == theirs.shape
        assert (ours - theirs).abs().max() < tolerance
