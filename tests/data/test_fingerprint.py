"""A run knows its data by every byte; a sealed file is read once, and never believed unread."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from seehear.core.errors import DamagedError
from seehear.data.dataset import Dataset
from seehear.data.fingerprint import data_facts
from seehear.data.loader import weak_view
from seehear.data.rows import Rows
from seehear.storage import files
from seehear.storage.files import sealed_folder
from tests.engine.small_data import small_dataset

ROWS = np.array([3, 0, 5, 1])


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """The visual features of six clips in a sealed folder."""
    with sealed_folder(tmp_path / "pack") as folder:
        np.save(folder / "visual.npy", small_dataset(6).visual)
    return tmp_path / "pack" / "visual.npy"


def opened(path: Path, rows: np.ndarray = ROWS) -> Dataset:
    visual = Rows(np.load(path, mmap_mode="r"), rows)
    return replace(small_dataset(6).subset(ROWS), visual=visual)


def test_clips_of_a_sealed_file_are_known_by_file_rows_and_labels(stored: Path) -> None:
    facts = data_facts(opened(stored))
    assert data_facts(opened(stored)) == facts
    assert data_facts(opened(stored, ROWS[::-1])) != facts
    other = opened(stored)
    assert data_facts(replace(other, segment_classes=other.segment_classes[::-1].copy())) != facts
    assert data_facts(weak_view(other)) == data_facts(
        weak_view(replace(other, segment_classes=other.segment_classes[::-1].copy()))
    )


def test_a_sealed_file_is_read_once_however_many_trainings_use_it(
    stored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []
    hashed = files.sha256_of
    monkeypatch.setattr(files, "sha256_of", lambda path: read.append(path) or hashed(path))
    for _ in range(3):
        data_facts(opened(stored))
        data_facts(weak_view(opened(stored).subset([2, 0])))
    assert read == [stored]


@pytest.mark.parametrize("known", [False, True], ids=["never read", "read before"])
def test_a_flipped_bit_is_an_error_and_no_other_data_set(stored: Path, known: bool) -> None:
    if known:
        data_facts(opened(stored))
    changed = bytearray(stored.read_bytes())
    changed[-1] ^= 1
    stored.write_bytes(changed)
    os.utime(stored, ns=(0, 1))  # a clock too coarse to see two writes apart would not be this test's fault
    with pytest.raises(DamagedError, match=r"visual\.npy is damaged"):
        data_facts(opened(stored))
