"""How long trainings took and on which machine: kept apart from the tables, which depend on results alone.

A training may be killed and go on elsewhere, so each stretch of work at it writes a file of its own:

OUTPUT/times/ROW-seed-N/BEGAN-PROCESS.json    {"began": ..., "seconds": ..., "machine": ..., "device": ...}
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from seehear.core.errors import StorageError
from seehear.engine.device import Compute
from seehear.engine.progress import Watch
from seehear.storage.records import read_record, write_record

SAVE_EVERY_SECONDS = 30.0
"""A stretch that is killed loses at most so much of its time."""


@dataclass(frozen=True)
class Stretch:
    """One process's work at one thing, without a break."""

    what: str
    """The training, or another piece of work."""
    began: str
    """ISO 8601, UTC"""
    seconds: float
    machine: str
    device: str


@contextmanager
def timed(folder: Path, compute: Compute, watch: Watch) -> Iterator[Watch]:
    """Keep under `folder` the time that the block takes; yields `watch` for the training to tell of its steps."""
    clock = _Clock(folder, compute.device, watch)
    try:
        yield clock
    finally:
        clock.save()


def read_times(parent: Path) -> list[Stretch]:
    """All stretches kept in the folders of `parent`, by name and time; what cannot be read is left out."""
    found = []
    for path in sorted(parent.glob("*/*.json")):
        try:
            found.append(Stretch(**read_record(path)))
        except (StorageError, TypeError):
            continue
    return found


def machine_name() -> str:
    """Processor, cores and operating system of this machine, in words."""
    return f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


class _Clock(Watch):
    """Passes on what it is told, and writes the time from time to time."""

    def __init__(self, folder: Path, device: str, watch: Watch) -> None:
        self.watch, self.device = watch, device
        self.began, self.started = datetime.now(UTC), time.monotonic()
        self.path = folder / f"{self.began:%Y%m%dT%H%M%S%f}-{os.getpid()}.json"
        self.saved = self.started

    def start(self, title: str, step: int, total_steps: int) -> None:
        self.watch.start(title, step, total_steps)

    def on_step(self, step: int, loss: float) -> None:
        if time.monotonic() - self.saved >= SAVE_EVERY_SECONDS:
            self.save()
        self.watch.on_step(step, loss)

    def on_epoch(self, record: dict[str, float]) -> None:
        self.watch.on_epoch(record)

    def tell(self, sentence: str) -> None:
        self.watch.tell(sentence)

    def stop(self) -> None:
        self.watch.stop()

    def save(self) -> None:
        self.saved = time.monotonic()
        seconds = round(self.saved - self.started, 1)
        stretch = Stretch(
            self.path.parent.name, self.began.isoformat(timespec="seconds"), seconds, machine_name(), self.device
        )
        write_record(self.path, asdict(stretch))
