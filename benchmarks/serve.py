"""What does the web app hold in memory while it is sent more than it could ever hold, and what does a kill cost it?

    python benchmarks/serve.py [--uploads 32] [--megabytes 200] [--folder FOLDER]

Starts `seehear serve` with an untrained slim network on `builtin` features (what it says means nothing), and sends so
many videos at once, each of so many MB: every other one a real video padded with a `free` box, the others garbage.
Beside them some senders dawdle. In the middle of the uploads stands what the server's memory is, against the same
server idle; then it is killed, started again and waited for. Needs that much disk twice: the largest videos are kept.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
from localize import untrained_pfagn

from seehear.data.scenes import DrawnMaterial, render_untrimmed
from seehear.media import write_video
from seehear.models.checkpoint import save_checkpoint

MB = 10**6
PIECE_BYTES = 1 << 20
OWN = {"X-Seehear": "1"}
SLOW_SENDERS = 4
TOO_MANY = 429


class Server:
    def __init__(self, folder: Path, model: Path) -> None:
        command = [
            sys.executable,
            "-m",
            "seehear",
            "serve",
            "--folder",
            str(folder),
            "--model",
            str(model),
            "--port",
            "0",
        ]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()
        self.port = int(re.findall(r":(\d+)/", self.address)[0])
        self.http = httpx.Client(base_url=self.address, headers=OWN, timeout=600, trust_env=False)

    def resident_mb(self) -> float:
        return psutil.Process(self.process.pid).memory_info().rss / MB

    def children_mb(self) -> float:
        total = 0
        for child in psutil.Process(self.process.pid).children(recursive=True):
            try:
                total += child.memory_info().rss
            except psutil.NoSuchProcess:
                continue
        return total / MB

    def jobs(self) -> list[dict]:
        return self.http.get("/api/jobs").json()

    def wait(self) -> list[dict]:
        while True:
            jobs = self.jobs()
            if not any(job["state"] in ("queued", "running") for job in jobs):
                return jobs
            time.sleep(0.2)


class Watch(threading.Thread):
    """The most that the server and its worker hold, looked at a hundred times a second."""

    def __init__(self, server: Server) -> None:
        super().__init__(daemon=True)
        self.server, self.over = server, threading.Event()
        self.server_mb = self.children_mb = 0.0

    def run(self) -> None:
        while not self.over.wait(0.01):
            self.server_mb = max(self.server_mb, self.server.resident_mb())
            self.children_mb = max(self.children_mb, self.server.children_mb())


def padded(video: bytes, length: int) -> Iterator[bytes]:
    """The video, then a `free` box of MP4 that fills it up to the length."""
    yield video
    rest = length - len(video)
    yield rest.to_bytes(4, "big") + b"free"
    yield from blank(rest - 8)


def garbage(length: int) -> Iterator[bytes]:
    yield b"this is no video"
    yield from blank(length - 16)


def blank(length: int) -> Iterator[bytes]:
    for first in range(0, length, PIECE_BYTES):
        yield bytes(min(PIECE_BYTES, length - first))


def send(server: Server, number: int, video: bytes, length: int) -> list[int]:
    """Statuses of the attempts: one that finds all places taken, by senders that dawdle, is made again when told."""
    statuses = []
    while True:
        answer = attempt(server, number, video, length)
        statuses.append(answer.status_code)
        if answer.status_code != TOO_MANY:
            return statuses
        time.sleep(int(answer.headers["Retry-After"]))


def attempt(server: Server, number: int, video: bytes, length: int) -> httpx.Response:
    body = padded(video, length) if number % 2 == 0 else garbage(length)
    headers = OWN | {"Content-Length": str(length)}
    query = {"name": f"{'video' if number % 2 == 0 else 'garbage'} {number}.mp4"}
    return server.http.post("/api/jobs", params=query, content=body, headers=headers)


def dawdle(server: Server) -> float:
    """Seconds until a sender of one byte a second is closed."""
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", server.port), timeout=120) as connection:
        lines = [
            "POST /api/jobs?name=slow HTTP/1.1",
            "Host: 127.0.0.1",
            "X-Seehear: 1",
            "Content-Length: 1000000",
            "",
            "",
        ]
        connection.sendall("\r\n".join(lines).encode())
        connection.settimeout(1)
        while True:
            try:
                connection.sendall(b"x")
                if not connection.recv(1 << 16):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
    return time.monotonic() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--uploads", type=int, default=32)
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--folder", type=Path, help="on the disk to use; a temporary one without it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        measure(Path(folder), options.uploads, options.megabytes * MB)


def measure(folder: Path, uploads: int, length: int) -> None:
    model, film = folder / "model", folder / "film.mp4"
    scorer = untrained_pfagn().scorer
    save_checkpoint(model, scorer.network, scorer.card)
    render_untrimmed(film, DrawnMaterial(), seed=5, duration_seconds=12.0, write_video=write_video)
    server = Server(folder / "served", model)
    server.http.post("/api/jobs?name=first", content=film.read_bytes())
    server.wait()
    idle_mb = server.resident_mb()
    watch = Watch(server)
    watch.start()
    began = time.monotonic()
    with ThreadPoolExecutor(uploads + SLOW_SENDERS) as pool:
        dawdlers = [pool.submit(dawdle, server) for _ in range(SLOW_SENDERS)]
        video = film.read_bytes()
        attempts = pool.map(lambda number: send(server, number, video, length), range(uploads))
        statuses = Counter(status for each in attempts for status in each)
        took = time.monotonic() - began
        closed = sorted(future.result() for future in dawdlers)
    watch.over.set()
    watch.join()
    say(
        f"{uploads} uploads of {length / MB:g} MB at once: {dict(statuses)} in {took:.1f} s, "
        f"{uploads * length / MB / took:.0f} MB/s"
    )
    say(
        f"server idle {idle_mb:.1f} MB, at most {watch.server_mb:.1f} MB: +{watch.server_mb - idle_mb:.1f} MB "
        f"(allowed: 64); worker and decoders at most {watch.children_mb:.0f} MB"
    )
    say(f"{SLOW_SENDERS} senders of a byte a second closed after {closed[0]:.1f} to {closed[-1]:.1f} s")
    before = Counter(job["state"] for job in server.jobs())
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()
    again = Server(folder / "served", model)
    kept = Counter(job["state"] for job in again.jobs())
    say(f"killed with {dict(before)}; after the restart {sum(kept.values())} of {uploads + 1} jobs are there")
    jobs = again.wait()
    ends = Counter((job["name"].split()[0], job["state"], job["reason"]) for job in jobs)
    left = [path for part in ("incoming", "trash") for path in (folder / "served" / part).iterdir()]
    say(f"in the end {dict(ends)}; left over: {len(left)}; server {again.resident_mb():.1f} MB")
    again.process.send_signal(signal.SIGINT)
    again.process.wait()


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
