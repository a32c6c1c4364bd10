"""Write a video file piece by piece: H.264 pictures and AAC sound in MP4.

Only arrays of our own are encoded, no stranger's file is read, so this runs in the process that calls it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seehear.storage.files import storage_errors

if TYPE_CHECKING:
    import av

BLOCK_SAMPLES = 1024
_AAC = {"flags": "+bitexact", "aac_coder": "fast"}
_BT601, _BT709 = (6, "ITU601"), (1, "ITU709")
"""Number in the tables of ISO 23091-2 for matrix, primaries and transfer alike, and PyAV's name of the matrix."""
_HIGH_DEFINITION = 720
"""Lines from which on players take BT.709 for granted."""
_LARGEST_FRAME_RATE_DENOMINATOR = 1001


@dataclass(frozen=True, slots=True)
class Form:
    """What a film is like. Pictures have even sizes."""

    width: int
    height: int
    rate: Fraction
    """Frames per second, on average."""
    ticks_per_second: Fraction
    """Of the clock that says when pictures come."""
    sample_rate_hz: int | None
    """None for a film without sound."""
    channels: int = 1
    sound_bits_per_second: int = 64_000
    pixel_aspect: Fraction = Fraction(1)
    preset: str = "superfast"
    quality: int = 23
    """x264's constant rate factor: less is better."""

    @property
    def colours(self) -> tuple[int, str]:
        return _BT709 if min(self.width, self.height) >= _HIGH_DEFINITION else _BT601


def exact_rate(frames_per_second: float) -> Fraction:
    """The fraction that a rate is meant to be: 30000/1001 for 29.97."""
    return Fraction(frames_per_second).limit_denominator(_LARGEST_FRAME_RATE_DENOMINATOR)


@contextmanager
def open_film(path: Path, form: Form) -> Iterator[Film]:
    """A film to be filled, which appears under its name when the block ends without an error.

    The same input gives the same bytes. Raises :class:`StorageError` where the file cannot be written.
    """
    import av

    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:50]}.")
        os.close(handle)
        options = {"fflags": "+bitexact", "movflags": "+faststart"}
        try:
            with av.open(temporary, "w", format="mp4", container_options=options) as container:
                film = Film(container, form)
                yield film
                film.finish()
            Path(temporary).chmod(0o644)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


class Film:
    """Pictures and sound in any order between the two, each in order of time; made by :func:`open_film`."""

    def __init__(self, container: av.container.OutputContainer, form: Form) -> None:
        self._container, self._form = container, form
        self._video: Any = _video_stream(container, form)
        self._audio: Any = None if form.sample_rate_hz is None else _audio_stream(container, form)
        self._heard_samples = 0

    def show(self, ticks: int, picture: np.ndarray) -> None:
        """A picture, uint8 [height,width,3], comes on screen."""
        import av

        _, matrix = self._form.colours
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), "rgb24")
        frame = frame.reformat(format="yuv420p", dst_colorspace=matrix, dst_color_range="MPEG", threads=1)
        frame.pts, frame.time_base = ticks, 1 / self._form.ticks_per_second
        self._container.mux(self._video.encode(frame))

    def hear(self, start_sample: int, samples: np.ndarray) -> None:
        """Samples, float32 [n,channels]. A gap before them is silence; what comes too late is dropped."""
        samples = samples[max(0, self._heard_samples - start_sample) :]
        while len(samples) and self._heard_samples < start_sample:
            count = min(BLOCK_SAMPLES, start_sample - self._heard_samples)
            self._encode_sound(np.zeros((count, self._form.channels), np.float32))
        for first in range(0, len(samples), BLOCK_SAMPLES):
            self._encode_sound(samples[first : first + BLOCK_SAMPLES])

    def finish(self) -> None:
        """Nothing follows."""
        for stream in (self._video, self._audio):
            if stream is not None:
                self._container.mux(stream.encode(None))

    def _encode_sound(self, samples: np.ndarray) -> None:
        import av

        layout = "mono" if self._form.channels == 1 else "stereo"
        block = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.T), "fltp", layout)
        rate = self._form.sample_rate_hz or 1
        block.sample_rate, block.pts, block.time_base = rate, self._heard_samples, Fraction(1, rate)
        self._heard_samples += len(samples)
        self._container.mux(self._audio.encode(block))


def _video_stream(container: av.container.OutputContainer, form: Form) -> av.VideoStream:
    from av.video.reformatter import ColorRange

    options = {"preset": form.preset, "crf": str(form.quality), "threads": "1", "flags": "+bitexact"}
    stream = container.add_stream("libx264", rate=form.rate, options=options)
    stream.width, stream.height = form.width, form.height
    stream.pix_fmt = "yuv420p"
    context = stream.codec_context
    context.time_base = 1 / form.ticks_per_second
    if form.pixel_aspect != 1:
        context.sample_aspect_ratio = form.pixel_aspect
    number, _ = form.colours
    context.color_range, context.colorspace = ColorRange.MPEG, number
    context.color_primaries = context.color_trc = number
    return stream


def _audio_stream(container: av.container.OutputContainer, form: Form) -> av.AudioStream:
    layout = "mono" if form.channels == 1 else "stereo"
    stream = container.add_stream("aac", rate=form.sample_rate_hz, layout=layout, options=_AAC)
    stream.bit_rate = form.sound_bits_per_second
    return stream
