"""The notebooks run from beginning to end, and are kept without what a run leaves in them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
SHORT = {"your_own_data.ipynb"}
"""What takes less than ten seconds of one core is run by every `make test`."""
LIMIT_SECONDS = 240
"""For one cell, on a machine that has other things to do."""


def marked(path: Path):
    return pytest.param(path, id=path.stem, marks=[] if path.name in SHORT else [pytest.mark.long])


def test_there_are_notebooks() -> None:
    assert {path.name for path in NOTEBOOKS} >= SHORT
    assert len(NOTEBOOKS) == 3


@pytest.mark.parametrize("path", [marked(path) for path in NOTEBOOKS])
def test_a_notebook_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "MPLCONFIGDIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.setenv("SEEHEAR_HOME", str(tmp_path / "no-weights"))
    book = nbformat.read(path, as_version=4)
    client = NotebookClient(book, timeout=LIMIT_SECONDS, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    assert [entry.name for entry in tmp_path.iterdir() if entry.name == path.stem.replace("_", "-")]
    shown = {kind for cell in book.cells for output in cell.get("outputs", ()) for kind in output.get("data", {})}
    assert {"text/plain", "text/html", "image/png"} <= shown


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_valid_and_carries_no_output(path: Path) -> None:
    book = nbformat.read(path, as_version=4)
    nbformat.validate(book)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert code
    assert [cell for cell in code if cell.outputs or cell.execution_count is not None] == []
    assert set(book.metadata) <= {"kernelspec", "language_info"}
    assert set(json.loads(path.read_text())["metadata"]["language_info"]) == {"name"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_names_no_place_of_a_machine(path: Path) -> None:
    source = "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells)
    assert re.findall(r"""["'](/|~|[A-Za-z]:\\\\)|https?://|/home/|/Users/|/tmp/""", source) == []
