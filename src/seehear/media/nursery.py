"""The nursery: a process that has imported numpy and PyAV, has never seen a file, and forks one decoder per file.

It saves each decoder the time of those imports, runs a single thread (so that it may fork whatever the threads of
the process that asked are doing) and ends when that process closes its end of the socket or is gone.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from seehear.core.errors import MediaError, Reason
from seehear.media import fences, wire
from seehear.media.request import Excerpt, Request

_BOOT = (
    "import sys; home = sys.argv[1]; home in sys.path or sys.path.insert(0, home); "
    "from seehear.media.nursery import tend; tend(int(sys.argv[2]), int(sys.argv[3]))"
)
_TASKS = {
    "read": ("reader", "read_media", Request),
    "play": ("player", "play_media", Excerpt),
    "inspect": ("inspection", "inspect_fences", Request),
}
"""Of each: where it is, what does it, and what is asked of it."""
_PIPE, _FILE = 3, 4
_LONGEST_ORDER_BYTES = 1 << 16
_ORPHAN_CHECK_SECONDS = 2.0
_REPLY_SECONDS = 60.0


class Nursery:
    """The asking side. Safe to use from many threads; a forked process must start its own."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        home = Path(__file__).resolve().parents[2]
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-c", _BOOT, str(home), str(theirs.fileno()), str(os.getpid())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                env={"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"},
            )
        self._socket = ours
        self._socket.settimeout(_REPLY_SECONDS)
        self._lock = threading.Lock()

    def spawn(self, order: dict, descriptors: list[int]) -> int:
        """Fork a decoder that gets the descriptors (the pipe, then the file); returns its process number."""
        return self._ask(order, descriptors)

    def end(self, process_id: int) -> int:
        """Kill a decoder unless it has ended by itself; returns its wait status."""
        return self._ask({"task": "end", "process": process_id}, [])

    def close(self) -> None:
        """End the nursery and every decoder in it."""
        self._socket.close()
        try:
            self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _ask(self, order: dict, descriptors: list[int]) -> int:
        with self._lock:
            socket.send_fds(self._socket, [json.dumps(order).encode()], descriptors)
            reply = self._socket.recv(_LONGEST_ORDER_BYTES)
        if not reply:
            raise ConnectionResetError("the nursery has ended")
        return int(reply)


_running: Nursery | None = None
_running_lock = threading.Lock()


def spawn(order: dict, descriptors: list[int]) -> tuple[Nursery, int]:
    """A new decoder, from the nursery of this process, which is started when there is none or it has died."""
    for attempt in (1, 2):
        nursery = _nursery()
        try:
            return nursery, nursery.spawn(order, descriptors)
        except OSError as error:
            _forget(nursery)
            if attempt == 2:
                message = "the decoding process cannot be started; does `python -c 'import av'` work here?"
                raise MediaError(message, Reason.DECODER_CRASHED) from error
    raise AssertionError("unreachable")


def _nursery() -> Nursery:
    global _running
    with _running_lock:
        if _running is None:
            _running = Nursery()
            atexit.register(_forget, _running)
            os.register_at_fork(after_in_child=_disown)
        return _running


def _forget(nursery: Nursery) -> None:
    global _running
    with _running_lock:
        if _running is nursery:
            _running = None
    atexit.unregister(_forget)
    nursery.close()


def _disown() -> None:
    """In a forked process: the nursery belongs to the parent, and the lock may be held by a thread left behind."""
    global _running, _running_lock
    _running, _running_lock = None, threading.Lock()
    atexit.unregister(_forget)


# The other side of the socket


def tend(descriptor: int, parent: int) -> None:
    """Body of the nursery: load, raise the fences, then fork on every order until the asking process is gone."""
    tasks = {name: getattr(import_module(f"seehear.media.{room}"), body) for name, (room, body, _) in _TASKS.items()}
    import_module("seehear.media.libav").warm_up()
    gc.collect()
    gc.freeze()  # what is loaded now stays: collecting in a decoder looks at its own objects only
    fences.no_new_privileges()
    fences.close_file_system()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    orders = socket.socket(fileno=descriptor)
    orders.settimeout(_ORPHAN_CHECK_SECONDS)
    own_id = os.getpid()
    while os.getppid() == parent:
        try:
            text, descriptors, _, _ = socket.recv_fds(orders, _LONGEST_ORDER_BYTES, 2)
        except TimeoutError:
            continue
        if not text:
            return
        order = json.loads(text)
        if order["task"] == "end":
            orders.send(str(_end(order["process"])).encode())
            continue
        process_id = os.fork()
        if process_id == 0:
            wanted = _TASKS[order["task"]][2].from_json(order["request"])
            _be_decoder(tasks[order["task"]], wanted, descriptors, nursery=own_id)
        for handed in descriptors:
            os.close(handed)
        orders.send(str(process_id).encode())


def _end(process_id: int) -> int:
    ended, status = os.waitpid(process_id, os.WNOHANG)
    if not ended:
        os.kill(process_id, signal.SIGKILL)
        _, status = os.waitpid(process_id, 0)
    return status


def _be_decoder(task: Callable, wanted: Request | Excerpt, descriptors: list[int], nursery: int) -> None:
    """Body of a decoder: keep two descriptors, raise the last fences, do the task, leave without tidying up."""
    try:
        _keep_only(descriptors)
        fences.die_with_parent(nursery)
        fences.limit_resources(memory_bytes=wanted.limits.memory_bytes, cpu_seconds=wanted.limits.cpu_seconds)
        task(_FILE, wanted, lambda header, *payloads: wire.send(_PIPE, header, *payloads))
    except MemoryError:
        wire.send(_PIPE, {"kind": "failed", "reason": Reason.OVER_LIMIT, "message": "it needs too much memory"})
    except Exception as error:
        message = f"the decoder stumbled over it ({type(error).__name__})"
        wire.send(_PIPE, {"kind": "failed", "reason": Reason.DECODER_CRASHED, "message": message})
    finally:
        os._exit(0)


def _keep_only(descriptors: list[int]) -> None:
    """The pipe becomes descriptor 3, the file 4; what else was open is closed."""
    high = [os.dup2(descriptor, 100 + place) for place, descriptor in enumerate(descriptors)]
    for place, descriptor in enumerate(high):
        os.dup2(descriptor, _PIPE + place)
    os.closerange(_PIPE + len(high), os.sysconf("SC_OPEN_MAX"))
