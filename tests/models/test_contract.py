"""One contract for every network of the zoo."""

from __future__ import annotations

import warnings
from dataclasses import fields

import pytest
import torch
from torch import Tensor, nn

from seehear.core.errors import InvalidValueError
from seehear.models import Network
from seehear.nn.dropout import ReLUDropout
from seehear.nn.prediction import Prediction
from seehear.nn.relation import MultiHeadAttention
from tests.models.zoo_cases import AUDIO, CATEGORIES, clips, every_case, every_network, network_of

pytestmark = [every_case, every_network]


class Probabilities(nn.Module):
    """A network as exporters want it: tensors in, one tensor out."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, visual: Tensor, audio: Tensor) -> Tensor:
        return self.network(visual, audio).probabilities()


def tensors(prediction: Prediction) -> dict[str, Tensor]:
    """Every tensor of a prediction by name."""
    named = {item.name: getattr(prediction, item.name) for item in fields(prediction)}
    return {name: value for name, value in {**named, **prediction.auxiliary}.items() if isinstance(value, Tensor)}


def assert_close(one: Prediction, other: Prediction, tolerance: float) -> None:
    first, second = tensors(one), tensors(other)
    assert first.keys() == second.keys()
    for name, tensor in first.items():
        assert (tensor - second[name]).abs().max() <= tolerance, name


@pytest.mark.parametrize(("segments", "height", "width"), [(1, 3, 5), (3, 3, 5), (13, 1, 2), (10, 7, 7)])
def test_any_length_and_grid(case, supervision, segments, height, width):
    network = network_of(case, supervision, positions=height * width)
    visual, audio = clips(2, segments, height, width)
    prediction = network(visual, audio)
    probabilities = prediction.probabilities()
    assert probabilities.shape == (2, segments, CATEGORIES + 1)
    assert torch.allclose(probabilities.sum(dim=-1), torch.ones(2, segments))
    assert prediction.classes().shape == (2, segments)
    if prediction.attention is not None:
        assert prediction.attention.shape == (2, segments, height, width)
        assert torch.allclose(prediction.attention.sum(dim=(2, 3)), torch.ones(2, segments))
    if prediction.motion is not None:
        assert prediction.motion.shape == (2, segments, AUDIO)
    if prediction.temporal_weights is not None:
        assert torch.allclose(prediction.temporal_weights.sum(dim=1), torch.ones(2))
    if supervision == "weak":
        assert prediction.clip_scores.shape == (2, CATEGORIES + 1)
        assert torch.allclose(prediction.clip_scores.sum(dim=-1), torch.ones(2))


def test_another_grid_is_refused_where_the_attention_is_tied_to_positions(case, supervision):
    network = network_of(case, supervision, positions=15)
    visual, audio = clips(height=4, width=4)
    if hasattr(network.options, "positions"):
        with pytest.raises(InvalidValueError, match=r"15 positions.*4 x 4.*positions=16"):
            network(visual, audio)
    else:
        network(visual, audio)


def test_inputs_of_other_channels_are_refused(case, supervision):
    network = network_of(case, supervision)
    visual, audio = clips()
    with pytest.raises(InvalidValueError, match="visual must be"):
        network(visual[..., :-1], audio)
    with pytest.raises(InvalidValueError, match="audio must be"):
        network(visual, audio[..., :-1])
    with pytest.raises(InvalidValueError, match="same clips and segments"):
        network(visual, audio[:, :-1])


def test_result_of_a_clip_does_not_depend_on_its_neighbours(case, supervision):
    network = network_of(case, supervision).eval().double()
    visual, audio = (tensor.double() for tensor in clips(3))
    together = tensors(network(visual, audio))
    alone = tensors(network(visual[1:2], audio[1:2]))
    for name, tensor in alone.items():
        assert (tensor[0] - together[name][1]).abs().max() < 1e-12, name


def test_same_clips_give_the_same_numbers(case, supervision):
    network = network_of(case, supervision).eval()
    assert_close(network(*clips()), network(*clips()), 0.0)


def test_training_differs_from_evaluation_only_through_dropout(case, supervision):
    network = network_of(case, supervision).double()
    visual, audio = (tensor.double() for tensor in clips())
    evaluated = network.eval()(visual, audio)
    network.train()
    for module in network.modules():
        if isinstance(module, nn.Dropout | ReLUDropout):
            module.p = 0.0
        elif isinstance(module, MultiHeadAttention):
            module.dropout = 0.0
    assert_close(network(visual, audio), evaluated, 1e-12)


def test_gradients_reach_every_parameter(case, supervision):
    network = network_of(case, supervision).double()
    visual, audio = (tensor.double() for tensor in clips(4))
    prediction = network.eval()(visual, audio)
    outputs = [prediction.event_logits, prediction.category_logits, prediction.segment_logits]
    random = torch.Generator().manual_seed(1)
    loss = sum(
        (output * torch.randn(output.shape, generator=random, dtype=torch.float64)).sum()
        for output in outputs
        if output is not None
    )
    loss.backward()
    idle = [name for name, weight in network.named_parameters() if weight.grad is None or not weight.grad.any()]
    assert not idle


def test_single_precision_agrees_with_double(case, supervision):
    network = network_of(case, supervision).eval()
    visual, audio = clips()
    single = network(visual, audio)
    double = network.double()(visual.double(), audio.double())
    assert_close(single, double, 1e-4)


def test_mixed_precision_stays_finite(case, supervision):
    network = network_of(case, supervision).train()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        prediction = network(*clips())
        loss = prediction.probabilities().float().square().sum()
    loss.backward()
    assert all(tensor.isfinite().all() for tensor in tensors(prediction).values())
    assert all(weight.grad is None or weight.grad.isfinite().all() for weight in network.parameters())
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        assert network.eval()(*clips()).probabilities().isfinite().all()


def test_loud_features_stay_finite_in_mixed_precision(case, supervision):
    network = network_of(case, supervision)
    visual, audio = (30 * tensor for tensor in clips())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        prediction = network(visual, audio)
        loss = torch.stack([tensor.float().square().mean() for tensor in tensors(prediction).values()]).sum()
    loss.backward()
    assert all(tensor.isfinite().all() for tensor in tensors(prediction).values())
    assert all(weight.grad is None or weight.grad.isfinite().all() for weight in network.parameters())


def test_features_of_silence_and_darkness_stay_finite(case, supervision):
    network = network_of(case, supervision)
    visual, audio = (torch.zeros_like(tensor) for tensor in clips())
    prediction = network(visual, audio)
    prediction.probabilities()[..., 0].sum().backward()
    assert all(tensor.isfinite().all() for tensor in tensors(prediction).values())
    assert all(weight.grad is None or weight.grad.isfinite().all() for weight in network.parameters())


@pytest.mark.long
def test_compiled_network_agrees_with_eager(case, supervision):
    network = network_of(case, supervision).eval()
    with torch.inference_mode():
        compiled = torch.compile(Probabilities(network))(*clips())
        assert (compiled - network(*clips()).probabilities()).abs().max() < 1e-4


@pytest.mark.long
def test_exported_network_agrees_with_eager(case, supervision, tmp_path):
    pytest.importorskip("onnx", reason="needs onnx, onnxscript and onnxruntime")
    runtime = pytest.importorskip("onnxruntime", reason="needs onnx, onnxscript and onnxruntime")
    network = network_of(case, supervision).eval()
    visual, audio = clips()
    path = tmp_path / "network.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Probabilities(network), (visual, audio), path, dynamo=True, input_names=["visual", "audio"], verbose=False
        )
    session = runtime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (exported,) = session.run(None, {"visual": visual.numpy(), "audio": audio.numpy()})
    assert (torch.from_numpy(exported) - network(visual, audio).probabilities()).abs().max() < 1e-4
