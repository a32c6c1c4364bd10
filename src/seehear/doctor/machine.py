"""What it computes with: threads, instructions, devices, memory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from seehear.doctor.finding import Finding, ok, problem

_LEAST_MEMORY_BYTES = 512 << 20
_MEMORY = "/proc/meminfo"
_MEMORY_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
"""What a container may use, in version 2 and 1 of control groups."""


def look() -> Iterator[Finding]:
    import torch

    from seehear.engine.device import Compute, devices

    threads, cores = Compute(device="cpu").resolved().threads, os.cpu_count()
    yield ok("threads", f"{threads} (of {cores} cores)")
    yield ok("instructions", f"{torch.backends.cpu.get_cpu_capability()}, {_half_precision()}")
    yield ok("devices", "; ".join(f"{name}: {what}" for name, what in devices().items()))
    yield memory(available_bytes())


def _half_precision() -> str:
    import torch

    try:
        fast = torch.ops.mkldnn._is_mkldnn_bf16_supported()
    except (AttributeError, RuntimeError):
        fast = False
    return "bf16 in hardware" if fast else "no bf16 in hardware (`bf16` works, slowly)"


def memory(free_bytes: int | None) -> Finding:
    """What the free memory is good for; None is unknown."""
    if free_bytes is None:
        return ok("memory", "this system does not tell how much is free")
    value = f"{free_bytes / 2**30:.1f} GiB free"
    if free_bytes < _LEAST_MEMORY_BYTES:
        return problem("memory", value, "close other programs, or give the container more; 1 GiB is enough")
    return ok("memory", value)


def available_bytes() -> int | None:
    """Memory that can be had without swapping, within what a container allows; None where the system does not tell."""
    known = []
    with suppress(OSError, ValueError, IndexError, StopIteration):
        line = next(line for line in Path(_MEMORY).read_text().splitlines() if line.startswith("MemAvailable"))
        known.append(int(line.split()[1]) << 10)
    for file in _MEMORY_LIMITS:
        with suppress(OSError, ValueError):  # "max" is no number, and no limit
            known.append(int(Path(file).read_text()))
    return min(known, default=None)
