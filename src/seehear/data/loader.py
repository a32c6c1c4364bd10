"""Batches in an order that depends on (seed, epoch) alone, so that a resumed run sees what an unbroken one saw.

Shape legend: B clips · T segments · H, W grid · Dv, Da channels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from seehear.core.errors import InvalidValueError
from seehear.core.labels import Categories
from seehear.data.dataset import Dataset
from seehear.data.recombine import Recombiner
from seehear.data.rows import Rows

_ORDER = 0x0BDE
_CONVERTED_BY_ONE = 32_768
"""Values, at most, that torch converts without asking other threads (`at::internal::GRAIN_SIZE`)."""


@dataclass(frozen=True)
class Batch:
    """What one training step sees; features in float32 whatever they are stored as."""

    visual: Tensor
    """(B,T,H,W,Dv)"""
    audio: Tensor
    """(B,T,Da)"""
    segment_classes: Tensor | None
    """(B,T) int64 in 0..C; `None` under weak supervision."""
    clip_classes: Tensor
    """(B,) int64 in 0..C"""
    indices: Tensor
    """(B,) which clips these are; of the visual half where clips were recombined."""

    def __len__(self) -> int:
        return len(self.clip_classes)


@dataclass(frozen=True)
class WeakView:
    """A data set as weak supervision sees it: nothing in here was ever computed from a segment's label."""

    categories: Categories
    names: tuple[str, ...]
    visual: np.ndarray | Rows
    audio: np.ndarray
    clip_classes: np.ndarray

    def __len__(self) -> int:
        return len(self.visual)


def weak_view(dataset: Dataset) -> WeakView:
    """The same clips with their clip classes only."""
    return WeakView(dataset.categories, dataset.names, dataset.visual, dataset.audio, dataset.clip_classes)


def batch_indices(count: int, batch_size: int, seed: int, epoch: int, *, shuffle: bool = True) -> list[np.ndarray]:
    """The clips of each batch of an epoch, int64; every clip once, the last batch may be smaller."""
    if batch_size < 1:
        raise InvalidValueError(f"a batch holds at least one clip, not {batch_size}")
    order = np.random.default_rng((seed, epoch, _ORDER)).permutation(count) if shuffle else np.arange(count)
    return [order[first : first + batch_size] for first in range(0, count, batch_size)]


def batches(
    source: Dataset | WeakView,
    batch_size: int,
    *,
    seed: int = 0,
    epoch: int = 0,
    first_batch: int = 0,
    shuffle: bool = True,
    recombiner: Recombiner | None = None,
) -> Iterator[Batch]:
    """The batches of one epoch from `first_batch` on; what they hold depends on (seed, epoch) and their number alone.

    Raises:
        InvalidValueError: recombination under weak supervision, which would have to know what segments hold.
    """
    if recombiner is not None and isinstance(source, WeakView):
        raise InvalidValueError("recombination reads what each segment shows and sounds; weak training may not see it")
    order = batch_indices(len(source), batch_size, seed, epoch, shuffle=shuffle)
    for number in range(first_batch, len(order)):
        step = epoch * len(order) + number
        yield _batch(source, order[number], recombiner, step)


def _batch(source: Dataset | WeakView, indices: np.ndarray, recombiner: Recombiner | None, step: int) -> Batch:
    audio, clip_classes = source.audio[indices], source.clip_classes[indices]
    segment_classes = source.segment_classes[indices] if isinstance(source, Dataset) else None
    if recombiner is not None:
        pairing = recombiner(indices, step)
        audio = pairing.audio(source.audio)
        segment_classes, clip_classes = pairing.segment_classes, pairing.clip_classes
    return Batch(
        visual=_float32(source.visual[indices]),
        audio=_float32(audio),
        segment_classes=None if segment_classes is None else torch.from_numpy(segment_classes.astype(np.int64)),
        clip_classes=torch.from_numpy(clip_classes.astype(np.int64)),
        indices=torch.from_numpy(indices.astype(np.int64)),
    )


def _float32(array: np.ndarray) -> Tensor:
    """The same values; float16 in pieces so small that torch converts them in the thread that asks.

    A thread that reads ahead would otherwise share its conversion among all cores, and training, which uses them,
    would wait for it at its every operation.
    """
    source = torch.from_numpy(np.ascontiguousarray(array))
    if source.dtype == torch.float32:
        return source
    converted = torch.empty(source.shape, dtype=torch.float32)
    pieces = zip(source.flatten().split(_CONVERTED_BY_ONE), converted.flatten().split(_CONVERTED_BY_ONE), strict=True)
    for values, place in pieces:
        place.copy_(values)
    return converted
