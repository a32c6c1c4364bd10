"""Where and how numbers are computed: device, threads, precision, randomness. The only file that says cuda."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
import torch
from torch import nn

from seehear.core.errors import InvalidValueError, UnknownNameError

Precision = Literal["float32", "bf16"]


@dataclass(frozen=True, slots=True)
class Compute:
    """How a run computes. The result is bit-identical between runs whose resolved values are the same."""

    device: str = "auto"
    """`auto` (a GPU where there is one), `cpu`, `cuda` or `cuda:1`."""
    threads: int | None = None
    """CPU threads; `None`: every core this process may use."""
    precision: Precision = "float32"
    """`bf16` runs the network's matrix products in half precision; weights and losses stay float32."""
    compile: bool = False
    """Let `torch.compile` fuse the network. Sums may then be taken in another order: equal within rounding only."""
    shards: int | None = None
    """Parts of each batch whose gradients are computed apart and summed in order, so that any number of processes that
    divides it ends with the same bytes. `None`: 1, or under `torchrun` 4 or else one a process."""

    def continuing(self, recorded: Mapping[str, Any]) -> Compute:
        """The same with what was not said taken from the record of the run that goes on."""
        return replace(
            self,
            threads=self.threads if self.threads is not None else recorded.get("threads"),
            shards=self.shards if self.shards is not None else recorded.get("shards"),
        )

    def resolved(self) -> Compute:
        """The same with `auto` and `None` replaced by what this machine has; raises if it lacks what was asked for.

        Unsaid threads are every core's, divided by the shards: how many processes share them has no influence.
        """
        device = ("cuda" if torch.cuda.is_available() else "cpu") if self.device == "auto" else self.device
        if device != "cpu" and device.partition(":")[0] != "cuda":
            raise UnknownNameError("device", device, ["auto", "cpu", "cuda", "cuda:N"])
        if device != "cpu" and not torch.cuda.is_available():
            raise InvalidValueError(f"device {device} was asked for, but no GPU can be used here; choose cpu or auto")
        if self.precision not in get_args(Precision):
            raise UnknownNameError("precision", self.precision, get_args(Precision))
        processes = int(os.environ.get("WORLD_SIZE", "1"))
        usual = 1 if processes == 1 else _USUAL_SHARDS if _USUAL_SHARDS % processes == 0 else processes
        shards = usual if self.shards is None else self.shards
        if shards < 1 or shards % processes:
            raise InvalidValueError(f"shards must be a multiple of the {processes} processes, not {shards}")
        threads = max(1, len(os.sched_getaffinity(0)) // shards) if self.threads is None else self.threads
        if threads < 1:
            raise InvalidValueError(f"threads must be 1 or more, not {threads}")
        return replace(self, device=device, threads=threads, shards=shards)

    @property
    def torch_device(self) -> torch.device:
        """The device of this process: where `torchrun` started several on a machine, each has a GPU of its own."""
        if self.device == "cuda" and "LOCAL_RANK" in os.environ:
            return torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        return torch.device(self.device)

    @property
    def way(self) -> str:
        """Precision and compilation in words."""
        return f"{self.precision}{', compiled' if self.compile else ''}"

    def autocast(self) -> AbstractContextManager:
        """The context a network's forward pass runs in."""
        if self.precision == "float32":
            return nullcontext()
        return torch.autocast(self.device.partition(":")[0], dtype=torch.bfloat16)

    def compiled(self, network: nn.Module) -> Callable:
        """The network to call: compiled at its first call where that was asked for."""
        return torch.compile(network) if self.compile else network

    @contextmanager
    def applied(self) -> Iterator[torch.device]:
        """Pin the threads and fence the random numbers for a block; both are given back afterwards."""
        before = torch.get_num_threads()
        device = self.torch_device
        torch.set_num_threads(self.threads or before)
        try:
            with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
                yield device
        finally:
            torch.set_num_threads(before)


def devices() -> dict[str, str]:
    """Every device that :class:`Compute` takes on this machine, and what it is."""
    found = {"cpu": platform.machine()}
    if torch.cuda.is_available():
        return found | {
            f"cuda:{place}": torch.cuda.get_device_name(place) for place in range(torch.cuda.device_count())
        }
    why = "no GPU can be used here" if torch.version.cuda else "this torch was built without GPU support"
    return {"cpu": f"{found['cpu']} ({why})"}


def seed_randomness(seed: int, step: int, shard: int = 0) -> None:
    """Make torch's random numbers from here on a pure function of (seed, step, shard)."""
    torch.manual_seed(int(np.random.SeedSequence((seed, step, shard)).generate_state(1, np.uint64)[0]) >> 1)


_USUAL_SHARDS = 4
"""Divided by 1, 2 and 4 processes."""
