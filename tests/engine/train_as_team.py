"""A small training as a program, for `torchrun` to start several times: `-m tests.engine.train_as_team OUTPUT`.

The leader says `started` on stdout before the first step. The last batch of each epoch holds one clip.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path

from seehear.engine.device import Compute
from seehear.engine.progress import Watch
from seehear.recipes import recipe_for, small
from seehear.train import train
from tests.engine.small_data import SLIM, small_dataset


def train_small(output: Path, *, seed: int = 1, epochs: int = 3, watch: Watch | None = None) -> Path:
    """The training, in this process as one of those that `torchrun` started, or alone."""
    return train(
        small_dataset(59, seed=seed),
        small_dataset(16, seed=2),
        model="pfagn",
        output=output,
        recipe=replace(small(recipe_for("pfagn")), batch_size=29, epochs=epochs),
        options=SLIM,
        recombine=0.5,
        compute=Compute("cpu", threads=1, shards=4),
        watch=watch,
        save_every_seconds=0.0,
    )


class SayStarted(Watch):
    """Prints when and where it begins, and may stop it."""

    first = -1

    def __init__(self, stop_at: int = -1) -> None:
        self.stop_at = stop_at

    def start(self, title: str, step: int, total_steps: int) -> None:
        self.first = step
        print("started", step, flush=True)  # noqa: T201

    def on_step(self, step: int, loss: float) -> None:
        if step == self.stop_at:
            raise KeyboardInterrupt


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("output", type=Path)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--stop-at", type=int, default=-1)
    parser.add_argument("--and-then", type=Path, help="train once more, into this folder")
    parser.add_argument("--own-data", action="store_true", help="every process its own")
    given = parser.parse_args()
    own = 10 + int(os.environ["RANK"]) if given.own_data else 1
    for place in filter(None, (given.output, given.and_then)):
        train_small(place, seed=own, epochs=given.epochs, watch=SayStarted(given.stop_at))
