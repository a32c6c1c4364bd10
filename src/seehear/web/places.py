"""Where things lie in the server's folder. A job is there exactly if its folder is: SQLite is its index.

jobs.sqlite3        lock
incoming/ID/        a video that is being received; swept at the next start
jobs/ID/video       accepted: renamed here when every byte is on the disk
jobs/ID/name        what its sender called it
jobs/ID/results/    written by the worker, wholly or not at all
trash/ID/           deleted: renamed here first, so that nothing is half there
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from filelock import FileLock, Timeout

from seehear.core.errors import Reason, StorageError
from seehear.storage.files import storage_errors, write_text
from seehear.web.jobs import Job
from seehear.web.store import JobStore


class Places:
    """The folder of one server, which no other server may use at the same time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with storage_errors(folder):
            for part in ("incoming", "jobs", "trash"):
                (folder / part).mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
        self._lock = FileLock(folder / "lock")
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            message = f"another server uses {folder}; stop it, or give this one a folder of its own with --folder"
            raise StorageError(message, Reason.NOT_PERMITTED) from None

    def release(self) -> None:
        self._lock.release()

    def incoming(self, job: str) -> Path:
        return self.folder / "incoming" / job

    def job(self, job: str) -> Path:
        return self.folder / "jobs" / job

    def video(self, job: str) -> Path:
        return self.job(job) / "video"

    def results(self, job: str) -> Path:
        return self.job(job) / "results"

    def begin_receiving(self, job: str, name: str) -> Path:
        """Make the folder of a video to come; the path its bytes go to."""
        with storage_errors(self.incoming(job)):
            self.incoming(job).mkdir()
            write_text(self.incoming(job) / "name", name)
        return self.incoming(job) / "video"

    def accept(self, job: str) -> None:
        """Every byte was received: make sure of them, then let the job appear."""
        with storage_errors(self.job(job)):
            _flush(self.incoming(job) / "video")
            _flush(self.incoming(job))
            self.incoming(job).rename(self.job(job))
            _flush(self.folder / "jobs")

    def give_up(self, job: str) -> None:
        """Leave nothing of a video that was not received."""
        shutil.rmtree(self.incoming(job), ignore_errors=True)

    def discard(self, job: str) -> None:
        """Remove a job at one stroke; what takes time comes after."""
        if self.job(job).exists():
            self.job(job).rename(self.folder / "trash" / job)
            _flush(self.folder / "jobs")
        shutil.rmtree(self.folder / "trash" / job, ignore_errors=True)

    def clear_results(self, job: str) -> None:
        """Leave the video and its name only."""
        for member in self.job(job).iterdir():
            if member.name not in ("video", "name"):
                shutil.rmtree(member, ignore_errors=True)

    def recover(self, store: JobStore) -> None:
        """After a start: sweep what is half there, and make the index agree with the folders."""
        for part in ("incoming", "trash"):
            for left in (self.folder / part).iterdir():
                shutil.rmtree(left, ignore_errors=True)
        known = {job.id for job in store.all()}
        there = {entry.name for entry in (self.folder / "jobs").iterdir() if (entry / "video").is_file()}
        for job in known - there:
            store.remove(job)
        for job in there - known:
            store.add(self._read(job))

    def _read(self, job: str) -> Job:
        status = self.video(job).stat()
        name = self.job(job) / "name"
        text = name.read_text(encoding="utf-8", errors="replace") if name.is_file() else "video"
        return Job(job, text, status.st_size, created=status.st_mtime)


def size_of(folder: Path) -> int:
    """Bytes of the files in a folder, which may be absent."""
    return sum(member.stat().st_size for member in folder.rglob("*") if member.is_file()) if folder.is_dir() else 0


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
