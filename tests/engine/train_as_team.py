"""A small training as a program that `torchrun` starts several times: `-m tests.engine.train_as_team OUTPUT SHARDS`.

Its batches are not divisible by the shards, and the last one of an epoch has fewer clips than shards. The leader says
`started` on stdout before the first step.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from seehear.engine.device import Compute
from seehear.engine.progress import Watch
from seehear.recipes import recipe_for, small
from seehear.train import train
from tests.engine.small_data import SLIM, small_dataset


class _SayStarted(Watch):
    def start(self, title: str, step: int, total_steps: int) -> None:
        print("started", step, flush=True)  # noqa: T201


if __name__ == "__main__":
    train(
        small_dataset(60, seed=1),
        small_dataset(16, seed=2),
        model="pfagn",
        output=Path(sys.argv[1]),
        recipe=replace(small(recipe_for("pfagn")), batch_size=29, epochs=int(sys.argv[3]) if sys.argv[3:] else 3),
        options=SLIM,
        recombine=0.5,
        compute=Compute("cpu", threads=1, shards=int(sys.argv[2])),
        watch=_SayStarted(),
        save_every_seconds=0.0,
    )
