"""A first try, and what is installed."""

from __future__ import annotations

from pathlib import Path

from seehear.cli.app import EXIT_OK, app
from seehear.cli.show import note, say
from seehear.core.errors import UnknownNameError


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

    say(run_demo(output, seed=seed, jobs=jobs, say=note))
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
            say(f"{extractor}  {file.name}\n    {state_of(file)}\n    SHA-256 {file.sha256}  {file.url}")
    return EXIT_OK
