"""One self-contained HTML file that shows a result: video, events, scores, sound, motion, attention.

The page asks nothing of any network: its script and style are inside and allowed by their hash alone, pictures are
`data:` URLs, and the video is inside as well or lies beside it. All text of the result reaches the page as JSON data
and is shown through `textContent`. T segments, C categories, H x W grid.
"""

from __future__ import annotations

import base64
import io
import mimetypes
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from PIL import Image

from seehear.core.errors import InvalidValueError
from seehear.core.timeline import Timeline
from seehear.core.values import Scores, check_shape
from seehear.report.result import printable, rounded
from seehear.report.single_file import card_lines, json_inside_html, page_pieces
from seehear.storage.files import storage_errors, write_pieces

EMBED_LIMIT_BYTES = 48 << 20
"""A video up to this size travels inside the page; a larger one is linked."""
_BLOCK_BYTES = 3 << 18
"""A multiple of three, so that base64 of the blocks is base64 of the whole."""
_LONGEST_WAVEFORM = 60_000
_MOST_THUMBNAILS = 720
_SCRIPTS = [
    "report/payload",
    "look/words",
    *(f"report/{name}" for name in ("player", "view", "pictures", "stage", "lanes", "list", "inspector", "main")),
]
_SOURCES = {"img-src": "data: 'self'", "media-src": "data: 'self'"}


@dataclass(frozen=True, slots=True)
class Page:
    """Everything a report page shows. What is `None` or empty is left out of the page."""

    title: str
    timeline: Timeline
    scores: Scores | None = None
    video: Path | bytes | None = None
    """A file, or the bytes of an MP4. Without it, or where the browser cannot play it, thumbnails stand in."""
    envelope: np.ndarray | None = None
    """float [n,2], lowest and highest sample in -1..1 of each of n equal stretches of the sound."""
    envelope_rate_hz: float = 50.0
    """Stretches per second."""
    thumbnails: Mapping[int, bytes] = field(default_factory=dict)
    """JPEG bytes by segment number; see :func:`encode_thumbnail`."""
    aspect: float | None = None
    """Width / height that thumbnails are shown with; `None` is their own."""
    model: Mapping[str, Any] = field(default_factory=dict)
    """Card of the model and provenance of the result; nested mappings are flattened."""
    notes: tuple[str, ...] = ()
    """Lines a person should know, such as what could not be read."""

    def __post_init__(self) -> None:
        if self.envelope is not None:
            check_shape("envelope", self.envelope, (None, 2))
            if not self.envelope_rate_hz > 0:
                raise InvalidValueError(f"envelope_rate_hz must be positive, not {self.envelope_rate_hz}")


def write_report(path: Path, page: Page, *, embed_limit_bytes: int = EMBED_LIMIT_BYTES) -> None:
    """Write the page to `path`, wholly or not at all; a video over the limit is linked relative to that place."""
    pieces = _pieces(page, path.parent, embed_limit_bytes)
    write_pieces(path, (piece.encode() for piece in pieces))


def render_page(page: Page, *, folder: Path, embed_limit_bytes: int = EMBED_LIMIT_BYTES) -> str:
    """The page as HTML text that will lie in `folder`."""
    return "".join(_pieces(page, folder, embed_limit_bytes))


def _pieces(page: Page, folder: Path, embed_limit_bytes: int) -> Iterator[str]:
    """The page in parts: a long one with its video inside is never held as a whole."""
    return page_pieces(
        "report", page.title, _payload_pieces(page, folder, embed_limit_bytes), scripts=_SCRIPTS, sources=_SOURCES
    )


def encode_thumbnail(picture: np.ndarray, *, longest_side: int = 256, aspect: float | None = None) -> bytes:
    """JPEG bytes of a picture uint8 [H,W,3], no side longer than `longest_side`.

    `aspect`, width / height, undoes the square resize that networks are given; without it the picture keeps its own.
    """
    check_shape("picture", picture, (None, None, 3))
    height, width = picture.shape[:2]
    aspect = aspect or width / height
    wide, tall = (longest_side, longest_side / aspect) if aspect >= 1 else (longest_side * aspect, longest_side)
    stream = io.BytesIO()
    size = (max(1, round(wide)), max(1, round(tall)))
    Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC).save(stream, "JPEG", quality=78, optimize=True)
    return stream.getvalue()


def _payload_pieces(page: Page, folder: Path, embed_limit_bytes: int) -> Iterator[str]:
    """One JSON object, member by member."""
    yield '{"video":'
    yield from _video_address(page.video, folder, embed_limit_bytes)
    for name, value in _payload(page).items():
        yield f',"{name}":{json_inside_html(value)}'
    yield ',"thumbnails":['
    for number, thumbnail in enumerate(_thumbnails(page.thumbnails)):
        yield f"{',' if number else ''}{json_inside_html(thumbnail)}"
    yield "]}"


