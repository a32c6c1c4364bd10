"""VGGish (Hershey et al. 2017, arXiv 1609.09430): configuration A of VGG on log-mel patches.

Parameter names are those of the published PyTorch port. Shapes: patches of 96 frames x 64 bands, embedding 128
after the last ReLU: no PCA, no quantisation, as the published AVE features were made.
"""

from __future__ import annotations

import numpy as np
import torch
from einops import rearrange
from torch import Tensor, nn

from seehear.features.extractor import Recipe
from seehear.features.inference import ready_to_run
from seehear.features.logmel import log_mel_patch
from seehear.features.published import give_parameters, read_published
from seehear.features.vgg import Blocks, vgg_layers
from seehear.features.weights import VGGISH

VERSION = 1
LOG_OFFSET = 0.01
BATCH = 16
BLOCKS: Blocks = ((64, 1), (128, 1), (256, 2), (512, 2))


class Vggish(nn.Module):
    """Log-mel patches (N,96,64) -> embedding (N,128), not negative."""

    def __init__(self) -> None:
        super().__init__()
        self.features = vgg_layers(1, BLOCKS)
        self.embeddings = nn.Sequential(
            nn.Linear(512 * 6 * 4, 4096), nn.ReLU(inplace=True),
            nn.Linear(4096, 4096), nn.ReLU(inplace=True),
            nn.Linear(4096, 128), nn.ReLU(inplace=True),
        )  # fmt: skip

    def forward(self, patches: Tensor) -> Tensor:
        features = self.features(patches[:, None])  # (N,512,6,4)
        # The published weights come from TensorFlow, which keeps channels last.
        return self.embeddings(rearrange(features, "n channels frames bands -> n (frames bands channels)"))


class VggishEncoder:
    """The embedding of the first 0.96 s of each segment."""

    channels = 128
    classes = None

    def __init__(self, parameters: dict[str, Tensor], weights_sha256: str, device: str = "cpu") -> None:
        self.recipe: Recipe = {
            "kind": "vggish",
            "version": VERSION,
            "weights": weights_sha256,
            "log_offset": LOG_OFFSET,
        }
        self.device = device
        self.network = Vggish()
        give_parameters(self.network, parameters, VGGISH.name)
        ready_to_run(self.network, device)

    @classmethod
    def pretrained(cls, device: str = "cpu") -> VggishEncoder:
        """With the pinned weights, fetched on first use (288 MB)."""
        parameters, sha256 = read_published(VGGISH)
        return cls(parameters, sha256, device)

    @torch.inference_mode()
    def encode(self, sound: np.ndarray) -> tuple[np.ndarray, None]:
        """float32 [T,S] at 16 kHz -> float32 [T,128]."""
        embeddings = np.empty((len(sound), self.channels), dtype=np.float32)
        for start in range(0, len(sound), BATCH):
            batch = slice(start, start + BATCH)
            patches = torch.from_numpy(log_mel_patch(sound[batch], LOG_OFFSET)).to(self.device)
            embeddings[batch] = self.network(patches).cpu().numpy()
        return embeddings, None
