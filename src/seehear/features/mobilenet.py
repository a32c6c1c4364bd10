"""MobileNetV2 (Sandler et al. 2018, arXiv 1801.04381), width 1.0, as a picture encoder.

Shapes: N pictures of 224 x 224; the map before pooling is 7 x 7 x 1280; 1001 classes, the first is "background".
"""

from __future__ import annotations

import numpy as np
import torch
from einops import rearrange
from torch import Tensor, nn

from seehear.features.convolution import SameConvolution, bind, depthwise
from seehear.features.extractor import Recipe
from seehear.features.inference import ready_to_run
from seehear.features.tflite import QuantizedInput, read_graph
from seehear.features.weights import IMAGENET_NAMES, MOBILENET, read_verified

VERSION = 1
PICTURE_SIZE = 224
BATCH = 4
BLOCKS = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
"""Table 2 of the paper: expansion, channels, repetitions, stride of the first repetition."""


class InvertedResidual(nn.Module):
    """Widen, filter each channel, narrow; the input is added where the shape is kept (figure 3b of the paper)."""

    def __init__(self, inputs: int, outputs: int, expansion: int, stride: int) -> None:
        super().__init__()
        width = inputs * expansion
        widen = [SameConvolution(inputs, width)] if expansion > 1 else []
        self.layers = nn.Sequential(*widen, depthwise(width, stride), SameConvolution(width, outputs, linear=True))
        self.residual = stride == 1 and inputs == outputs

    def forward(self, values: Tensor) -> Tensor:
        return values + self.layers(values) if self.residual else self.layers(values)


class MobileNetV2(nn.Module):
    """Pictures (N,3,224,224) in -1..1 -> map (N,1280,7,7) and logits (N,1001)."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [SameConvolution(3, 32, kernel=3, stride=2)]
        inputs = 32
        for expansion, outputs, repetitions, first_stride in BLOCKS:
            for repetition in range(repetitions):
                layers.append(InvertedResidual(inputs, outputs, expansion, first_stride if repetition == 0 else 1))
                inputs = outputs
        self.features = nn.Sequential(*layers, SameConvolution(inputs, 1280))
        self.classifier = SameConvolution(1280, 1001, linear=True)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        features = self.features(pictures)
        logits = self.classifier(features.mean(dim=(2, 3), keepdim=True))
        return features, logits[:, :, 0, 0]


class MobileNetEncoder:
    """The 7 x 7 x 1280 map of the first picture of each segment and its 1001 ImageNet probabilities."""

    picture_size = PICTURE_SIZE
    pictures_per_segment = 1
    grid_shape = (7, 7)
    channels = 1280

    def __init__(self, weights: bytes, names: tuple[str, ...], recipe: Recipe, device: str = "cpu") -> None:
        graph = read_graph(weights, MOBILENET.name)
        self.input = graph.input or QuantizedInput(1 / 127.5, 127)
        self.classes = names
        self.recipe = recipe
        self.device = device
        self.network = MobileNetV2()
        bind(self.network, graph, MOBILENET.name)
        ready_to_run(self.network, device)

    @classmethod
    def pretrained(cls, device: str = "cpu") -> MobileNetEncoder:
        """With the pinned weights, fetched on first use. Raises :class:`WeightsError` where that cannot be."""
        names = tuple(read_verified(IMAGENET_NAMES).decode().splitlines())
        recipe: Recipe = {"kind": "mobilenet_v2", "version": VERSION, "weights": MOBILENET.sha256}
        return cls(read_verified(MOBILENET), names, recipe, device)

    @torch.inference_mode()
    def encode(self, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """uint8 [T,1,224,224,3] -> map float32 [T,7,7,1280] and probabilities [T,1001]."""
        maps = np.empty((len(pictures), *self.grid_shape, self.channels), dtype=np.float32)
        scores = np.empty((len(pictures), len(self.classes)), dtype=np.float32)
        for start in range(0, len(pictures), BATCH):
            batch = slice(start, start + BATCH)
            stored = torch.tensor(pictures[batch, 0], device=self.device)
            real = (stored.float() - self.input.zero_point) * self.input.scale
            features, logits = self.network(rearrange(real, "n h w c -> n c h w"))
            maps[batch] = rearrange(features, "n c h w -> n h w c").cpu().numpy()
            scores[batch] = logits.softmax(dim=-1).cpu().numpy()
        return maps, scores
