"""The values that stages exchange. Each checks its own shapes, so that a broken one is found where it is made.

Letters: T segments, K pictures per segment, S sound samples per segment, H x W grid of positions,
Dv visual channels, Da audio channels, C event categories.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np

from seehear.core.errors import InvalidValueError, Reason
from seehear.core.labels import Categories
from seehear.core.time import Grid

SAMPLE_RATE_HZ = 16_000
"""Every sound in the house is mono at this rate."""


class Shaped(Protocol):
    """An array, or what stands for one."""

    @property
    def shape(self) -> tuple[int, ...]: ...


def check_shape(name: str, array: Shaped, shape: tuple[int | None, ...]) -> None:
    """Raise unless `array` has this shape; `None` stands for any size."""
    right = len(array.shape) == len(shape) and all(
        want is None or have == want for have, want in zip(array.shape, shape, strict=True)
    )
    if not right:
        raise InvalidValueError(f"{name} has shape {tuple(array.shape)}, expected {shape} (None: any size)")


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """What a container says of the video or audio stream that was read."""

    codec: str
    start_seconds: float
    width: int = 0
    height: int = 0
    rotation_degrees: int = 0
    rate: float = 0.0
    """Frames per second of a video stream, samples per second of an audio stream."""


@dataclass(frozen=True, slots=True)
class MediaSummary:
    """What is known of a video once it has been read to its end."""

    duration_seconds: float
    video: StreamFacts | None
    audio: StreamFacts | None
    reasons: tuple[Reason, ...] = ()
    """Why the reading is only partial (no audio, truncated, a missing stretch ...); empty when all was read."""
    notes: tuple[str, ...] = ()
    """One line for each thing a person should know, in the order it was met."""

    @property
    def complete(self) -> bool:
        return not self.reasons


@dataclass(frozen=True, slots=True)
class Clip:
    """T consecutive segments of a video, decoded: the pictures and the sound of each.

    Where `has_picture` or `has_sound` is false the arrays hold zeros that mean nothing: the segment
    was not decoded, which is not the same as a dark or silent one.
    """

    grid: Grid
    first_segment: int
    pictures: np.ndarray
    """uint8 [T,K,height,width,3], RGB, upright."""
    sound: np.ndarray
    """float32 [T,S] in -1..1, mono, `SAMPLE_RATE_HZ`; S = hop_seconds * SAMPLE_RATE_HZ."""
    has_picture: np.ndarray
    """bool [T]"""
    has_sound: np.ndarray
    """bool [T]"""

    def __post_init__(self) -> None:
        count = len(self.pictures)
        check_shape("pictures", self.pictures, (count, None, None, None, 3))
        check_shape("sound", self.sound, (count, round(self.grid.hop_seconds * SAMPLE_RATE_HZ)))
        check_shape("has_picture", self.has_picture, (count,))
        check_shape("has_sound", self.has_sound, (count,))
        if self.pictures.dtype != np.uint8 or self.sound.dtype != np.float32:
            raise InvalidValueError(
                f"a clip holds uint8 pictures and float32 sound, not {self.pictures.dtype}, {self.sound.dtype}"
            )

    def __len__(self) -> int:
        return len(self.pictures)


@dataclass(frozen=True, slots=True)
class Features:
    """What an extractor makes of T consecutive segments."""

    grid: Grid
    first_segment: int
    fingerprint: str
    """Of the extractor: weights, preprocessing and version. Features of two fingerprints never mix."""
    visual: np.ndarray
    """float32 [T,H,W,Dv]"""
    audio: np.ndarray
    """float32 [T,Da]"""
    has_picture: np.ndarray
    """bool [T]"""
    has_sound: np.ndarray
    """bool [T]"""
    visual_scores: np.ndarray | None = None
    """float32 [T, classes of the picture encoder], in 0..1"""
    audio_scores: np.ndarray | None = None
    """float32 [T, classes of the sound encoder], in 0..1"""

    def __post_init__(self) -> None:
        count = len(self.visual)
        check_shape("visual", self.visual, (count, None, None, None))
        check_shape("audio", self.audio, (count, None))
        check_shape("has_picture", self.has_picture, (count,))
        check_shape("has_sound", self.has_sound, (count,))
        for name in ("visual_scores", "audio_scores"):
            if (scores := getattr(self, name)) is not None:
                check_shape(name, scores, (count, None))

    def __len__(self) -> int:
        return len(self.visual)

    @property
    def missing(self) -> np.ndarray:
        """bool [T]: segments of which the picture or the sound was not decoded."""
        return ~(self.has_picture & self.has_sound)

    def stretch(self, first: int, count: int) -> Features:
        """`count` segments from the video's segment `first`, which this value must hold."""
        offset = first - self.first_segment
        if offset < 0 or count < 0 or offset + count > len(self):
            held = f"{self.first_segment} to {self.first_segment + len(self)}"
            raise InvalidValueError(f"segments {first} to {first + count} are not among the held {held}")
        kept = slice(offset, offset + count)
        arrays = {name: value[kept] for name in _PER_SEGMENT if (value := getattr(self, name)) is not None}
        return replace(self, first_segment=first, **arrays)

    @staticmethod
    def join(parts: list[Features]) -> Features:
        """Consecutive stretches of one video as one value."""
        head = parts[0]
        expected = head.first_segment
        for part in parts:
            if (part.fingerprint, part.grid, part.first_segment) != (head.fingerprint, head.grid, expected):
                raise InvalidValueError("only consecutive stretches of one video by one extractor can be joined")
            expected += len(part)
        arrays: dict[str, Any] = {
            name: np.concatenate([getattr(part, name) for part in parts])
            for name in _PER_SEGMENT
            if getattr(head, name) is not None
        }
        return replace(head, **arrays)


_PER_SEGMENT = ("visual", "audio", "has_picture", "has_sound", "visual_scores", "audio_scores")


@dataclass(frozen=True, slots=True)
class Scores:
    """How sure a model is, for each segment of a whole video and each category, that the event is seen and heard."""

    grid: Grid
    categories: Categories
    events: np.ndarray
    """float32 [T,C] in 0..1; for a network these are the event columns of its C + 1 probabilities."""
    missing: np.ndarray
    """bool [T]: picture or sound not decoded, so nothing can be said."""
    attention: np.ndarray | None = None
    """float32 [T,H,W], where the model looked; sums to 1 over the grid."""
    motion: np.ndarray | None = None
    """float32 [T], strength of the motion that guided the audio."""
    details: dict[str, np.ndarray] = field(default_factory=dict)
    """Further per-segment arrays [T,...] that a model explains itself with, by name."""

    def __post_init__(self) -> None:
        count = len(self.events)
        check_shape("events", self.events, (count, len(self.categories)))
        check_shape("missing", self.missing, (count,))
        if self.attention is not None:
            check_shape("attention", self.attention, (count, None, None))
        if self.motion is not None:
            check_shape("motion", self.motion, (count,))

    def __len__(self) -> int:
        return len(self.events)

    @staticmethod
    def join(parts: list[Scores]) -> Scores:
        """Consecutive stretches of one video, of one model, as one value."""
        arrays: dict[str, Any] = {
            name: np.concatenate([getattr(part, name) for part in parts])
            for name in ("events", "missing", "attention", "motion")
            if getattr(parts[0], name) is not None
        }
        details = {name: np.concatenate([part.details[name] for part in parts]) for name in parts[0].details}
        return replace(parts[0], **arrays, details=details)
