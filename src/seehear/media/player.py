"""Decoding for eyes and ears: a stretch of a file as it is. Runs in the sandboxed child only.

Every picture leaves in its own size, upright, and every sample at its own rate, in the order of the file.
"""

from __future__ import annotations

import gc
import math
import os
from contextlib import suppress
from fractions import Fraction
from typing import Any

import av
import numpy as np

from seehear.media.libav import Resampler, UnreadableError, draw, open_container, quarter_turned
from seehear.media.passage import Pass, Send
from seehear.media.request import Excerpt
from seehear.media.sound import SoundRuns

SAMPLE_RATES_HZ = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000)
"""That AAC has (ISO 14496-3 table 1.18) and that players take; other rates become the fourth."""
_USUAL_SAMPLE_RATE_HZ = 48000
_MOST_CHANNELS = 2
_RUN_UP_SECONDS = 1.0
"""A jump lands so much before the stretch, so that decoders have what they need to begin well."""
_ROUNDING_SECONDS = 0.002
_COLLECT_EVERY = 32
_WIDEST_PIXEL = 10


class _FoundError(Exception):
    pass


class _EnoughError(Exception):
    pass


class _TooFarError(Exception):
    """A jump landed behind the start of the stretch, maybe behind all there is."""


def play_media(descriptor: int, excerpt: Excerpt, send: Send) -> None:
    """Send what pictures and sound are like, then those of the stretch, then what could not be read."""
    try:
        size = _first_picture(descriptor, excerpt, send)
        for jump in (True, False):
            try:
                _Playing(_open(descriptor, excerpt), excerpt, size, send).run(jump=jump)
                return
            except _TooFarError:
                continue
    except UnreadableError as error:
        send({"kind": "failed", "reason": error.reason, "message": str(error)})


def _open(descriptor: int, excerpt: Excerpt) -> Any:
    os.lseek(descriptor, 0, os.SEEK_SET)
    return open_container(descriptor, excerpt.limits)


def _first_picture(descriptor: int, excerpt: Excerpt, send: Send) -> tuple[int, int] | None:
    """Width and height of the first picture of the file, upright: all others take that size. None without any."""
    search = _FirstPicture(_open(descriptor, excerpt), excerpt.limits, send)
    return search.size()


class _FirstPicture(Pass):
    _size: tuple[int, int] | None = None
    _heard_seconds = 0.0

    def size(self) -> tuple[int, int] | None:
        if self._video is not None:
            with suppress(_FoundError):
                self._go()
        return self._size

    def _picture_due(self) -> float:
        return 0.0

    def _sound_due(self) -> float:
        return self._heard_seconds

    def _show(self, seconds: float, frame: av.VideoFrame, lasts_seconds: float) -> None:
        turned = quarter_turned(frame)
        self._size = (frame.height, frame.width) if turned else (frame.width, frame.height)
        raise _FoundError

    def _hear(self, seconds: float, block: av.AudioFrame) -> None:
        self._heard_seconds = seconds + block.samples / block.sample_rate

    def _settle(self) -> None:
        """There is nothing to wait for."""


