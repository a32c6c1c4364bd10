"""Decoding for networks. Runs in the sandboxed child only.

Pictures are scaled where they are needed, sound is resampled, and every segment leaves as soon as both tracks have
passed it.
"""

from __future__ import annotations

import gc
from typing import Any

import av

from seehear.core.errors import Reason
from seehear.core.time import Grid
from seehear.core.values import SAMPLE_RATE_HZ
from seehear.media.libav import Resampler, UnreadableError, draw, open_container, rotation_degrees
from seehear.media.passage import Pass, Send
from seehear.media.pictures import PictureTrack
from seehear.media.request import Request
from seehear.media.sound import SoundRuns, SoundTrack

_LENGTH_IN_HEADER = {"mov", "matroska", "avi", "asf", "wav", "flac", "mxf"}


def read_media(descriptor: int, request: Request, send: Send) -> None:
    """Decode an open file and send its segments, then its summary, or the reason why there is nothing to send."""
    try:
        container = open_container(descriptor, request.limits)
        _Reading(container, request, send).run()
    except UnreadableError as error:
        send({"kind": "failed", "reason": error.reason, "message": str(error)})


class _Reading(Pass):
    """The state of one pass."""

    def __init__(self, container: Any, request: Request, send: Send) -> None:
        super().__init__(container, request.limits, send)
        self._grid = Grid(request.hop_seconds)
        size = request.picture_size
        self._pictures = PictureTrack(
            self._grid, request.pictures_per_segment, self._limits.hold_seconds, lambda frame: draw(frame, size, size)
        )
        self._sound = SoundTrack(self._grid)
        self._runs = SoundRuns(self._sound, lambda block: Resampler(block, SAMPLE_RATE_HZ))
        self._rotation_degrees: int | None = None
        self._next_segment = 0

    def run(self) -> None:
        self._go()
        self._finish()

    # Frames

    def _picture_due(self) -> float:
        return self._pictures.end_seconds

    def _sound_due(self) -> float:
        return self._runs.end_seconds

    def _show(self, seconds: float, frame: av.VideoFrame, lasts_seconds: float) -> None:
        if self._rotation_degrees is None:
            self._rotation_degrees = rotation_degrees(frame)
        self._pictures.show(seconds, frame, lasts_seconds)

    def _hear(self, seconds: float, block: av.AudioFrame) -> None:
        form = (block.format.name, block.layout.name, block.sample_rate)
        self._runs.add(seconds, block.samples / block.sample_rate, form, block)

    def _interrupt(self) -> None:
        self._pictures.interrupt()

    # Segments

    def _settle(self) -> None:
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
        counted = self._frames / self._pictures.end_seconds if self._pictures.end_seconds else 0.0
        rotation = {"rotation_degrees": self._rotation_degrees or 0, "rate": self._rate() or counted}
        return {"width": context.width, "height": context.height} | rotation
