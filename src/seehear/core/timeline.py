"""The answer: which events a video holds, and when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from seehear.core.errors import InvalidValueError
from seehear.core.time import Span


@dataclass(frozen=True, order=True, slots=True)
class Event:
    """A moment that is seen and heard at once."""

    start_seconds: float
    end_seconds: float
    category: str
    score: float = 1.0
    """Mean confidence over the event's segments, in 0..1."""

    @property
    def span(self) -> Span:
        return Span(self.start_seconds, self.end_seconds)

    @property
    def duration_seconds(self) -> float:
        return self.end_seconds - self.start_seconds


@dataclass(frozen=True, slots=True)
class Timeline:
    """The events of one video in order of time, and the stretches of which nothing can be said."""

    duration_seconds: float
    events: tuple[Event, ...] = ()
    missing: tuple[Span, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "events", tuple(sorted(self.events)))
        object.__setattr__(self, "missing", tuple(sorted(self.missing)))
        for event in self.events:
            if not 0 <= event.start_seconds < event.end_seconds:
                raise InvalidValueError(f"an event must start at 0 or later and end after it starts: {event}")

    def __len__(self) -> int:
        return len(self.events)

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    def __getitem__(self, index: int) -> Event:
        return self.events[index]

    @property
    def categories(self) -> tuple[str, ...]:
        """Names of the categories that occur, in order of first appearance."""
        return tuple(dict.fromkeys(event.category for event in self.events))

    def of(self, category: str) -> Timeline:
        """The timeline with the events of one category only."""
        kept = tuple(event for event in self.events if event.category == category)
        return Timeline(self.duration_seconds, kept, self.missing)

    def at(self, seconds: float) -> tuple[Event, ...]:
        """The events that are going on at this instant."""
        return tuple(event for event in self.events if event.span.contains(seconds))
