"""The building block of MobileNetV2 and YAMNet, and how the layers of a TFLite file are put into them."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from seehear.core.errors import Reason, WeightsError
from seehear.features.tflite import Graph, Layer, Operator


class SameConvolution(nn.Module):
    """A convolution padded as TensorFlow's "SAME", with ReLU6 behind it unless it is linear.

    Batch normalisation is folded into weight and bias. With stride 2 the padding goes to the right and bottom
    only (the inputs here have even sizes), unlike PyTorch's.
    """

    def __init__(
        self, inputs: int, outputs: int, kernel: int = 1, stride: int = 1, groups: int = 1, linear: bool = False
    ) -> None:
        super().__init__()
        even_padding = (kernel - 1) // 2 if stride == 1 else 0
        self.late_padding = kernel - stride if stride > 1 else 0
        self.convolution = nn.Conv2d(inputs, outputs, kernel, stride, even_padding, groups=groups)
        self.linear = linear

    def forward(self, values: Tensor) -> Tensor:
        """(N,in,h,w) -> (N,out,h/stride,w/stride)"""
        if self.late_padding:
            values = functional.pad(values, (0, self.late_padding, 0, self.late_padding))
        values = self.convolution(values)
        return values if self.linear else functional.relu6(values, inplace=True)


def depthwise(channels: int, stride: int = 1) -> SameConvolution:
    """A 3 x 3 filter for each channel by itself."""
    return SameConvolution(channels, channels, kernel=3, stride=stride, groups=channels)


def bind(network: nn.Module, graph: Graph, name: str) -> None:
    """Give the layers of `network`, in the order in which they are defined, the weights of `graph`.

    Raises :class:`WeightsError` unless both have the same layers: kind, stride and shape.
    """
    modules = [module for module in network.modules() if isinstance(module, nn.Conv2d | nn.Linear)]
    if len(modules) != len(graph.layers):
        raise _foreign(name, f"{len(graph.layers)} layers instead of {len(modules)}")
    for position, (module, layer) in enumerate(zip(modules, graph.layers, strict=True)):
        expected, found = _form_of_module(module), _form_of_layer(layer)
        if expected != found:
            raise _foreign(name, f"layer {position} is {found} instead of {expected}")
        module.load_state_dict({"weight": torch.from_numpy(layer.weight), "bias": torch.from_numpy(layer.bias)})


Form = tuple[str, int, tuple[int, ...], tuple[int, ...]]
"""Kind, stride, shape of the weight, shape of the bias."""


def _form_of_module(module: nn.Conv2d | nn.Linear) -> Form:
    shapes = tuple(module.weight.shape), (module.weight.shape[0],)
    if isinstance(module, nn.Linear):
        return Operator.FULLY_CONNECTED.name, 1, *shapes
    kind = Operator.DEPTHWISE_CONVOLUTION if module.groups > 1 else Operator.CONVOLUTION
    return kind.name, module.stride[0], *shapes


def _form_of_layer(layer: Layer) -> Form:
    return layer.operator.name, layer.stride, layer.weight.shape, layer.bias.shape


def _foreign(name: str, difference: str) -> WeightsError:
    message = f"{name} holds another network than expected: {difference}; put the pinned file in its place"
    return WeightsError(message, Reason.WEIGHTS_DAMAGED)
