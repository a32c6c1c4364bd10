"""An extractor is a pair: one encoder for the pictures of a segment, one for its sound.

Letters: T segments, K pictures per segment, S sound samples per segment, H x W grid of positions,
Dv visual channels, Da audio channels.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from seehear.core.errors import InvalidValueError, UnknownNameError
from seehear.core.values import Clip, Features, check_shape

Recipe = dict[str, object]
"""What makes an encoder's numbers what they are: version, constants of the preprocessing, hash of the weights."""


class PictureEncoder(Protocol):
    """Turns the pictures of a segment into a grid of channels, each segment by itself."""

    @property
    def picture_size(self) -> int: ...
    @property
    def pictures_per_segment(self) -> int: ...
    @property
    def grid_shape(self) -> tuple[int, int]: ...
    @property
    def channels(self) -> int: ...
    @property
    def classes(self) -> tuple[str, ...] | None: ...
    @property
    def recipe(self) -> Recipe: ...

    def encode(self, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """uint8 [T,K,size,size,3] -> float32 [T,H,W,Dv] and, where the encoder names things, scores [T,classes]."""
        ...


class SoundEncoder(Protocol):
    """Turns the sound of a segment into channels, each segment by itself."""

    @property
    def channels(self) -> int: ...
    @property
    def classes(self) -> tuple[str, ...] | None: ...
    @property
    def recipe(self) -> Recipe: ...

    def encode(self, sound: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """float32 [T,S] at 16 kHz -> float32 [T,Da] and, where the encoder names things, scores [T,classes]."""
        ...


@dataclass(frozen=True)
class Extractor:
    """Makes :class:`Features` of a :class:`Clip`; says its sizes and, by its fingerprint, what it is."""

    name: str
    pictures: PictureEncoder
    sound: SoundEncoder

    @cached_property
    def fingerprint(self) -> str:
        """16 hex digits that change with the name, the weights, the preprocessing and the version."""
        picture, sound = self.pictures, self.sound
        identity = {
            "name": self.name,
            "picture": {"size": picture.picture_size, "count": picture.pictures_per_segment, **picture.recipe},
            "sound": sound.recipe,
        }
        return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def picture_size(self) -> int:
        """Height and width in pixels of the pictures a clip must bring."""
        return self.pictures.picture_size

    @property
    def pictures_per_segment(self) -> int:
        """K."""
        return self.pictures.pictures_per_segment

    @property
    def grid_shape(self) -> tuple[int, int]:
        """(H, W)."""
        return self.pictures.grid_shape

    @property
    def visual_channels(self) -> int:
        """Dv."""
        return self.pictures.channels

    @property
    def audio_channels(self) -> int:
        """Da."""
        return self.sound.channels

    @property
    def visual_classes(self) -> tuple[str, ...] | None:
        """Names of the columns of `Features.visual_scores`, or `None` where there are none."""
        return self.pictures.classes

    @property
    def audio_classes(self) -> tuple[str, ...] | None:
        """Names of the columns of `Features.audio_scores`, or `None` where there are none."""
        return self.sound.classes

    def extract(self, clip: Clip) -> Features:
        """Features of every segment of `clip`; a segment without picture or sound has zeros and its flag says so.

        Segments do not see each other: the features of a video do not depend on how it was cut into clips.
        Raises :class:`InvalidValueError` where the pictures have another size or count than this extractor reads.
        """
        size = self.picture_size
        check_shape("pictures", clip.pictures, (len(clip), self.pictures_per_segment, size, size, 3))
        if not np.isfinite(clip.sound).all():
            raise InvalidValueError("the sound of a clip holds NaN or infinite samples")
        visual, visual_scores = _encode_present(self.pictures.encode, clip.pictures, clip.has_picture)
        audio, audio_scores = _encode_present(self.sound.encode, clip.sound, clip.has_sound)
        return Features(
            grid=clip.grid,
            first_segment=clip.first_segment,
            fingerprint=self.fingerprint,
            visual=visual,
            audio=audio,
            has_picture=clip.has_picture,
            has_sound=clip.has_sound,
            visual_scores=visual_scores,
            audio_scores=audio_scores,
        )


Encode = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray | None]]


def _encode_present(encode: Encode, values: np.ndarray, present: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Encode the segments that are there and leave zeros for the others."""
    features, scores = encode(values if present.all() else values[present])
    return _spread(features, present), None if scores is None else _spread(scores, present)


def _spread(rows: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Rows of the present segments at their places among all."""
    if present.all():
        return rows
    spread = np.zeros((len(present), *rows.shape[1:]), dtype=rows.dtype)
    spread[present] = rows
    return spread


def load_builtin() -> Extractor:
    """Statistics of colour, edges, motion and log-mel sound: no weights, nothing to fetch."""
    from seehear.features.builtin import PictureStatistics, SoundStatistics

    return Extractor("builtin", PictureStatistics(), SoundStatistics())


def load_light(device: str = "cpu") -> Extractor:
    """MobileNetV2 and YAMNet: two files of 4 MB, fetched on first use, with the class scores of both."""
    from seehear.features.mobilenet import MobileNetEncoder
    from seehear.features.yamnet import YamnetEncoder

    return Extractor("light", MobileNetEncoder.pretrained(device), YamnetEncoder.pretrained(device))


def load_paper(preprocessing: str = "first_frame", precision: str = "float32", device: str = "cpu") -> Extractor:
    """VGG-19 and VGGish, as the field's published features: 863 MB, fetched on first use.

    `preprocessing` is `first_frame` or `ave_release` (:data:`seehear.features.vgg19.PREPROCESSINGS`); `precision` of
    the picture network is `float32` or, at twice the speed where the processor has it, `bfloat16`.
    """
    from seehear.features.vgg19 import Vgg19Encoder
    from seehear.features.vggish import VggishEncoder

    pictures = Vgg19Encoder.pretrained(preprocessing, precision, device)
    return Extractor("paper", pictures, VggishEncoder.pretrained(device))


EXTRACTORS: dict[str, Callable[..., Extractor]] = {
    "builtin": load_builtin,
    "light": load_light,
    "paper": load_paper,
}
"""Name -> function that makes the extractor, fetching its weights where it has any."""


@dataclass(frozen=True)
class Remade:
    """How features that others published are made again for videos of one's own."""

    extractor: str
    """Name in :data:`EXTRACTORS`."""
    options: dict[str, str]
    note: str
    """What a user must know of it."""

    def load(self) -> Extractor:
        """The extractor that makes them. Raises as :func:`load_extractor`."""
        return load_extractor(self.extractor, **self.options)


REMADE = {
    "ave-published": Remade(
        "paper",
        {"preprocessing": "ave_release"},
        "the model was trained on the features published with AVE; for other videos they are made again by our reading "
        "of that release's recipe (VGG-19 with Caffe weights and preprocessing, the mean of 16 pictures a second; "
        "VGGish after its ReLU); how near they come to the published numbers was not measured",
    ),
}
"""Extractor that a model names -> how its features are made here. Their makers' own programs are not ours to run."""


def load_extractor(name: str, **options: object) -> Extractor:
    """The extractor of this name; `options` are those of its function in :data:`EXTRACTORS`.

    Raises :class:`UnknownNameError`, or :class:`WeightsError` where its weights can neither be found nor fetched.
    """
    if name not in EXTRACTORS:
        raise UnknownNameError("extractor", name, tuple(EXTRACTORS))
    return EXTRACTORS[name](**options)
