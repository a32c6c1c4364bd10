"""Stands in for the video encoder: keeps what the renderer hands over, exactly, as an `.npz` at the video's place."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np


def write_arrays(
    path: Path,
    pictures: Iterable[np.ndarray],
    sound: np.ndarray | None,
    *,
    frames_per_second: float,
    sample_rate_hz: int,
) -> None:
    with Path(path).open("wb") as stream:
        np.savez(
            stream,
            pictures=np.stack(list(pictures)),
            sound=np.zeros(0) if sound is None else sound,
            rates=np.array([frames_per_second, sample_rate_hz]),
        )


def read_arrays(path: Path) -> tuple[np.ndarray, np.ndarray]:
    with np.load(path) as archive:
        return archive["pictures"], archive["sound"]
