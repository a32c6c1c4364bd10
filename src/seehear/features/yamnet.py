"""YAMNet (MobileNetV1 on log-mel patches, trained on AudioSet; tensorflow/models, research/audioset/yamnet).

Shapes: N patches of 96 frames x 64 bands; embedding 1024 after the mean over the patch; 521 AudioSet classes.
"""

from __future__ import annotations

import csv

import numpy as np
import torch
from torch import Tensor, nn

from seehear.features.convolution import SameConvolution, bind, depthwise
from seehear.features.extractor import Recipe
from seehear.features.inference import ready_to_run
from seehear.features.logmel import log_mel_patch
from seehear.features.tflite import read_graph
from seehear.features.weights import AUDIOSET_NAMES, YAMNET, read_verified

VERSION = 1
LOG_OFFSET = 0.001
BATCH = 32
BLOCKS = (
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1),
    (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1),
)  # fmt: skip
"""Channels and stride of each depthwise-separable block."""


class Yamnet(nn.Module):
    """Log-mel patches (N,96,64) -> embedding (N,1024) and logits (N,521)."""

    def __init__(self) -> None:
        super().__init__()
        layers = [SameConvolution(1, 32, kernel=3, stride=2)]
        inputs = 32
        for outputs, stride in BLOCKS:
            layers += [depthwise(inputs, stride), SameConvolution(inputs, outputs)]
            inputs = outputs
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Linear(inputs, 521)

    def forward(self, patches: Tensor) -> tuple[Tensor, Tensor]:
        image = patches[:, None].to(memory_format=torch.channels_last)  # (N,1,96,64)
        embedding = self.features(image).mean(dim=(2, 3))
        return embedding, self.classifier(embedding)


class YamnetEncoder:
    """The embedding of the first 0.96 s of each segment and its 521 AudioSet probabilities (each by itself)."""

    channels = 1024

    def __init__(self, weights: bytes, names: tuple[str, ...], recipe: Recipe, device: str = "cpu") -> None:
        self.classes = names
        self.recipe = recipe
        self.device = device
        self.network = Yamnet()
        bind(self.network, read_graph(weights, YAMNET.name), YAMNET.name)
        ready_to_run(self.network, device)

    @classmethod
    def pretrained(cls, device: str = "cpu") -> YamnetEncoder:
        """With the pinned weights, fetched on first use. Raises :class:`WeightsError` where that cannot be."""
        rows = csv.DictReader(read_verified(AUDIOSET_NAMES).decode().splitlines())
        names = tuple(row["display_name"] for row in rows)
        recipe: Recipe = {"kind": "yamnet", "version": VERSION, "weights": YAMNET.sha256, "log_offset": LOG_OFFSET}
        return cls(read_verified(YAMNET), names, recipe, device)

    @torch.inference_mode()
    def encode(self, sound: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """float32 [T,S] at 16 kHz -> embedding float32 [T,1024] and probabilities [T,521]."""
        embeddings = np.empty((len(sound), self.channels), dtype=np.float32)
        scores = np.empty((len(sound), len(self.classes)), dtype=np.float32)
        for start in range(0, len(sound), BATCH):
            batch = slice(start, start + BATCH)
            patches = torch.from_numpy(log_mel_patch(sound[batch], LOG_OFFSET)).to(self.device)
            embedding, logits = self.network(patches)
            embeddings[batch] = embedding.cpu().numpy()
            scores[batch] = logits.sigmoid().cpu().numpy()
        return embeddings, scores
