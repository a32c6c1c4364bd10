"""Features of many clips as one memory-mapped float16 array: made once, sealed, read at random at memory speed.

PACK/visual.npy     float16 [N,T,H,W,Dv]
PACK/audio.npy      float32 [N,T,Da]
PACK/pack.json      clip names, extractor, time grid, where it came from
PACK/manifest.json  SHA-256 of every file
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seehear.core.errors import DamagedError, Reason, StorageError
from seehear.storage.files import verify_sealed

FORMAT = 1
VISUAL, AUDIO, FACTS = "visual.npy", "audio.npy", "pack.json"


@dataclass(frozen=True)
class PackFacts:
    """What a pack says of itself."""

    names: tuple[str, ...]
    """N clip names."""
    visual_shape: tuple[int, ...]
    """(T,H,W,Dv) of one clip"""
    audio_shape: tuple[int, ...]
    """(T,Da) of one clip"""
    extractor: str
    """Name of what made the features."""
    fingerprint: str
    """Of the extractor."""
    hop_seconds: float
    source: str
    """Changes when what was packed changes."""


@dataclass(frozen=True)
class Packed:
    """A finished pack."""

    folder: Path
    facts: PackFacts
    visual: np.ndarray
    """float16 [N,T,H,W,Dv], an `np.memmap`: read-only, on disk."""
    audio: np.ndarray
    """float32 [N,T,Da], in memory."""

    def __len__(self) -> int:
        return len(self.facts.names)


def open_packed(folder: Path, *, verify: bool = False) -> Packed:
    """Map a finished pack; with `verify` every byte is held against the manifest first.

    Raises:
        DamagedError: files are missing, of another size or (with `verify`) of other bytes than were written.
        StorageError: there is no such folder or it cannot be read.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise StorageError(f"{folder} is not there; make it with `seehear data pack`", Reason.NOT_FOUND)
    if verify:
        verify_sealed(folder)
    facts = _read_facts(folder)
    visual = _load(folder / VISUAL, (len(facts.names), *facts.visual_shape), "float16", memory_map=True)
    audio = _load(folder / AUDIO, (len(facts.names), *facts.audio_shape), "float32", memory_map=False)
    return Packed(folder, facts, visual, audio)


def _read_facts(folder: Path) -> PackFacts:
    try:
        found = json.loads((folder / FACTS).read_text())
        if found.pop("format") != FORMAT:
            raise ValueError("it was made by another version")
        for name in ("names", "visual_shape", "audio_shape"):
            found[name] = tuple(found[name])
        return PackFacts(**found)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedError(f"{folder} holds no readable {FACTS} ({error}); delete the folder and pack again") from error


def _load(path: Path, shape: tuple[int, ...], dtype: str, *, memory_map: bool) -> np.ndarray:
    try:
        array = np.load(path, mmap_mode="r" if memory_map else None, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise DamagedError(f"{path} cannot be read ({error}); delete its folder and pack again") from error
    if array.shape != shape or array.dtype != np.dtype(dtype):
        raise DamagedError(f"{path} holds {array.dtype} {array.shape}, not {dtype} {shape}; delete it and pack again")
    return array
