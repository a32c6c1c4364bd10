"""Write a video file: H.264 pictures and AAC sound in MP4.

Only arrays of our own are encoded, no stranger's file is read, so this runs in the process that calls it.
"""

from __future__ import annotations

import heapq
import os
import tempfile
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seehear.core.errors import InvalidValueError
from seehear.core.values import SAMPLE_RATE_HZ
from seehear.storage.files import storage_errors

if TYPE_CHECKING:
    import av

_X264 = {"preset": "superfast", "crf": "23", "threads": "1", "flags": "+bitexact"}
_AAC = {"flags": "+bitexact", "aac_coder": "fast"}
_BLOCK_SAMPLES = 1024
_SOUND_BITS_PER_SECOND = 64_000
_BT601 = 6
"""SMPTE 170M in the tables of ISO 23091-2, for matrix, primaries and transfer alike."""
_LARGEST_FRAME_RATE_DENOMINATOR = 1001


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
    path = Path(path)
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.")
        os.close(handle)
        try:
            _encode(temporary, _checked(pictures), _checked_sound(sound), frames_per_second, sample_rate_hz)
            Path(temporary).chmod(0o644)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


def _encode(
    name: str, pictures: Iterator[np.ndarray], sound: np.ndarray | None, frames_per_second: float, sample_rate_hz: int
) -> None:
    import av

    first = next(pictures, None)
    if first is None:
        raise InvalidValueError("a video needs at least one picture")
    if not frames_per_second > 0:
        raise InvalidValueError(f"frames_per_second must be greater than zero, not {frames_per_second}")
    rate = Fraction(frames_per_second).limit_denominator(_LARGEST_FRAME_RATE_DENOMINATOR)
    options = {"fflags": "+bitexact", "movflags": "+faststart"}
    with av.open(name, "w", format="mp4", container_options=options) as container:
        video = _video_stream(container, rate, first)
        streams: list[Any] = [video]
        shown = _picture_frames(chain([first], pictures), rate)
        timed: list[Iterator[Any]] = [((frame.time, video, frame) for frame in shown)]
        if sound is not None:
            audio = _audio_stream(container, sample_rate_hz)
            timed.append((block.time, audio, block) for block in _sound_blocks(sound, sample_rate_hz))
            streams.append(audio)
        for _, stream, frame in heapq.merge(*timed, key=itemgetter(0)):
            container.mux(stream.encode(frame))
        for stream in streams:
            container.mux(stream.encode(None))


def _video_stream(container: av.container.OutputContainer, rate: Fraction, first: np.ndarray) -> av.VideoStream:
    from av.video.reformatter import ColorRange

    stream = container.add_stream("libx264", rate=rate, options=_X264)
    stream.height, stream.width, _ = first.shape
    stream.pix_fmt = "yuv420p"
    context = stream.codec_context
    context.color_range, context.colorspace = ColorRange.MPEG, _BT601
    context.color_primaries = context.color_trc = _BT601
    return stream


def _audio_stream(container: av.container.OutputContainer, sample_rate_hz: int) -> av.AudioStream:
    stream = container.add_stream("aac", rate=sample_rate_hz, layout="mono", options=_AAC)
    stream.bit_rate = _SOUND_BITS_PER_SECOND
    return stream


def _picture_frames(pictures: Iterable[np.ndarray], rate: Fraction) -> Iterator[av.VideoFrame]:
    import av

    for number, picture in enumerate(pictures):
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), "rgb24")
        frame = frame.reformat(format="yuv420p", dst_colorspace="ITU601", dst_color_range="MPEG", threads=1)
        frame.pts, frame.time_base = number, 1 / rate
        yield frame


def _sound_blocks(sound: np.ndarray, sample_rate_hz: int) -> Iterator[av.AudioFrame]:
    import av

    for start in range(0, len(sound), _BLOCK_SAMPLES):
        block = av.AudioFrame.from_ndarray(sound[None, start : start + _BLOCK_SAMPLES], "fltp", "mono")
        block.sample_rate, block.pts, block.time_base = sample_rate_hz, start, Fraction(1, sample_rate_hz)
        yield block


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
