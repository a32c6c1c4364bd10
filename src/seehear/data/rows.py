"""Some rows of an array that stays where it is: subsets of features on disk that cost no memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from mmap import mmap
from typing import Any

import numpy as np


class Rows:
    """Rows of an array, in any order, read when they are asked for.

    Has the shape, type, length, indexing and iteration over the first axis of the array that `array[rows]` would
    be, and gives plain arrays. One that views a file travels to another process by the file's name.
    """

    def __init__(self, array: np.ndarray, rows: np.ndarray) -> None:
        self.array = array
        self.rows = np.asarray(rows, dtype=np.int64)

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self.rows), *self.array.shape[1:])

    @property
    def dtype(self) -> np.dtype:
        return self.array.dtype

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int | slice | np.ndarray | list[int]) -> np.ndarray:
        return np.asarray(self.array[self.rows[index]])

    def __iter__(self) -> Iterator[np.ndarray]:
        return (np.asarray(self.array[row]) for row in self.rows)

    def subset(self, indices: np.ndarray) -> Rows:
        """Rows of these rows."""
        return Rows(self.array, self.rows[indices])

    def __reduce__(self) -> tuple[Callable[..., Rows], tuple[Any, ...]]:
        array = self.array
        if isinstance(array, np.memmap) and isinstance(array.base, mmap):  # a whole file, not a slice of one
            return _reopened, (str(array.filename), array.dtype.str, array.shape, array.offset, self.rows)
        return Rows, (array, self.rows)


def rows_of(array: np.ndarray | Rows, indices: np.ndarray) -> np.ndarray | Rows:
    """`array[indices]`, without reading a file where the array is one."""
    if isinstance(array, Rows):
        return array.subset(indices)
    return Rows(array, indices) if isinstance(array, np.memmap) else array[indices]


def _reopened(filename: str, dtype: str, shape: tuple[int, ...], offset: int, rows: np.ndarray) -> Rows:
    return Rows(np.memmap(filename, dtype, "r", offset, shape), rows)
