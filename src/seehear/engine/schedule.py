"""Learning rates as pure functions of the step."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol


class Schedule(Protocol):
    """A learning rate for every step of a training of known length."""

    def rate(self, step: int, steps_per_epoch: int, epochs: int) -> float: ...


@dataclass(frozen=True, slots=True)
class EpochSteps:
    """`initial_rate`, multiplied by `factor` after each of these epochs."""

    initial_rate: float
    factor: float = 1.0
    after_epochs: tuple[int, ...] = ()

    def rate(self, step: int, steps_per_epoch: int, epochs: int) -> float:
        epoch = step // steps_per_epoch
        return self.initial_rate * self.factor ** sum(epoch >= milestone for milestone in self.after_epochs)


@dataclass(frozen=True, slots=True)
class RegularSteps:
    """`initial_rate`, multiplied by `factor` every so many steps."""

    initial_rate: float
    factor: float
    every_steps: int

    def rate(self, step: int, steps_per_epoch: int, epochs: int) -> float:
        return self.initial_rate * self.factor ** (step // self.every_steps)


@dataclass(frozen=True, slots=True)
class WarmCosine:
    """A straight rise to `peak_rate` over the first part of training, then half a cosine down to zero."""

    peak_rate: float
    warm_share: float = 0.05

    def rate(self, step: int, steps_per_epoch: int, epochs: int) -> float:
        total = steps_per_epoch * epochs
        warm = max(1, round(self.warm_share * total))
        if step < warm:
            return self.peak_rate * (step + 1) / warm
        return self.peak_rate * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, total - warm)))
