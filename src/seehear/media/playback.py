"""Play a stretch of a file: every picture in its own size, every sample at its own rate, in bounded memory."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from seehear.core.errors import InvalidValueError, MediaError, Reason
from seehear.media import wire
from seehear.media.checks import plain
from seehear.media.limits import Limits
from seehear.media.opened import OpenedFile, refusal
from seehear.media.request import Excerpt

_MOST_SAMPLES_AT_ONCE = 1 << 22
_SAMPLE_RATES_HZ = range(8000, 96001)
_HIGHEST_RATE = 480.0
_USUAL_RATE = 25.0


@dataclass(frozen=True, slots=True)
class PictureForm:
    """What the pictures of a stretch are like."""

    width: int
    height: int
    frames_per_second: float
    """On average; 25 where the file does not say."""
    pixel_aspect: Fraction
    """Width by height of one pixel as it is to be shown."""


@dataclass(frozen=True, slots=True)
class SoundForm:
    """What the sound of a stretch is like."""

    sample_rate_hz: int
    channels: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that comes on screen."""

    seconds: float
    """Since the start of the file."""
    pixels: np.ndarray
    """uint8 [height,width,3], RGB, upright; the receiver's own."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Consecutive samples."""

    start_sample: int
    """Since the start of the file."""
    samples: np.ndarray
    """float32 [n,channels] in -1..1."""


def play_video(
    path: str | os.PathLike[str],
    *,
    start_seconds: float = 0.0,
    end_seconds: float = math.inf,
    limits: Limits = Limits(),  # noqa: B008 (frozen)
) -> Playback:
    """Play what of a file lies in `start_seconds <= t < end_seconds`; time zero is that of :func:`open_video`.

    Returns a context manager to iterate over: pictures and sound in the order of the file, each kind in order of time,
    the first picture being the one on screen at the start. All pictures have the size of the file's first one.
    What could not be decoded is left out, and `notes` say so afterwards. Sound is mono or stereo.

    Raises :class:`MediaError` here if nothing can be read. What goes wrong later ends the iteration early.
    """
    if not 0 <= start_seconds < end_seconds:
        message = f"a stretch starts at 0 or later and ends after that, not {start_seconds} to {end_seconds}"
        raise InvalidValueError(message)
    return Playback(Path(path), Excerpt(start_seconds, min(end_seconds, limits.max_seconds), limits))


class Playback(OpenedFile):
    """One pass over one stretch; made by :func:`play_video`."""

    def __init__(self, path: Path, excerpt: Excerpt) -> None:
        self.notes: tuple[str, ...] = ()
        self.reasons: tuple[Reason, ...] = ()
        self._excerpt = excerpt
        self._seconds, self._sample = -math.inf, 0
        super().__init__(path, "play", excerpt)

    def _begin(self) -> None:
        self.picture, self.sound = self._forms(self._decoder.next_header())

    def __iter__(self) -> Iterator[Picture | Sound]:
        try:
            while (part := self._next_part()) is not None:
                yield part
        except MediaError as error:
            self.reasons += (error.reason, Reason.TRUNCATED)
            self.notes += (f"{error}; what was decoded before is kept",)
        self.close()

    def _next_part(self) -> Picture | Sound | None:
        header = self._decoder.next_header()
        match header:
            case {"kind": "picture", "seconds": float() | int() as seconds} if self.picture and self._follows(seconds):
                pixels = np.empty((self.picture.height, self.picture.width, 3), np.uint8)
                self._decoder.fill(pixels.data.cast("B"))
                self._seconds = seconds
                return Picture(seconds, pixels)
            case {"kind": "sound", "start_sample": int(start), "samples": int(count)} if self._fits(start, count):
                assert self.sound is not None
                samples = np.empty((count, self.sound.channels), np.float32)
                self._decoder.fill(samples.data.cast("B"))
                self._sample = start + count
                np.clip(np.nan_to_num(samples, copy=False), -1, 1, out=samples)
                return Sound(start, samples)
            case {"kind": "end", "reasons": [*reasons], "notes": [*notes]} if all(one in [*Reason] for one in reasons):
                self.reasons = tuple(Reason(reason) for reason in reasons)
                self.notes = tuple(plain(note) for note in notes)
                return None
        raise refusal(header)

    def _follows(self, seconds: float) -> bool:
        return self._seconds < seconds and self._excerpt.start_seconds <= seconds < self._excerpt.end_seconds

    def _fits(self, start: int, count: int) -> bool:
        """Whether samples lie in the stretch, behind those before them."""
        if self.sound is None or not 0 < count <= _MOST_SAMPLES_AT_ONCE:
            return False
        rate = self.sound.sample_rate_hz
        first = max(self._sample, round(self._excerpt.start_seconds * rate))
        return first <= start and start + count <= round(self._excerpt.end_seconds * rate)

    def _forms(self, header: dict) -> tuple[PictureForm | None, SoundForm | None]:
        match header:
            case {"kind": "begin", "picture": dict() | None as picture, "sound": dict() | None as sound}:
                try:
                    pictures = None if picture is None else self._picture_form(**picture)
                    return pictures, None if sound is None else self._sound_form(**sound)
                except (TypeError, ValueError, ZeroDivisionError) as error:
                    raise wire.broken("a form that makes no sense") from error
        raise refusal(header)

    def _picture_form(self, width: int, height: int, rate: float, pixel_aspect: list[int]) -> PictureForm:
        if not (width >= 1 and height >= 1 and int(width) * int(height) <= self._excerpt.limits.max_pixels):
            raise ValueError("pictures larger than the limit")
        frames_per_second = float(rate) if 0 < rate <= _HIGHEST_RATE else _USUAL_RATE
        return PictureForm(int(width), int(height), frames_per_second, Fraction(*map(int, pixel_aspect)))

    def _sound_form(self, sample_rate_hz: int, channels: int) -> SoundForm:
        if sample_rate_hz not in _SAMPLE_RATES_HZ or channels not in (1, 2):
            raise ValueError("sound of no known form")
        return SoundForm(sample_rate_hz, channels)
