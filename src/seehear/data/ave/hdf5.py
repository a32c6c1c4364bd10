"""Arrays in HDF5 files as AVE publishes them: one named array a file, read without trust."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np

from seehear.core.errors import DamagedError, InvalidValueError, Reason, StorageError
from seehear.storage.files import storage_errors

FEATURE_KEY = "avadataset"
"""The published name of every array but the orders; it is spelt so."""
_KINDS = {"f": "floating-point", "iu": "integer", "fiu": "number"}


@contextmanager
def open_array(
    path: Path, key: str = FEATURE_KEY, *, shape: tuple[int | None, ...] | None = None, kinds: str = "f"
) -> Iterator[h5py.Dataset]:
    """The array `key` of a file, not read yet.

    Only an array whose bytes lie in the file itself is taken: nothing that points into other files.

    Args:
        path: the HDF5 file.
        key: the array's name.
        shape: what it must be; `None` within it stands for any size.
        kinds: `f`, `iu` or `fiu`, the kinds of numbers that are right.

    Raises:
        StorageError: not there, no regular file or not permitted.
        DamagedError: no HDF5 file, cut off (`Reason.TRUNCATED`) or unreadable.
        InvalidValueError: no such array, or of another shape or type.
    """
    with _open(Path(path)) as file:
        try:
            array = _local(file, key, Path(path))
        except (KeyError, RuntimeError) as error:  # how h5py says that the file's own bookkeeping is damaged
            raise DamagedError(f"{path} cannot be read ({error}); get it again") from error
        if array.dtype.kind not in kinds:
            raise InvalidValueError(f"{path.name} holds {array.dtype}, not {_KINDS[kinds]} values; get it again")
        if shape is not None and not _fits(array.shape, shape):
            wanted = tuple("any" if size is None else size for size in shape)
            raise InvalidValueError(f"{path.name} has shape {array.shape}, expected {wanted}; get it again")
        try:
            yield array
        except OSError as error:  # raised in reading: a chunk that is cut off or does not decode
            raise DamagedError(f"{path} cannot be read ({error}); get it again") from error


def read_array(
    path: Path, key: str = FEATURE_KEY, *, shape: tuple[int | None, ...] | None = None, kinds: str = "f"
) -> np.ndarray:
    """All of an array; arguments and errors as of :func:`open_array`."""
    with open_array(path, key, shape=shape, kinds=kinds) as array:
        return np.asarray(array[()])


def write_array(path: Path, key: str, values: np.ndarray) -> None:
    """A file of one array under its published name; its structure and its values carry checksums (HDF5 1.8)."""
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with h5py.File(path, "w", libver=("v110", "v110")) as file:
            file.create_dataset(key, data=values, chunks=values.shape, fletcher32=True)


@contextmanager
def _open(path: Path) -> Iterator[h5py.File]:
    if not path.exists():
        raise StorageError(f"{path} is not there", Reason.NOT_FOUND)
    if not path.is_file():
        raise StorageError(f"{path} is not a file", Reason.NOT_A_FILE)
    with storage_errors(path, "read"), path.open("rb") as stream:
        beginning = stream.read(64)
    if beginning.startswith(b"version https://git-lfs"):
        raise DamagedError(f"{path} is a pointer of Git LFS, not the file itself; run `git lfs pull`")
    if not h5py.is_hdf5(path):
        held = "nothing" if not beginning else "a web page" if beginning.lstrip()[:1] == b"<" else "something else"
        raise DamagedError(f"{path} is no HDF5 file but holds {held}; get it again")
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        if "truncated" in str(error):
            size = path.stat().st_size
            raise DamagedError(f"{path} is cut off after {size} bytes; get it again", Reason.TRUNCATED) from error
        raise DamagedError(f"{path} cannot be opened ({error}); get it again") from error
    with file:
        yield file


def _local(file: h5py.File, key: str, path: Path) -> h5py.Dataset:
    link = file.get(key, getlink=True) if key in file.keys() else None  # noqa: SIM118, `in file` follows links
    if link is None:
        held = ", ".join(list(file.keys())[:10]) or "nothing"
        raise InvalidValueError(f"{path.name} has no array {key!r} but {held}; get it again")
    if not isinstance(link, h5py.HardLink):
        raise InvalidValueError(f"{key!r} of {path.name} points elsewhere; copy the array itself into the file")
    array = file[key]
    if not isinstance(array, h5py.Dataset):
        raise InvalidValueError(f"{key!r} of {path.name} is no array; get it again")
    if array.is_virtual or array.external:
        raise InvalidValueError(f"{key!r} of {path.name} lies in other files; copy the array itself into the file")
    return array


def _fits(have: tuple[int, ...], want: tuple[int | None, ...]) -> bool:
    return len(have) == len(want) and all(size is None or size == held for held, size in zip(have, want, strict=True))
