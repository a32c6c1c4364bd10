"""Real servers in processes of their own, with a worker that does what its videos say."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

SERVE = Path(__file__).with_name("serve_stub.py")
OWN = {"X-Seehear": "1"}
UNFINISHED = ("queued", "running")


@dataclass
class Running:
    """One server that answers."""

    process: subprocess.Popen[str]
    address: str
    folder: Path
    http: httpx.Client

    @property
    def port(self) -> int:
        return urlsplit(self.address).port or 0

    def send(self, content: bytes, name: str = "film.mp4") -> dict:
        answer = self.http.post("/api/jobs", params={"name": name}, content=content)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def job(self, job: str) -> dict:
        answer = self.http.get(f"/api/jobs/{job}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def wait(self, job: str, *states: str, limit_seconds: float = 60.0) -> dict:
        """The job once it is in one of the states, or in any that is an end."""
        deadline = time.monotonic() + limit_seconds
        while True:
            found = self.job(job)
            if found["state"] in states or (not states and found["state"] not in UNFINISHED):
                return found
            assert time.monotonic() < deadline, f"still {found['state']}"
            time.sleep(0.02)

    def worker_ids(self) -> list[int]:
        """Of the workers that live."""
        children = psutil.Process(self.process.pid).children()
        return [child.pid for child in children if not gone(child.pid)]

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        self.http.close()
        self.process.send_signal(number)
        return self.process.wait(30)


def gone(process: int) -> bool:
    """Whether a process has ended, even where nobody has asked how yet."""
    try:
        return psutil.Process(process).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def eventually(holds: Callable[[], bool], limit_seconds: float = 60.0) -> None:
    deadline = time.monotonic() + limit_seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@contextmanager
def servers(folder: Path) -> Iterator[Callable[..., Running]]:
    """A function that starts a server on the folder; what it started is ended if it still runs."""
    started: list[Running] = []

    def start_one(**settings: object) -> Running:
        command = [sys.executable, str(SERVE), str(folder), json.dumps(settings)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address, "the server did not start"
        headers = OWN | ({"Authorization": f"Bearer {settings['token']}"} if "token" in settings else {})
        http = httpx.Client(base_url=address.partition("?")[0], headers=headers, timeout=60, trust_env=False)
        started.append(Running(process, address, folder, http))
        return started[-1]

    try:
        yield start_one
    finally:
        for server in started:
            if server.process.poll() is None:
                server.stop(signal.SIGKILL)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """`start(max_jobs=3, ...)`: a server on this test's own folder."""
    with servers(tmp_path / "served") as start_one:
        yield start_one


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One server for all tests of a module."""
    with servers(tmp_path_factory.mktemp("web") / "served") as start_one:
        yield start_one()
