"""A small training as a program of its own, to be killed: `python train_until_killed.py OUTPUT SUPERVISION`.

Says `started` on stdout before the first step, and saves its state after every one.
"""

from __future__ import annotations

import sys
from pathlib import Path

from seehear.engine.device import Compute
from seehear.engine.progress import Watch
from seehear.train import train
from tests.engine.small_data import SLIM, small_dataset


class _SayStarted(Watch):
    def start(self, title: str, step: int, total_steps: int) -> None:
        print("started", step, flush=True)  # noqa: T201


if __name__ == "__main__":
    supervised = sys.argv[2] == "supervised"
    train(
        small_dataset(96, seed=1),
        small_dataset(24, seed=2),
        model="pfagn",
        output=Path(sys.argv[1]),
        supervision=sys.argv[2],
        recipe="small",
        epochs=12,
        options=SLIM,
        recombine=0.5 if supervised else 0.0,
        compute=Compute("cpu", threads=1),
        watch=_SayStarted(),
        save_every_seconds=0.0,
    )
