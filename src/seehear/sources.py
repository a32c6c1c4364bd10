"""A video to analyse, or a result that says what was found in some: what clips and overlays start from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from seehear.core.errors import MediaError, SeehearError
from seehear.localizer import Localizer
from seehear.report.reading import read_report
from seehear.report.result import Item

RESULT_SUFFIX = ".json"


def items_of(source: Path, load: Callable[[], Localizer]) -> list[tuple[Path, Item]]:
    """Each video of a source and what is known of it: from the JSON of a result, or by localizing the video.

    `load` is called only for a video. A result's videos are looked for where it says, from the working folder and
    from the result's own, and beside the result. Raises InvalidValueError for a file that is no result; a video that
    cannot be read is an item that failed.
    """
    if source.suffix.lower() != RESULT_SUFFIX:
        return [(source, load().item(source))]
    return [(_found(Path(item.path), source.parent), item) for item in read_report(source).items]


def failure(path: Path, item: Item) -> SeehearError:
    """Why nothing can be made of a video that failed."""
    reason = item.reason
    return MediaError(item.message or f"{path} was not analysed ({reason}); localize it again", reason)


def _found(path: Path, folder: Path) -> Path:
    places = (path, folder / path, folder / path.name)
    return next((place for place in places if place.is_file()), path)
