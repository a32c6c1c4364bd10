"""The answer: which events a video holds, and when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seehear.core.errors import InvalidValueError, Reason, SeehearError
from seehear.core.time import Span, clock

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes

INSTALL_COMMAND = "pip install 'seehear[notebook]'"


@dataclass(frozen=True, order=True, slots=True)
class Event:
    """A moment that is seen and heard at once."""

    start_seconds: float
    end_seconds: float
    category: str
    score: float = 1.0
    """Mean confidence over the event's segments, in 0..1."""

    def __str__(self) -> str:
        return f"{clock(self.start_seconds):>10} - {clock(self.end_seconds):<10}  {self.score:4.2f}  {self.category}"

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

    def __str__(self) -> str:
        """A line for the whole, then one for each event and each missing stretch."""
        missing = [f"{clock(span.start_seconds):>10} - {clock(span.end_seconds):<10}  missing" for span in self.missing]
        return "\n".join([self.summary, *map(str, self.events), *missing])

    @property
    def summary(self) -> str:
        """How long the video is and what was found, in a few words."""
        events = f"{len(self.events)} event{'' if len(self.events) == 1 else 's'}"
        missing = sum(span.duration_seconds for span in self.missing)
        return f"{clock(self.duration_seconds)}, {events}" + (f", {clock(missing)} missing" if missing else "")

    def to_dataframe(self) -> pandas.DataFrame:
        """A row for each event: `category` (string), `start_seconds`, `end_seconds`, `score` (float64).

        Raises SeehearError where pandas (extra `notebook`) is not installed.
        """
        try:
            import pandas
        except ImportError as error:
            raise _not_installed("a data frame needs pandas", error) from error
        columns = {
            name: pandas.Series([getattr(event, name) for event in self.events], dtype=dtype)
            for name, dtype in _COLUMNS.items()
        }
        return pandas.DataFrame(columns)

    def plot(self, axis: Axes | None = None) -> Axes:
        """Draw a row of spans for each category, with their scores; what is missing is hatched. Times are m:ss.

        Draws on `axis`, or on a new figure of its own, outside pyplot, that a notebook shows by itself; to keep it:
        `timeline.plot().figure.savefig("events.png")`. Raises SeehearError where matplotlib (extra `notebook`) is not
        installed.
        """
        try:
            from seehear.core.timeline_plot import plot_timeline
        except ImportError as error:
            raise _not_installed("a plot needs matplotlib", error) from error
        return plot_timeline(self, axis)

    def _repr_html_(self) -> str:
        """What a notebook shows in place of the text."""
        from seehear.core.timeline_html import timeline_html

        return timeline_html(self)


_COLUMNS = {"category": "string", "start_seconds": "float64", "end_seconds": "float64", "score": "float64"}


def _not_installed(need: str, error: ImportError) -> SeehearError:
    return SeehearError(f"{need}, which is not installed ({error}): {INSTALL_COMMAND}", Reason.NOT_FOUND)