class _Playing(Pass):
    """The state of one pass over a stretch."""

    def __init__(self, container: Any, excerpt: Excerpt, size: tuple[int, int] | None, send: Send) -> None:
        super().__init__(container, excerpt.limits, send)
        self._excerpt = excerpt
        self._size = size
        self._sample_rate_hz, self._channels = self._sound_form()
        layout = "stereo" if self._channels == _MOST_CHANNELS else "mono"
        self._runs = SoundRuns(self, lambda block: Resampler(block, self._sample_rate_hz, layout), self._sample_rate_hz)
        self._waiting: av.VideoFrame | None = None
        self._shown_seconds = -math.inf
        self._picture_seconds = self._picture_end_seconds = self._sound_begin_seconds = 0.0
        self._heard_samples = round(excerpt.start_seconds * self._sample_rate_hz)
        self._jumped = self._begun = False
        self._landed: set[int] = set()
        self._sent_pictures = 0

    def run(self, *, jump: bool) -> None:
        self._jumped = jump and self._jump()
        with suppress(_EnoughError):
            self._go()
        self._runs.finish()
        if self._jumped and not self._begun and self._waiting is None:
            raise _TooFarError
        self._begin()
        if self._picture_end_seconds > self._excerpt.start_seconds:
            self._show_waiting()
        self._send({"kind": "end", "reasons": [*self._reasons], "notes": [*self._notes]})

    def _jump(self) -> bool:
        """Go near the start of the stretch, where the file's clock can be trusted; else all before it is read too."""
        target_seconds = self._excerpt.start_seconds - _RUN_UP_SECONDS
        if target_seconds <= 0 or self._times_may_leap:
            return False
        try:
            self._container.seek(int((self._zero_seconds + target_seconds) * av.time_base))
        except av.FFmpegError as error:
            raise _TooFarError from error  # what it did before it failed is not known
        self._picture_end_seconds = self._sound_begin_seconds = target_seconds
        return True

    # What it is like

    def _begin(self) -> None:
        """Say once what follows is like; not before it is clear that the jump landed well."""
        if not self._begun:
            self._begun = True
            sound = {"sample_rate_hz": self._sample_rate_hz, "channels": self._channels}
            self._send(
                {
                    "kind": "begin",
                    "picture": self._picture_form() if self._size else None,
                    "sound": sound if self._audio is not None else None,
                }
            )

    def _picture_form(self) -> dict:
        width, height = self._size or (0, 0)
        aspect = self._video.sample_aspect_ratio or self._video.codec_context.sample_aspect_ratio or Fraction(1)
        if not Fraction(1, _WIDEST_PIXEL) <= aspect <= _WIDEST_PIXEL:
            aspect = Fraction(1)
        coded = self._video.codec_context
        if (width, height) == (coded.height, coded.width) != (coded.width, coded.height):
            aspect = 1 / aspect
        aspect = Fraction(aspect).limit_denominator(1000)
        shape = {"width": width, "height": height, "rate": self._rate()}
        return shape | {"pixel_aspect": [aspect.numerator, aspect.denominator]}

    def _sound_form(self) -> tuple[int, int]:
        if self._audio is None:
            return _USUAL_SAMPLE_RATE_HZ, 1
        context = self._audio.codec_context
        rate = context.sample_rate if context.sample_rate in SAMPLE_RATES_HZ else _USUAL_SAMPLE_RATE_HZ
        return rate, max(1, min(_MOST_CHANNELS, context.layout.nb_channels))

    # Frames

    def _picture_due(self) -> float:
        return self._picture_end_seconds

    def _sound_due(self) -> float:
        return self._runs.end_seconds or self._sound_begin_seconds

    def _show(self, seconds: float, frame: av.VideoFrame, lasts_seconds: float) -> None:
        """Send a picture of the stretch; of those before it the last one waits, to be there when it starts."""
        self._check_landing(self._video, seconds)
        self._picture_seconds, self._picture_end_seconds = seconds, seconds + lasts_seconds
        if seconds < self._excerpt.start_seconds - _ROUNDING_SECONDS:
            self._waiting = frame
            return
        if seconds < self._excerpt.end_seconds and seconds > self._excerpt.start_seconds + _ROUNDING_SECONDS:
            self._show_waiting()
        self._waiting = None
        if seconds < self._excerpt.end_seconds:
            self._send_picture(max(seconds, self._excerpt.start_seconds), frame)

    def _show_waiting(self) -> None:
        """The picture that was on screen when the stretch began."""
        if self._waiting is not None:
            self._send_picture(self._excerpt.start_seconds, self._waiting)
            self._waiting = None

    def _send_picture(self, seconds: float, frame: av.VideoFrame) -> None:
        if self._size is None or seconds <= self._shown_seconds:
            return
        self._begin()
        self._shown_seconds = seconds
        self._send({"kind": "picture", "seconds": seconds}, draw(frame, *self._size))
        self._sent_pictures += 1
        if self._sent_pictures % _COLLECT_EVERY == 0:
            gc.collect()  # PyAV's objects refer to one another in circles and hold much memory

    def _hear(self, seconds: float, block: av.AudioFrame) -> None:
        self._check_landing(self._audio, seconds)
        form = (block.format.name, block.layout.name, block.sample_rate)
        self._runs.add(seconds, block.samples / block.sample_rate, form, block)

    def place(self, start_sample: int, samples: np.ndarray) -> None:
        """Samples [n] or [n,channels] at their place; those outside the stretch or sent already are dropped."""
        end_sample = round(self._excerpt.end_seconds * self._sample_rate_hz)
        first = max(start_sample, self._heard_samples)
        kept = samples[max(0, first - start_sample) : max(0, end_sample - start_sample)]
        if len(kept):
            self._begin()
            self._heard_samples = first + len(kept)
            data = np.ascontiguousarray(kept, np.float32)
            self._send({"kind": "sound", "start_sample": first, "samples": len(kept)}, data)

    def _check_landing(self, track: Any, seconds: float) -> None:
        """The first frame after a jump lies before the stretch, or it cannot be known what lies between."""
        late = seconds > self._excerpt.start_seconds + _ROUNDING_SECONDS
        if self._jumped and track.index not in self._landed and late and not self._begun:
            raise _TooFarError
        self._landed.add(track.index)

    def _settle(self) -> None:
        """The stretch is over when both tracks have passed its end, or one is far ahead."""
        passed = []
        if self._size is not None:
            passed.append(self._picture_seconds)
        if self._audio is not None:
            passed.append(self._sound_due())
        horizon_seconds = max(min(passed), max(passed) - self._limits.lead_seconds) if passed else math.inf
        if horizon_seconds >= self._excerpt.end_seconds + _ROUNDING_SECONDS:
            raise _EnoughError
