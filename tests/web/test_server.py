"""The server as a process: killed, dawdled at, filled up; what it accepted is there, what it did not is not."""

from __future__ import annotations

import os
import re
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
import pytest

from tests.web.conftest import Running, eventually, gone

MIB = 1 << 20


def connected(server: Running, sent: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    connection.sendall(sent)
    return connection


def head(length: int) -> bytes:
    lines = ["POST /api/jobs?name=slow.mp4 HTTP/1.1", "Host: 127.0.0.1", "X-Seehear: 1", f"Content-Length: {length}"]
    return "\r\n".join([*lines, "", ""]).encode()


def answer_of(connection: socket.socket) -> bytes:
    """All that comes until the other side closes; times out, and so fails, where it never does."""
    parts = []
    try:
        while part := connection.recv(1 << 16):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def test_what_was_accepted_survives_a_kill_and_what_was_not_is_swept(start: Callable[..., Running]):
    server = start()
    done = server.wait(server.send(b"film")["id"])
    running, waiting = server.send(b"stall"), server.send(b"film two")
    server.wait(running["id"], "running")
    half = connected(server, head(10**6) + b"x" * 1000)
    eventually(lambda: any((server.folder / "incoming").glob("*/video")))
    (worker,) = server.worker_ids()
    server.stop(signal.SIGKILL)
    half.close()
    eventually(lambda: gone(worker))
    again = start()
    assert {job["id"] for job in again.http.get("/api/jobs").json()} == {done["id"], running["id"], waiting["id"]}
    assert again.job(done["id"])["state"] == "done"
    assert again.http.get(done["exports"]["json"]).status_code == 200
    assert list((again.folder / "incoming").iterdir()) == []
    assert again.wait(running["id"], "running")["state"] == "running"
    again.http.post(f"/api/jobs/{running['id']}/cancel")
    assert again.wait(waiting["id"])["state"] == "done"
    assert (again.folder / "jobs" / waiting["id"] / "video").read_bytes() == b"film two"


def test_an_orderly_end_leaves_no_process_and_no_job_behind(start: Callable[..., Running]):
    server = start()
    running = server.send(b"stall")
    server.wait(running["id"], "running")
    (worker,) = server.worker_ids()
    with server.http.stream("GET", "/api/changes") as answer:
        lines = answer.iter_lines()
        next(lines)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(30) == -signal.SIGTERM
        assert list(lines), "the stream was ended, not cut"
    assert gone(worker)
    assert start().wait(running["id"], "running")["state"] == "running"


def test_slow_senders_are_closed_wherever_they_dawdle(start: Callable[..., Running]):
    server = start(patience_seconds=1.0)
    silent = connected(server, b"")
    half_a_head = connected(server, b"GET /api/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nX-")
    half_a_body = connected(server, head(10**6) + b"x" * 1000)
    ignored_body = connected(
        server, b"POST /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Seehear: 1\r\nContent-Length: 9\r\n\r\n"
    )
    trickle = connected(server, b"GET /api/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\n")
    stop = threading.Event()

    def drip() -> None:
        try:
            while not stop.wait(0.1):
                trickle.sendall(b"X-A: b\r\n")
        except OSError:
            return

    dripping = threading.Thread(target=drip)
    dripping.start()
    answers = [answer_of(each) for each in (silent, half_a_head, half_a_body, ignored_body, trickle)]
    stop.set()
    dripping.join()
    assert b" 408 " in answers[2].splitlines()[0]
    assert b'"timed_out"' in answers[2]
    assert b" 404 " in answers[3].splitlines()[0]
    assert answers[0] == answers[1] == answers[4] == b""
    assert server.http.get("/api/jobs").json() == []
    assert list((server.folder / "incoming").iterdir()) == []


def test_a_sender_that_hangs_up_leaves_nothing(start: Callable[..., Running]):
    server = start()
    connection = connected(server, head(10**6) + b"x" * 1000)
    eventually(lambda: any((server.folder / "incoming").iterdir()))
    connection.close()
    eventually(lambda: not any((server.folder / "incoming").iterdir()))
    assert server.http.get("/api/jobs").json() == []


@pytest.mark.parametrize(("count", "size"), [(4, 20 * MIB), pytest.param(32, 200 * MIB, marks=pytest.mark.long)])
def test_uploads_at_once_leave_the_servers_memory_where_it_was(start: Callable[..., Running], count: int, size: int):
    server = start()
    server.wait(server.send(b"fail")["id"])
    process = psutil.Process(server.process.pid)
    idle, highest, over = process.memory_info().rss, 0, threading.Event()

    def watch() -> None:
        nonlocal highest
        while not over.wait(0.01):
            highest = max(highest, process.memory_info().rss)

    def body() -> Iterator[bytes]:
        for _ in range(size // MIB):
            yield b"fail" + bytes(MIB - 4)

    def send(number: int) -> int:
        address, headers = f"{server.address}api/jobs?name={number}", {"X-Seehear": "1", "Content-Length": str(size)}
        return httpx.post(address, content=body(), headers=headers, timeout=120, trust_env=False).status_code

    watcher = threading.Thread(target=watch)
    watcher.start()
    with ThreadPoolExecutor(count) as senders:
        assert list(senders.map(send, range(count))) == [201] * count
    over.set()
    watcher.join()
    assert highest - idle < 64 * MIB
    assert sum(path.stat().st_size for path in server.folder.glob("jobs/*/video")) == count * size + len(b"fail")


def test_it_listens_on_this_machine_only(server: Running):
    listening = {
        each.laddr.ip for each in psutil.Process(server.process.pid).net_connections() if each.status == "LISTEN"
    }
    assert listening == {"127.0.0.1"}


def test_a_token_guards_every_address(start: Callable[..., Running]):
    server = start(token="correct horse")
    assert server.address.endswith("/?token=correct%20horse")
    bare = httpx.Client(base_url=f"http://127.0.0.1:{server.port}", trust_env=False)
    for address in ("/", "/docs", "/openapi.json", "/api/jobs", "/api/changes", "/assets/app.js"):
        assert bare.get(address).status_code == 401, address
    assert bare.post("/api/jobs?name=x", content=b"x", headers={"X-Seehear": "1"}).status_code == 401
    assert server.send(b"film")["state"] == "queued"


def test_the_server_itself_knows_neither_torch_nor_libav(server: Running):
    mapped = Path(f"/proc/{server.process.pid}/maps").read_text()
    assert not re.search(r"libtorch|libavcodec", mapped)


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="needs Linux")
def test_the_program_that_was_installed_says_what_is_wrong(tmp_path: Path):
    import subprocess

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "seehear", "serve", "--folder", str(tmp_path / "served"), "--port", str(port)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 3
    assert "choose another with --port" in ended.stderr
    assert "Traceback" not in ended.stderr
