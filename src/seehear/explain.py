"""Why a model says what it says: attention, temporal and channel weights and motion as arrays and as a picture."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from seehear.core.errors import InvalidValueError
from seehear.core.labels import Categories
from seehear.core.time import Grid, Span
from seehear.core.values import MediaSummary, Scores
from seehear.localizer import Localizer, load
from seehear.media import open_video
from seehear.models.scoring import NetworkScorer
from seehear.report.figure import Bars, Figure, FigureRow, columns_of, write_figure
from seehear.storage.files import write_bytes

PICTURE_SIZE = 224
CALLED_FROM = 0.5
"""The score from which on the picture names a category."""


@dataclass(frozen=True)
class Method:
    """One model on T segments of a video. What a model does not have is `None`.

    Where a video is longer than the model's window every array is the weighted mean over the overlapping windows
    that hold the segment, as in localization.
    """

    label: str
    """Unlike that of every other method of the explanation."""
    description: str
    categories: Categories
    events: np.ndarray
    """float32 [T,C] scores."""
    missing: np.ndarray
    """bool [T]: picture or sound not decoded."""
    attention: np.ndarray | None = None
    """float32 [T,H,W], sums to 1 over the grid."""
    motion: np.ndarray | None = None
    """float32 [T], the length of the motion vector that guides the audio."""
    temporal_weights: np.ndarray | None = None
    """float32 [T], sums to 1 over a window (PFAGN eq. 7)."""
    relevance: np.ndarray | None = None
    """float32 [T] in 0..1."""
    channel_weights: np.ndarray | None = None
    """float32 [T,Vw] in 1..2, of the picture (CMRAN)."""
    audio_channel_weights: np.ndarray | None = None
    """float32 [T,Da] in 0..1, of the sound (PFAGN eq. 9)."""
    seen: np.ndarray | None = None
    """float32 [T,C]: `agreement` has evidence in place of attention, what the picture encoder sees."""
    heard: np.ndarray | None = None
    """float32 [T,C], what the sound encoder hears."""
    window_segments: int = 1
    """Segments the model looks at together."""

    def arrays(self) -> dict[str, np.ndarray]:
        """Every array that is there, by name; `categories` as text."""
        given = {item.name: getattr(self, item.name) for item in fields(self)}
        arrays = {name: value for name, value in given.items() if isinstance(value, np.ndarray)}
        return {"categories": np.array(list(self.categories)), **arrays}


@dataclass(frozen=True)
class Explanation:
    """What several models make of the same T segments."""

    title: str
    grid: Grid
    first_segment: int
    frames: dict[int, np.ndarray]
    """uint8 [224,224,3] by number of the segment, of as many segments as a picture shows."""
    aspect: float
    """Width by height of the video's picture."""
    methods: tuple[Method, ...]

    def __len__(self) -> int:
        return len(self.methods[0].events)

    def arrays(self) -> dict[str, np.ndarray]:
        """All arrays in one mapping: `hop_seconds`, `first_segment` and, for each method, `LABEL.NAME`."""
        time = {"hop_seconds": np.array(self.grid.hop_seconds), "first_segment": np.array(self.first_segment)}
        return time | {f"{one.label}.{name}": array for one in self.methods for name, array in one.arrays().items()}

    def figure(self) -> Figure:
        """Rows of methods over the same frames, as in Figure 5 of the PFAGN paper."""
        columns = np.array([number - self.first_segment for number in self.frames])
        hop = self.grid.hop_seconds
        return Figure(
            title=f"{self.title}, {self.first_segment * hop:g} to {(self.first_segment + len(self)) * hop:g} s",
            frames=np.stack(list(self.frames.values())),
            times=tuple(f"{number * hop:g} s" for number in self.frames),
            rows=tuple(figure_row(method, columns) for method in self.methods),
            aspect=self.aspect,
        )


def explain(
    path: str | Path, models: Sequence[str | Path], *, seconds: Span | None = None, offline: bool = False
) -> Explanation:
    """What each model looked at in a video, or in the segments that start within `seconds` of it.

    The whole video is read for each model, so that every segment has the context it has in localization.
    Raises MediaError where nothing can be read, InvalidValueError for a stretch without segments or models of
    unlike segments, and what :func:`seehear.load` raises.
    """
    localizers = [_loaded(model, offline) for model in models]
    if len({localizer.scorer.grid for localizer in localizers}) != 1:
        raise InvalidValueError("an explanation needs one model or more, all with segments of the same length")
    findings = [localizer.find(path) for localizer in localizers]
    grid = localizers[0].scorer.grid
    first, count = _stretch(len(findings[0].scores), grid, seconds)
    shown = [first + offset for offset in columns_of(count)]
    return Explanation(
        title=Path(path).name,
        grid=grid,
        first_segment=first,
        frames=_frames(Path(path), grid, shown),
        aspect=_aspect(findings[0].summary),
        methods=tuple(
            _method(label, localizer, finding.scores, slice(first, first + count))
            for label, localizer, finding in zip(_labels(localizers, models), localizers, findings, strict=True)
        ),
    )


