"""What can be installed beside the core."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import metadata

from seehear.doctor.finding import Finding, missing, ok

_FOR_DEVELOPERS = {"dev", "docs"}
_PURPOSES = {
    "serve": "the web app, `seehear serve`",
    "hub": "models of the Hugging Face hub, `org/name`",
    "cluster": "work on a dask.distributed cluster, `--cluster`",
    "exports": "OpenTimelineIO, `--format otio`",
    "train": "curves of trainings and pictures of tables",
    "notebook": "plots, tables and rich display in notebooks",
}
_EXTRA = re.compile(r"""extra\s*==\s*["']([^"']+)["']""")
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def look() -> Iterator[Finding]:
    from seehear.doctor.installation import installed

    for extra, names in sorted(requirements().items()):
        if not extra or extra in _FOR_DEVELOPERS:
            continue
        purpose = _PURPOSES.get(extra, "see the documentation")
        if absent := [name for name in names if not installed(name)]:
            yield missing(extra, f"{purpose}: without {', '.join(absent)}", f"pip install 'seehear[{extra}]'")
        else:
            yield ok(extra, purpose)


def requirements() -> dict[str, list[str]]:
    """Extra -> packages that it needs, as the installed seehear declares them; those of the core under the name ''."""
    try:
        declared = metadata.requires("seehear") or []
    except metadata.PackageNotFoundError:
        declared = []
    needed: dict[str, list[str]] = {}
    for line in declared:
        name, extra = _NAME.match(line), _EXTRA.search(line)
        if name:
            needed.setdefault(extra[1] if extra else "", []).append(name[0])
    return needed
