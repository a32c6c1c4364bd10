"""The result of localizing some videos: what programs read. Schema version 1."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from seehear.core.errors import InvalidValueError, Reason
from seehear.core.timeline import Timeline
from seehear.core.values import Scores, StreamFacts

SCHEMA_VERSION = 1


class Status(StrEnum):
    """How far one video was understood."""

    OK = "ok"
    PARTIAL = "partial"
    """Events were decided, but part of the video could not be read: the reason says why."""
    FAILED = "failed"
    """Nothing could be read: there is a reason and no timeline."""


@dataclass(frozen=True, slots=True)
class Item:
    """What became of one video."""

    path: str
    """As the caller gave it."""
    status: Status
    reason: Reason | None = None
    """Why it failed or is only partial; `None` exactly where the status is ok."""
    timeline: Timeline | None = None
    scores: Scores | None = None
    message: str = ""
    """One line for people; not part of the JSON form."""
    video: StreamFacts | None = None
    """Of the pictures that were read; `None` where there were none, or nothing is known of them."""

    def __post_init__(self) -> None:
        if (self.reason is None) != (self.status is Status.OK):
            raise InvalidValueError(f"an item that is {self.status} with reason {self.reason} contradicts itself")
        if (self.timeline is None) != (self.status is Status.FAILED):
            raise InvalidValueError(f"an item that is {self.status} must have a timeline exactly if it did not fail")

    @property
    def found(self) -> Timeline:
        """The timeline; one of no length where the video failed."""
        return Timeline(0.0) if self.timeline is None else self.timeline

    @property
    def aspect(self) -> float | None:
        """Width / height of the pictures as they are seen, upright; `None` where it is not known."""
        if not (self.video and self.video.width and self.video.height):
            return None
        aspect = self.video.width / self.video.height
        return 1 / aspect if self.video.rotation_degrees % 180 else aspect

    @property
    def frames_per_second(self) -> float | None:
        """`None` where it is not known."""
        return self.video.rate or None if self.video else None

    def as_dict(self) -> dict[str, Any]:
        """The item's JSON form: times to the millisecond, scores to four decimals, `null` for what is not known."""
        timeline = self.timeline
        return {
            "path": printable(self.path),
            "status": str(self.status),
            "reason": None if self.reason is None else str(self.reason),
            "duration_seconds": None if timeline is None else rounded(timeline.duration_seconds, 3),
            "video": None if self.video is None else _video(self.video),
            "events": [] if timeline is None else _events(timeline),
            "missing": [] if timeline is None else _missing(timeline),
            "segments": None if self.scores is None else _segments(self.scores),
        }


@dataclass(frozen=True, slots=True)
class Report:
    """What became of every video of one call, by one model."""

    model: Mapping[str, Any] | str | None
    """The model's card, or its name."""
    items: tuple[Item, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "items", tuple(self.items))

    @property
    def model_name(self) -> str:
        """What the model is called; empty where that is not known."""
        name = self.model.get("name", "") if isinstance(self.model, Mapping) else self.model or ""
        return printable(str(name))

    def only_item(self) -> Item:
        """The one video of the report. Raises InvalidValueError where there are more or none."""
        if len(self.items) != 1:
            raise InvalidValueError(f"this format holds one video, not {len(self.items)}; write a file for each")
        return self.items[0]

    def as_dict(self) -> dict[str, Any]:
        """The JSON form: `{"schema_version": 1, "model": ..., "items": [...]}`."""
        return {
            "schema_version": SCHEMA_VERSION,
            "model": finite(self.model),
            "items": [item.as_dict() for item in self.items],
        }

    def to_json(self, indent: int | None = None) -> str:
        """One JSON object in plain ASCII, which any terminal, pipe or file takes."""
        return json.dumps(self.as_dict(), indent=indent, allow_nan=False)


def rounded(number: float, decimals: int) -> float | None:
    """The number with so many decimals; `None` where it is NaN or infinite, which JSON cannot say."""
    number = float(number)
    return round(number, decimals) + 0.0 if math.isfinite(number) else None


def printable(text: str) -> str:
    """Text whose undecodable bytes (lone surrogates of a file name) are replaced, so that any reader takes it."""
    return text.encode("utf-8", "replace").decode()


def finite(value: Any) -> Any:
    """A JSON value with `None` in place of every number that JSON cannot say, and text in place of any other type."""
    if isinstance(value, Mapping):
        return {printable(str(key)): finite(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [finite(member) for member in value]
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return printable(str(value))


def _events(timeline: Timeline) -> list[dict[str, Any]]:
    return [
        {
            "category": printable(event.category),
            "start_seconds": rounded(event.start_seconds, 3),
            "end_seconds": rounded(event.end_seconds, 3),
            "score": rounded(event.score, 4),
        }
        for event in timeline
    ]


def _missing(timeline: Timeline) -> list[dict[str, Any]]:
    return [
        {"start_seconds": rounded(span.start_seconds, 3), "end_seconds": rounded(span.end_seconds, 3)}
        for span in timeline.missing
    ]


def _video(facts: StreamFacts) -> dict[str, Any]:
    return {
        "codec": printable(facts.codec),
        "width": facts.width,
        "height": facts.height,
        "rotation_degrees": facts.rotation_degrees,
        "frames_per_second": rounded(facts.rate, 6),
    }


def _segments(scores: Scores) -> dict[str, Any]:
    """One row of scores a segment, one column a category; rows of missing segments are flagged, not left out."""
    return {
        "hop_seconds": scores.grid.hop_seconds,
        "categories": [printable(name) for name in scores.categories],
        "scores": [[rounded(score, 4) for score in segment] for segment in scores.events],
        "missing": [bool(flag) for flag in scores.missing],
    }
