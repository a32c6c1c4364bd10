"""Results in other formats, without analysing a video again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from seehear.core.errors import InvalidValueError
from seehear.core.values import StreamFacts
from seehear.report.reading import read_report
from seehear.report.result import Item, Report
from seehear.report.writers import WRITERS, check_formats, output_stems
from seehear.storage.files import write_text


def convert_results(
    results: Iterable[Path],
    formats: Sequence[str],
    *,
    output: Path | None = None,
    frames_per_second: float | None = None,
    report: Callable[[Path], None] | None = None,
) -> list[Path]:
    """Write every video of some JSON results in each format, beside the result or to the folder `output`.

    A folder stands for every result below it, and its folders are made again in `output`; its other files, such as a
    summary, are passed over.
    `frames_per_second` stands in for the rate of videos whose result does not say it. `report` is shown each file
    that was written; all are returned. A file is called like the result, or like the video where a result holds
    several. A video that could not be read gets no file in formats that cannot say so.
    Raises before anything is written: UnknownNameError for a format, InvalidValueError for what is no result and for
    a folder without any.
    """
    check_formats(formats)
    if frames_per_second is not None and not 0 < frames_per_second <= 1000:
        raise InvalidValueError(f"frames_per_second must be above 0 and at most 1000, not {frames_per_second}")
    named: dict[Path, list[tuple[str, Report]]] = {}
    for path, folder, whole in [found for given in results for found in _read(given, output)]:
        for item in whole.items:
            name = str(path) if len(whole.items) == 1 else item.path
            single = Report(whole.model, (_at_rate(item, frames_per_second),))
            named.setdefault(folder, []).append((name, single))
    written = []
    for folder, singles in named.items():
        stems = output_stems([name for name, _ in singles])
        for stem, (_, single) in zip(stems, singles, strict=True):
            for writer in [WRITERS[name] for name in formats if WRITERS[name].tells(single)]:
                written.append(writer.place(folder, stem))
                write_text(written[-1], writer(single))
                if report:
                    report(written[-1])
    return written


def _read(given: Path, output: Path | None) -> list[tuple[Path, Path, Report]]:
    """Each result of a path: where it lies, where its files go, and what it says."""
    if not given.is_dir():
        return [(given, output or given.parent, read_report(given))]
    found = []
    for path in sorted(given.rglob("*.json")):
        with suppress(InvalidValueError):
            folder = output / path.parent.relative_to(given) if output else path.parent
            found.append((path, folder, read_report(path)))
    if not found:
        raise InvalidValueError(f"{given} holds no results; give a folder that `seehear localize --output` filled")
    return found


def _at_rate(item: Item, frames_per_second: float | None) -> Item:
    if frames_per_second is None or item.frames_per_second or item.timeline is None:
        return item
    facts = item.video or StreamFacts(codec="", start_seconds=0.0)
    return replace(item, video=replace(facts, rate=frames_per_second))
