"""A stand-in for AVE's features: real annotations and orders, values drawn per category with noise.

For tests and benchmarks of everything around the features; what is learned from it says nothing of real videos.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from seehear.core.errors import InvalidValueError
from seehear.data.ave import layout
from seehear.data.ave.annotations import CLIP_SEGMENTS, Annotation, Annotations, write_annotations
from seehear.data.ave.features import DRAWN, background_names
from seehear.data.ave.hdf5 import FEATURE_KEY, write_array
from seehear.data.ave.splits import Split, write_split
from seehear.storage.files import storage_errors, write_text

_PROTOTYPES, _CLIP = 0x5A4D, 0xC119


@dataclass(frozen=True)
class StandIn:
    """What is drawn; the defaults have the sizes of AVE."""

    grid_shape: tuple[int, int] = (7, 7)
    visual_channels: int = 512
    audio_channels: int = 128
    background_clips: int = 178
    noise: float = 0.5
    """Standard deviation beside categories whose channels differ by about 1."""
    dtype: str = "float64"
    seed: int = 0


def fraction_of(annotations: Annotations, split: Split, fraction: float) -> tuple[Annotations, Split]:
    """A share of the rows, the same of every category in every part and at least one; order is kept."""
    if not 0 < fraction <= 1:
        raise InvalidValueError(f"a fraction is above 0 and at most 1, not {fraction}")
    kept = [np.sort(np.concatenate(list(_thinned(rows, annotations, fraction)))) for rows in split.parts.values()]
    chosen = np.sort(np.concatenate(kept))
    number = np.full(len(annotations), -1, dtype=np.int64)
    number[chosen] = np.arange(len(chosen))
    parts = [number[rows] for rows in split.parts.values()]
    return annotations.subset(chosen.tolist()), Split(*(rows[rows >= 0] for rows in parts))


def write_stand_in(
    folder: Path,
    annotations: Annotations,
    split: Split,
    settings: StandIn | None = None,
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Write every file of AVE but the videos into `folder`, in the published form.

    The feature files carry a mark that they were drawn. Rows of one video get the same features. In a background
    segment a category may be seen or heard, never both.
    """
    settings, folder = settings or StandIn(), Path(folder)
    clips = _Clips(annotations, settings)
    write_annotations(folder / layout.ANNOTATIONS, annotations)
    write_split(folder, split)
    for part, rows in split.parts.items():
        write_text(folder / layout.LISTS[part], "\n".join(annotations.rows[row].line() for row in rows) + "\n")
    for name, labels in published_labels(annotations, settings.background_clips).items():
        write_array(folder / name, FEATURE_KEY, labels)
    total = len(annotations) + settings.background_clips
    own, background = (clips.of(video) for video in annotations.videos), clips.background()
    done = _write_features(folder, (layout.VISUAL, layout.AUDIO), len(annotations), own, settings, progress, total)
    files = (layout.BACKGROUND_VISUAL, layout.BACKGROUND_AUDIO)
    _write_features(folder, files, settings.background_clips, background, settings, progress, total, done)


def published_labels(annotations: Annotations, background_clips: int) -> dict[str, np.ndarray]:
    """The label arrays as AVE publishes them, float32, by file name."""
    classes = np.eye(len(annotations.categories) + 1, dtype=np.float32)
    return {
        layout.SEGMENT_LABELS: classes[annotations.segment_classes],
        layout.EVENT_LABELS: annotations.is_event.astype(np.float32),
        layout.CLIP_LABELS: classes[annotations.clip_classes],
        layout.BACKGROUND_LABELS: classes[np.full(background_clips, annotations.categories.background)],
    }


class _Clips:
    """Features as a pure function of seed and video."""

    def __init__(self, annotations: Annotations, settings: StandIn) -> None:
        self.settings = settings
        self.rows: dict[str, list[tuple[Annotation, int, np.ndarray]]] = {}
        for row, number, event in zip(annotations.rows, annotations.clip_classes, annotations.is_event, strict=True):
            self.rows.setdefault(row.video, []).append((row, int(number), event))
        random = np.random.default_rng((settings.seed, _PROTOTYPES))
        count = len(annotations.categories)
        self.looks = random.exponential(1, (count, settings.visual_channels)).astype(np.float32)
        self.sounds = random.exponential(1, (count, settings.audio_channels)).astype(np.float32)

    def of(self, video: str) -> tuple[np.ndarray, np.ndarray]:
        """[T,H,W,Dv], [T,Da] of a video."""
        random, visual, audio = self._noise(video)
        for _, category, event in self.rows[video]:
            alone = random.integers(3, size=CLIP_SEGMENTS)  # in background: neither, seen only, heard only
            self._show(random, visual, category, event | (alone == 1))
            audio[event | (alone == 2)] += self.sounds[category]
        return _rectified(visual), _rectified(audio)

    def background(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The clips that hold no event: one category in view, another heard."""
        for name in background_names(self.settings.background_clips):
            random, visual, audio = self._noise(name)
            seen, heard = random.choice(len(self.looks), 2, replace=False)
            self._show(random, visual, seen, np.ones(CLIP_SEGMENTS, dtype=bool))
            audio += self.sounds[heard]
            yield _rectified(visual), _rectified(audio)

    def _noise(self, name: str) -> tuple[np.random.Generator, np.ndarray, np.ndarray]:
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8])
        random = np.random.default_rng((self.settings.seed, number, _CLIP))
        settings = self.settings
        visual = random.standard_normal((CLIP_SEGMENTS, *settings.grid_shape, settings.visual_channels), np.float32)
        audio = random.standard_normal((CLIP_SEGMENTS, settings.audio_channels), np.float32)
        return random, visual * settings.noise, audio * settings.noise

    def _show(self, random: np.random.Generator, visual: np.ndarray, category: int, when: np.ndarray) -> None:
        height, width = self.settings.grid_shape
        visual[when, random.integers(height), random.integers(width)] += self.looks[category]


def _rectified(values: np.ndarray) -> np.ndarray:
    return np.maximum(values - 0.2, 0)  # as behind a ReLU: many zeros, nothing negative


def _thinned(rows: np.ndarray, annotations: Annotations, fraction: float) -> Iterator[np.ndarray]:
    classes = annotations.clip_classes[rows]
    for category in np.unique(classes):
        own = rows[classes == category]
        count = max(1, math.floor(fraction * len(own) + 0.5))
        yield own[np.arange(count) * len(own) // count]


def _write_features(
    folder: Path,
    names: tuple[str, str],
    count: int,
    clips: Iterator[tuple[np.ndarray, np.ndarray]],
    settings: StandIn,
    progress: Callable[[int, int], None],
    total: int,
    done: int = 0,
) -> int:
    visual_shape = (count, CLIP_SEGMENTS, *settings.grid_shape, settings.visual_channels)
    audio_shape = (count, CLIP_SEGMENTS, settings.audio_channels)
    with (
        storage_errors(folder),
        h5py.File(folder / names[0], "w") as visual_file,
        h5py.File(folder / names[1], "w") as audio_file,
    ):
        visual_array = visual_file.create_dataset(FEATURE_KEY, visual_shape, settings.dtype)
        audio_array = audio_file.create_dataset(FEATURE_KEY, audio_shape, settings.dtype)
        visual_array.attrs[DRAWN] = audio_array.attrs[DRAWN] = settings.seed
        for number, (visual, audio) in enumerate(clips):
            visual_array[number], audio_array[number] = visual, audio
            progress(done + number + 1, total)
    return done + count
