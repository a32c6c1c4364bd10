"""For those who share a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from seehear.cli.app import EXIT_OK, app
from seehear.cli.show import note, say


@app.command
def publish(
    checkpoint: str,
    output: Path,
    /,
    *,
    licence: Annotated[str, Parameter(alias="--license")],
    name: str | None = None,
    data: str | None = None,
) -> int:
    """Make a folder for the Hugging Face hub of a trained model: its files as they are, and a model card.

    Parameters
    ----------
    checkpoint
        Folder of a trained model.
    output
        Folder to make. It is a model itself: its path is taken wherever a model is.
    licence
        Licence of the weights, which is yours to choose: apache-2.0, cc-by-4.0, ...
    name
        `org/name` that the model will have on the hub, for the commands on its page.
    data
        What it was trained on, in your words; the checkpoint records counts and hashes only.
    """
    from seehear.publish import publish as publish_checkpoint

    say(str(publish_checkpoint(checkpoint, output, licence=licence, name=name, data=data)))
    note(f"look at {output / 'README.md'}; to upload it with your own login: hf upload {name or 'ORG/NAME'} {output}")
    return EXIT_OK
