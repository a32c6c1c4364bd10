"""Checks of feature files: that they have the form, the values and the order they should have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from seehear.core.errors import Reason
from seehear.data.ave import layout
from seehear.data.ave.facts import Facts
from seehear.data.ave.features import background_names
from seehear.data.ave.hdf5 import open_array, read_array
from seehear.data.ave.inspection import Inspection

Progress = Callable[[str, int, int], None]
LARGEST_HALF = float(np.finfo(np.float16).max)
LARGEST_AUDIO = 50.0
"""VGGish behind its ReLU stays below 10 on real sounds; quantised values go to 255."""
_CLIPS_AT_ONCE = 16
_ALIKE = 0.5
"""Rows of one video differ by less than this share of what rows of two videos differ by."""


def inspect_features(
    folder: Path, inspection: Inspection, facts: Facts | None, progress: Progress, *, complete: bool = False
) -> None:
    """Look at the feature files, if there are any, and read every value of them; `complete`: they must be there."""
    annotations = inspection.annotations
    pairs = ((layout.VISUAL, layout.AUDIO), (layout.AUDIO, layout.VISUAL))
    for name, other in pairs:
        path = layout.locate(folder, name)
        if not path.exists():
            alone = layout.locate(folder, other).exists()
            why = f"{other} is there and is of no use alone" if alone else "features; without them videos are needed"
            inspection.missing(name, why, wrong=alone or complete)
        elif annotations is not None:
            names = [f"{number} ({video})" for number, video in enumerate(annotations.videos)]
            clips = _Clips(name, names, annotations.videos)
            _inspect(path, inspection, clips, _shape(name, facts), progress)
    _inspect_background(folder, inspection, facts, progress, complete)


@dataclass(frozen=True)
class _Clips:
    """The clips a file should hold."""

    file: str
    names: list[str]
    """For people."""
    videos: tuple[str, ...]


@dataclass(frozen=True)
class _Values:
    """What is kept of N clips that were read once."""

    smallest: np.ndarray
    """[N], NaN where any value is"""
    largest: np.ndarray
    """[N]"""
    means: np.ndarray
    """[N,T,channels], over the grid; equal where clips are equal"""


def _inspect_background(
    folder: Path, inspection: Inspection, facts: Facts | None, progress: Progress, complete: bool
) -> None:
    name, path = layout.BACKGROUND_LABELS, layout.locate(folder, layout.BACKGROUND_LABELS)
    count = facts.background_clips if facts is not None else None
    if not path.exists():
        inspection.missing(name, "labels of the background-only clips; all of them are background")
    else:
        with inspection.reading(name):
            labels = read_array(path, shape=(count, None), kinds="fiu")
            count = len(labels)
            background = (labels[:, -1] == 1) & (labels[:, :-1] == 0).all(axis=1)
            inspection.hold(name, "clips that are background", f"{count} of {count}", f"{background.sum()} of {count}")
    for name in (layout.BACKGROUND_VISUAL, layout.BACKGROUND_AUDIO):
        path = layout.locate(folder, name)
        if not path.exists():
            inspection.missing(name, "background-only clips, for weak training", wrong=complete)
            continue
        with inspection.reading(name):
            with open_array(path) as array:
                count = count if count is not None else len(array)
            names = background_names(count)
            _inspect(path, inspection, _Clips(name, list(names), names), _shape(name, facts), progress)


def _inspect(
    path: Path, inspection: Inspection, clips: _Clips, shape: tuple[int | None, ...], progress: Progress
) -> None:
    """One feature file: form, then every value."""
    name, values = clips.file, None
    with inspection.reading(name), open_array(path, shape=(None, *shape)) as array:
        inspection.hold(name, "shape of a clip", _sizes(array.shape[1:]), _sizes(array.shape[1:]))
        right = array.dtype.itemsize in (4, 8)
        inspection.hold(name, "values are float64 or float32", "yes", "yes" if right else str(array.dtype))
        if inspection.hold(name, "clips", len(clips.names), len(array), _by_size(len(array), len(clips.names))):
            values = _read(array, lambda done: progress(name, done, len(clips.names)))
    if values is None:
        return
    if _inspect_values(inspection, clips, values):
        _inspect_order(inspection, clips, values.means)


def _inspect_values(inspection: Inspection, clips: _Clips, values: _Values) -> bool:
    """Whether all values are finite, having noted all that is wrong with them."""

    def named(rows: np.ndarray) -> list[str]:
        return [clips.names[row] for row in np.flatnonzero(rows)]

    name, audio = clips.file, values.means.ndim == 3 and clips.file in (layout.AUDIO, layout.BACKGROUND_AUDIO)
    not_a_number = np.isnan(values.smallest)
    infinite = ~not_a_number & ~(np.isfinite(values.smallest) & np.isfinite(values.largest))
    finite = ~not_a_number & ~infinite
    inspection.none_of(name, "clips with NaN", named(not_a_number), Reason.NOT_FINITE)
    inspection.none_of(name, "clips with infinite values", named(infinite), Reason.NOT_FINITE)
    inspection.none_of(name, "clips beyond float16", named(finite & (values.largest > LARGEST_HALF)), Reason.OVER_LIMIT)
    below = named(finite & (values.smallest < 0))
    inspection.none_of(name, "clips with values below 0, which no ReLU leaves", below, Reason.INVALID_VALUE)
    nothing = finite & (values.smallest == 0) & (values.largest == 0)
    inspection.none_of(name, "clips of zeros only, which were never written", named(nothing), Reason.TRUNCATED)
    if audio:
        loud = named(finite & (values.largest > LARGEST_AUDIO))
        what = f"clips above {LARGEST_AUDIO:g}: quantised, or not behind VGGish's ReLU"
        inspection.none_of(name, what, loud, Reason.INVALID_VALUE)
    return bool(finite.all())


def _inspect_order(inspection: Inspection, clips: _Clips, means: np.ndarray) -> None:
    """Rows of one video are alike, rows of two videos are not the same."""
    name, flat = clips.file, means.reshape(len(means), -1)
    moving = (means != means[:, :1]).any(axis=(1, 2))  # black pictures and silence may be the same in two videos
    first_with: dict[bytes, int] = {}
    copies = []
    for row in np.flatnonzero(moving):
        first = first_with.setdefault(flat[row].tobytes(), int(row))
        if clips.videos[first] != clips.videos[row]:
            copies.append(f"{clips.names[row]} is {clips.names[first]}")
    inspection.none_of(name, "clips that are copies of another video's", copies)
    pairs = _pairs_of_one_video(clips.videos)
    if not pairs:
        return
    other = np.abs(flat - np.roll(flat, len(flat) // 2, axis=0)).mean(axis=1)
    limit = _ALIKE * float(np.median(other))
    unlike = [pair for pair in pairs if np.abs(flat[pair[0]] - flat[pair[1]]).mean() > limit]
    said = f"{len(pairs)} of {len(pairs)} alike"
    found = f"{len(pairs) - len(unlike)} of {len(pairs)} alike"
    if unlike:
        one, another = unlike[0]
        whole = "; the file is in another order than the annotations" if 2 * len(unlike) > len(pairs) else ""
        found += f", rows {clips.names[one]} and {clips.names[another]} are not{whole}"
    inspection.hold(name, "pairs of rows of one video", said, found)


def _read(array: h5py.Dataset, progress: Callable[[int], None]) -> _Values:
    smallest, largest, means = [], [], []
    for first in range(0, len(array), _CLIPS_AT_ONCE):
        clips = array[first : first + _CLIPS_AT_ONCE]
        over = tuple(range(1, clips.ndim))
        smallest.append(clips.min(axis=over))
        largest.append(clips.max(axis=over))
        means.append(clips if clips.ndim == 3 else clips.mean(axis=(2, 3), dtype=np.float64))
        progress(min(first + _CLIPS_AT_ONCE, len(array)))
    return _Values(np.concatenate(smallest), np.concatenate(largest), np.concatenate(means))


def _pairs_of_one_video(videos: tuple[str, ...]) -> list[tuple[int, int]]:
    last: dict[str, int] = {}
    pairs = []
    for row, video in enumerate(videos):
        if video in last:
            pairs.append((last[video], row))
        last[video] = row
    return pairs


def _shape(name: str, facts: Facts | None) -> tuple[int | None, ...]:
    """[T,H,W,Dv] or [T,Da] of the clips in a file."""
    visual = name in (layout.VISUAL, layout.BACKGROUND_VISUAL)
    if facts is not None:
        return facts.visual_shape if visual else facts.audio_shape
    return (10, None, None, None) if visual else (10, None)


def _sizes(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))


def _by_size(found: int, expected: int) -> Reason:
    return Reason.TRUNCATED if found < expected else Reason.INVALID_VALUE
