"""Where and how numbers are computed: device, threads, precision, randomness. The only file that says cuda."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch

from seehear.core.errors import InvalidValueError, UnknownNameError

Precision = Literal["float32", "bfloat16"]


@dataclass(frozen=True, slots=True)
class Compute:
    """How a run computes. The result is bit-identical between runs whose resolved values are the same."""

    device: str = "auto"
    """`auto` (a GPU where there is one), `cpu`, `cuda` or `cuda:1`."""
    threads: int | None = None
    """CPU threads; `None`: every core this process may use."""
    precision: Precision = "float32"
    """`bfloat16` runs the network's matrix products in half precision; weights and losses stay float32."""
    compile: bool = False
    """Let `torch.compile` fuse the network. Sums may then be taken in another order: equal within rounding only."""

    def resolved(self) -> Compute:
        """The same with `auto` and `None` replaced by what this machine has; raises if it lacks what was asked for."""
        device = ("cuda" if torch.cuda.is_available() else "cpu") if self.device == "auto" else self.device
        if device != "cpu" and device.partition(":")[0] != "cuda":
            raise UnknownNameError("device", device, ["auto", "cpu", "cuda", "cuda:N"])
        if device != "cpu" and not torch.cuda.is_available():
            raise InvalidValueError(f"device {device} was asked for, but no GPU can be used here; choose cpu or auto")
        if self.precision not in ("float32", "bfloat16"):
            raise UnknownNameError("precision", self.precision, ["float32", "bfloat16"])
        threads = len(os.sched_getaffinity(0)) if self.threads is None else self.threads
        if threads < 1:
            raise InvalidValueError(f"threads must be 1 or more, not {threads}")
        return replace(self, device=device, threads=threads)

    def autocast(self) -> AbstractContextManager:
        """The context a network's forward pass runs in."""
        if self.precision == "float32":
            return nullcontext()
        return torch.autocast(self.device.partition(":")[0], dtype=torch.bfloat16)

    @contextmanager
    def applied(self) -> Iterator[torch.device]:
        """Pin the threads and fence the random numbers for a block; both are given back afterwards."""
        before = torch.get_num_threads()
        device = torch.device(self.device)
        torch.set_num_threads(self.threads or before)
        try:
            with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
                yield device
        finally:
            torch.set_num_threads(before)


def seed_randomness(seed: int, step: int) -> None:
    """Make torch's random numbers from here on a pure function of (seed, step)."""
    torch.manual_seed(int(np.random.SeedSequence((seed, step)).generate_state(1, np.uint64)[0]) >> 1)
