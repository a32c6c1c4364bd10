"""A result read back from its JSON form, for every use that needs no second analysis."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from seehear.core.errors import InvalidValueError, Reason, SeehearError
from seehear.core.labels import Categories
from seehear.core.time import Grid, Span
from seehear.core.timeline import Event, Timeline
from seehear.core.values import Scores, StreamFacts
from seehear.report.result import SCHEMA_VERSION, Item, Report, Status
from seehear.storage.files import storage_errors

_SHORTEST_EVENT_SECONDS = 0.001


def read_report(path: Path) -> Report:
    """The report that `seehear localize` wrote, or printed with `--json`, as JSON.

    What JSON rounds stays rounded, and messages for people are not in it. Raises StorageError for a file that
    cannot be read and InvalidValueError for one that is not such a result.
    """
    with storage_errors(path, "read"):
        data = path.read_bytes()
    try:
        values = json.loads(data)
        if values["schema_version"] != SCHEMA_VERSION:
            version = values["schema_version"]
            raise InvalidValueError(f"{path} has schema version {version}, this is {SCHEMA_VERSION}; localize again")
        return Report(values["model"], tuple(read_item(item) for item in values["items"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        if isinstance(error, InvalidValueError) and "schema version" in str(error):
            raise
        raise InvalidValueError(
            f"{path} is not a result of seehear ({type(error).__name__}: {error}); "
            "give the JSON file that `seehear localize` writes"
        ) from error


def read(path: str | Path) -> Timeline:
    """The timeline in the JSON file of one video, as `seehear localize VIDEO -o FOLDER` writes it.

    Raises as :func:`read_report`, InvalidValueError for a file of several videos, and SeehearError with its reason for
    a video that failed.
    """
    report = read_report(Path(path))
    if len(report.items) != 1:
        raise InvalidValueError(
            f"{path} holds {len(report.items)} videos; `seehear.report.reading.read_report` gives them all"
        )
    item = report.items[0]
    if item.timeline is None:
        raise SeehearError(f"{path} holds no timeline: {item.path} failed ({item.reason})", item.reason)
    return item.timeline


def read_item(values: Mapping[str, Any]) -> Item:
    """What :meth:`Item.as_dict` said. Raises ValueError, KeyError, TypeError and others where it did not say this."""
    duration_seconds = values["duration_seconds"]
    timeline = None
    if duration_seconds is not None:
        missing = tuple(Span(float(m["start_seconds"]), float(m["end_seconds"])) for m in values.get("missing", ()))
        timeline = Timeline(float(duration_seconds), tuple(_event(event) for event in values["events"]), missing)
    return Item(
        path=str(values["path"]),
        status=Status(values["status"]),
        reason=None if values["reason"] is None else Reason(values["reason"]),
        timeline=timeline,
        scores=None if values["segments"] is None else _scores(values["segments"]),
        video=_facts(values.get("video")),
    )


def _event(values: dict[str, Any]) -> Event:
    start_seconds = float(values["start_seconds"])
    end_seconds = max(float(values["end_seconds"]), start_seconds + _SHORTEST_EVENT_SECONDS)
    return Event(start_seconds, end_seconds, str(values["category"]), _number(values["score"]))


def _scores(values: dict[str, Any]) -> Scores:
    categories = Categories(tuple(values["categories"]))
    rows = [[_number(score) for score in segment] for segment in values["scores"]]
    events = np.array(rows, np.float32).reshape(len(rows), len(categories))
    return Scores(Grid(float(values["hop_seconds"])), categories, events, np.array(values["missing"], bool))


def _facts(values: dict[str, Any] | None) -> StreamFacts | None:
    if values is None:
        return None
    return StreamFacts(
        codec=str(values["codec"]),
        start_seconds=0.0,
        width=int(values["width"]),
        height=int(values["height"]),
        rotation_degrees=int(values["rotation_degrees"]),
        rate=_number(values["frames_per_second"]),
    )


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)
