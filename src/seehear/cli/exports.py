"""For people who go on with what was found: other formats, clips, the video with everything drawn on it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from seehear.cli.app import EXIT_OK, app
from seehear.cli.show import say


@app.command
def convert(
    results: list[Path],
    /,
    *,
    format: Annotated[str, Parameter(alias="-f")],
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
    frames_per_second: float | None = None,
) -> int:
    """Write results in other formats, without analysing the videos again.

    Parameters
    ----------
    results
        JSON files that `seehear localize` wrote.
    format
        Formats to write, separated by commas: json, ndjson, csv, srt, vtt, audacity, eaf (ELAN), textgrid (Praat),
        rttm, edl, otio, labelstudio, fiftyone.
    output
        Folder for the files. Without it they lie beside their result.
    frames_per_second
        Of videos whose result does not say it, for the formats that count frames.
    """
    from seehear.convert import convert_results

    convert_results(
        results,
        format.split(","),
        output=output,
        frames_per_second=frames_per_second,
        report=lambda path: say(str(path)),
    )
    return EXIT_OK
