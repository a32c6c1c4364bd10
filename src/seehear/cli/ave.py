"""The AVE data set as it is published: check it, pack it, draw one like it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App

from seehear.cli.app import EXIT_OK, EXIT_SOME_FAILED, Flag, app
from seehear.cli.show import bar, note, say, show_extraction

if TYPE_CHECKING:
    from seehear.extract import Extraction

data_app = App(name="data", help="Check and prepare the AVE data set as it is published.", help_flags=["--help", "-h"])
app.command(data_app)


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
