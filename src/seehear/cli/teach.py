"""A model of one's own categories."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from seehear.cli.app import EXIT_OK, EXIT_SOME_FAILED, app
from seehear.cli.show import FailedVideos, bar, note, say


@app.command
def teach(
    folder: Path,
    /,
    *,
    output: Annotated[Path, Parameter(name=["--output", "-o"])],
    clips: int = 300,
    segments: int = 10,
    epochs: int = 16,
    model: str = "cmran",
    width: int = 64,
    extractor: str = "light",
    inputs: Literal["features", "class_scores"] | None = None,
    recombine: float = 0.5,
    seed: int = 0,
    jobs: int = 2,
    device: str = "auto",
    threads: int | None = None,
    precision: Literal["float32", "bf16"] = "float32",
) -> int:
    """Make a model of your own categories, from photos and sounds or from labelled videos, for `localize --model`.

    Five photos and five sounds of each category are the least; a fifth of them choose and calibrate the model, and on
    another fifth it is tried at the end. Stopped, the same command goes on where it was.

    Parameters
    ----------
    folder
        `photos/CATEGORY/*` and `sounds/CATEGORY/*` of two categories or more; backdrops in `photos/background` and
        sounds of other things (`sounds/rain`) help. Or videos with labels, as `seehear data check` takes them.
    output
        Folder of the model. What is made on the way stays beside it in OUTPUT-making and may be deleted afterwards.
    clips
        Photos and sounds: scenes to render and learn from.
    segments
        Labelled videos: length in seconds of the windows they are cut into.
    epochs
        Rounds of learning.
    model, width
        Network and its channels.
    extractor
        Features to learn from.
    inputs
        `class_scores` also shows the network what both encoders call what they see and hear: the default with `light`.
    recombine
        Photos and sounds: share of each batch that pairs the picture of one scene with the sound of another.
    seed
        Another seed makes other scenes and other initial weights.
    jobs
        Videos that are rendered and decoded side by side.
    device
        `auto` (a GPU where there is one), `cpu`, `cuda` or `cuda:1`.
    threads
        Of the processor; every core unless said.
    precision
        `bf16` runs matrix products in half precision.
    """
    from seehear.core.inputs import FEATURES, WITH_CLASS_SCORES
    from seehear.engine.device import Compute
    from seehear.engine.progress import watch_terminal
    from seehear.teach import Lesson, Listeners
    from seehear.teach import teach as teach_model

    shown = inputs or (WITH_CLASS_SCORES if extractor == "light" else FEATURES)
    lesson = Lesson(
        model=model,
        width=width,
        extractor=extractor,
        inputs=shown,
        clips=clips,
        epochs=epochs,
        recombine=recombine,
        segments=segments,
        seed=seed,
    )
    failed = FailedVideos()
    with bar("looking at files") as advance:
        listeners = Listeners(
            tell=note,
            failed=failed,
            progress=lambda title: lambda done, total: advance(done, total, title),
            watch=watch_terminal(),
        )
        taught = teach_model(
            folder, output, lesson, jobs=jobs, compute=Compute(device, threads, precision), listeners=listeners
        )
    for sentence in taught.unreadable:
        note(f"left out {sentence}")
    say(f"on what was held out:\n\n{taught.evaluation.text()}\nmodel  {taught.model}")
    return EXIT_SOME_FAILED if failed or taught.unreadable else EXIT_OK
