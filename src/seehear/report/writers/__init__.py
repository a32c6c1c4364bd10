"""Results as files that other programs read: each format is one line of `WRITERS`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from seehear.core.errors import InvalidValueError, UnknownNameError
from seehear.report.result import Report
from seehear.report.writers.audacity import write_audacity
from seehear.report.writers.edit_list import write_edl
from seehear.report.writers.elan import write_eaf
from seehear.report.writers.fifty_one import write_fiftyone
from seehear.report.writers.label_studio import write_label_studio
from seehear.report.writers.names import output_stems, safe_name
from seehear.report.writers.open_timeline import write_otio
from seehear.report.writers.praat import write_textgrid
from seehear.report.writers.rttm import write_rttm
from seehear.report.writers.subtitles import write_srt, write_vtt
from seehear.report.writers.table import CSV_COLUMNS, text_cell, write_csv, write_ndjson

__all__ = ["CSV_COLUMNS", "WRITERS", "Writer", "check_formats", "output_stems", "safe_name", "text_cell"]


def write_json(report: Report) -> str:
    """The whole report, schema version 1."""
    return report.to_json(indent=1) + "\n"


@dataclass(frozen=True, slots=True)
class Writer:
    """One format: the text of a report in it, and how its files are called."""

    text: Callable[[Report], str]
    suffix: str
    """What follows a video's name; no two formats share one."""
    tells_failures: bool = False
    """Whether a video that could not be read has a file, which says why."""
    package: str | None = None
    """A package that is not always installed and is needed."""

    def __call__(self, report: Report) -> str:
        return self.text(report)

    def tells(self, report: Report) -> bool:
        """Whether this format has anything to say about some video of the report."""
        return self.tells_failures or any(item.timeline is not None for item in report.items)

    def place(self, folder: Path, stem: str) -> Path:
        """Where the file of a video lies."""
        return folder / f"{stem}{self.suffix}"


WRITERS: dict[str, Writer] = {
    "json": Writer(write_json, ".json", tells_failures=True),
    "ndjson": Writer(write_ndjson, ".ndjson", tells_failures=True),
    "csv": Writer(write_csv, ".csv", tells_failures=True),
    "srt": Writer(write_srt, ".srt"),
    "vtt": Writer(write_vtt, ".vtt"),
    "audacity": Writer(write_audacity, ".audacity.txt"),
    "eaf": Writer(write_eaf, ".eaf"),
    "textgrid": Writer(write_textgrid, ".TextGrid"),
    "rttm": Writer(write_rttm, ".rttm"),
    "edl": Writer(write_edl, ".edl"),
    "otio": Writer(write_otio, ".otio", package="opentimelineio"),
    "labelstudio": Writer(write_label_studio, ".labelstudio.json"),
    "fiftyone": Writer(write_fiftyone, ".fiftyone.json"),
}
"""Text of a report in each format. Only json, ndjson, csv, rttm, labelstudio and fiftyone take several videos."""


def check_formats(names: Iterable[str], known: Iterable[str] = tuple(WRITERS)) -> None:
    """Raise, before any work is done, UnknownNameError for a format that is not among the known ones, and
    InvalidValueError for one whose package is not installed."""
    for name in names:
        if name not in (listed := tuple(known)):
            raise UnknownNameError("format", name, listed)
        package = WRITERS[name].package if name in WRITERS else None
        if package and find_spec(package) is None:
            raise InvalidValueError(
                f"the format {name} needs {package}, which is not installed: pip install 'seehear[exports]'"
            )
