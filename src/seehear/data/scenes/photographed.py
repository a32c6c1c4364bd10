"""One photo and one recording as an actor: the photo drifts or zooms, the recording plays without its pauses."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from seehear.core.errors import MediaError, Reason
from seehear.core.values import SAMPLE_RATE_HZ

ReadSound = Callable[[Path], np.ndarray]
"""Decodes a sound file to float32 mono at `SAMPLE_RATE_HZ`; a function of a module, so that it can be pickled."""

PHOTO_FORMATS = ("JPEG", "PNG", "WEBP", "BMP")
MOST_PIXELS = 64_000_000
WORKING_SIDE = 512
"""Photos are kept at most this large while scenes are rendered."""
_FRAME_SECONDS, _QUIET, _HOLD_SECONDS = 0.05, 0.03, 0.15


@dataclass(frozen=True, slots=True)
class PhotographedActor:
    """One photo and one recording."""

    photo: Path
    recording: Path
    read_sound: ReadSound
    motion_follows_sound: bool
    restless: bool
    """Whether it moves all the time, where motion does not follow sound."""
    tempo_hz: float
    offset: float
    """Where in the recording its sound begins, 0..1."""

    def picture(self, seconds: float, clock: float | None, side: int) -> Image.Image:
        photo = opened_photo(self.photo)
        height, width = side, min(2 * side, max(side // 2, round(side * photo.width / photo.height)))
        time = clock if self.motion_follows_sound else (seconds if self.restless else None)
        moved = photo.resize((width, height), Image.Resampling.BILINEAR, box=self._window(photo, time))
        moved.putalpha(_soft_edges(width, height))
        return moved

    def sound(self, seconds: float) -> np.ndarray:
        active = active_part(decoded_sound(self.read_sound, self.recording))
        count = round(seconds * SAMPLE_RATE_HZ)
        return np.resize(np.roll(active, -round(self.offset * len(active))), count).astype(np.float32)

    def _window(self, photo: Image.Image, time: float | None) -> tuple[float, float, float, float]:
        """The part of the photo in view: 86 % of it, wandering and breathing while it moves."""
        phase = 0.0 if time is None else 2 * math.pi * self.tempo_hz * time
        share = 0.86 + 0.05 * math.sin(0.6 * phase)
        x = 0.5 + 0.5 * math.sin(phase) * (1 - share)
        y = 0.5 + 0.5 * math.sin(1.3 * phase) * (1 - share)
        half_width, half_height = share * photo.width / 2, share * photo.height / 2
        left = min(max(0.0, x * photo.width - half_width), photo.width - 2 * half_width)
        top = min(max(0.0, y * photo.height - half_height), photo.height - 2 * half_height)
        return left, top, left + 2 * half_width, top + 2 * half_height


def active_part(sound: np.ndarray) -> np.ndarray:
    """The sound without its pauses: what is called heard must be audible in every second.

    Frames of 50 ms below 3 % of the loudest are left out, unless within 150 ms of a louder one.
    """
    frame = round(_FRAME_SECONDS * SAMPLE_RATE_HZ)
    if len(sound) < 2 * frame:
        return sound
    frames = sound[: len(sound) // frame * frame].reshape(-1, frame)
    loudness = np.sqrt(np.mean(np.square(frames, dtype=np.float64), axis=1))
    hold = 2 * round(_HOLD_SECONDS / _FRAME_SECONDS) + 1
    audible = np.convolve(loudness > _QUIET * loudness.max(), np.ones(hold), "same") > 0
    return frames[audible].reshape(-1) if audible.any() else sound


@lru_cache(maxsize=128)
def opened_photo(path: Path) -> Image.Image:
    """RGB, upright, at most `WORKING_SIDE` on a side."""
    try:
        with Image.open(path, formats=PHOTO_FORMATS) as photo:
            if photo.width * photo.height > MOST_PIXELS:
                raise MediaError(f"{path} has more than {MOST_PIXELS} pixels; make it smaller", Reason.OVER_LIMIT)
            photo.draft("RGB", (WORKING_SIDE, WORKING_SIDE))
            upright = ImageOps.exif_transpose(photo).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise MediaError(f"{path} is not a photo that can be read ({error}); remove it or save it as JPEG") from error
    upright.thumbnail((WORKING_SIDE, WORKING_SIDE))
    return upright


@lru_cache(maxsize=128)
def decoded_sound(read_sound: ReadSound, path: Path) -> np.ndarray:
    """float32 [S] at `SAMPLE_RATE_HZ`; raises MediaError where the file holds none."""
    sound = np.asarray(read_sound(path), dtype=np.float32)
    if sound.ndim != 1 or not len(sound) or not np.isfinite(sound).all():
        raise MediaError(f"{path} holds no sound that can be used; remove it", Reason.NO_AUDIO)
    return sound


@lru_cache(maxsize=64)
def _soft_edges(width: int, height: int) -> Image.Image:
    """Opaque in the middle, clear at the rim, so that no hard frame gives the photo away."""
    rim = max(2, round(0.06 * min(width, height)))

    def ramp(length: int) -> np.ndarray:
        place = np.arange(length)
        return np.clip(np.minimum(place, length - 1 - place) / rim, 0, 1)

    return Image.fromarray((255 * np.minimum(ramp(height)[:, None], ramp(width))).astype(np.uint8))
