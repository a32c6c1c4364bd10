"""The figures are those that their program draws, and need nothing but themselves."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.docs.pages import ROOT

PROGRAM = ROOT / "docs" / "programs" / "figures.py"
FIGURES = sorted((ROOT / "docs" / "figures").glob("*.svg"))


def test_figures_are_up_to_date(tmp_path: Path) -> None:
    subprocess.run([sys.executable, PROGRAM, tmp_path], check=True)
    drawn = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert drawn == {path.name: path.read_text() for path in FIGURES}, "draw them again with `make docs`"


@pytest.mark.parametrize("path", FIGURES, ids=lambda path: path.stem)
def test_a_figure_is_described_and_fetches_nothing(path: Path) -> None:
    root = ElementTree.parse(path).getroot()
    assert root.get("aria-label")
    fetching = [item for item in root.iter() for name in item.attrib if name.endswith(("href", "src"))]
    assert not fetching
    text = path.read_text()
    assert "prefers-color-scheme: dark" in text
    assert "@import" not in text
    assert text.count("url(") == text.count("url(#")
