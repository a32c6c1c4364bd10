"""A data set in AVE's form that is small enough to make for every test: 40 rows, a grid of 2 x 3, few channels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np

from seehear.data.ave.annotations import Annotation, Annotations
from seehear.data.ave.splits import Split
from seehear.data.ave.stand_in import StandIn, write_stand_in

CATEGORIES = ("Bark", "Cat", "Clock", "Flute")
SETTINGS = StandIn(grid_shape=(2, 3), visual_channels=6, audio_channels=5, background_clips=7)
SHARED_BY_TRAINING_AND_TEST = 3
"""Videos 0, 1, 2 have a row in training and another in test; videos 3 to 6 two rows in training."""


def annotations() -> Annotations:
    """Rows 0..32 of videos 0..32, rows 33..39 of videos 0..6 once more, as another category."""
    rows = []
    for number in range(40):
        video, again = (number, 0) if number < 33 else (number - 33, 1)
        start = number % 4
        rows.append(
            Annotation(
                CATEGORIES[(video + again) % 4], f"video{video:06d}", "good", start, 10 - number % 3 * (start > 0)
            )
        )
    return Annotations(tuple(rows))


def split() -> Split:
    test = np.array([33, 35, 34, 20, 21, 22, 23])
    validation = np.array([24, 25, 26, 27, 28])
    rest = [row for row in range(40) if row not in {*test.tolist(), *validation.tolist()}]
    return Split(np.array(rest[::-1]), validation, test)


def write(folder: Path) -> Path:
    write_stand_in(folder, annotations(), split(), SETTINGS)
    return folder


def change(path: Path, function: Callable[[np.ndarray], np.ndarray], key: str = "avadataset", **options) -> None:
    """Put another array in the place of the one in an HDF5 file."""
    with h5py.File(path) as file:
        values = file[key][()]
    with h5py.File(path, "w") as file:
        file.create_dataset(key, data=function(values), **options)
