"""Small files that know whether they are what was written.

A record is a JSON object that carries a check of itself. A text for people keeps its hash in a file beside it, in the
form that `sha256sum --check` reads.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seehear.core.errors import DamagedError
from seehear.storage.files import storage_errors, write_text

CHECK = "check"
"""SHA-256 of the other fields as compact JSON with sorted keys."""
HASH_ENDING = ".sha256"


def write_record(path: Path, facts: Mapping[str, Any]) -> None:
    """Write a JSON object, wholly or not at all. `facts` must not have a field `check`."""
    kept = json.loads(json.dumps(facts))
    write_text(path, json.dumps({**kept, CHECK: _check(kept)}, indent=1) + "\n")


def read_record(path: Path) -> dict[str, Any]:
    """What :func:`write_record` was given.

    Raises DamagedError where the file holds anything else, StorageError where it cannot be read.
    """
    try:
        with storage_errors(path, "read"):
            found = json.loads(path.read_text())
        check = found.pop(CHECK)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DamagedError(f"{path} is damaged: it is no record of ours; restore it or delete it") from error
    if check != _check(found):
        raise DamagedError(f"{path} is damaged: its check is not that of what it says; restore it or delete it")
    return found


def write_hashed(path: Path, text: str) -> None:
    """Write a text, then its hash to a file beside it."""
    write_text(path, text)
    write_text(_hash_path(path), f"{hashlib.sha256(text.encode()).hexdigest()}  {path.name}\n")


def read_hashed(path: Path) -> str:
    """What :func:`write_hashed` was given.

    Raises DamagedError where text and hash do not agree, StorageError where one of them cannot be read.
    """
    with storage_errors(path, "read"):
        data, line = path.read_bytes(), _hash_path(path).read_bytes()
    if line != f"{hashlib.sha256(data).hexdigest()}  {path.name}\n".encode():
        raise DamagedError(f"{path} and {_hash_path(path).name} do not agree; restore them from a copy or delete both")
    return data.decode()


def _hash_path(path: Path) -> Path:
    return path.with_name(path.name + HASH_ENDING)


def _check(facts: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
