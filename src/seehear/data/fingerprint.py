"""What a data set is, in one hash: every name, label and feature that training may see."""

from __future__ import annotations

import hashlib
from dataclasses import fields
from mmap import mmap
from pathlib import Path
from typing import Any

import numpy as np

from seehear.data.dataset import Dataset
from seehear.data.loader import WeakView
from seehear.data.rows import Rows
from seehear.storage.files import vouched_hash


def data_facts(source: Dataset | WeakView) -> dict[str, Any]:
    """What a run's record says of its data.

    Features in a sealed folder, such as a pack, are known by the hash of their file and by which rows of it these are.
    The file is read once a process and held against its manifest, never believed unread. Raises DamagedError where it
    is not what was written.
    """
    digest = hashlib.sha256("\0".join((*source.categories, *source.names)).encode())
    for item in fields(source):
        if isinstance(array := getattr(source, item.name), np.ndarray | Rows):
            digest.update(f"\0{item.name} {array.shape} {array.dtype}".encode())
            _add(digest, array)
    return {"clips": len(source), "categories": len(source.categories), "sha256": digest.hexdigest()}


def _add(digest: Any, array: np.ndarray | Rows) -> None:
    stored, rows = (array.array, array.rows) if isinstance(array, Rows) else (array, np.arange(len(array)))
    if (known := _hash_of_file(stored)) is not None:
        digest.update(f"\0{known} {stored.shape}".encode() + rows.astype("<i8").tobytes())
        return
    for clip in array:
        digest.update(np.ascontiguousarray(clip).data)


def _hash_of_file(array: np.ndarray) -> str | None:
    """Of the sealed file that an array is the whole of; `None` for any other array."""
    if isinstance(array, np.memmap) and isinstance(array.base, mmap):  # a slice of one has another base
        return vouched_hash(Path(str(array.filename)))
    return None
