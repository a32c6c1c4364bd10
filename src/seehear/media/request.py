"""What is asked of a decoder, as plain JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from seehear.media.limits import Limits


@dataclass(frozen=True, slots=True)
class Request:
    """The form that pictures and sound shall have, and how much of a file may be read."""

    picture_size: int
    pictures_per_segment: int
    hop_seconds: float
    limits: Limits

    def to_json(self) -> dict:
        return asdict(self)

    @staticmethod
    def from_json(values: dict) -> Request:
        return replace(Request(**values), limits=Limits(**values["limits"]))


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A stretch of a file as it is: pictures in their own size, sound at its own rate."""

    start_seconds: float
    end_seconds: float
    limits: Limits

    def to_json(self) -> dict:
        return asdict(self)

    @staticmethod
    def from_json(values: dict) -> Excerpt:
        return replace(Excerpt(**values), limits=Limits(**values["limits"]))
