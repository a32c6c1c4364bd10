"""Write a video of arrays: pictures that come at a steady rate, and their sound."""

from __future__ import annotations

import heapq
import os
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from operator import itemgetter
from pathlib import Path

import numpy as np

from seehear.core.errors import InvalidValueError
from seehear.core.values import SAMPLE_RATE_HZ
from seehear.media.film import BLOCK_SAMPLES, Form, exact_rate, open_film


def write_video(
    path: str | os.PathLike[str],
    pictures: Iterable[np.ndarray],
    sound: np.ndarray | None,
    *,
    frames_per_second: float,
    sample_rate_hz: int = SAMPLE_RATE_HZ,
) -> None:
    """Encode pictures (uint8 [height,width,3], RGB, even sizes, all alike) and sound (float32 [samples], mono, in
    -1..1, or None for no sound track) that start together at time zero.

    Pictures are taken one by one, so their number does not matter to memory. The file appears under its name when it
    is complete, and the same input gives the same bytes. Raises :class:`InvalidValueError` for pictures or sound that
    cannot be encoded and :class:`StorageError` where the file cannot be written.
    """
    pictures, sound = _checked(pictures), _checked_sound(sound)
    first = next(pictures, None)
    if first is None:
        raise InvalidValueError("a video needs at least one picture")
    if not frames_per_second > 0:
        raise InvalidValueError(f"frames_per_second must be greater than zero, not {frames_per_second}")
    rate = exact_rate(frames_per_second)
    height, width, _ = first.shape
    form = Form(width, height, rate, rate, None if sound is None else sample_rate_hz)
    with open_film(Path(path), form) as film:
        timed: list[Iterator[tuple[float, Callable, int, np.ndarray]]] = [
            (
                (float(number / rate), film.show, number, picture)
                for number, picture in enumerate(chain([first], pictures))
            )
        ]
        if sound is not None:
            starts = range(0, len(sound), BLOCK_SAMPLES)
            blocks = ((start, sound[start : start + BLOCK_SAMPLES, None]) for start in starts)
            timed.append((start / sample_rate_hz, film.hear, start, block) for start, block in blocks)
        for _, take, at, array in heapq.merge(*timed, key=itemgetter(0)):
            take(at, array)


def _checked(pictures: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """The pictures, each compared with what H.264 4:2:0 can hold and with the first one."""
    shape = None
    for number, picture in enumerate(pictures):
        if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3:
            found = f"{picture.dtype} {picture.shape}"
            raise InvalidValueError(f"picture {number} must be uint8 (height, width, 3), not {found}")
        height, width, _ = picture.shape
        if height % 2 or width % 2 or not picture.size:
            raise InvalidValueError(f"pictures need an even width and height, not {width} x {height}; crop by one")
        if shape not in (None, picture.shape):
            raise InvalidValueError(f"picture {number} has shape {picture.shape}, the first one {shape}")
        shape = picture.shape
        yield picture


def _checked_sound(sound: np.ndarray | None) -> np.ndarray | None:
    if sound is None:
        return None
    sound = np.ascontiguousarray(sound, np.float32)
    if sound.ndim != 1:
        raise InvalidValueError(f"sound must be mono, float32 (samples,), not of shape {sound.shape}")
    if not np.isfinite(sound).all():
        raise InvalidValueError("sound has samples that are not finite numbers")
    return sound.clip(-1, 1)
