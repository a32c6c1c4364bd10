"""Training, validation and test rows: as published, and without the videos that training shares with the others."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seehear.data.ave.annotations import Annotations
from seehear.data.ave.hdf5 import read_array, write_array
from seehear.data.ave.layout import ORDERS, locate

ORDER_KEY = "order"


@dataclass(frozen=True)
class Split:
    """Annotation rows of each part, int64, in published order."""

    training: np.ndarray
    validation: np.ndarray
    test: np.ndarray

    @property
    def parts(self) -> dict[str, np.ndarray]:
        return {"training": self.training, "validation": self.validation, "test": self.test}

    def shared_videos(self, annotations: Annotations, one: str, other: str) -> frozenset[str]:
        """Videos that occur in both of two parts."""
        videos = annotations.videos
        return frozenset(videos[row] for row in self.parts[one]) & frozenset(videos[row] for row in self.parts[other])

    def leak_free(self, annotations: Annotations) -> Split:
        """Without the training rows whose video is also in validation or test.

        Validation and test stay as published, so that what is measured on them can be compared.
        """
        leaked = self.shared_videos(annotations, "training", "validation")
        leaked |= self.shared_videos(annotations, "training", "test")
        kept = [row for row in self.training if annotations.rows[row].video not in leaked]
        return Split(np.array(kept, dtype=np.int64), self.validation, self.test)


def read_split(folder: Path) -> Split:
    """The split in the three order files of a folder.

    Raises StorageError or InvalidValueError where one cannot be read or is not a list of row numbers.
    """
    return Split(*(read_order(locate(folder, name)) for name in ORDERS.values()))


def read_order(path: Path) -> np.ndarray:
    """int64 [n]: the row numbers in one order file."""
    return read_array(path, ORDER_KEY, shape=(None,), kinds="iu").astype(np.int64)


def write_split(folder: Path, split: Split) -> None:
    """The three order files in published form."""
    for part, rows in split.parts.items():
        write_array(Path(folder) / ORDERS[part], ORDER_KEY, rows)
