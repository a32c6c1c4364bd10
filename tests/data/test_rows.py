"""Rows of a file behave as the array would, and are not read before they are asked for."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from seehear.data.dataset import Dataset
from seehear.data.loader import batches, weak_view
from seehear.data.rows import Rows, rows_of
from tests.data.small_data import dataset_of

generator = np.random.default_rng(0)
LABELS = generator.integers(0, 3, (9, 4)).tolist()
ORDER = np.array([7, 0, 3, 3, 8])


@pytest.fixture
def on_disk(tmp_path: Path) -> np.ndarray:
    values = generator.normal(size=(9, 4, 1, 2, 3)).astype(np.float16)
    np.save(tmp_path / "values.npy", values)
    return np.load(tmp_path / "values.npy", mmap_mode="r")


@pytest.mark.parametrize("index", [2, -1, slice(1, 4), slice(2, 99), np.array([4, 0, 0]), [1, 2]], ids=str)
def test_rows_are_indexed_as_the_array_would_be(on_disk: np.ndarray, index) -> None:
    rows, wanted = Rows(on_disk, ORDER), np.asarray(on_disk)[ORDER]
    np.testing.assert_array_equal(rows[index], wanted[index])
    assert type(rows[index]) is np.ndarray
    assert (rows.shape, rows.dtype, len(rows)) == (wanted.shape, wanted.dtype, len(wanted))
    for one, other in zip(rows, wanted, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_batch_may_be_written_without_touching_the_file(on_disk: np.ndarray) -> None:
    before = np.array(on_disk)
    Rows(on_disk, ORDER)[np.array([0, 1])][:] = 0
    np.testing.assert_array_equal(on_disk, before)


def test_rows_of_rows(on_disk: np.ndarray) -> None:
    np.testing.assert_array_equal(Rows(on_disk, ORDER).subset(np.array([4, 0]))[:], np.asarray(on_disk)[[8, 7]])


def test_a_subset_of_a_file_is_not_read(on_disk: np.ndarray) -> None:
    assert isinstance(rows_of(on_disk, ORDER), Rows)
    assert isinstance(rows_of(np.array(on_disk), ORDER), np.ndarray)


def test_another_process_opens_the_file_instead_of_getting_a_copy(on_disk: np.ndarray) -> None:
    sent = pickle.dumps(Rows(on_disk, ORDER))
    assert len(sent) < on_disk.nbytes + 400
    arrived = pickle.loads(sent)
    assert isinstance(arrived.array, np.memmap)
    np.testing.assert_array_equal(arrived[:], Rows(on_disk, ORDER)[:])


def test_a_slice_of_a_file_arrives_whole(on_disk: np.ndarray) -> None:
    arrived = pickle.loads(pickle.dumps(Rows(on_disk[2:], np.array([0, 5]))))
    np.testing.assert_array_equal(arrived[:], np.asarray(on_disk)[[2, 7]])


def in_memory_and_on_disk(on_disk: np.ndarray) -> tuple[Dataset, Dataset]:
    made = dataset_of(LABELS, LABELS)
    return replace(made, visual=np.array(on_disk)), replace(made, visual=on_disk)


def test_batches_of_a_subset_are_the_same_from_disk_and_memory(on_disk: np.ndarray) -> None:
    memory, disk = (dataset.subset(ORDER) for dataset in in_memory_and_on_disk(on_disk))
    assert isinstance(disk.visual, Rows)
    for view in (lambda dataset: dataset, weak_view):
        for one, other in zip(batches(view(memory), 2, seed=1), batches(view(disk), 2, seed=1), strict=True):
            assert torch.equal(one.visual, other.visual)
            assert torch.equal(one.indices, other.indices)


def test_a_run_knows_its_data_by_every_value_on_disk(on_disk: np.ndarray, tmp_path: Path) -> None:
    from seehear.data.fingerprint import data_facts

    memory, disk = (dataset.subset(ORDER) for dataset in in_memory_and_on_disk(on_disk))
    assert data_facts(memory) == data_facts(disk)
    changed = np.array(on_disk)
    changed[8, 3, 0, 1, 2] += 1
    np.save(tmp_path / "changed.npy", changed)
    other = replace(disk, visual=Rows(np.load(tmp_path / "changed.npy", mmap_mode="r"), ORDER))
    assert data_facts(other) != data_facts(disk)
