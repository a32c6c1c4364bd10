"""Scores that mean what they say: of the segments scored .8, about eight in ten are events.

n segments, C categories. Platt's logistic calibration (1999) with one temperature for all categories, after
Guo et al. 2017 (arXiv 1706.04599), and a centre for each:

    calibrated = sigmoid((logit(score) - logit(centre of the category)) / temperature)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch

from seehear.core.errors import InvalidValueError
from seehear.core.labels import Categories

SMALLEST_SCORE = 1e-6
"""Scores are kept this far from 0 and 1, whose logits are infinite."""
PRIOR_WEIGHT = 1e-3
"""How strongly temperature and centres are held at 1 and one half where few segments speak for others."""


@dataclass(frozen=True)
class Calibration:
    """What makes a network's scores comparable; a score of `centres[category]` becomes one half.

    The default changes nothing. Raises InvalidValueError for numbers that cannot be.
    """

    temperature: float = 1.0
    centres: Mapping[str, float] = field(default_factory=dict)
    """In 0..1 exclusive; one half for a category that is not named."""

    def __post_init__(self) -> None:
        if not _is_number(self.temperature) or self.temperature <= 0:
            raise InvalidValueError(f"a temperature must be above 0, not {self.temperature!r}")
        for name, centre in self.centres.items():
            if not _is_number(centre) or not 0 < centre < 1:
                raise InvalidValueError(f"the centre of {name!r} must be between 0 and 1, not {centre!r}")

    @classmethod
    def from_json(cls, record: Any) -> Calibration:
        """Undo :meth:`to_json`; an empty record changes nothing. Raises InvalidValueError for anything else."""
        if not isinstance(record, dict) or set(record) - {"temperature", "centres"}:
            raise InvalidValueError(f"a calibration holds a temperature and centres, not {record!r}")
        if not isinstance(record.get("centres", {}), dict):
            raise InvalidValueError(f"centres are numbers by category, not {record['centres']!r}")
        return cls(**record)

    def to_json(self) -> dict[str, Any]:
        """Of JSON values."""
        return asdict(self) | {"centres": dict(self.centres)}

    @classmethod
    def fit(cls, events: np.ndarray, classes: np.ndarray, categories: Categories) -> Calibration:
        """The calibration under which these scores [n,C] are likeliest to have had these true classes [n] in 0..C.

        Fit on segments that the network was not trained on. A category that never occurs among them keeps one half.
        """
        if not len(events):
            raise InvalidValueError("a calibration needs at least one segment")
        occurs = np.flatnonzero((classes[:, None] == np.arange(len(categories))).any(axis=0))
        if not len(occurs):
            return cls()
        logits = torch.from_numpy(_logit(events[:, occurs]))  # (n,those that occur)
        truth = torch.from_numpy((classes[:, None] == occurs).astype(np.float64))
        offsets = torch.zeros(len(occurs), dtype=torch.float64, requires_grad=True)
        log_slope = torch.zeros((), dtype=torch.float64, requires_grad=True)
        optimizer = torch.optim.LBFGS([offsets, log_slope], max_iter=200, line_search_fn="strong_wolfe")

        def loss() -> torch.Tensor:
            optimizer.zero_grad()
            moved = (logits - offsets) * log_slope.exp()
            likelihood = torch.nn.functional.binary_cross_entropy_with_logits(moved, truth)
            total = likelihood + PRIOR_WEIGHT * (offsets.square().mean() + log_slope.square())
            total.backward()
            return total

        optimizer.step(loss)
        centres = offsets.detach().sigmoid().clamp(SMALLEST_SCORE, 1 - SMALLEST_SCORE).tolist()
        names = [categories.name(int(number)) for number in occurs]
        return cls(math.exp(-log_slope.item()), dict(zip(names, centres, strict=True)))

    def __call__(self, events: np.ndarray, categories: Categories) -> np.ndarray:
        """Scores [...,C], calibrated, as float32; their order within a category stays. The default returns them as
        they are."""
        if self == Calibration():
            return events
        centres = _logit(np.array([self.centres.get(name, 0.5) for name in categories]))
        moved = (_logit(events) - centres) / self.temperature
        return (1 / (1 + np.exp(-moved))).astype(np.float32)


def _logit(scores: np.ndarray) -> np.ndarray:
    held = np.clip(np.asarray(scores, dtype=np.float64), SMALLEST_SCORE, 1 - SMALLEST_SCORE)
    return np.log(held) - np.log1p(-held)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
