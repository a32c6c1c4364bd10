"""What PyAV is asked to do: open, scale, turn, resample. Imported in the sandboxed child only."""

from __future__ import annotations

import errno
import logging
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import Any, Literal

import av
import numpy as np
from av.sidedata.sidedata import Type

from seehear.core.errors import Reason
from seehear.media.limits import Limits

DEMUXERS = (
    "mov,matroska,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,wav,w64,mp3,flac,aac,ac3,eac3,amr,amrnb,amrwb,aiff,au,caf,ape,"
    "dts,dv,mxf,nut,ivf,h264,hevc,m4v,obu,rm,swf,wv,tta,gif"
)
"""Containers that hold their own bytes. Playlists and the like, which name other files, are not among them."""
_NOT_FOR_DECODING = {"av.__main__", "av.datasets"}


class UnreadableError(Exception):
    """Nothing of the file can be read."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def too_large(error: Exception) -> bool:
    """Whether libav refused because a limit on memory or on the size of pictures was met."""
    if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
        return True
    _, _, words = getattr(error, "log", None) or ("", "", "")
    return "Picture size" in words


def warm_up() -> None:
    """Load all that decoding will need, while files may still be opened: PyAV imports parts of itself when used."""
    logging.disable()
    av.logging.set_level(av.logging.ERROR)  # so that its errors carry libav's own words
    for module in pkgutil.walk_packages(av.__path__, "av."):
        if module.name not in _NOT_FOR_DECODING:
            import_module(module.name)
    picture = av.VideoFrame(16, 16, "yuv420p")
    draw(picture, 8, 8)
    block = av.AudioFrame(format="fltp", layout="stereo", samples=1024)
    block.sample_rate = 44_100
    for layout in ("mono", "stereo"):
        resampler = Resampler(block, 16_000, layout)
        resampler.push(block)
        resampler.flush()


def open_container(descriptor: int, limits: Limits) -> av.container.InputContainer:
    """Open by descriptor: no other protocol, no container that names other files.

    Raises :class:`UnreadableError`.
    """
    options = {
        "fd": str(descriptor),
        "protocol_whitelist": "fd",
        "format_whitelist": DEMUXERS,
        "max_streams": str(limits.max_streams),
        "max_pixels": str(limits.max_pixels),
        "threads": "1",
    }
    try:
        return av.open("fd:", options=options, metadata_errors="ignore")
    except (av.FFmpegError, MemoryError, ValueError) as error:
        if too_large(error):
            raise UnreadableError(Reason.OVER_LIMIT, "opening it needs more than the limits allow") from error
        raise UnreadableError(
            Reason.NOT_MEDIA,
            "it is not a video or sound file of a known kind, or is broken; see whether a player plays it",
        ) from error


class Resampler:
    """libswresample for one format, in one thread: any layout to float32, mono [n] or stereo [n,2], at a rate."""

    def __init__(self, block: av.AudioFrame, sample_rate_hz: int, layout: Literal["mono", "stereo"] = "mono") -> None:
        self._shape = (-1,) if layout == "mono" else (-1, 2)
        self._graph = av.filter.Graph()
        self._graph.threads = 1
        source = self._graph.add(
            "abuffer",
            sample_rate=str(block.sample_rate),
            sample_fmt=block.format.name,
            channel_layout=block.layout.name,
            time_base=f"1/{block.sample_rate}",
        )
        shape = self._graph.add("aformat", sample_rates=str(sample_rate_hz), sample_fmts="flt", channel_layouts=layout)
        sink = self._graph.add("abuffersink")
        source.link_to(shape)
        shape.link_to(sink)
        self._graph.configure()

    def push(self, block: av.AudioFrame | None) -> np.ndarray:
        if block is not None:
            block.pts = None
        self._graph.push(block)
        nothing = np.zeros(0, np.float32).reshape(0, *self._shape[1:])
        return np.concatenate([nothing, *self._pull()])

    def flush(self) -> np.ndarray:
        return self.push(None)

    def _pull(self) -> Iterator[np.ndarray]:
        while True:
            try:
                yield self._graph.pull().to_ndarray().reshape(self._shape)
            except (av.BlockingIOError, av.EOFError):
                return


def draw(frame: av.VideoFrame, width: int, height: int) -> np.ndarray:
    """uint8 [height,width,3]: the whole picture, upright, scaled to this size without regard to the aspect."""
    transpose, flip_columns, flip_rows = _orientation(frame)
    stored = (height, width) if transpose else (width, height)
    scaled = frame.reformat(*stored, "rgb24", interpolation="BILINEAR", dst_color_range="JPEG", threads=1)
    picture = scaled.to_ndarray()
    if transpose:
        picture = picture.transpose(1, 0, 2)
    if flip_columns:
        picture = picture[:, ::-1]
    if flip_rows:
        picture = picture[::-1]
    return np.ascontiguousarray(picture)


def _orientation(frame: av.VideoFrame) -> tuple[bool, bool, bool]:
    """Transpose, then mirror left-right, then top-bottom: what the display matrix (ISO 14496-12 §6.2.2) asks for.

    The matrix maps a stored point to a shown one, x' = a x + c y and y' = b x + d y; other angles than quarter turns
    are taken to the nearest.
    """
    side_data: Any = frame.side_data
    try:
        matrix = np.frombuffer(bytes(side_data[Type.DISPLAYMATRIX]), np.int32)
    except KeyError:
        return False, False, False
    a, b, c, d = (int(matrix[index]) for index in (0, 1, 3, 4))
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return False, a < 0, d < 0
    return True, c < 0, b < 0


def quarter_turned(frame: av.VideoFrame) -> bool:
    """Whether upright width and height are the other way round."""
    return _orientation(frame)[0]


def rotation_degrees(frame: av.VideoFrame) -> int:
    """Clockwise quarter turns that the viewer sees, a mirror left aside."""
    transpose, flip_columns, flip_rows = _orientation(frame)
    if transpose:
        return 90 if flip_columns else 270
    return 180 if flip_columns and flip_rows else 0
