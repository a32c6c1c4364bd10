"""One training in several processes, as `torchrun` starts them: who leads, and what they tell one another.

Numbers and plain bytes are exchanged, nothing is pickled. Gradients are passed on as they are and summed by everyone
in the same order, so that the sum does not depend on how many processes there are.
"""

from __future__ import annotations

import atexit
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, distributed

from seehear.core.errors import InvalidValueError, Reason, SeehearError
from seehear.engine.device import Compute


@dataclass(frozen=True, slots=True)
class Team:
    """The processes that train one network together; by default this one alone."""

    rank: int = 0
    size: int = 1
    device: torch.device | str = "cpu"
    """Where this process keeps what it sends: NCCL speaks between GPUs only."""

    @property
    def leads(self) -> bool:
        """Whether this is the process that reads and writes files, validates and talks to people."""
        return self.rank == 0

    def own(self, shards: int) -> range:
        """The shards of a batch that this process works on. `shards` is a multiple of the processes."""
        each = shards // self.size
        return range(self.rank * each, (self.rank + 1) * each)

    def gathered(self, rows: Tensor) -> Tensor:
        """Everyone's rows (n,...), as one (size*n,...) in the order of the processes, the same everywhere."""
        if self.size == 1:
            return rows
        parts = [torch.empty_like(rows) for _ in range(self.size)]
        with _others_may_be_gone():
            distributed.all_gather(parts, rows.contiguous())
        return torch.cat(parts)

    def leaders(self, data: bytes) -> bytes:
        """What the leader calls this with, in every process; the `data` of the others does not matter."""
        if self.size == 1:
            return data
        length = torch.tensor([len(data)], device=self.device)
        with _others_may_be_gone():
            distributed.broadcast(length, 0)
            content = torch.empty(int(length.item()), dtype=torch.uint8, device=self.device)
            if self.leads and data:
                content.copy_(torch.frombuffer(bytearray(data), dtype=torch.uint8))
            distributed.broadcast(content, 0)
        return content.cpu().numpy().tobytes()

    def require_same(self, data: bytes, what: str) -> None:
        """Raise :class:`InvalidValueError`, in every process, unless all call this with the same bytes."""
        if self.size == 1:
            return
        digest = torch.frombuffer(bytearray(hashlib.sha256(data).digest()), dtype=torch.uint8)
        digests = self.gathered(digest[None].to(self.device))
        if other := [rank for rank, row in enumerate(digests) if not torch.equal(row, digests[0])]:
            raise InvalidValueError(
                f"process {', '.join(map(str, other))} of {self.size} has other {what} than process 0; "
                "start all with the same arguments, data and versions, on processors of one kind"
            )


ALONE = Team()


def leads() -> bool:
    """Whether this process is the leader of those that `torchrun` started, or alone."""
    return os.environ.get("RANK", "0") == "0"


def joined(compute: Compute) -> Team:
    """This process among those that `torchrun` started; alone, where it started none.

    They meet at the first training and stay together: a second meeting under one `torchrun` would wait for ever.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1 or "RANK" not in os.environ:
        return ALONE
    device = compute.torch_device
    if not distributed.is_initialized():
        with _others_may_be_gone():
            distributed.init_process_group("gloo" if device.type == "cpu" else "nccl")
        atexit.register(distributed.destroy_process_group)
    return Team(int(os.environ["RANK"]), size, device)


@contextmanager
def _others_may_be_gone() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        raise SeehearError(
            "another process of this training ended; start all again, they go on from the last state",
            Reason.PROCESS_LOST,
        ) from error
