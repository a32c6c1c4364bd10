"""Curves of a training for TensorBoard, where that is installed."""

from __future__ import annotations

import time
from importlib.util import find_spec
from pathlib import Path

from seehear.core.errors import InvalidValueError
from seehear.engine.progress import Watch


class CurvesWatch(Watch):
    """Loss of every step; learning rate, speed and what validation found of every epoch.

    A run that goes on overwrites the steps that were done after its last state. Raises :class:`InvalidValueError`
    where TensorBoard is not installed.
    """

    def __init__(self, folder: Path) -> None:
        if find_spec("tensorboard") is None:
            raise InvalidValueError(
                "curves need TensorBoard, which is not installed: pip install 'seehear[train]', or leave --tensorboard "
                "out; history.csv beside the run holds every epoch in any case"
            )
        self.folder, self.step, self.epoch_began = folder, 0, (0, 0.0)

    def start(self, title: str, step: int, total_steps: int) -> None:
        from torch.utils.tensorboard.writer import SummaryWriter

        self.writer = SummaryWriter(str(self.folder), purge_step=step + 1)
        self.step, self.epoch_began = step, (step, time.monotonic())

    def on_step(self, step: int, loss: float) -> None:
        self.step = step
        self.writer.add_scalar("training/loss", loss, step)

    def on_epoch(self, record: dict[str, float]) -> None:
        step, began = self.epoch_began
        self.writer.add_scalar("training/steps_per_second", (self.step - step) / (time.monotonic() - began), self.step)
        self.writer.add_scalar("training/learning_rate", record["learning_rate"], self.step)
        for name in record.keys() - {"epoch", "loss", "learning_rate"}:
            self.writer.add_scalar(f"epoch/{name}", record[name], self.step)
        self.epoch_began = self.step, time.monotonic()

    def stop(self) -> None:
        if hasattr(self, "writer"):
            self.writer.close()
