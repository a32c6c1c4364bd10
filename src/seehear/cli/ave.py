"""The AVE data set as it is published: check it, pack it, draw one like it, reproduce the paper's tables on it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter

from seehear.cli.app import EXIT_OK, EXIT_SOME_FAILED, Flag, Supervision, app
from seehear.cli.own_data import check_own_videos, split
from seehear.cli.show import bar, note, say, show_extraction

if TYPE_CHECKING:
    from seehear.extract import Extraction

data_app = App(
    name="data",
    help="Check and prepare data: a folder of your own videos with labels, or AVE as published.",
    help_flags=["--help", "-h"],
)
app.command(data_app)
data_app.command(split)


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
    jobs: int = 2,
) -> int:
    """Say what a folder of data holds and what is wrong with it: your own videos with labels, or a copy of AVE.

    Parameters
    ----------
    path
        Folder of videos with labels (CSV, Audacity, ELAN, WebVTT). Or of AVE: with `Annotations.txt`, the orders and,
        there or in `data` within it, labels and features, which are held against what was published.
    part
        AVE: the folder holds a part of AVE or other data of this form: hold its files against one another only.
    complete
        AVE: files that training needs must be there; without this they may be absent.
    videos
        AVE: folder of the videos, VIDEO_ID.mp4: look for every one.
    leak_free
        AVE: write the three orders without the training videos that are in validation or test too into this folder.
    json
        Print one JSON object.
    jobs
        Your own videos: how many are decoded side by side.
    """
    from seehear.ave import check_ave, holds_ave, write_leak_free
    from seehear.data.ave.facts import AVE

    if not (part or complete or videos or leak_free or holds_ave(path)):
        return check_own_videos(path, json=json, jobs=jobs)

    with bar("reading") as advance:
        check = check_ave(
            path,
            facts=None if part else AVE,
            videos=videos,
            complete=complete,
            progress=lambda file, done, total: advance(done, total, file),
        )
    say(check.to_json() if json else check.text())
    if leak_free is not None and check.right:
        write_leak_free(path, leak_free)
        note(f"orders without shared videos are in {leak_free}")
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
        show_extraction(row)
        left_out.extend([row.path] if row.features is None else [])

    with bar("packing") as advance:
        if videos is None:
            packed = pack_ave(path, output, progress=advance)
        else:
            kept = FeatureStore(store or output.with_name(f"{output.name}-features"), half_precision=True)
            loaded = load_extractor(extractor)
            packed = pack_ave_videos(path, videos, output, loaded, store=kept, jobs=jobs, report=show, progress=advance)
    say(f"{len(packed)} clips, {packed.visual.nbytes / 2**30:.2f} GiB of float16 in {packed.folder}")
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

    with bar("drawing") as advance:
        rows = draw_stand_in(path, output, fraction=fraction, grid=grid, seed=seed, progress=advance)
    say(f"{rows} rows in {output}")
    return EXIT_OK


@app.command(name="reproduce")
def reproduce_tables(
    *,
    data: Path,
    output: Annotated[Path, Parameter(name=("--output", "-o"))],
    seeds: int = 5,
    protocol: Literal["strict", "paper"] = "strict",
    split: Literal["published", "leak_free"] = "published",
    rows: str = "systems,ablation",
    supervision: Annotated[list[Supervision] | None, Parameter(negative=())] = None,
    recipe: Literal["published", "small"] = "published",
    epochs: int | None = None,
    width: int | None = None,
    part: Annotated[bool, Flag] = False,
    jobs: int = 1,
    shard: str = "1/1",
    device: str = "auto",
    threads: int = 1,
) -> int:
    """Reproduce Tables I to IV of the PFAGN paper on AVE: check, pack, train, evaluate, show.

    Start it again after any interruption, or on further machines that share the output folder: finished trainings are
    not repeated, and each is made once.

    Parameters
    ----------
    data
        Folder of AVE: annotations, orders, labels and features; or a pack of them.
    output
        Folder for the tables (Markdown, CSV, JSON), their pictures, `reproduction.html` and all trainings.
    seeds
        How many trainings each row has.
    protocol
        `strict`: the epoch is chosen on validation. `paper`: on test, as several published systems did.
    split
        `published`, or `leak_free`: without the training videos that are in validation or test too.
    rows
        Names of rows, separated by commas; `systems` are Tables I and II, `ablation` Tables III and IV.
    supervision
        One or both of `supervised` and `weak`; both unless said.
    recipe
        `published`: as each paper trained. `small`: for a trial with slim networks.
    epochs
        For a trial: in place of each recipe's number.
    width
        For a trial: channels within the networks.
    part
        The folder holds a part of AVE or other data of this form: hold its files against one another only.
    jobs
        Trainings at a time on this machine.
    shard
        Where machines share no folder: `2/5` makes the second fifth of the trainings. Put the folders `results` and
        `times` of all machines together and start the command without this, and it writes the tables.
    device
        `auto` (a GPU where there is one), `cpu`, `cuda` or `cuda:1`; the same kind on all machines.
    threads
        CPU threads of each training; the same on all machines.
    """
    from seehear.engine.device import Compute
    from seehear.reproduce import Changes, Share, reproduce

    with bar("reading") as advance:
        done = reproduce(
            data,
            output,
            seeds=range(seeds),
            protocol=protocol,
            split=split,
            rows=rows.split(","),
            supervisions=tuple(supervision or ("supervised", "weak")),
            changes=Changes(recipe, epochs, width),
            part=part,
            compute=Compute(device, threads=threads),
            processes=jobs,
            share=Share.parse(shard),
            tell=note,
            progress=lambda what, clips, total: advance(clips, total, what),
        )
    if not done.complete:
        say(f"{done.made} of {done.planned} trainings are made; put `results` of all shards together for the tables")
        return EXIT_OK
    say("\n".join(table.markdown() for table in done.tables))
    say(f"everything on one page: {output / 'reproduction.html'}")
    return EXIT_SOME_FAILED if done.failures else EXIT_OK
