"""Folders of videos on a dask cluster of real worker processes: the same bytes, whoever dies."""

from __future__ import annotations

import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest

from seehear import cli
from seehear.cli import EXIT_OK
from tests.e2e.many import command, contents, lines, started, write_clips

FORMATS = ("-f", "json,csv,html")
POLL_SECONDS = 0.02


@contextmanager
def program(*words: object) -> Iterator[subprocess.Popen[bytes]]:
    """A part of the cluster, ended with everything that it started."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    command_line = [sys.executable, "-m", f"distributed.cli.dask_{words[0]}", *map(str, words[1:])]
    process = subprocess.Popen(command_line, **quiet)
    try:
        yield process
    finally:
        children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        process.terminate()
        process.wait()
        for child in psutil.wait_procs(children, timeout=10)[1]:
            child.kill()


@contextmanager
def cluster(folder: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two workers with one thread each, as on two machines: its address, and the workers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    here = ("--host", "127.0.0.1", "--no-dashboard")
    with ExitStack() as stack:
        stack.enter_context(program("scheduler", "--port", address.rsplit(":", 1)[1], *here))
        folders = [folder / "worker 1", folder / "worker 2"]
        options = ("--nthreads", 1, "--no-dashboard", "--local-directory")
        yield address, [stack.enter_context(program("worker", address, *options, place)) for place in folders]


def kill_the_process_that_works(worker: subprocess.Popen[bytes]) -> None:
    """Not the nanny above it, which starts another one, as a machine that comes back would."""
    for child in psutil.Process(worker.pid).children():
        if "spawn_main" in " ".join(child.cmdline()):
            child.kill()


def kill_all(worker: subprocess.Popen[bytes]) -> None:
    for process in [*psutil.Process(worker.pid).children(recursive=True), worker]:
        process.kill()


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_two_hundred_clips_on_two_workers_one_of_which_is_killed(checkpoint: Path, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    videos, output = write_clips(tmp_path / "videos", 200), tmp_path / "cluster"
    assert cli.run(command(videos, checkpoint, tmp_path / "alone", *FORMATS)[3:]) == EXIT_OK
    chance = random.Random(0)
    began = time.monotonic()
    with cluster(tmp_path) as (address, workers):
        words = command(videos, checkpoint, output, *FORMATS, "--cluster", address)
        for round_number, goal in enumerate((40, 80, 200)):
            with started(*words) as client:
                while sum(lines(output).values()) < goal and client.poll() is None:
                    time.sleep(POLL_SECONDS)
                time.sleep(chance.uniform(0, 0.1))
                if round_number == 0:  # one worker process, while the call goes on
                    kill_the_process_that_works(workers[0])
                    while sum(lines(output).values()) < goal + 10:
                        time.sleep(POLL_SECONDS)
                    client.send_signal(signal.SIGKILL)
                elif round_number == 1:  # a whole machine, which does not come back, and the client as well
                    kill_all(workers[1])
                    client.send_signal(signal.SIGKILL)
                said = client.stderr.read() if client.stderr else ""
        assert client.returncode == EXIT_OK, said
    assert contents(output) == contents(tmp_path / "alone")
    assert len(lines(output)) == sum(lines(output).values()) == 200
    print(f"on the cluster {time.monotonic() - began:.0f} s")  # noqa: T201
