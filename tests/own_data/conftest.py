"""A folder that tests may copy and change."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.own_data.small_folder import small_folder


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_folder(tmp_path_factory.mktemp("own") / "videos")


@pytest.fixture
def folder(made_once: Path, tmp_path: Path) -> Path:
    """A copy of three labelled videos."""
    return Path(shutil.copytree(made_once, tmp_path / "videos"))
