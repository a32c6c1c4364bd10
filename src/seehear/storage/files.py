"""Single files and sealed folders that are either wholly there or not there at all.

A file is written under a temporary name beside its place, flushed to the disk and renamed. A sealed folder
is filled under a temporary name, gets a manifest of SHA-256 hashes last, and is renamed; a folder whose
manifest does not match its bytes is not taken.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from seehear.core.errors import DamagedError, Reason, StorageError

MANIFEST = "manifest.json"
_BLOCK_BYTES = 1 << 20


@contextmanager
def storage_errors(path: Path, action: str = "write") -> Iterator[None]:
    """Turn an operating system's refusal into a :class:`StorageError` that says what to do next."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            message = f"the disk is full: cannot {action} {path}; free some space or choose another folder"
            raise StorageError(message, Reason.DISK_FULL) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            message = f"not permitted to {action} {path}; choose a folder you may write to"
            raise StorageError(message, Reason.NOT_PERMITTED) from error
        message = f"cannot {action} {path}: {error.strerror or error}; check that path or choose another"
        raise StorageError(message) from error


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def write_bytes(path: Path, data: bytes) -> None:
    """Put `data` at `path`, wholly or not at all; an older file there stays until the new one is safe."""
    write_pieces(path, [data])


def write_pieces(path: Path, pieces: Iterable[bytes]) -> None:
    """:func:`write_bytes` for what is too large to be held at once: the pieces are taken one by one."""
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.")
        try:
            with os.fdopen(handle, "wb") as stream:
                os.fchmod(stream.fileno(), 0o666 & ~_umask())
                stream.writelines(pieces)
                stream.flush()
                os.fsync(stream.fileno())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        _flush_folder(path.parent)


def write_text(path: Path, text: str) -> None:
    """:func:`write_bytes` for UTF-8 text."""
    write_bytes(path, text.encode())


@contextmanager
def sealed_folder(path: Path) -> Iterator[Path]:
    """A new folder that appears at `path`, with its manifest, when the block ends without an error.

    Yields the temporary folder to fill. `path` must not exist yet: sealed folders are never changed.
    """
    with _folder_in_the_making(path) as temporary:
        yield temporary
        seal(temporary, path)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """As :func:`sealed_folder`, for a folder that people may change afterwards: it gets no manifest."""
    with _folder_in_the_making(path) as temporary:
        yield temporary
        with storage_errors(path):
            _flush_members(temporary)
            _put_in_place(temporary, path)


def seal(folder: Path, path: Path, *, expected: Mapping[str, str] | None = None) -> None:
    """Flush a filled folder, give it its manifest and rename it to `path`.

    Args:
        expected: SHA-256 that some files must have, by name; where the disk holds other bytes, :class:`DamagedError`
            is raised and nothing is renamed.
    """
    with storage_errors(path):
        hashes = {str(member.relative_to(folder)): sha256_of(member) for member in _flush_members(folder)}
        for name, wanted in (expected or {}).items():
            if hashes.get(name) != wanted:
                raise DamagedError(f"{folder / name} does not hold what was written to it; check the disk")
        write_text(folder / MANIFEST, json.dumps({"sha256": hashes}, indent=2, sort_keys=True) + "\n")
        _put_in_place(folder, path)


def verify_sealed(path: Path, *, needed: Iterable[str] = ()) -> None:
    """Raise :class:`DamagedError` unless every file of a sealed folder has the bytes of its manifest.

    Args:
        needed: files that the manifest must vouch for.
    """
    hashes = _sealed_hashes(path)
    if absent := sorted(set(needed) - hashes.keys()):
        raise DamagedError(f"{path / MANIFEST} says nothing of {', '.join(absent)}: it is not a whole folder of ours")
    for name, expected in hashes.items():
        member = path / name
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise DamagedError(f"{path / MANIFEST} names {name}, which lies outside the folder")
        if not member.is_file():
            raise DamagedError(f"{member} is missing; make the folder again or restore it from a copy")
        if sha256_of(member) != expected:
            raise DamagedError(f"{member} is damaged: its SHA-256 is not the one in {MANIFEST}; restore it from a copy")


def vouched_hash(path: Path) -> str | None:
    """SHA-256 of a file in a sealed folder, its bytes held against the manifest; `None` for a file elsewhere.

    The bytes are read once a process, and again where size, time or place of the file changed. Raises
    :class:`DamagedError` where they are not those of the manifest.
    """
    if not (path.parent / MANIFEST).is_file():
        return None
    with storage_errors(path, "read"):
        found = path.stat()
        return _vouched_hash(path, (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns))


@lru_cache
def _vouched_hash(path: Path, identity: tuple[int, ...]) -> str:
    expected = _sealed_hashes(path.parent).get(path.name)
    if expected is None:
        raise DamagedError(f"{path.parent / MANIFEST} says nothing of {path.name}: it is not a whole folder of ours")
    if sha256_of(path) != expected:
        raise DamagedError(f"{path} is damaged: its SHA-256 is not the one in {MANIFEST}; restore it from a copy")
    return expected


def _sealed_hashes(path: Path) -> dict[str, str]:
    """SHA-256 by file name, as the manifest has it."""
    try:
        hashes = json.loads((path / MANIFEST).read_text())["sha256"]
        if not isinstance(hashes, dict):
            raise TypeError("the hashes are no mapping")
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise DamagedError(
            f"{path} has no readable {MANIFEST}: it is not one of our folders or was not finished; choose another"
        ) from error
    return hashes


def newest_sealed(parent: Path, pattern: str = "*") -> Path | None:
    """The valid sealed folder whose name sorts last, or `None`; damaged ones are passed over."""
    for folder in sorted(parent.glob(pattern), reverse=True):
        if folder.name.startswith(".") or not folder.is_dir():
            continue
        try:
            verify_sealed(folder)
        except DamagedError:
            continue
        return folder
    return None


@contextmanager
def _folder_in_the_making(path: Path) -> Iterator[Path]:
    with storage_errors(path):
        if path.exists():
            raise StorageError(f"{path} exists already and finished folders are never changed; choose another name")
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name[:100]}."))
        try:
            yield temporary
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise


def _flush_members(folder: Path) -> list[Path]:
    """All files of a folder, sorted, their bytes on the disk."""
    files = sorted(member for member in folder.rglob("*") if member.is_file())
    for member in files:
        _flush_file(member)
    return files


def _put_in_place(folder: Path, path: Path) -> None:
    folder.chmod(0o777 & ~_umask())
    folder.rename(path)
    _flush_folder(path.parent)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _flush_file(path: Path) -> None:
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


def _flush_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
