"""The folder: a checkpoint's files as they are, and a page that says what it is."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from seehear.core.errors import InvalidValueError
from seehear.models.checkpoint import LARGEST_BYTES, load_checkpoint, model_folder
from seehear.publish.page import model_page
from seehear.storage.files import verify_sealed, whole_folder, write_text
from seehear.storage.hub import is_hub_name

PAGE = "README.md"
_LICENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+_-]{0,63}")


def publish(
    checkpoint: str | Path, output: Path, *, licence: str, name: str | None = None, data: str | None = None
) -> Path:
    """Make a new folder `output` of a checkpoint: its files byte for byte, and a model card. Returns the folder.

    The folder is a checkpoint itself: wherever a model is taken, its path is.

    Args:
        checkpoint: folder of a trained model.
        output: folder to make; it must not exist.
        licence: of the weights, as their owner decides: an identifier of the hub such as `apache-2.0`, or a name.
        name: `org/name` that the model will have on the hub, for the commands on the page.
        data: what it was trained on, in the publisher's words; the checkpoint records counts and hashes only.

    Raises:
        InvalidValueError: a licence or name that is none.
        StorageError, DamagedError: as :func:`seehear.models.checkpoint.load_checkpoint`, or `output` exists already.
    """
    if not _LICENCE.fullmatch(licence):
        raise InvalidValueError(f"{licence!r} is no name of a licence; give one such as apache-2.0 or cc-by-4.0")
    if name is not None and (not is_hub_name(name) or "@" in name):
        raise InvalidValueError(f"{name!r} is not of the form org/name")
    source = model_folder(checkpoint)
    _, card = load_checkpoint(source)
    with whole_folder(Path(output)) as folder:
        for file in LARGEST_BYTES:
            shutil.copyfile(source / file, folder / file)
        verify_sealed(folder)
        write_text(folder / PAGE, model_page(card, licence=licence, name=name, data=data))
    return Path(output)
