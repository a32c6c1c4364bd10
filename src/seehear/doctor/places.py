"""Where things are kept, and whether they can be."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from seehear.doctor.finding import Finding, missing, ok, problem

_LEAST_DISK_BYTES = 100 << 20
_NEW_HOME = "set SEEHEAR_HOME to a folder you may write to"


def look() -> Iterator[Finding]:
    from seehear.features.weights import HOME_VARIABLE, weight_folders

    said = HOME_VARIABLE if os.environ.get(HOME_VARIABLE) else f"unless {HOME_VARIABLE} is set"
    yield place("weights", weight_folders()[-1], f" ({said})", _NEW_HOME)
    try:
        yield place("temporary files", Path(tempfile.gettempdir()), "", "set TMPDIR to a folder you may write to")
    except OSError as error:
        yield problem("temporary files", str(error), "set TMPDIR to a folder you may write to")
    yield place("results without a path", Path.cwd(), " (the folder you are in)", "go to a folder you may write to")
    yield from _of_extras()


def _of_extras() -> Iterator[Finding]:
    from seehear.web.settings import usual_folder

    yield place("web app", usual_folder(), "", "give `seehear serve` a --folder you may write to")
    try:
        from huggingface_hub.constants import HF_HUB_CACHE
    except ImportError:
        return
    yield place("models of the hub", Path(HF_HUB_CACHE), "", "set HF_HOME to a folder you may write to")


def place(name: str, folder: Path, note: str, next_step: str) -> Finding:
    """A folder where something is or would be kept; that it cannot be written to is no fault until something must."""
    if not folder.is_absolute():
        return missing(
            name, f"{folder}{note}: there is no home folder here, so this would be wherever you are", next_step
        )
    try:
        refusal, free_bytes = refused(folder), shutil.disk_usage(_nearest(folder)).free
    except OSError as error:
        return missing(name, f"{folder}{note}: {error.strerror or error}", next_step)
    if refusal:
        return missing(name, f"{folder}{note}: {refusal}", next_step)
    value = f"{folder}{note}, {free_bytes / 1e9:.1f} GB free"
    if free_bytes < _LEAST_DISK_BYTES:
        return missing(name, value, f"free some space there, or {next_step}")
    return ok(name, value)


def refused(folder: Path) -> str:
    """Why nothing can be put into a folder that may not exist yet; empty where it can."""
    nearest = _nearest(folder)
    if not nearest.is_dir():
        return f"{nearest} is a file, not a folder"
    if not os.access(nearest, os.W_OK | os.X_OK):
        return "may not be written to"
    return ""


def _nearest(folder: Path) -> Path:
    """The folder, or the innermost above it that exists."""
    return next(path for path in (folder, *folder.parents) if os.path.lexists(path))