def _payload(page: Page) -> dict[str, Any]:
    scores, timeline = page.scores, page.timeline
    names = list(dict.fromkeys([*(scores.categories if scores else ()), *timeline.categories]))
    number = {name: index for index, name in enumerate(names)}
    return {
        "duration": rounded(timeline.duration_seconds, 3),
        "aspect": None if page.aspect is None else rounded(page.aspect, 4),
        "hop": scores.grid.hop_seconds if scores else 1.0,
        "categories": [printable(name) for name in names],
        "events": [
            [rounded(e.start_seconds, 3), rounded(e.end_seconds, 3), number[e.category], rounded(e.score, 4) or 0.0]
            for e in timeline
        ],
        "missing": [[rounded(span.start_seconds, 3), rounded(span.end_seconds, 3)] for span in timeline.missing],
        "segments": {"count": len(scores) if scores else 0, "scores": _score_bytes(scores, len(names))},
        "attention": _attention(scores),
        "motion": _motion(scores),
        "waveform": _waveform(page),
        "model": card_lines(page.model),
        "notes": [printable(note) for note in page.notes],
    }


def _levels(values: np.ndarray) -> str:
    """Numbers in 0..1 as base64 of one byte each; what is no number is 0."""
    levels = np.rint(np.nan_to_num(values, nan=0.0, posinf=1.0, neginf=0.0).clip(0, 1) * 255).astype(np.uint8)
    return base64.b64encode(levels.tobytes()).decode()


def _score_bytes(scores: Scores | None, categories: int) -> str | None:
    """[C,T] as bytes, with empty rows for categories that only the timeline knows."""
    if scores is None:
        return None
    padded = np.zeros((categories, len(scores)), np.float32)
    padded[: len(scores.categories)] = scores.events.T
    return _levels(padded)


def _attention(scores: Scores | None) -> dict[str, Any] | None:
    """Maps relative to the flat one at the bottom and to each segment's strongest position at the top."""
    if scores is None or scores.attention is None:
        return None
    _, rows, columns = scores.attention.shape
    maps = np.nan_to_num(scores.attention.reshape(len(scores), -1))
    above = np.maximum(maps - 1 / (rows * columns), 0)
    peak = above.max(axis=1, keepdims=True, initial=0)
    relative = np.divide(above, peak, out=np.zeros_like(above), where=peak > 1e-9)
    return {"rows": rows, "columns": columns, "values": _levels(relative)}


def _motion(scores: Scores | None) -> str | None:
    if scores is None or scores.motion is None:
        return None
    strength = np.maximum(np.nan_to_num(scores.motion.astype(np.float64)), 0)
    strongest = strength[~scores.missing].max(initial=0)
    return _levels(strength / strongest if strongest > 0 else strength)


def _waveform(page: Page) -> dict[str, Any] | None:
    """The envelope as signed bytes, coarser for long videos, louder for quiet ones."""
    if page.envelope is None or not len(page.envelope):
        return None
    envelope = np.nan_to_num(page.envelope.astype(np.float64)).clip(-1, 1)
    together = -(-len(envelope) // _LONGEST_WAVEFORM)
    firsts = np.arange(0, len(envelope), together)
    low, high = np.minimum.reduceat(envelope[:, 0], firsts), np.maximum.reduceat(envelope[:, 1], firsts)
    loudest = max(float(np.abs(envelope).max()), 0.02)
    levels = np.rint(np.stack([low, high], axis=1) / loudest * 127).astype(np.int8)
    return {"rate": page.envelope_rate_hz / together, "values": base64.b64encode(levels.tobytes()).decode()}


def _thumbnails(thumbnails: Mapping[int, bytes]) -> Iterator[list[Any]]:
    """Segment and `data:` URL one by one, in order of time; a long video's are thinned evenly."""
    chosen = sorted(thumbnails)
    chosen = chosen[:: max(1, -(-len(chosen) // _MOST_THUMBNAILS))]
    for segment in chosen:
        yield [int(segment), _data_address("image/jpeg", thumbnails[segment])]


def _video_address(video: Path | bytes | None, folder: Path, embed_limit_bytes: int) -> Iterator[str]:
    """In pieces, the JSON text of where the video is found: inside the page, beside it, or nowhere."""
    if video is None or isinstance(video, bytes):
        yield json_inside_html(_data_address("video/mp4", video) if video else None)
        return
    with storage_errors(video, "read"):
        if video.stat().st_size > embed_limit_bytes:
            yield json_inside_html("./" + quote(os.fsencode(os.path.relpath(video.resolve(), folder.resolve()))))
            return
        yield f'"data:{mimetypes.guess_type(f"x{video.suffix}")[0] or "video/mp4"};base64,'
        with video.open("rb") as stream:
            while block := stream.read(_BLOCK_BYTES):
                yield base64.b64encode(block).decode()
        yield '"'


def _data_address(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
