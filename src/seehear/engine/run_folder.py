"""The folder of one training run: whose it is, that only one process works in it, and what is kept beside the result.

run.json      resolved settings, data, versions, result, time
history.csv   one row an epoch, with its hash in history.csv.sha256
states/       what an interrupted run goes on from; gone when it is finished
model/        the checkpoint, sealed; there when the run is finished
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import platform
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import torch
from filelock import FileLock, Timeout

from seehear import __version__
from seehear.core.errors import DamagedError, InvalidValueError, StorageError
from seehear.storage.files import storage_errors, verify_sealed
from seehear.storage.records import read_hashed, read_record, write_hashed, write_record

HISTORY = "history.csv"


class RunFolder:
    """A run's place on disk."""

    def __init__(self, path: Path) -> None:
        self.path = Path(path)

    @property
    def model(self) -> Path:
        return self.path / "model"

    @property
    def states(self) -> Path:
        return self.path / "states"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Work here alone. Raises :class:`StorageError` while another process does."""
        with storage_errors(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.path / ".lock", timeout=0)
            try:
                lock.acquire()
            except Timeout as error:
                raise StorageError(
                    f"another process is training in {self.path}; wait for it or choose another folder"
                ) from error
        try:
            yield
        finally:
            lock.release()

    def record(self) -> dict[str, Any]:
        """What `run.json` says; empty where there is none, or its bytes are not those that were written."""
        try:
            return read_record(self.path / "run.json")
        except StorageError:
            return {}

    def compute(self) -> dict[str, Any]:
        """What the run here began to compute with: other threads or shards would sum in another order."""
        return self.record().get("settings", {}).get("compute", {})

    def claim(self, identity: str, settings: Mapping[str, Any]) -> None:
        """Raise :class:`InvalidValueError`, naming what differs, where another run than `identity` was begun here, and
        :class:`DamagedError` where one was finished of which nobody can tell."""
        record = self.record()
        if not record and self.model.is_dir():
            raise DamagedError(
                f"{self.path / 'run.json'} is missing or damaged, so nobody can tell what {self.model} was trained "
                "with; restore it from a copy, or delete the folder to train again"
            )
        if record.get("identity", identity) == identity:
            return
        begun, asked = record.get("settings", {}), json.loads(json.dumps(settings))
        other = [name for name in sorted({*begun, *asked}) if begun.get(name) != asked.get(name)]
        what = f"other settings ({', '.join(other)})" if other else "other data"
        raise InvalidValueError(f"{self.path} holds a run with {what}; choose another output folder or delete it")

    def finished(self) -> bool:
        """Whether the checkpoint is there and undamaged; a damaged one is cleared away, to be made again."""
        if not self.model.is_dir():
            return False
        try:
            verify_sealed(self.model)
        except DamagedError:
            shutil.rmtree(self.model)
            return False
        return True

    def write_record(self, identity: str, **facts: Any) -> None:
        """Write `run.json`."""
        write_record(self.path / "run.json", {"identity": identity, **facts})

    def history(self) -> str:
        """The text of `history.csv`. Raises :class:`DamagedError` where its bytes are not those that were written."""
        return read_hashed(self.path / HISTORY)

    def finish(self, save: Callable[[Path], None], history: tuple[Mapping[str, float], ...]) -> None:
        """Write the history, let `save` seal the checkpoint, and drop the states, in this order."""
        table = io.StringIO()
        writer = csv.DictWriter(table, fieldnames=list(history[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(history)
        write_hashed(self.path / HISTORY, table.getvalue())
        save(self.model)
        shutil.rmtree(self.states, ignore_errors=True)


def identity_of(facts: Mapping[str, Any]) -> str:
    """Hex SHA-256 of JSON facts: equal for equal runs."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def versions() -> dict[str, str]:
    """Of everything a result may depend on."""
    return {
        "seehear": __version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "safetensors": safetensors.__version__,
        "machine": platform.machine(),
    }
