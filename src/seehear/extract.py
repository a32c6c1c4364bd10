"""From video files to features: media and features put together, with a store between runs."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from seehear.core.errors import InvalidValueError, Reason, SeehearError
from seehear.core.time import Grid
from seehear.core.values import Clip, Features, MediaSummary
from seehear.data.store import FeatureStore
from seehear.features import Extractor
from seehear.media import open_video

CHUNK_SEGMENTS = 32
"""Segments that are decoded and encoded at a time: what bounds the memory, whatever the length."""


class FeatureStream:
    """The features of one video, chunk by chunk in order; `summary` is there once the chunks have ended.

    Decoding, which has a process of its own, goes on while up to `encoders` chunks are encoded side by side.
    """

    def __init__(self, path: Path, extractor: Extractor, grid: Grid, encoders: int) -> None:
        self._video = open_video(
            path,
            picture_size=extractor.picture_size,
            pictures_per_segment=extractor.pictures_per_segment,
            grid=grid,
            chunk_segments=CHUNK_SEGMENTS,
        )
        self._extractor = extractor
        self._encoders = encoders

    def __iter__(self) -> Iterator[tuple[Clip, Features]]:
        pool = ThreadPoolExecutor(self._encoders, thread_name_prefix="encoder")
        ahead: deque[tuple[Clip, Future[Features]]] = deque()
        try:
            for clip in self._video:
                ahead.append((clip, pool.submit(self._extractor.extract, clip)))
                if len(ahead) > self._encoders:
                    yield _oldest(ahead)
            while ahead:
                yield _oldest(ahead)
        finally:
            pool.shutdown(cancel_futures=True)

    @property
    def summary(self) -> MediaSummary:
        return self._video.summary

    def close(self) -> None:
        self._video.close()


def _oldest(ahead: deque[tuple[Clip, Future[Features]]]) -> tuple[Clip, Features]:
    clip, features = ahead.popleft()
    return clip, features.result()


@contextmanager
def stream_features(
    path: Path, extractor: Extractor, grid: Grid | None = None, *, encoders: int = 1
) -> Iterator[FeatureStream]:
    """Read a video of any length in bounded memory; raises MediaError where nothing can be read."""
    stream = FeatureStream(path, extractor, grid or Grid(), encoders)
    try:
        yield stream
    finally:
        stream.close()


def extract_video(path: Path, extractor: Extractor, grid: Grid | None = None) -> tuple[Features, MediaSummary]:
    """The features of a whole video at once, for clips that fit in memory."""
    with stream_features(path, extractor, grid) as stream:
        parts = [features for _, features in stream]
        summary = stream.summary
    if not parts:
        raise InvalidValueError(f"{path} is shorter than half a segment", Reason.DECODE_ERROR)
    return Features.join(parts), summary


@dataclass(frozen=True)
class Extraction:
    """What became of one file."""

    path: Path
    features: Features | None
    reason: Reason | None
    message: str
    already_stored: bool = False


def extract_files(
    paths: Iterable[Path],
    extractor: Extractor,
    store: FeatureStore,
    *,
    jobs: int = 1,
    report: Callable[[Extraction], None] | None = None,
) -> list[Extraction]:
    """Extract every file that the store does not hold yet, `jobs` at a time; a bad file is a row, never an exception.

    Features come back as they were stored, so that a second call gives the same numbers to the last bit.
    Decoding runs in child processes, so threads are enough to keep the cores busy.
    """

    def extract(path: Path) -> Extraction:
        try:
            key = store.key(file_hash(path), extractor.fingerprint)
            if (features := store.get(key)) is not None:
                return Extraction(path, features, None, "", already_stored=True)
            fresh, summary = extract_video(path, extractor)
            store.put(key, fresh)
            reason = summary.reasons[0] if summary.reasons else None
            return Extraction(path, store.read(key), reason, "; ".join(summary.notes))
        except SeehearError as error:
            return Extraction(path, None, error.reason, str(error))

    rows = []
    with ThreadPoolExecutor(max(1, jobs)) as pool:
        for row in pool.map(extract, paths):
            rows.append(row)
            if report:
                report(row)
    return rows


def file_hash(path: Path) -> str:
    """SHA-256 of the content: what a clip is known by, wherever it lies and whatever it is called."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise SeehearError(f"{path} does not exist; check the path", Reason.NOT_FOUND) from error
    except IsADirectoryError as error:
        raise SeehearError(f"{path} is a folder, not a video file", Reason.NOT_A_FILE) from error
    except PermissionError as error:
        raise SeehearError(f"{path} cannot be read: permission denied", Reason.NOT_PERMITTED) from error