def write_explanation(folder: Path, stem: str, explanation: Explanation) -> tuple[Path, Path]:
    """`STEM.npz` with every array, none of them pickled, and `STEM.png` with the picture; returns both paths."""
    stream = io.BytesIO()
    named: dict[str, Any] = dict(explanation.arrays())
    np.savez(stream, **named)
    arrays, picture = folder / f"{stem}.npz", folder / f"{stem}.png"
    write_bytes(arrays, stream.getvalue())
    write_figure(picture, explanation.figure())
    return arrays, picture


def figure_row(method: Method, columns: np.ndarray) -> FigureRow:
    """A method on the chosen segments, ready to be drawn."""
    notes, bars = [method.description], []
    if method.attention is not None:
        most = float((method.attention[columns] * method.attention[0].size).max())
        notes.append(f"heat: attention, at most {most:.1f} x even")
    if method.seen is not None and method.heard is not None:
        notes += ["no attention: it compares names;", "bars: evidence for the likeliest"]
        chosen = (columns, method.events[columns].argmax(axis=1))
        bars += [Bars("seen", method.seen[chosen], top=1.0), Bars("heard", method.heard[chosen], top=1.0)]
    elif method.attention is None:
        notes.append("no attention over the picture")
    if method.motion is not None:
        bars.append(Bars("motion energy", method.motion[columns]))
    if method.temporal_weights is not None:
        even = 1 / min(len(method.temporal_weights), method.window_segments)
        bars.append(Bars("temporal weight", method.temporal_weights[columns], even=even))
    elif method.relevance is not None:
        bars.append(Bars("relevance", method.relevance[columns], top=1.0))
    verdicts = tuple(_verdict(method, int(column)) for column in columns)
    attention = None if method.attention is None else method.attention[columns]
    missing = tuple(bool(flag) for flag in method.missing[columns])
    return FigureRow(method.label, tuple(notes), verdicts, missing, attention, tuple(bars))


def _verdict(method: Method, column: int) -> tuple[str, float] | None:
    best = int(method.events[column].argmax())
    score = float(method.events[column, best])
    called = score >= CALLED_FROM and not method.missing[column]
    return (method.categories.name(best), score) if called else None


def _loaded(model: str | Path, offline: bool) -> Localizer:
    localizer = load(model, offline=offline)
    if isinstance(localizer.scorer, NetworkScorer):
        localizer.scorer.channel_weights = True
    return localizer


def _method(label: str, localizer: Localizer, scores: Scores, kept: slice) -> Method:
    given: dict[str, Any] = {**scores.details, "attention": scores.attention, "motion": scores.motion}
    method = Method(
        label=label,
        description=_description(localizer),
        categories=scores.categories,
        events=scores.events[kept],
        missing=scores.missing[kept],
        window_segments=localizer.scorer.window_segments,
    )
    return replace(method, **{name: array[kept] for name, array in given.items() if array is not None})


def _description(localizer: Localizer) -> str:
    scorer = localizer.scorer
    if not isinstance(scorer, NetworkScorer):
        return "needs no training"
    options = scorer.card.options
    parts = [scorer.card.supervision, options.get("motion"), options.get("fusion"), scorer.card.extractor]
    return ", ".join(str(part) for part in parts if part)


def _labels(localizers: Sequence[Localizer], models: Sequence[str | Path]) -> list[str]:
    """The models' names; those that several share get the folder that tells them apart, or a number."""
    names = [localizer.name for localizer in localizers]
    labels = []
    for name, model in zip(names, models, strict=True):
        folders = [part for part in Path(model).parts if part not in ("model", "/", "..")]
        label = folders[-1] if names.count(name) > 1 and folders else name
        label = label if name in label else f"{name} {label}"
        number = sum(known == label or known.startswith(f"{label} #") for known in labels) + 1
        labels.append(f"{label} #{number}" if number > 1 else label)
    return labels


def _stretch(count: int, grid: Grid, seconds: Span | None) -> tuple[int, int]:
    """First segment and number of segments that start within the seconds."""
    inside = [number for number in range(count) if seconds is None or seconds.contains(grid.start_seconds(number))]
    if not inside:
        raise InvalidValueError(f"no segment starts within these seconds; the video has {count * grid.hop_seconds:g}")
    return inside[0], len(inside)


def _frames(path: Path, grid: Grid, wanted: Sequence[int]) -> dict[int, np.ndarray]:
    """A picture of each of these segments, black where none was decoded."""
    black = np.zeros((PICTURE_SIZE, PICTURE_SIZE, 3), np.uint8)
    frames = dict.fromkeys(wanted, black)
    with open_video(path, picture_size=PICTURE_SIZE, grid=grid) as video:
        for clip in video:
            for offset, number in enumerate(range(clip.first_segment, clip.first_segment + len(clip))):
                if number in frames and clip.has_picture[offset]:
                    frames[number] = clip.pictures[offset, 0].copy()
    return frames


def _aspect(summary: MediaSummary) -> float:
    """Width by height, upright; square where the container does not say."""
    video = summary.video
    if video is None or not (video.width and video.height):
        return 1.0
    turned = video.rotation_degrees % 180 == 90
    aspect = video.height / video.width if turned else video.width / video.height
    return float(np.clip(aspect, 0.4, 2.5))
