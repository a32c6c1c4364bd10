"""A stretch of a file as a video file of its own, its pictures changed on the way if wanted.

The stranger's file is played in the sandbox; what arrives here, and is encoded, are arrays.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np

from seehear.core.errors import MediaError, Reason
from seehear.media.film import Form, exact_rate, open_film
from seehear.media.limits import Limits
from seehear.media.playback import Picture, Playback, Sound, play_video

_PRESET, _QUALITY = "superfast", 20
_SOUND_BITS_PER_CHANNEL = 96_000
_COARSEST_CLOCK = 10_000
"""Ticks per second at least: pictures that come unsteadily are placed to a tenth of a millisecond."""

Change = Callable[[float, np.ndarray], np.ndarray]
"""Seconds since the start of the file and a picture uint8 [height,width,3] to the picture to be written."""


def write_excerpt(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    *,
    start_seconds: float = 0.0,
    end_seconds: float = math.inf,
    change: Change | None = None,
    limits: Limits = Limits(),  # noqa: B008 (frozen)
) -> tuple[str, ...]:
    """Write the stretch `start_seconds <= t < end_seconds` of a file to `target`, as MP4; returns a line for each thing
    that could not be read.

    The stretch begins with the picture on screen then, and with the sample of that instant. Size (an odd row or column
    is left out), shape of pixels, times of pictures and rate of the sound stay; it is encoded anew. Memory does not
    depend on the length. `change` may draw on the picture it is given, or return another of the same size.

    Raises :class:`MediaError` where the stretch has no pictures and :class:`StorageError` where `target` cannot be
    written; then there is no new file.
    """
    with play_video(source, start_seconds=start_seconds, end_seconds=end_seconds, limits=limits) as playback:
        form = _form(playback)
        clock = _Clock(start_seconds, form.ticks_per_second)
        first_sample = round(start_seconds * form.sample_rate_hz) if form.sample_rate_hz else 0
        with open_film(Path(target), form) as film:
            for part in playback:
                match part:
                    case Picture(seconds, pixels):
                        film.show(clock.ticks(seconds), _changed(pixels, seconds, form, change))
                    case Sound(start_sample, samples):
                        film.hear(start_sample - first_sample, samples)
            if not clock.started:
                raise MediaError("; ".join([f"{source} has no pictures there", *playback.notes]), Reason.NO_VIDEO)
    return playback.notes


class _Clock:
    """Seconds of the file to ticks of the film, each picture later than the one before."""

    def __init__(self, start_seconds: float, ticks_per_second: Fraction) -> None:
        self._start_seconds, self._ticks_per_second = start_seconds, float(ticks_per_second)
        self._last = -1

    @property
    def started(self) -> bool:
        return self._last >= 0

    def ticks(self, seconds: float) -> int:
        self._last = max(self._last + 1, round((seconds - self._start_seconds) * self._ticks_per_second))
        return self._last


def _form(playback: Playback) -> Form:
    """A film like what is played, in a size that H.264 can hold."""
    picture, sound = playback.picture, playback.sound
    if picture is None or picture.width < 2 or picture.height < 2:
        raise MediaError(f"{playback.path} has no pictures to be written; give a video", Reason.NO_VIDEO)
    rate = exact_rate(picture.frames_per_second)
    channels = sound.channels if sound else 1
    return Form(
        width=picture.width - picture.width % 2,
        height=picture.height - picture.height % 2,
        rate=rate,
        ticks_per_second=rate.numerator * Fraction(-(-_COARSEST_CLOCK // rate.numerator)),  # every frame falls on one
        sample_rate_hz=sound.sample_rate_hz if sound else None,
        channels=channels,
        sound_bits_per_second=_SOUND_BITS_PER_CHANNEL * channels,
        pixel_aspect=picture.pixel_aspect,
        preset=_PRESET,
        quality=_QUALITY,
    )


def _changed(pixels: np.ndarray, seconds: float, form: Form, change: Change | None) -> np.ndarray:
    pixels = pixels[: form.height, : form.width]
    return pixels if change is None else change(seconds, pixels)
