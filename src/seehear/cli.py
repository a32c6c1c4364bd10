"""The command line: parse, show, call one function below.

Results go to stdout, progress and messages to stderr. Exit codes: 0 all well, 1 some items failed, 2 usage,
3 environment (weights, disk, damaged files), 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, CycloptsError, Parameter

from seehear import __version__
from seehear.core.errors import InvalidValueError, Reason, SeehearError, UnknownNameError
from seehear.core.labels import AVE_28
from seehear.core.time import Span

if TYPE_CHECKING:
    from rich.progress import TaskID

    from seehear.extract import Extraction
    from seehear.report.result import Item

EXIT_OK, EXIT_SOME_FAILED, EXIT_USAGE, EXIT_ENVIRONMENT, EXIT_INTERRUPTED = 0, 1, 2, 3, 130
_ENVIRONMENT = {
    Reason.DISK_FULL,
    Reason.STORAGE_ERROR,
    Reason.DAMAGED,
    Reason.WEIGHTS_MISSING,
    Reason.WEIGHTS_DAMAGED,
    Reason.NOT_PERMITTED,
}

Supervision = Literal["supervised", "weak"]
Flag = Parameter(negative=())

app = App(
    name="seehear",
    version=__version__,
    help="Find the moments of a video that are seen and heard at once, and name them.",
    help_flags=["--help", "-h"],
)
data_app = App(name="data", help="Check and prepare the AVE data set as it is published.", help_flags=["--help", "-h"])
app.command(data_app)


@app.command
def localize(
    videos: list[Path],
    /,
    *,
    model: Annotated[str | None, Parameter(alias="-m")] = None,
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
    format: Annotated[str, Parameter(alias="-f")] = "json,csv,srt,vtt,html",
    json: Annotated[bool, Flag] = False,
    threshold: float | None = None,
    minimum_seconds: float | None = None,
    merge_gap_seconds: float | None = None,
) -> int:
    """Find the events of videos of any length.

    Parameters
    ----------
    videos
        Video files in any format that FFmpeg reads.
    model
        `agreement` (the default: everyday categories, no training) or the folder of a trained model.
    output
        Folder for the results: for each video one file a format. Without it the events are only shown.
    format
        Formats to write, separated by commas.
    json
        Print one JSON object to stdout instead of the list of events.
    threshold
        Score from which on a segment is an event, between 0 and 1.
    minimum_seconds
        Shorter events are dropped.
    merge_gap_seconds
        Events of one category this far apart or less become one.
    """
    from seehear.batch import localize_files
    from seehear.events.decide import Decision
    from seehear.localizer import load

    decision = Decision.from_threshold(threshold) if threshold is not None else Decision()
    if minimum_seconds is not None:
        decision = replace(decision, minimum_seconds=minimum_seconds)
    if merge_gap_seconds is not None:
        decision = replace(decision, merge_gap_seconds=merge_gap_seconds)
    localizer = load(model, decision=decision)
    shown = _show_message if json else _show_item
    report = localize_files(videos, localizer, output=output, formats=format.split(","), report=shown)
    if json:
        _say(report.to_json())
    return EXIT_SOME_FAILED if any(item.timeline is None for item in report.items) else EXIT_OK


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

    rows = extract_files(videos, load_extractor(extractor), FeatureStore(store), jobs=jobs, report=_show_extraction)
    return EXIT_SOME_FAILED if any(row.features is None for row in rows) else EXIT_OK


@app.command
def scenes(
    folder: Path,
    /,
    *,
    clips: int = 200,
    seed: int = 0,
    material: Path | None = None,
    held_out: Annotated[bool, Flag] = False,
    jobs: int = 2,
) -> int:
    """Render labelled training videos, from drawn material or from your own photos and sounds.

    Parameters
    ----------
    folder
        Where the videos and their labels go.
    clips
        How many.
    seed
        The same seed gives the same labels and the same pictures and sounds.
    material
        Your own folder of `photos/CATEGORY/*` and `sounds/CATEGORY/*`, with backdrops in `photos/background`.
        Without it everything is drawn and synthesised.
    held_out
        Use the third of your photos and sounds that is kept apart for evaluation, instead of the other two thirds.
    jobs
        Videos that are rendered side by side.
    """
    from seehear.prepare import own_material, render_folder

    own = own_material(material, held_out=held_out) if material else None
    labels = render_folder(folder, clips=clips, seed=seed, material=own, jobs=jobs)
    _say(f"{len(labels.names)} videos of {len(labels.categories)} categories in {folder}")
    return EXIT_OK


@app.command
def train(
    data: Path,
    validation: Path,
    /,
    *,
    output: Path,
    model: str = "pfagn",
    supervision: Supervision = "supervised",
    motion: str | None = None,
    temporal_attention: bool | None = None,
    width: int = 128,
    extractor: str = "builtin",
    recipe: Literal["published", "small"] = "small",
    epochs: int | None = None,
    recombine: float = 0.0,
    seed: int = 0,
    jobs: int = 2,
) -> int:
    """Train a network on a folder of labelled scenes and keep the checkpoint that validates best.

    Parameters
    ----------
    data, validation
        Folders of rendered scenes: to train on, and to choose the checkpoint on.
    output
        Folder of the run. A run that was stopped goes on where it was.
    model
        Name of the network: `pfagn`, `cmran`, ...
    supervision
        `supervised` by segment, or `weak`: only each clip's category is known.
    motion, temporal_attention
        PFAGN only: what guides the audio (none, rnn, me, ms, pf_me), and whether time is attended to.
    width
        Channels within the network; the published networks have 256.
    extractor
        Features to train on.
    recipe
        `published`: as the network's paper trained it. `small`: for slim networks and a few hundred clips.
    epochs
        In place of the recipe's number.
    recombine
        Share of each batch that pairs the picture of one clip with the sound of another.
    seed
        Decides the initial weights, the order of the clips and dropout.
    jobs
        Videos that are decoded side by side.
    """
    from seehear.models import slim_options
    from seehear.prepare import load_folder
    from seehear.train import train as train_network

    given = {"motion": motion, "temporal_attention": temporal_attention}
    options = {name: value for name, value in given.items() if value is not None}
    checkpoint = train_network(
        load_folder(data, extractor, jobs=jobs),
        load_folder(validation, extractor, jobs=jobs),
        model=model,
        supervision=supervision,
        options={**slim_options(model, width), **options},
        recipe=recipe,
        epochs=epochs,
        recombine=recombine,
        seed=seed,
        output=output,
    )
    _say(str(checkpoint))
    return EXIT_OK


@app.command
def evaluate(model: Path, data: Path, /, *, json: Annotated[bool, Flag] = False, jobs: int = 2) -> int:
    """Score a trained model on a folder of labelled scenes, beside the two trivial reference points.

    Parameters
    ----------
    model
        Folder of a trained model.
    data
        Folder of rendered scenes that the model has not seen.
    json
        Print one JSON object instead of a table.
    jobs
        Videos that are decoded side by side.
    """
    from seehear.evaluate import evaluate_checkpoint
    from seehear.models.checkpoint import read_card
    from seehear.prepare import load_folder

    evaluation = evaluate_checkpoint(model, load_folder(data, read_card(model).extractor, jobs=jobs))
    _say(evaluation.to_json() if json else evaluation.text())
    return EXIT_OK


@app.command
def tables(
    training: Path,
    validation: Path,
    test: Path,
    /,
    *,
    output: Path,
    rows: str = "ablation",
    supervision: Annotated[list[Supervision] | None, Parameter(negative=())] = None,
    seeds: int = 3,
    recipe: Literal["published", "small"] = "small",
    width: int = 64,
    recombine: float = 0.0,
    extractor: str = "builtin",
    title: str = "Comparison",
    jobs: int = 2,
) -> int:
    """Train and evaluate networks side by side over several seeds, with the papers' numbers beside ours.

    Parameters
    ----------
    training, validation, test
        Folders of rendered scenes: to train on, to choose checkpoints on, to report.
    output
        Folder of the table, as Markdown, CSV and JSON. A table that was stopped goes on where it was.
    rows
        `ablation`: what guides the audio of PFAGN (Tables III and IV). `systems`: every network (Tables I and II).
        Or the names of networks, separated by commas.
    supervision
        One or both of `supervised` and `weak`; both unless said.
    seeds
        How many trainings each row has.
    recipe
        `published`: as each paper trained. `small`: for slim networks and a few hundred clips.
    width
        Channels within the networks that have that option, with `small`; the published ones have 256.
    recombine
        Share of training clips that pair the picture of one with the sound of another (supervised only).
    extractor
        Features to train on.
    title
        First words of the caption.
    jobs
        Trainings side by side, one thread each.
    """
    from seehear.models import slim_options
    from seehear.prepare import load_folder
    from seehear.tables import SYSTEMS, Splits, ablation_rows, run_table, system_rows

    supervisions = tuple(supervision or ("supervised", "weak"))
    if rows == "ablation":
        chosen = ablation_rows(supervisions, recipe=recipe, recombine=recombine)
    else:
        systems = SYSTEMS if rows == "systems" else tuple(rows.split(","))
        chosen = system_rows(supervisions, systems, recipe=recipe, recombine=recombine)
    if recipe == "small":
        chosen = [replace(row, options={**slim_options(row.model, width), **row.options}) for row in chosen]
    splits = Splits(*(load_folder(folder, extractor, jobs=jobs) for folder in (training, validation, test)))
    table = run_table(chosen, range(seeds), splits, output, title=title, processes=jobs, tell=_note)
    _say(table.markdown())
    return EXIT_OK


@app.command
def models(
    name: str | None = None,
    /,
    *,
    supervision: Supervision = "supervised",
    motion: str | None = None,
    temporal_attention: bool | None = None,
    rectified: Annotated[bool | None, Flag] = None,
    fusion: str | None = None,
    width: int | None = None,
    json: Annotated[bool, Flag] = False,
) -> int:
    """List the networks: paper, size, cost and published accuracy. With a name: draw that network, step by step.

    Parameters
    ----------
    name
        Network to draw, as the list spells it.
    supervision
        The network as it is trained by segment labels (`supervised`) or by clip labels alone (`weak`).
    motion, temporal_attention, rectified
        PFAGN only: what guides the audio (none, rnn, me, ms, pf_me, steady), whether time is attended to, and
        whether me and pf_me take the magnitude before the mean.
    fusion
        AVEL only: `late` or `dmrn`.
    width
        Channels within the drawn network; without it as published.
    json
        Print one JSON object instead of text.
    """
    from seehear.models.drawing import draw, trace_json
    from seehear.zoo import residents, zoo_json, zoo_text

    if name is None:
        zoo = residents(supervision)
        _say(zoo_json(zoo) if json else zoo_text(zoo))
        return EXIT_OK
    given = {
        "motion": motion,
        "temporal_attention": temporal_attention,
        "rectified": rectified,
        "fusion": fusion,
        "width": width,
    }
    options = {option: value for option, value in given.items() if value is not None}
    show = trace_json if json else draw
    _say(show(name, categories=len(AVE_28), supervision=supervision, **options))
    return EXIT_OK


@app.command
def explain(
    video: Path,
    /,
    *,
    output: Annotated[Path, Parameter(alias="-o")],
    model: Annotated[tuple[str, ...], Parameter(alias="-m", negative=())] = ("agreement",),
    seconds: str | None = None,
) -> int:
    """Show what models looked at in a video: attention, weights and motion as arrays and as one picture.

    Parameters
    ----------
    video
        A video file.
    model
        The folder of a trained model, or `agreement`. Give it several times to compare models over the same frames.
    output
        Folder for VIDEO.npz (arrays) and VIDEO.png (picture).
    seconds
        `A-B`: only the segments that start from second A on and before second B.
    """
    from seehear.explain import explain as explain_video
    from seehear.explain import write_explanation
    from seehear.report.writers import output_stems

    explanation = explain_video(video, model, seconds=_span(seconds) if seconds else None)
    for path in write_explanation(output, output_stems([str(video)])[0], explanation):
        _say(str(path))
    return EXIT_OK


@app.command
def demo(*, output: Path = Path("demo-output"), seed: int = 0, jobs: int = 2) -> int:
    """Render, train, evaluate and localize on embedded material, and say where the report is.

    Parameters
    ----------
    output
        Folder for everything that is made.
    seed
        Another seed draws other scenes.
    jobs
        Processes.
    """
    from seehear.demo import run_demo

    _say(run_demo(output, seed=seed, jobs=jobs, say=_note))
    return EXIT_OK


@app.command
def weights(*, fetch: str | None = None) -> int:
    """Show the pretrained weight files: which are here, where they belong, what their hashes are.

    Parameters
    ----------
    fetch
        Fetch the absent files of this extractor: `light` or `paper`.
    """
    from seehear.features.weights import WEIGHT_FILES, locate, state_of

    if fetch is not None:
        if fetch not in WEIGHT_FILES:
            raise UnknownNameError("extractor with weights", fetch, tuple(WEIGHT_FILES))
        for file in WEIGHT_FILES[fetch]:
            locate(file)
    for extractor, files in WEIGHT_FILES.items():
        for file in files:
            _say(f"{extractor}  {file.name}\n    {state_of(file)}\n    SHA-256 {file.sha256}  {file.url}")
    return EXIT_OK


@data_app.command(name="check")
def check_data(
    path: Path,
    /,
    *,
    part: Annotated[bool, Flag] = False,
    complete: Annotated[bool, Flag] = False,
    videos: Path | None = None,
    leak_free: Path | None = None,
    json: Annotated[bool, Flag] = False,
) -> int:
    """Hold a copy of AVE against what was published, print its statistics and the trivial reference points.

    Parameters
    ----------
    path
        Folder with `Annotations.txt`, the orders and, there or in `data` within it, labels and features.
    part
        The folder holds a part of AVE or other data of this form: hold its files against one another only.
    complete
        Files that training needs must be there; without this they may be absent.
    videos
        Folder of the videos, VIDEO_ID.mp4: look for every one.
    leak_free
        Write the three orders without the training videos that are in validation or test too into this folder.
    json
        Print one JSON object.
    """
    from seehear.ave import check_ave, write_leak_free
    from seehear.data.ave.facts import AVE

    with _bar("reading") as advance:
        check = check_ave(
            path,
            facts=None if part else AVE,
            videos=videos,
            complete=complete,
            progress=lambda file, done, total: advance(done, total, file),
        )
    _say(check.to_json() if json else check.text())
    if leak_free is not None and check.right:
        write_leak_free(path, leak_free)
        _note(f"orders without shared videos are in {leak_free}")
    return EXIT_OK if check.right else EXIT_SOME_FAILED


@data_app.command(name="pack")
def pack_data(
    path: Path,
    /,
    *,
    output: Path,
    videos: Path | None = None,
    extractor: str = "paper",
    store: Path | None = None,
    jobs: int = 2,
) -> int:
    """Make one memory-mapped float16 array of AVE's features, once; a packing that was stopped goes on.

    Parameters
    ----------
    path
        Folder of AVE: annotations, orders and, unless videos are given, the published features.
    output
        Folder of the pack.
    videos
        Folder of the videos, VIDEO_ID.mp4: extract features from them in place of the published ones.
    extractor
        With videos: `builtin`, `light` or `paper`.
    store
        With videos: folder that keeps the features of each, beside the pack unless said.
    jobs
        Videos that are decoded side by side.
    """
    from seehear.ave import pack_ave, pack_ave_videos
    from seehear.data.store import FeatureStore
    from seehear.features import load_extractor

    left_out: list[Path] = []

    def show(row: Extraction) -> None:
        _show_extraction(row)
        left_out.extend([row.path] if row.features is None else [])

    with _bar("packing") as advance:
        if videos is None:
            packed = pack_ave(path, output, progress=advance)
        else:
            kept = FeatureStore(store or output.with_name(f"{output.name}-features"), half_precision=True)
            loaded = load_extractor(extractor)
            packed = pack_ave_videos(path, videos, output, loaded, store=kept, jobs=jobs, report=show, progress=advance)
    _say(f"{len(packed)} clips, {packed.visual.nbytes / 2**30:.2f} GiB of float16 in {packed.folder}")
    return EXIT_SOME_FAILED if left_out else EXIT_OK


@data_app.command(name="stand-in")
def stand_in(path: Path, /, *, output: Path, fraction: float = 1.0, grid: int = 7, seed: int = 0) -> int:
    """Draw features in AVE's published form for real annotations, to try everything that reads them.

    Parameters
    ----------
    path
        Folder with the annotations and orders.
    output
        Folder for the files; all of AVE is 7.9 GiB.
    fraction
        Share of the rows.
    grid
        Height and width of the visual features' grid.
    seed
        Another seed draws other values.
    """
    from seehear.ave import draw_stand_in

    with _bar("drawing") as advance:
        rows = draw_stand_in(path, output, fraction=fraction, grid=grid, seed=seed, progress=advance)
    _say(f"{rows} rows in {output}")
    return EXIT_OK


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the `seehear` command: never a traceback for what a user can meet."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """The exit code of one call."""
    try:
        return app(arguments, exit_on_error=False, print_error=True, result_action="return_value") or EXIT_OK
    except CycloptsError:
        return EXIT_USAGE
    except SeehearError as error:
        _note(f"seehear: {error}")
        return EXIT_ENVIRONMENT if error.reason in _ENVIRONMENT else EXIT_USAGE
    except KeyboardInterrupt:
        _note("seehear: interrupted")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_OK


@contextmanager
def _bar(title: str) -> Iterator[Callable[..., None]]:
    """A progress bar on stderr where that is a terminal; yields a function of done, all and, if it changes, title."""
    if not sys.stderr.isatty():
        yield lambda done, total, title=title: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(show_speed=True),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        tasks: dict[str, TaskID] = {}

        def advance(done: int, total: int, title: str = title) -> None:
            if title not in tasks:
                tasks[title] = progress.add_task(title, total=total)
            progress.update(tasks[title], completed=done)

        yield advance


def _say(text: str) -> None:
    sys.stdout.write(text.rstrip("\n") + "\n")
    sys.stdout.flush()


def _note(text: str) -> None:
    sys.stderr.write(text.rstrip("\n") + "\n")
    sys.stderr.flush()


def _show_item(item: Item) -> None:
    """The events of one video for people, or why there are none."""
    if item.timeline is None:
        _note(f"{item.path}: {item.message}")
        return
    _say(f"{item.path}  ({_clock(item.timeline.duration_seconds)})")
    if item.message:
        _note(f"{item.path}: {item.message}")
    for event in item.timeline:
        span = f"{_clock(event.start_seconds):>10} - {_clock(event.end_seconds):<10}"
        _say(f"{span}  {event.score:4.2f}  {event.category}")
    if not item.timeline:
        _say("    nothing was both seen and heard")


def _show_message(item: Item) -> None:
    """With `--json` stdout holds the one object only; what a person should know still goes to stderr."""
    if item.message:
        _note(f"{item.path}: {item.message}")


def _show_extraction(row: Extraction) -> None:
    if row.features is None:
        _note(f"{row.path}: {row.message}")
    else:
        state = "already stored" if row.already_stored else row.message or "stored"
        _say(f"{row.path}  {len(row.features)} segments  {state}")


def _span(text: str) -> Span:
    """`A-B` as the stretch from A to B seconds."""
    try:
        start, end = (float(number) for number in text.split("-"))
    except ValueError as error:
        raise InvalidValueError(f"seconds must be two numbers such as 3-8, not {text!r}") from error
    return Span(start, end)


def _clock(seconds: float) -> str:
    """1:02:03.4, without the hours where there are none."""
    tenths = round(seconds * 10)
    minutes, hours = tenths // 600 % 60, tenths // 36000
    clock = f"{minutes:02d}:{tenths % 600 / 10:04.1f}" if hours else f"{minutes}:{tenths % 600 / 10:04.1f}"
    return f"{hours}:{clock}" if hours else clock
