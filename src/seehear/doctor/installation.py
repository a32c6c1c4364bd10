"""What runs: this program, Python, and the libraries that it cannot do without."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from importlib import import_module, metadata
from pathlib import Path

import seehear
from seehear.doctor.extras import requirements
from seehear.doctor.finding import Finding, ok, problem


def look() -> Iterator[Finding]:
    yield ok("seehear", f"{seehear.__version__} in {Path(seehear.__file__).parent}")
    yield ok("Python", f"{platform.python_version()}, {sys.executable}")
    yield ok("system", platform.platform())
    for name in ("torch", "numpy"):
        yield _imported(name)
    if absent := [name for name in requirements().get("", ()) if not installed(name)]:
        yield problem("packages", f"not installed: {', '.join(absent)}", f"pip install {' '.join(absent)}")
    else:
        yield ok("packages", "all that are required are installed")


def _imported(name: str) -> Finding:
    try:
        return ok(name, str(import_module(name).__version__))
    except Exception as error:
        what = f"cannot be imported: {type(error).__name__}: {error}"
        return problem(name, what, f"pip install --force-reinstall -c constraints.txt {name}")


def installed(name: str) -> bool:
    """Whether a distribution of this name is here."""
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True
