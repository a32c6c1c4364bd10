"""VGG-19 up to its last pooling (Simonyan and Zisserman 2015, arXiv 1409.1556, configuration E).

Parameter names are torchvision's (`features.N.weight`). Shapes: pictures of 224 x 224, map 7 x 7 x 512.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from einops import rearrange, reduce
from torch import Tensor, nn

from seehear.core.errors import UnknownNameError
from seehear.features.extractor import Recipe
from seehear.features.inference import ready_to_run
from seehear.features.published import give_parameters, read_published
from seehear.features.vgg import Blocks, vgg_layers
from seehear.features.weights import VGG19_CAFFE, VGG19_TORCHVISION, WeightFile

VERSION = 1
PICTURE_SIZE = 224
BATCH = 8
BLOCKS: Blocks = ((64, 2), (128, 2), (256, 4), (512, 4), (512, 4))
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How pictures become the network's input, and which weights were trained on such input."""

    weights: WeightFile
    pictures_per_segment: int
    """Their maps are averaged."""
    channel_order: tuple[int, int, int]
    mean: tuple[float, float, float]
    """Subtracted from 0..255, in the network's channel order."""
    spread: tuple[float, float, float]
    """Then divided by."""


PREPROCESSINGS = {
    "first_frame": Preprocessing(VGG19_TORCHVISION, 1, (0, 1, 2), (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)),
    "ave_release": Preprocessing(VGG19_CAFFE, 16, (2, 1, 0), (103.939, 116.779, 123.68), (1.0, 1.0, 1.0)),
}
"""`first_frame`: the first picture of a segment, prepared as torchvision's weights want it (what the PFAGN paper says).
`ave_release`: the mean of 16 pictures a second, blue-green-red less the mean, through the Caffe weights (what the
published AVE features are)."""


def preprocessing_named(name: str) -> Preprocessing:
    """Raises :class:`UnknownNameError` for a name that is not in :data:`PREPROCESSINGS`."""
    if name not in PREPROCESSINGS:
        raise UnknownNameError("preprocessing", name, tuple(PREPROCESSINGS))
    return PREPROCESSINGS[name]


class Vgg19(nn.Module):
    """Prepared pictures (N,3,224,224) -> pool5 (N,512,7,7)."""

    def __init__(self) -> None:
        super().__init__()
        self.features = vgg_layers(3, BLOCKS)

    def forward(self, pictures: Tensor) -> Tensor:
        return self.features(pictures)


class Vgg19Encoder:
    """The 7 x 7 x 512 map of each segment, after its last ReLU and pooling."""

    picture_size = PICTURE_SIZE
    grid_shape = (7, 7)
    channels = 512
    classes = None

    def __init__(
        self,
        parameters: dict[str, Tensor],
        weights_sha256: str,
        preprocessing: str = "first_frame",
        precision: str = "float32",
        device: str = "cpu",
    ) -> None:
        if precision not in PRECISIONS:
            raise UnknownNameError("precision", precision, tuple(PRECISIONS))
        self.preprocessing = preprocessing_named(preprocessing)
        self.pictures_per_segment = self.preprocessing.pictures_per_segment
        self.recipe: Recipe = {
            "kind": "vgg19",
            "version": VERSION,
            "weights": weights_sha256,
            "preprocessing": preprocessing,
            "precision": precision,
        }
        self.device = device
        self.precision = PRECISIONS[precision]
        self.network = Vgg19()
        give_parameters(self.network, parameters, self.preprocessing.weights.name)
        ready_to_run(self.network, device, self.precision)

    @classmethod
    def pretrained(
        cls, preprocessing: str = "first_frame", precision: str = "float32", device: str = "cpu"
    ) -> Vgg19Encoder:
        """With the pinned weights of that preprocessing, fetched on first use (575 MB)."""
        parameters, sha256 = read_published(preprocessing_named(preprocessing).weights)
        return cls(parameters, sha256, preprocessing, precision, device)

    @torch.inference_mode()
    def encode(self, pictures: np.ndarray) -> tuple[np.ndarray, None]:
        """uint8 [T,K,224,224,3] -> map float32 [T,7,7,512], the mean over the K pictures of a segment."""
        maps = np.empty((len(pictures), *self.grid_shape, self.channels), dtype=np.float32)
        flat = rearrange(pictures, "t k h w c -> (t k) h w c")
        each = [self._maps(flat[start : start + BATCH]) for start in range(0, len(flat), BATCH)]
        if each:
            maps[:] = reduce(torch.cat(each), "(t k) c h w -> t h w c", "mean", t=len(pictures)).cpu().numpy()
        return maps, None

    def _maps(self, pictures: np.ndarray) -> Tensor:
        """uint8 (N,224,224,3) -> float32 (N,512,7,7)"""
        form = self.preprocessing
        ordered = torch.tensor(pictures, device=self.device)[..., list(form.channel_order)].float()
        prepared = (ordered - ordered.new_tensor(form.mean)) / ordered.new_tensor(form.spread)
        return self.network(rearrange(prepared, "n h w c -> n c h w").to(self.precision)).float()
