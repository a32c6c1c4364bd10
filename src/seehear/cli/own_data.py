"""A folder of one's own videos with labels: look at it, split it."""

from __future__ import annotations

from pathlib import Path

from seehear.cli.app import EXIT_OK, EXIT_SOME_FAILED
from seehear.cli.show import bar, say


def check_own_videos(folder: Path, *, json: bool, jobs: int) -> int:
    """Print what a folder holds; the exit code says whether all of it is right."""
    from seehear.own_data import check_folder

    with bar("reading videos") as advance:
        check = check_folder(folder, jobs=jobs, progress=advance)
    say(check.to_json() if json else check.text())
    return EXIT_OK if check.right else EXIT_SOME_FAILED


def split(folder: Path, /, *, seed: int = 0, validation: float = 0.15, test: float = 0.15) -> int:
    """Share your labelled videos out among training, validation and test, and write that to FOLDER/split.csv.

    Copies of a file stay together, and so do videos that FOLDER/sources.csv (`video,source`) says were cut out of one.

    Parameters
    ----------
    folder
        Your own videos with labels.
    seed
        The same seed gives the same split of the same videos on every machine.
    validation, test
        Share of the videos of each part; training has the rest.
    """
    from seehear.data.folder import PARTS, SPLIT, Shares
    from seehear.own_data import split_folder

    drawn = split_folder(folder, Shares(validation, test), seed=seed)
    counts = ", ".join(f"{part} {list(drawn.values()).count(part)}" for part in PARTS)
    say(f"{folder / SPLIT}: {counts}")
    return EXIT_OK
