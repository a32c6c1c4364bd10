"""For people who go on with what was found: other formats, clips, the video with everything drawn on it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from seehear.cli.app import EXIT_OK, EXIT_SOME_FAILED, app
from seehear.cli.show import bar, note, say

if TYPE_CHECKING:
    from seehear.clips import Clip
    from seehear.localizer import Localizer


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
        JSON files that `seehear localize` wrote, or folders with them.
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


@app.command
def clips(
    source: Path,
    /,
    *,
    output: Annotated[Path, Parameter(alias="-o")],
    category: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    padding: float = 0.0,
    model: Annotated[str | None, Parameter(alias="-m")] = None,
    threshold: float | None = None,
) -> int:
    """Cut each event into a video of its own.

    Parameters
    ----------
    source
        A video, or the JSON of a result: then nothing is analysed again.
    output
        Folder for the clips, such as holiday_0003_dog-bark_12.0-15.0s.mp4.
    category
        Only events of this category. Give it several times for several.
    padding
        Seconds before and after each event.
    model
        `agreement` (the default) or the folder of a trained model, for a video.
    threshold
        Score from which on a segment is an event, between 0 and 1, for a video.
    """
    from seehear.clips import cut_clips

    cut = cut_clips(
        source, output, _loader(model, threshold), categories=category, padding_seconds=padding, report=_show_clip
    )
    if not cut:
        note(f"{source} has no events{' of these categories' if category else ''}; nothing was cut")
    return EXIT_SOME_FAILED if any(clip.error for clip in cut) else EXIT_OK


def _show_clip(clip: Clip) -> None:
    if clip.error:
        note(f"{clip.path.name}: {clip.error}")
        return
    say(str(clip.path))
    for line in clip.notes:
        note(f"{clip.path.name}: {line}")


def _loader(model: str | None, threshold: float | None) -> Callable[[], Localizer]:
    """What loads the model, if it is needed at all."""
    from seehear.events.decide import Decision
    from seehear.localizer import load

    decision = Decision.from_threshold(threshold) if threshold is not None else None
    return partial(load, model, decision=decision)


@app.command
def overlay(
    source: Path,
    /,
    *,
    output: Annotated[Path, Parameter(alias="-o")],
    model: Annotated[str | None, Parameter(alias="-m")] = None,
    threshold: float | None = None,
) -> int:
    """Write the video with its events, a bar of time and the model's attention drawn on it, with the sound.

    Parameters
    ----------
    source
        A video, or the JSON of a result of one: then nothing is analysed again, and there is no attention.
    output
        The MP4 file to write.
    model
        `agreement` (the default) or the folder of a trained model, for a video.
    threshold
        Score from which on a segment is an event, between 0 and 1, for a video.
    """
    from seehear.overlay import write_overlay

    with bar("drawing") as advance:
        drawn = write_overlay(source, output, _loader(model, threshold), report=advance)
    say(f"{drawn.path}  {len(drawn.timeline)} events, {'with' if drawn.attention else 'without'} attention")
    for line in drawn.notes:
        note(f"{source}: {line}")
    return EXIT_OK
