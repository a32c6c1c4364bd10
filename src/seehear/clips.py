"""Each event of a video as a video of its own, cut to the picture and to the sample."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path

from seehear.core.errors import InvalidValueError, SeehearError
from seehear.core.time import Span
from seehear.core.timeline import Event, Timeline
from seehear.localizer import Localizer
from seehear.media import write_excerpt
from seehear.report.writers import output_stems, safe_name
from seehear.sources import failure, items_of

_LONGEST_CATEGORY_BYTES = 60
_LONGEST_STEM_BYTES = 120


@dataclass(frozen=True, slots=True)
class Clip:
    """What became of one event."""

    video: Path
    event: Event
    span: Span
    """What was cut: the event and its padding, inside the video."""
    path: Path
    error: SeehearError | None = None
    """Why there is no file, or `None`."""
    notes: tuple[str, ...] = ()
    """What of the stretch could not be decoded."""


def cut_clips(
    source: Path,
    output: Path,
    load: Callable[[], Localizer],
    *,
    categories: Collection[str] = (),
    padding_seconds: float = 0.0,
    report: Callable[[Clip], None] | None = None,
) -> list[Clip]:
    """Cut every event (of some categories) of a video, or of the videos of a result, into the folder `output`.

    `load` gives the localizer where the source is a video. A clip has the size and the rate of the video and begins
    with the picture on screen; it is encoded anew, since files can only be cut unchanged where they allow it. An event
    that cannot be cut is a clip with an error and stops nothing; `report` is shown each.
    Raises MediaError for a video that could not be analysed, InvalidValueError for a negative padding.
    """
    if not 0 <= padding_seconds < float("inf"):
        raise InvalidValueError(f"padding must be 0 seconds or more, not {padding_seconds}")
    items = items_of(source, load)
    stems = output_stems([str(path) for path, _ in items])
    clips = []
    for (path, item), stem in zip(items, stems, strict=True):
        if item.timeline is None:
            raise failure(path, item)
        for number, event in enumerate(item.timeline, 1):
            if categories and event.category not in categories:
                continue
            span = padded(event, padding_seconds, item.timeline)
            clip = _cut(Clip(path, event, span, output / clip_name(stem, number, event)))
            clips.append(clip)
            if report:
                report(clip)
    return clips


def padded(event: Event, padding_seconds: float, timeline: Timeline) -> Span:
    """The event with as much before and after it as the video has."""
    end_seconds = min(event.end_seconds + padding_seconds, max(timeline.duration_seconds, event.end_seconds))
    return Span(max(0.0, event.start_seconds - padding_seconds), end_seconds)


def clip_name(stem: str, number: int, event: Event) -> str:
    """`holiday_0003_dog-bark_12.0-15.0s.mp4`: the event's number in the whole timeline, its category and its times.

    Only letters and digits of a category stay, of any script, so that every system takes the name.
    """
    text = unicodedata.normalize("NFC", event.category).lower()
    words = "".join(letter if letter.isalnum() else " " for letter in text).split()
    category = safe_name("-".join(words), _LONGEST_CATEGORY_BYTES) or "event"
    stem = safe_name(stem, _LONGEST_STEM_BYTES)
    return f"{stem}_{number:04d}_{category}_{event.start_seconds:.1f}-{event.end_seconds:.1f}s.mp4"


def _cut(clip: Clip) -> Clip:
    start_seconds, end_seconds = clip.span.start_seconds, clip.span.end_seconds
    try:
        notes = write_excerpt(clip.video, clip.path, start_seconds=start_seconds, end_seconds=end_seconds)
    except SeehearError as error:
        return replace(clip, error=error)
    return replace(clip, notes=notes)
