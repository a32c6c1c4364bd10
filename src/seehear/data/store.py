"""Features on disk: one uncompressed `.npz` per clip, named by what it was made of.

The files are the truth and the folder is the index: there is nothing else to keep in step or to rebuild. A file
appears by renaming once its bytes are safe, so a run that is killed loses at most the clip it was working on.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from seehear.core.errors import DamagedError, InvalidValueError, NotFiniteError
from seehear.core.time import Grid
from seehear.core.values import Features
from seehear.storage.files import storage_errors, write_bytes

_ENDING = ".npz"
_HASH = re.compile(r"[0-9a-f]{16,128}")
_KEY = re.compile(r"[0-9a-f]{16,128}-[0-9a-f]{16}")
_ARRAYS = ("visual", "audio", "has_picture", "has_sound", "visual_scores", "audio_scores")
_LARGEST_HALF = float(np.finfo(np.float16).max)


class FeatureStore:
    """Features of many clips by any number of extractors, in one folder.

    With `half_precision` the maps and vectors are kept as float16: half the disk, off by at most 0.05 %, or by
    3e-8 where that is more. They always come back as float32. What float16 cannot hold is kept as float32.
    """

    def __init__(self, folder: str | Path, *, half_precision: bool = False) -> None:
        self.folder = Path(folder)
        self.half_precision = half_precision

    @staticmethod
    def key(video_hash: str, fingerprint: str) -> str:
        """Name of the features that an extractor makes of a video: hex hash of its bytes, hash of the fingerprint."""
        if not _HASH.fullmatch(video_hash):
            raise InvalidValueError(f"a video is named by the hex hash of its bytes, not by {video_hash[:80]!r}")
        return f"{video_hash}-{hashlib.sha256(fingerprint.encode()).hexdigest()[:16]}"

    def path(self, key: str) -> Path:
        """Where the features of this key are kept."""
        if not _KEY.fullmatch(key):
            raise InvalidValueError(f"{key[:80]!r} is not a key; make one with FeatureStore.key(hash, fingerprint)")
        return self.folder / f"{key}{_ENDING}"

    def get(self, key: str) -> Features | None:
        """The stored features, or `None` where there are none.

        A damaged file counts as absent, so that the next :meth:`put` makes it good: features can always be made
        again, and a long run should not stop for one bad sector. :meth:`read` tells the two apart.
        """
        try:
            return self.read(key)
        except DamagedError:
            return None

    def read(self, key: str) -> Features | None:
        """As :meth:`get`, but raises :class:`DamagedError` where a file is there and is not what was written."""
        path = self.path(key)
        if not path.is_file():
            return None
        with storage_errors(path, "read"):
            data = path.read_bytes()
        features = _decoded(path, data)
        if self.key(key.split("-")[0], features.fingerprint) != key:
            raise DamagedError(f"{path} holds features of another extractor than its name says; delete it")
        return features

    def put(self, key: str, features: Features) -> None:
        """Store features under a key, wholly or not at all, replacing older ones.

        Raises:
            InvalidValueError: the key was made for another extractor's fingerprint.
            NotFiniteError: a feature is NaN or infinite; nothing is stored.
            StorageError: the disk is full or may not be written.
        """
        path = self.path(key)
        if self.key(key.split("-")[0], features.fingerprint) != key:
            raise InvalidValueError(f"key {key} was not made for the extractor {features.fingerprint!r}")
        arrays = {name: value for name in _ARRAYS if (value := getattr(features, name)) is not None}
        for name, array in arrays.items():
            if not np.isfinite(array).all():
                raise NotFiniteError(f"{name} of {key} holds NaN or infinite values; it was not stored")
        stored = {name: self._precision(array) for name, array in arrays.items()}
        buffer = io.BytesIO()
        stored["fingerprint"] = np.array(features.fingerprint)
        stored["hop_seconds"] = np.array(features.grid.hop_seconds)
        stored["first_segment"] = np.array(features.first_segment)
        np.savez(buffer, **stored)  # pyrefly: ignore[bad-argument-type]
        write_bytes(path, buffer.getvalue())

    def __contains__(self, key: str) -> bool:
        return self.path(key).is_file()

    def __iter__(self) -> Iterator[str]:
        """The keys in the folder, sorted; unfinished files and files of others are not among them."""
        found = (path.name.removesuffix(_ENDING) for path in self.folder.glob(f"*{_ENDING}"))
        return iter(sorted(name for name in found if _KEY.fullmatch(name)))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _precision(self, array: np.ndarray) -> np.ndarray:
        fits = array.dtype.kind == "f" and float(np.abs(array).max(initial=0)) <= _LARGEST_HALF
        return array.astype(np.float16) if self.half_precision and fits else array


def _decoded(path: Path, data: bytes) -> Features:
    try:
        _check_archive(data)
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            found = {name: _working_precision(archive[name]) for name in archive.files if name in _ARRAYS}
            return Features(
                grid=Grid(float(archive["hop_seconds"])),
                first_segment=int(archive["first_segment"]),
                fingerprint=str(archive["fingerprint"]),
                **found,
            )
    except Exception as error:  # a damaged archive may raise anything; whatever it is, the answer is the same
        raise DamagedError(f"{path} is damaged ({error}); delete it and extract its video again") from error


def _check_archive(data: bytes) -> None:
    """Every byte has its checksum, and no member claims to be larger than the file that holds it."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        stored = all(member.compress_type == zipfile.ZIP_STORED for member in members)
        if not stored or sum(member.file_size for member in members) > len(data):
            raise ValueError("it is not one of our uncompressed archives")
        if (name := archive.testzip()) is not None:
            raise ValueError(f"checksum of {name} does not match")


def _working_precision(array: np.ndarray) -> np.ndarray:
    return array.astype(np.float32) if array.dtype == np.float16 else array
