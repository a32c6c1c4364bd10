"""Stream a video of any container and length: pictures and sound of each segment, in bounded memory."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from seehear.core.errors import InvalidValueError, MediaError, Reason
from seehear.core.time import Grid
from seehear.core.values import SAMPLE_RATE_HZ, Clip, MediaSummary, StreamFacts
from seehear.media import wire
from seehear.media.checks import plain
from seehear.media.limits import Limits
from seehear.media.opened import OpenedFile, refusal
from seehear.media.request import Request


def open_video(
    path: str | os.PathLike[str],
    *,
    picture_size: int,
    pictures_per_segment: int = 1,
    grid: Grid = Grid(),  # noqa: B008 (frozen)
    chunk_segments: int = 32,
    limits: Limits = Limits(),  # noqa: B008 (frozen)
) -> VideoReader:
    """Read a video or sound file, once, from its start to its end.

    Returns a context manager to iterate over: `Clip`s of at most `chunk_segments` consecutive segments, in order.
    Afterwards `.summary` says what the file is and what of it could not be read. Time zero is the earliest start of
    the tracks that are read; every time comes from presentation timestamps, and the length from what was decoded.

    Pictures are `picture_size` x `picture_size`, scaled without regard to the aspect, upright; picture j of a
    segment is the one on screen at `(j / pictures_per_segment)` of it. A segment has pictures where at least half of
    these instants have one, and sound where at least half of its samples were decoded; the rest is missing, which is
    not the same as dark or silent.

    Raises :class:`MediaError` here if nothing can be read, with the reason. What goes wrong later ends the
    iteration early, at worst, and is a reason on the summary.
    """
    if picture_size < 1 or pictures_per_segment < 1 or chunk_segments < 1:
        raise InvalidValueError("picture_size, pictures_per_segment and chunk_segments must be at least 1")
    request = Request(picture_size, pictures_per_segment, grid.hop_seconds, limits)
    return VideoReader(Path(path), request, chunk_segments)


class VideoReader(OpenedFile):
    """One pass over one file; made by :func:`open_video`."""

    def __init__(self, path: Path, request: Request, chunk_segments: int) -> None:
        self._request = request
        self._grid = Grid(request.hop_seconds)
        self._chunk_segments = chunk_segments
        self._received = 0
        self._summary: MediaSummary | None = None
        super().__init__(path, "read", request)

    def _begin(self) -> None:
        self._header = self._next_header()

    @property
    def summary(self) -> MediaSummary:
        """What is known of the file; to be asked for after the iteration."""
        if self._summary is None:
            raise InvalidValueError(f"{self.path} has not been read to its end yet; iterate, then ask for a summary")
        return self._summary

    def __iter__(self) -> Iterator[Clip]:
        while self._summary is None:
            clip = self._next_clip()
            if len(clip):
                yield clip
        self.close()

    def _next_clip(self) -> Clip:
        """The next chunk; a shorter one, maybe of no segment at all, when the file or the decoder comes to an end."""
        count, first = self._chunk_segments, self._received
        size, samples = self._request.picture_size, round(self._grid.hop_seconds * SAMPLE_RATE_HZ)
        pictures = np.zeros((count, self._request.pictures_per_segment, size, size, 3), np.uint8)
        sound = np.zeros((count, samples), np.float32)
        has_picture, has_sound = np.zeros(count, bool), np.zeros(count, bool)
        filled = 0
        try:
            while filled < count and self._header["kind"] == "segment":
                if self._header["picture"]:
                    self._decoder.fill(memoryview(pictures[filled]).cast("B"))
                if self._header["sound"]:
                    self._decoder.fill(memoryview(sound[filled]).cast("B"))
                has_picture[filled], has_sound[filled] = self._header["picture"], self._header["sound"]
                filled += 1
                self._received += 1
                self._header = self._next_header()
            if self._header["kind"] == "end":
                self._summary = self._read_summary(self._header)
        except MediaError as error:
            self._summary = self._broken_off(error)
        np.clip(np.nan_to_num(sound, copy=False), -1, 1, out=sound)
        return Clip(self._grid, first, pictures[:filled], sound[:filled], has_picture[:filled], has_sound[:filled])

    def _next_header(self) -> dict:
        """The next message, checked against what may come now."""
        header = self._decoder.next_header()
        match header:
            case {"kind": "segment", "index": self._received, "picture": bool(), "sound": bool()}:
                if self._grid.start_seconds(self._received) <= self._request.limits.max_seconds:
                    return header
            case {"kind": "end"}:
                return header
        raise refusal(header)

    def _read_summary(self, header: dict) -> MediaSummary:
        try:
            duration_seconds = float(header["duration_seconds"])
            if not math.isfinite(duration_seconds) or self._grid.count(duration_seconds) != self._received:
                raise wire.broken("a length that does not fit its segments")
            return MediaSummary(
                duration_seconds=duration_seconds,
                video=_facts(header["video"]),
                audio=_facts(header["audio"]),
                reasons=tuple(Reason(reason) for reason in header["reasons"]),
                notes=tuple(plain(note) for note in header["notes"]),
            )
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise wire.broken("a summary that makes no sense") from error

    def _broken_off(self, error: MediaError) -> MediaSummary:
        """The summary of a file whose decoder did not live to send one."""
        note = f"{error}; what was decoded before is kept"
        duration_seconds = self._grid.start_seconds(self._received)
        return MediaSummary(duration_seconds, None, None, (error.reason, Reason.TRUNCATED), (note,))


def _facts(values: dict | None) -> StreamFacts | None:
    if values is None:
        return None
    numbers = {name: value for name, value in values.items() if name != "codec"}
    if not all(isinstance(value, int | float) and math.isfinite(value) for value in numbers.values()):
        raise ValueError("facts of a track are finite numbers")
    return StreamFacts(codec=plain(values["codec"]), **numbers)
