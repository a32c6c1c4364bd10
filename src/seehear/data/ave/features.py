"""AVE's published features, to be packed: the clips of all annotation rows, then those that hold background only."""

from __future__ import annotations

import hashlib
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import h5py
import numpy as np

from seehear.data.ave.annotations import CLIP_SEGMENTS, GRID, Annotations
from seehear.data.ave.hdf5 import open_array
from seehear.data.ave.layout import AUDIO, BACKGROUND_AUDIO, BACKGROUND_VISUAL, VISUAL, locate
from seehear.data.packed import PackFacts
from seehear.storage.files import storage_errors

EXTRACTOR = "ave-published"
FINGERPRINT = (
    "ave-published: Keras VGG-19 block5_pool, mean of 16 frames a second; VGGish of 0.96 s, after ReLU, no PCA"
)
DRAWN, DRAWN_FINGERPRINT = "ave-drawn", "ave-drawn: values of a random generator in the form of AVE's features"
"""What features call themselves that `stand_in` drew: no result on them can be taken for one on AVE."""
BACKGROUND_NAME = "background {:03d}"
_TRACES, _TRACE_BYTES = 32, 1 << 16


def background_names(count: int) -> tuple[str, ...]:
    """What background-only clips are called; no video id is published for them."""
    return tuple(BACKGROUND_NAME.format(number) for number in range(count))


@dataclass(frozen=True)
class PublishedFeatures:
    """Features of one AVE folder as a :class:`~seehear.data.packing.PackSource`, float64 or float32 as they are.

    The background-only clips follow where both of their files are there. Errors are those of `open_array`.
    """

    folder: Path
    annotations: Annotations

    @cached_property
    def facts(self) -> PackFacts:
        with self._open(VISUAL) as visual, self._open(AUDIO) as audio:
            visual_shape, audio_shape = visual.shape, audio.shape
            drawn = DRAWN in visual.attrs or DRAWN in audio.attrs
        background = self._background_count(visual_shape[2:], audio_shape[2:])
        return PackFacts(
            names=(*self.annotations.names, *background_names(background)),
            visual_shape=visual_shape[1:],
            audio_shape=audio_shape[1:],
            extractor=DRAWN if drawn else EXTRACTOR,
            fingerprint=DRAWN_FINGERPRINT if drawn else FINGERPRINT,
            hop_seconds=GRID.hop_seconds,
            source=self._trace(background > 0),
        )

    def read(self, first: int, count: int) -> tuple[np.ndarray, np.ndarray]:
        """The clips from number `first` on, as stored."""
        rows = len(self.annotations)
        own, behind = slice(first, min(first + count, rows)), slice(max(first - rows, 0), first + count - rows)
        parts = [(VISUAL, AUDIO, own)] if first < rows else []
        parts += [(BACKGROUND_VISUAL, BACKGROUND_AUDIO, behind)] if behind.stop > 0 else []
        visual, audio = [], []
        for visual_name, audio_name, some in parts:
            with self._open(visual_name) as visual_array, self._open(audio_name) as audio_array:
                visual.append(visual_array[some])
                audio.append(audio_array[some])
        return _joined(visual), _joined(audio)

    def _open(self, name: str) -> AbstractContextManager[h5py.Dataset]:
        clips = len(self.annotations) if name in (VISUAL, AUDIO) else None
        rest = (None, None, None) if name in (VISUAL, BACKGROUND_VISUAL) else (None,)
        return open_array(locate(self.folder, name), shape=(clips, CLIP_SEGMENTS, *rest))

    def _background_count(self, visual_rest: tuple[int, ...], audio_rest: tuple[int, ...]) -> int:
        if not all(locate(self.folder, name).exists() for name in (BACKGROUND_VISUAL, BACKGROUND_AUDIO)):
            return 0
        visual_path, audio_path = locate(self.folder, BACKGROUND_VISUAL), locate(self.folder, BACKGROUND_AUDIO)
        with open_array(visual_path, shape=(None, CLIP_SEGMENTS, *visual_rest)) as visual:
            count = len(visual)
        with open_array(audio_path, shape=(count, CLIP_SEGMENTS, *audio_rest)):
            return count

    def _trace(self, background: bool) -> str:
        """Hash of the annotations and of samples of every feature file: reading them all would cost minutes."""
        digest = hashlib.sha256(self.annotations.sha256.encode())
        for name in (VISUAL, AUDIO, *((BACKGROUND_VISUAL, BACKGROUND_AUDIO) if background else ())):
            path = locate(self.folder, name)
            with storage_errors(path, "read"), path.open("rb") as stream:
                size = path.stat().st_size
                digest.update(f"{name} {size}".encode())
                for sample in range(_TRACES):
                    stream.seek(size * sample // _TRACES)
                    digest.update(stream.read(_TRACE_BYTES))
        return digest.hexdigest()


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    native = [part.astype(part.dtype.newbyteorder("="), copy=False) for part in parts]
    return native[0] if len(native) == 1 else np.concatenate(native)
