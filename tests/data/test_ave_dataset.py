"""Training, validation and test sets from a pack: every clip has the features, label and part of its row."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from seehear.ave import load_ave, pack_ave
from seehear.core.errors import DamagedError, InvalidValueError, SeehearError, UnknownNameError
from seehear.data.ave.dataset import attachments
from seehear.data.ave.features import PublishedFeatures
from seehear.data.dataset import Dataset
from seehear.data.packed import PackFacts
from seehear.data.packing import pack
from seehear.data.rows import Rows
from seehear.storage.files import MANIFEST
from tests.data import small_ave

ANNOTATIONS, SPLIT = small_ave.annotations(), small_ave.split()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_ave.write(tmp_path_factory.mktemp("ave"))


@pytest.fixture(scope="module")
def packed(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pack_ave(folder, tmp_path_factory.mktemp("packs") / "pack").folder


def published(folder: Path, name: str) -> np.ndarray:
    with h5py.File(folder / name) as file:
        return file["avadataset"][()]


def row_of(name: str) -> int:
    return int(name.split()[0])


def test_parts_are_the_published_rows_in_published_order(packed: Path) -> None:
    for part, dataset in load_ave(packed)._asdict().items():
        assert [row_of(name) for name in dataset.names] == SPLIT.parts[part].tolist()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_every_clip_has_the_features_and_labels_of_its_row(tmp_path: Path, folder: Path, dtype: str) -> None:
    copy = small_ave.write(tmp_path / "ave")
    for name in ("visual_feature.h5", "audio_feature.h5"):
        small_ave.change(copy / name, lambda values: values.astype(dtype))
    visual, audio = published(copy, "visual_feature.h5"), published(copy, "audio_feature.h5")
    for dataset in load_ave(pack_ave(copy, tmp_path / "pack").folder):
        rows = [row_of(name) for name in dataset.names]
        assert [name.split()[1] for name in dataset.names] == [ANNOTATIONS.videos[row] for row in rows]
        np.testing.assert_array_equal(dataset.visual[:], visual[rows].astype(np.float32).astype(np.float16))
        np.testing.assert_array_equal(dataset.audio, audio[rows].astype(np.float32))
        np.testing.assert_array_equal(dataset.segment_classes, published(folder, "labels.h5")[rows].argmax(axis=2))
        np.testing.assert_array_equal(dataset.clip_classes, published(folder, "mil_labels.h5")[rows].argmax(axis=1))


def test_features_stay_on_disk(packed: Path) -> None:
    for dataset in load_ave(packed):
        assert isinstance(dataset.visual, Rows)
        assert isinstance(dataset.visual.array, np.memmap)
        assert isinstance(dataset.subset([0, 1]).visual, Rows)


def test_weak_training_adds_the_background_clips_and_nothing_else(packed: Path, folder: Path) -> None:
    supervised, weak = load_ave(packed), load_ave(packed, supervision="weak")
    assert (len(weak.training) - len(supervised.training), len(weak.validation), len(weak.test)) == (7, 5, 7)
    added: Dataset = weak.training.subset(range(len(supervised.training), len(weak.training)))
    background = weak.training.categories.background
    assert (added.clip_classes == background).all()
    assert (added.segment_classes == background).all()
    np.testing.assert_array_equal(added.audio, published(folder, "audio_feature_noisy.h5").astype(np.float32))
    np.testing.assert_array_equal(
        added.visual[:], published(folder, "visual_feature_noisy.h5").astype(np.float32).astype(np.float16)
    )


def test_without_background_files_there_are_no_background_clips(tmp_path: Path) -> None:
    copy = small_ave.write(tmp_path / "ave")
    (copy / "visual_feature_noisy.h5").unlink()
    assert len(load_ave(pack_ave(copy, tmp_path / "pack").folder, supervision="weak").training) == len(SPLIT.training)


def test_the_leak_free_split_leaves_the_shared_videos_out_of_training_only(packed: Path) -> None:
    whole, clean = load_ave(packed), load_ave(packed, split="leak_free")
    videos = [{name.split()[1] for name in part.names} for part in clean]
    assert not videos[0] & (videos[1] | videos[2])
    assert len(whole.training) - len(clean.training) == small_ave.SHARED_BY_TRAINING_AND_TEST
    assert clean.test.names == whole.test.names


class Shuffled:
    """The published features in another order, with the names in that order too; some rows left out."""

    def __init__(self, source: PublishedFeatures, order: list[int]) -> None:
        self.source, self.order = source, order
        self.facts: PackFacts = replace(source.facts, names=tuple(source.facts.names[place] for place in order))

    def read(self, first: int, count: int) -> tuple[np.ndarray, np.ndarray]:
        visual, audio = zip(*(self.source.read(place, 1) for place in self.order[first : first + count]), strict=True)
        return np.concatenate(visual), np.concatenate(audio)


def test_clips_are_found_by_row_and_video_id_wherever_they_lie(folder: Path, packed: Path, tmp_path: Path) -> None:
    order = np.random.default_rng(0).permutation(47).tolist()
    source = Shuffled(PublishedFeatures(folder, ANNOTATIONS), order)
    other = pack(source, tmp_path / "pack", attachments=attachments(ANNOTATIONS, SPLIT)).folder
    for one, two in zip(load_ave(packed, supervision="weak"), load_ave(other, supervision="weak"), strict=True):
        assert one.names == two.names
        np.testing.assert_array_equal(one.visual[:], two.visual[:])
        np.testing.assert_array_equal(one.audio, two.audio)
        np.testing.assert_array_equal(one.segment_classes, two.segment_classes)


def test_rows_that_are_not_in_the_pack_are_left_out(folder: Path, tmp_path: Path) -> None:
    source = Shuffled(PublishedFeatures(folder, ANNOTATIONS), [row for row in range(40) if row not in (20, 24)])
    parts = load_ave(pack(source, tmp_path / "pack", attachments=attachments(ANNOTATIONS, SPLIT)).folder)
    assert (len(parts.training), len(parts.validation), len(parts.test)) == (len(SPLIT.training), 4, 6)
    assert "0020 video000020" not in parts.test.names


def test_other_packs_and_damaged_ones_are_refused(folder: Path, tmp_path: Path) -> None:
    source = PublishedFeatures(folder, ANNOTATIONS)
    with pytest.raises(InvalidValueError, match="no pack of AVE"):
        load_ave(pack(source, tmp_path / "bare").folder)
    whole = pack_ave(folder, tmp_path / "pack").folder
    text = (whole / "split.json").read_text()
    for wrong in ("{", '{"training": []}', text.replace("39", "4000"), text.replace("39", '"x"')):
        (whole / "split.json").write_text(wrong)
        with pytest.raises(DamagedError):
            load_ave(whole)
    (whole / "split.json").write_text(text)
    (whole / "Annotations.txt").write_text((whole / "Annotations.txt").read_text().replace("Bark", "Barc", 1))
    with pytest.raises(DamagedError, match="Annotations"):
        load_ave(whole, verify=True)
    assert "split.json" in json.loads((whole / MANIFEST).read_text())["sha256"]


@pytest.mark.parametrize("option", [{"split": "mine"}, {"supervision": "none"}])
def test_unknown_names_are_told_the_known_ones(packed: Path, option: dict[str, str]) -> None:
    with pytest.raises(UnknownNameError, match="known: "):
        load_ave(packed, **option)


def test_features_of_other_annotations_are_not_packed(folder: Path, tmp_path: Path) -> None:
    copy = small_ave.write(tmp_path / "ave")
    lines = (copy / "Annotations.txt").read_text().splitlines()
    lines[3], lines[9] = lines[9], lines[3]
    (copy / "Annotations.txt").write_text("\n".join(lines))
    with pytest.raises(SeehearError, match="data check"):
        pack_ave(copy, tmp_path / "pack")
