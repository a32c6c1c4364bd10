"""One pass over the packets of a file, in which every frame gets its time from its timestamp.

Runs in the sandboxed child only; nothing else in the house reads media with libav.
"""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, Literal

import av

from seehear.core.errors import Reason
from seehear.media.libav import UnreadableError, too_large
from seehear.media.limits import Limits

_TIMES_MAY_LEAP = {"mpegts", "mpeg", "ogg"}
_LEAP_SECONDS = 10.0
_DEMUX_RETRIES = 16
_ALIVE_SECONDS = 0.25
_NOTES = 20
_HIGHEST_RATE = 480.0
"""Frames per second; Matroska files without a rate seem to have a thousand."""

Send = Callable[..., None]


class _LimitReachedError(Exception):
    pass


class Pass(ABC):
    """The tracks that are read, and what of them could not be. Those who need the frames say what to do with each."""

    def __init__(self, container: Any, limits: Limits, send: Send) -> None:
        self._container, self._limits, self._send = container, limits, send
        self._reasons: dict[Reason, None] = {}
        self._notes: dict[str, None] = {}
        self._video = self._choose("video")
        self._audio = self._choose("audio")
        self._streams = [stream for stream in (self._video, self._audio) if stream is not None]
        if not self._streams:
            reason = Reason.DECODE_ERROR if Reason.DECODE_ERROR in self._reasons else Reason.NOT_MEDIA
            raise UnreadableError(reason, "; ".join(self._notes) or "it holds neither pictures nor sound")
        starts = [stream.start_time * stream.time_base for stream in self._streams if stream.start_time is not None]
        self._zero_seconds = float(min(starts, default=0))
        self._times_may_leap = self._container.format.name.split(",")[0] in _TIMES_MAY_LEAP
        self._frames = self._samples = 0
        self._alive_at = time.monotonic()

    # What those who need the frames do

    @abstractmethod
    def _picture_due(self) -> float:
        """Seconds at which the next picture belongs where it does not say so itself."""

    @abstractmethod
    def _sound_due(self) -> float:
        """The same of the next block of sound."""

    @abstractmethod
    def _show(self, seconds: float, frame: av.VideoFrame, lasts_seconds: float) -> None:
        """A picture comes on screen; 0 where it does not say how long it lasts."""

    @abstractmethod
    def _hear(self, seconds: float, block: av.AudioFrame) -> None:
        """A block of sound starts."""

    @abstractmethod
    def _settle(self) -> None:
        """All frames of a packet were shown or heard."""

    def _interrupt(self) -> None:  # noqa: B027 (most need not know)
        """Pictures were lost."""

    # The pass

    def _choose(self, kind: Literal["video", "audio"]) -> Any:
        """The default track of a kind, ready to decode; None, with a reason on the summary, where there is none."""
        tracks = [
            stream
            for stream in self._container.streams
            if stream.type == kind and not stream.disposition & av.stream.Disposition.attached_pic
        ]
        readable = [stream for stream in tracks if stream.codec_context is not None]
        word, absent = ("video", Reason.NO_VIDEO) if kind == "video" else ("audio", Reason.NO_AUDIO)
        if not tracks:
            return self._tell(absent, f"it has no {word} track, so nothing in it is both seen and heard")
        if not readable:
            return self._tell(Reason.DECODE_ERROR, f"its {word} track is of a kind that cannot be decoded")
        best = self._container.streams.best(kind)
        chosen = best if best in readable else readable[0]
        context = chosen.codec_context
        if kind == "video" and context.width * context.height > self._limits.max_pixels:
            size = f"{context.width} x {context.height}"
            return self._tell(Reason.OVER_LIMIT, f"its pictures of {size} are larger than the limit max_pixels allows")
        if len(readable) > 1:
            self._note(f"it has {len(readable)} {word} tracks; number {chosen.index} is read")
        context.thread_count = 1
        context.options = {"max_pixels": str(self._limits.max_pixels)}
        return chosen

    def _go(self) -> None:
        """Decode to the end of the file, or of what a limit allows."""
        try:
            for stream, packet in self._packets():
                self._decode(stream, packet)
                self._settle()
                self._stay_alive()
        except _LimitReachedError as reached:
            self._tell(Reason.OVER_LIMIT, str(reached))

    def _packets(self) -> Iterator[tuple[Any, av.Packet | None]]:
        """The packets of the chosen streams in file order, then None for each: give what you still hold."""
        failures = 0
        while failures < _DEMUX_RETRIES:
            try:
                for packet in self._container.demux(self._streams):
                    if packet.size:
                        failures = 0
                        yield packet.stream, packet
                break
            except (av.FFmpegError, MemoryError) as error:
                failures += 1
                if failures == _DEMUX_RETRIES:
                    self._tell(Reason.TRUNCATED, f"the file could not be read to its end ({_words(error)})")
        for stream in self._streams:
            yield stream, None

    def _decode(self, stream: Any, packet: av.Packet | None) -> None:
        take = self._take_picture if stream is self._video else self._take_sound
        try:
            for frame in stream.codec_context.decode(packet):
                take(frame)
        except (av.EOFError, av.BlockingIOError):
            return
        except (av.FFmpegError, MemoryError, ValueError) as error:
            reason = Reason.OVER_LIMIT if too_large(error) else Reason.DECODE_ERROR
            self._tell(reason, f"part of the {stream.type} could not be decoded ({_words(error)})")
            if stream is self._video:
                self._interrupt()

    def _take_picture(self, frame: av.VideoFrame) -> None:
        self._frames += 1
        if self._frames > self._limits.max_frames:
            raise _LimitReachedError(f"it has more than {self._limits.max_frames} pictures; the rest is not read")
        if frame.width * frame.height > self._limits.max_pixels:
            raise _LimitReachedError(f"a picture of {frame.width} x {frame.height} is larger than the limit max_pixels")
        if frame.is_corrupt:
            self._tell(Reason.DECODE_ERROR, "some pictures are damaged")
        seconds = self._time_of(frame, self._video, self._picture_due())
        if seconds is not None:
            self._show(seconds, frame, float((frame.duration or 0) * self._video.time_base))

    def _take_sound(self, block: av.AudioFrame) -> None:
        if not (block.samples and block.sample_rate):
            return
        self._samples += block.samples
        if self._samples > self._limits.max_samples:
            raise _LimitReachedError(f"it has more than {self._limits.max_samples} sound samples; the rest is not read")
        seconds = self._time_of(block, self._audio, self._sound_due())
        if seconds is not None:
            self._hear(seconds, block)

    def _time_of(self, frame: av.frame.Frame, stream: Any, due_seconds: float) -> float | None:
        """Seconds from the container's start; the time it is due where it has no stamp, None where it is unbelievable.

        Recorded broadcasts restart their clock: a leap there goes on from where the track was due.
        """
        stamp = frame.pts if frame.pts is not None else frame.dts
        if stamp is None:
            return due_seconds
        seconds = float(stamp * stream.time_base) - self._zero_seconds
        leap_seconds = seconds - due_seconds
        if self._times_may_leap and abs(leap_seconds) > _LEAP_SECONDS:
            self._note("its timestamps leap; time goes on from where it was")
            self._zero_seconds += leap_seconds
            return due_seconds
        if abs(leap_seconds) > self._limits.jump_seconds:
            self._tell(Reason.DECODE_ERROR, f"some {stream.type} has impossible timestamps and is left out")
            return None
        if seconds >= self._limits.max_seconds:
            raise _LimitReachedError(f"it is longer than {self._limits.max_seconds:.0f} seconds; the rest is not read")
        return seconds

    def _stay_alive(self) -> None:
        if time.monotonic() - self._alive_at > _ALIVE_SECONDS:
            self._alive_at = time.monotonic()
            self._send({"kind": "alive", "seconds": max(self._picture_due(), self._sound_due())})

    # What is told

    def _rate(self) -> float:
        """Frames per second that the container gives the video track, 0 where it says nothing that can be true."""
        rate = float(self._video.average_rate or 0)
        return rate if math.isfinite(rate) and 0 < rate <= _HIGHEST_RATE else 0.0

    def _tell(self, reason: Reason, note: str) -> None:
        self._reasons.setdefault(reason)
        self._note(note)

    def _note(self, note: str) -> None:
        if len(self._notes) < _NOTES:
            self._notes.setdefault(note)


def _words(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__
