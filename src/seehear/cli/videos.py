"""For people with videos: localize, explain, extract."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from seehear.cli.app import EXIT_OK, EXIT_SOME_FAILED, Flag, Typed, app
from seehear.cli.show import say, show_extraction, show_item, show_message
from seehear.cli.watch import LineWatch
from seehear.core.errors import InvalidValueError
from seehear.core.time import Span


@app.command
def localize(
    videos: list[Typed] | None = None,
    /,
    *,
    list: Annotated[Typed | None, Parameter(alias="-l", allow_leading_hyphen=True)] = None,
    model: Annotated[Typed | None, Parameter(alias="-m")] = None,
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
    format: Annotated[str, Parameter(alias="-f")] = "json,csv,srt,vtt,html",
    json: Annotated[bool, Flag] = False,
    threshold: float | None = None,
    minimum_seconds: float | None = None,
    merge_gap_seconds: float | None = None,
    jobs: Annotated[int | None, Parameter(alias="-j")] = None,
    shard: str | None = None,
    cluster: str | None = None,
    offline: Annotated[bool, Flag] = False,
) -> int:
    """Find the events of videos of any number and length. Called again after a stop, it goes on where it was.

    Parameters
    ----------
    videos
        Video files in any format that FFmpeg reads, folders (with all videos below them), or patterns in quotes such as
        'trip/**/*.mp4'.
    list
        A file that lists videos or folders, one a line; `-` is standard input.
    model
        `agreement` (the default: everyday categories, no training), `agreement-learned`, the folder of a trained
        model, or `org/name` or `org/name@revision` of the Hugging Face hub. `MODEL+agreement` believes a model only
        where agreement, too, finds the thing likely.
    output
        Folder for the results: for each video one file a format, in folders like those of the videos, and a summary
        over all of them. Without it the events are only shown.
    format
        Formats to write, separated by commas: json, ndjson, csv, srt, vtt, html, audacity, eaf (ELAN), textgrid
        (Praat), rttm, edl, otio, labelstudio, fiftyone.
    json
        Print one JSON object to stdout instead of the list of events.
    threshold
        Score from which on a segment is an event, between 0 and 1.
    minimum_seconds
        Shorter events are dropped.
    merge_gap_seconds
        Events of one category this far apart or less become one.
    jobs
        Videos at a time, each in a process of its own. By default one for every four cores.
    shard
        `2/8`: do the second of eight equal parts, for job queues; all may write to one output folder.
    cluster
        Address of a dask.distributed scheduler whose workers do the work; they must see the videos at the same paths.
    offline
        Take a model of the hub from its cache and ask nobody.
    """
    from seehear.batch import Plan, Shard, find_videos, localize_many
    from seehear.events.decide import Decision
    from seehear.localizer import load

    decision = Decision.from_threshold(threshold) if threshold is not None else Decision()
    if minimum_seconds is not None:
        decision = replace(decision, minimum_seconds=minimum_seconds)
    if merge_gap_seconds is not None:
        decision = replace(decision, merge_gap_seconds=merge_gap_seconds)
    plan = Plan(
        output=output,
        formats=tuple(format.split(",")),
        jobs=jobs,
        shard=Shard.parse(shard) if shard else None,
        cluster=cluster,
        keep_segments=json,
    )
    if model and Path(str(model).removesuffix("+agreement")).is_dir():
        model = str(Path(model).absolute())  # other processes may stand elsewhere
    watch = LineWatch(show_message if json else show_item)
    try:
        summary = localize_many(
            find_videos(_named(videos, list), without=output),
            partial(load, model, decision=decision, offline=offline),
            plan,
            report=watch.show,
            watch=watch,
        )
    except KeyboardInterrupt:
        watch.interrupted(output)
        raise
    finally:
        watch.clear()
    if json:
        say(summary.report.to_json())
    watch.finish(summary, output, shown=json)
    return EXIT_SOME_FAILED if summary.failed else EXIT_OK


def _named(videos: list[Typed] | None, list_file: Typed | None) -> list[str]:
    """The arguments, and what the list names."""
    from seehear.batch import read_list

    named = [*map(str, videos or ()), *(read_list(str(list_file)) if list_file else ())]
    if not named:
        raise InvalidValueError("localize requires an argument: a video, a folder, a pattern, or --list FILE")
    return named


@app.command
def explain(
    video: Path,
    /,
    *,
    output: Annotated[Path, Parameter(alias="-o")],
    model: Annotated[tuple[str, ...], Parameter(alias="-m", negative=())] = ("agreement",),
    seconds: str | None = None,
    offline: Annotated[bool, Flag] = False,
) -> int:
    """Show what models looked at in a video: attention, weights and motion as arrays and as one picture.

    Parameters
    ----------
    video
        A video file.
    model
        The folder of a trained model, `org/name` of the Hugging Face hub, or `agreement`. Give it several times to
        compare models over the same frames.
    output
        Folder for VIDEO.npz (arrays) and VIDEO.png (picture).
    seconds
        `A-B`: only the segments that start from second A on and before second B.
    offline
        Take models of the hub from its cache and ask nobody.
    """
    from seehear.explain import explain as explain_video
    from seehear.explain import write_explanation
    from seehear.report.writers import output_stems

    explanation = explain_video(video, model, seconds=span(seconds) if seconds else None, offline=offline)
    for path in write_explanation(output, output_stems([str(video)])[0], explanation):
        say(str(path))
    return EXIT_OK


@app.command
def extract(
    videos: list[Path],
    /,
    *,
    store: Path,
    extractor: str = "light",
    jobs: int = 2,
) -> int:
    """Compute the features of videos once and keep them in a folder, so that training need not decode again.

    Parameters
    ----------
    videos
        Video files.
    store
        Folder for the features: one file for each video and extractor.
    extractor
        `builtin` (no weights), `light` (MobileNetV2 and YAMNet) or `paper` (VGG-19 and VGGish).
    jobs
        Videos that are decoded side by side.
    """
    from seehear.data.store import FeatureStore
    from seehear.extract import extract_files
    from seehear.features import load_extractor

    rows = extract_files(videos, load_extractor(extractor), FeatureStore(store), jobs=jobs, report=show_extraction)
    return EXIT_SOME_FAILED if any(row.features is None for row in rows) else EXIT_OK


def span(text: str) -> Span:
    """`A-B` as the stretch from A to B seconds."""
    try:
        start, end = (float(number) for number in text.split("-"))
    except ValueError as error:
        raise InvalidValueError(f"seconds must be two numbers such as 3-8, not {text!r}") from error
    return Span(start, end)
