"""A damaged TFLite file is one clear error, whatever is damaged."""

from __future__ import annotations

import numpy as np
import pytest

from seehear.core.errors import Reason, WeightsError
from seehear.features.convolution import bind
from seehear.features.mobilenet import MobileNetV2
from seehear.features.tflite import Operator, read_graph
from seehear.features.yamnet import Yamnet


@pytest.fixture
def yamnet_file(real_weights):
    return (real_weights / "yamnet_spectra_in.tflite").read_bytes()


def test_layers_come_in_order_with_real_weights(yamnet_file):
    graph = read_graph(yamnet_file, "yamnet")
    assert graph.input is None
    assert [layer.operator for layer in graph.layers[:3]] == [
        Operator.CONVOLUTION,
        Operator.DEPTHWISE_CONVOLUTION,
        Operator.CONVOLUTION,
    ]
    assert graph.layers[0].weight.shape == (32, 1, 3, 3)
    assert graph.layers[-1].weight.shape == (521, 1024)
    assert len(graph.layers) == 28


def test_pictures_are_read_with_the_scale_of_the_file(real_weights):
    graph = read_graph((real_weights / "tf2_mobilenet_v2_1.0_224_ptq.tflite").read_bytes(), "mobilenet")
    assert (graph.input.scale, graph.input.zero_point) == (pytest.approx(1 / 127.5, rel=1e-6), 127)


def test_a_file_cut_anywhere_or_empty_is_damaged(yamnet_file):
    for size in (0, 4, 8, 100, 5000, len(yamnet_file) // 2, len(yamnet_file) - 5000):
        with pytest.raises(WeightsError, match="not a readable") as caught:
            read_graph(yamnet_file[:size], "yamnet")
        assert caught.value.reason is Reason.WEIGHTS_DAMAGED


def test_damaged_bytes_give_a_graph_or_an_error_and_never_another_exception(yamnet_file):
    """Damage in the head and the tail, where the tables lie; damaged weights themselves are the hash's business."""
    draw = np.random.default_rng(11)
    refused = 0
    for _ in range(60):
        damaged = bytearray(yamnet_file)
        for place in draw.integers(4, 60_000, 40):
            damaged[-int(place) if place % 2 else int(place % 4000)] = int(draw.integers(256))
        try:
            bind(Yamnet(), read_graph(bytes(damaged), "yamnet"), "yamnet")
        except WeightsError:
            refused += 1
    assert refused > 30


def test_the_weights_of_another_network_are_refused(yamnet_file):
    with pytest.raises(WeightsError, match="28 layers instead of 53"):
        bind(MobileNetV2(), read_graph(yamnet_file, "yamnet"), "yamnet")
