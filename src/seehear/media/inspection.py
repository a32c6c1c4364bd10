"""Are the fences there? Runs in the sandboxed child and finds out by running into them."""

from __future__ import annotations

import os
import resource
import socket
import sys
from collections.abc import Callable

import av

from seehear.media import fences
from seehear.media.request import Request


def inspect_fences(descriptor: int, request: Request, send: Callable[[dict], None]) -> None:
    """Try to cross each fence, and send which of them stand, and what would decode. No file is read."""
    memory_bytes = request.limits.memory_bytes
    attempts = {
        "no_new_privileges": fences.has_no_new_privileges,
        "file_system_closed": lambda: _refused(lambda: os.open("/", os.O_RDONLY)),
        "network_closed": lambda: _refused(_connect_locally),
        "memory_limit": lambda: _refused(lambda: bytearray(memory_bytes)),
        "processor_limit": lambda: 0 <= resource.getrlimit(resource.RLIMIT_CPU)[0] <= request.limits.cpu_seconds,
        "no_writing": lambda: resource.getrlimit(resource.RLIMIT_FSIZE)[0] == 0,
        "few_descriptors": lambda: _refused(lambda: [os.dup(0) for _ in range(64)]),
        "dies_with_parent": fences.dies_with_parent,
        "no_torch": lambda: "torch" not in sys.modules,
    }
    send(
        {
            "kind": "layers",
            "layers": {name: attempt() for name, attempt in attempts.items()},
            "landlock_version": fences.landlock_version(),
            "pyav": av.__version__,
            "ffmpeg": av.ffmpeg_version_info,
        }
    )


def _connect_locally() -> None:
    with socket.socket() as stranger:
        stranger.connect(("127.0.0.1", 9))


def _refused(attempt: Callable[[], object]) -> bool:
    """Whether an attempt meets a fence; a port where nobody listens is none."""
    try:
        attempt()
    except ConnectionRefusedError:
        return False
    except (OSError, MemoryError):
        return True
    return False
