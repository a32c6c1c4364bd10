"""Decoding itself. Runs in the sandboxed child only; nothing else in the house reads media with libav.

One pass over the packets. Frames get their time from their timestamps; pictures are scaled where they are needed,
sound is resampled, and every segment leaves as soon as both tracks have passed it.
"""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable, Iterator
from typing import Any, Literal

import av

from seehear.core.errors import Reason
from seehear.core.time import Grid
from seehear.core.values import SAMPLE_RATE_HZ
from seehear.media.libav import MonoResampler, UnreadableError, draw, open_container, rotation_degrees, too_large
from seehear.media.pictures import PictureTrack
from seehear.media.request import Request
from seehear.media.sound import SoundRuns, SoundTrack

_TIMES_MAY_LEAP = {"mpegts", "mpeg", "ogg"}
_LEAP_SECONDS = 10.0
_LENGTH_IN_HEADER = {"mov", "matroska", "avi", "asf", "wav", "flac", "mxf"}
_DEMUX_RETRIES = 16
_ALIVE_SECONDS = 0.25
_NOTES = 20

Send = Callable[..., None]


class _LimitReachedError(Exception):
    pass


def read_media(descriptor: int, request: Request, send: Send) -> None:
    """Decode an open file and send its segments, then its summary, or the reason why there is nothing to send."""
    try:
        container = open_container(descriptor, request.limits)
        _Reading(container, request, send).run()
    except UnreadableError as error:
        send({"kind": "failed", "reason": error.reason, "message": str(error)})


class _Reading:
    """The state of one pass."""

    def __init__(self, container: Any, request: Request, send: Send) -> None:
        self._container, self._request, self._send = container, request, send
        self._limits = request.limits
        self._grid = Grid(request.hop_seconds)
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
        self._leaps = self._container.format.name.split(",")[0] in _TIMES_MAY_LEAP
        self._pictures = PictureTrack(
            self._grid,
            request.pictures_per_segment,
            self._limits.hold_seconds,
            lambda frame: draw(frame, request.picture_size),
        )
        self._sound = SoundTrack(self._grid)
        self._runs = SoundRuns(self._sound, MonoResampler)
        self._rotation_degrees = 0
        self._next_segment = 0
        self._frames = self._samples = 0
        self._alive_at = time.monotonic()

    # What is read

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
            return self._tell(absent, f"it has no {word} track")
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

    def run(self) -> None:
        try:
            for stream, packet in self._packets():
                self._decode(stream, packet)
                self._send_settled()
                self._stay_alive()
        except _LimitReachedError as reached:
            self._tell(Reason.OVER_LIMIT, str(reached))
        self._finish()

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
        show = self._show if stream is self._video else self._hear
        try:
            for frame in stream.codec_context.decode(packet):
                show(frame)
        except (av.EOFError, av.BlockingIOError):
            return
        except (av.FFmpegError, MemoryError, ValueError) as error:
            reason = Reason.OVER_LIMIT if too_large(error) else Reason.DECODE_ERROR
            self._tell(reason, f"part of the {stream.type} could not be decoded ({_words(error)})")
            if stream is self._video:
                self._pictures.interrupt()

    # Frames

    def _show(self, frame: av.VideoFrame) -> None:
        self._frames += 1
        if self._frames > self._limits.max_frames:
            raise _LimitReachedError(f"it has more than {self._limits.max_frames} pictures; the rest is not read")
        if frame.width * frame.height > self._limits.max_pixels:
            raise _LimitReachedError(f"a picture of {frame.width} x {frame.height} is larger than the limit max_pixels")
        if frame.is_corrupt:
            self._tell(Reason.DECODE_ERROR, "some pictures are damaged")
        if self._frames == 1:
            self._rotation_degrees = rotation_degrees(frame)
        seconds = self._time_of(frame, self._video, self._pictures.end_seconds)
        if seconds is not None:
            self._pictures.show(seconds, frame, float((frame.duration or 0) * self._video.time_base))

    def _hear(self, block: av.AudioFrame) -> None:
        if not (block.samples and block.sample_rate):
            return
        self._samples += block.samples
        if self._samples > self._limits.max_samples:
            raise _LimitReachedError(f"it has more than {self._limits.max_samples} sound samples; the rest is not read")
        seconds = self._time_of(block, self._audio, self._runs.end_seconds)
        if seconds is not None:
            form = (block.format.name, block.layout.name, block.sample_rate)
            self._runs.add(seconds, block.samples / block.sample_rate, form, block)

    def _time_of(self, frame: av.frame.Frame, stream: Any, due_seconds: float) -> float | None:
        """Seconds from the container's start; the time it is due where it has no stamp, None where it is unbelievable.

        Recorded broadcasts restart their clock: a leap there goes on from where the track was due.
        """
        stamp = frame.pts if frame.pts is not None else frame.dts
        if stamp is None:
            return due_seconds
        seconds = float(stamp * stream.time_base) - self._zero_seconds
        leap_seconds = seconds - due_seconds
        if self._leaps and abs(leap_seconds) > _LEAP_SECONDS:
            self._note("its timestamps leap; time goes on from where it was")
            self._zero_seconds += leap_seconds
            return due_seconds
        if abs(leap_seconds) > self._limits.jump_seconds:
            self._tell(Reason.DECODE_ERROR, f"some {stream.type} has impossible timestamps and is left out")
            return None
        if seconds >= self._limits.max_seconds:
            raise _LimitReachedError(f"it is longer than {self._limits.max_seconds:.0f} seconds; the rest is not read")
        return seconds

    # Segments

    def _send_settled(self) -> None:
        """Send what cannot change any more, or what one track has waited for the other too long."""
        settled = []
        if self._video is not None:
            settled.append(self._pictures.settled_seconds)
        if self._audio is not None:
            settled.append(self._sound.end_sample / SAMPLE_RATE_HZ)
        horizon_seconds = max(min(settled), max(settled) - self._limits.lead_seconds)
        while self._grid.start_seconds(self._next_segment + 1) <= horizon_seconds:
            self._send_segment()

    def _send_segment(self, duration_seconds: float | None = None) -> None:
        samples = None if duration_seconds is None else round(duration_seconds * SAMPLE_RATE_HZ)
        pictures = self._pictures.take(self._next_segment)
        sound = self._sound.take(self._next_segment, samples)
        lost = [
            word
            for word, track, found in (("pictures", self._video, pictures), ("sound", self._audio, sound))
            if track is not None and found is None
        ]
        for word in lost:
            self._tell(Reason.MISSING_STRETCH, f"some segments have no {word}")
        header = {"kind": "segment", "index": self._next_segment}
        header |= {"picture": pictures is not None, "sound": sound is not None}
        self._send(header, *(part for part in (pictures, sound) if part is not None))
        self._next_segment += 1
        gc.collect()  # PyAV's objects refer to one another in circles and hold much memory that Python cannot see

    def _stay_alive(self) -> None:
        if time.monotonic() - self._alive_at > _ALIVE_SECONDS:
            self._alive_at = time.monotonic()
            seconds = max(self._pictures.end_seconds, self._runs.end_seconds)
            self._send({"kind": "alive", "seconds": seconds})

    def _finish(self) -> None:
        self._runs.finish()
        self._pictures.finish()
        duration_seconds = max(self._pictures.end_seconds, self._sound.end_sample / SAMPLE_RATE_HZ)
        if duration_seconds <= 0:
            reasons = [*self._reasons] or [Reason.DECODE_ERROR]
            chosen = Reason.OVER_LIMIT if Reason.OVER_LIMIT in reasons else Reason.DECODE_ERROR
            raise UnreadableError(chosen, "; ".join(["nothing of it could be decoded", *self._notes]))
        for _ in range(self._next_segment, self._grid.count(duration_seconds)):
            self._send_segment(duration_seconds)
        self._check_length(duration_seconds)
        self._send({"kind": "end", **self._summary(duration_seconds)})

    def _check_length(self, duration_seconds: float) -> None:
        """A header that promises clearly more than there is means that the end of the file is lost."""
        claimed = self._container.duration
        if claimed is None or self._container.format.name.split(",")[0] not in _LENGTH_IN_HEADER:
            return
        claimed_seconds = claimed / av.time_base
        if claimed_seconds - duration_seconds > max(1.0, 0.02 * claimed_seconds) and claimed_seconds < 1e6:
            self._tell(Reason.TRUNCATED, f"{duration_seconds:.1f} of {claimed_seconds:.1f} s are there")

    # The summary

    def _summary(self, duration_seconds: float) -> dict:
        return {
            "duration_seconds": duration_seconds,
            "video": self._video and self._facts(self._video) | self._picture_facts(),
            "audio": self._audio and self._facts(self._audio) | {"rate": float(self._audio.codec_context.sample_rate)},
            "reasons": [*self._reasons],
            "notes": [*self._notes],
        }

    def _facts(self, stream: Any) -> dict:
        start_seconds = float(stream.start_time * stream.time_base) if stream.start_time is not None else 0.0
        return {"codec": stream.codec_context.name, "start_seconds": start_seconds}

    def _picture_facts(self) -> dict:
        context = self._video.codec_context
        rate = float(self._video.average_rate or 0)
        rotation = {"rotation_degrees": self._rotation_degrees, "rate": rate if math.isfinite(rate) else 0.0}
        return {"width": context.width, "height": context.height} | rotation

    def _tell(self, reason: Reason, note: str) -> None:
        self._reasons.setdefault(reason)
        self._note(note)

    def _note(self, note: str) -> None:
        if len(self._notes) < _NOTES:
            self._notes.setdefault(note)


def _words(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__
