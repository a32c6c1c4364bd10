"""The real annotations, orders and labels of AVE: every known fact holds, and nothing is called wrong."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

from seehear import cli
from seehear.ave import check_ave
from seehear.core.errors import Reason
from seehear.core.labels import AVE_28
from seehear.data.ave.annotations import HEADER, read_annotations
from seehear.data.ave.inspection import State
from seehear.data.ave.splits import read_split
from tests.data.small_ave import change


@pytest.fixture(scope="module")
def ave(shared: Path) -> Path:
    folder = shared / "ave"
    if not folder.is_dir():
        pytest.skip("needs ../shared/ave (annotations, orders and labels of AVE)")
    return folder


@pytest.fixture
def copy(ave: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "copy"
    folder.mkdir()
    for path in ave.iterdir():
        shutil.copyfile(path, folder / path.name)
    return folder


def stored(path: Path, key: str = "avadataset") -> np.ndarray:
    with h5py.File(path) as file:
        return file[key][()]


def test_segment_labels_rebuilt_from_annotations_equal_the_published_ones(ave: Path) -> None:
    annotations = read_annotations(ave / "Annotations.txt")
    events, clips = stored(ave / "labels_closs.h5"), stored(ave / "mil_labels.h5")
    assert events.shape == (4143, 10)
    assert (annotations.is_event == events).all(axis=1).sum() == 4143
    assert (np.eye(29)[annotations.clip_classes] == clips).all(axis=1).sum() == 4143
    assert annotations.categories == AVE_28


def test_nothing_is_wrong_with_the_real_files_and_absent_features_are_absent(ave: Path) -> None:
    check = check_ave(ave)
    assert [finding.line() for finding in check.inspection.wrong] == []
    assert {finding.file for finding in check.inspection.absent} >= {"visual_feature.h5", "audio_feature.h5"}
    said = {(finding.file, finding.check): finding.found for finding in check.inspection.findings}
    assert said["labels_closs.h5", "rows that agree with the annotations"] == "4143 of 4143"
    assert said["mil_labels.h5", "rows that agree with the annotations"] == "4143 of 4143"
    assert said["the three orders", "videos in both training and test"] == "8"
    assert said["the three orders", "videos in both training and validation"] == "10"
    assert said["Annotations.txt", "videos of several categories"] == "45"
    assert said["Annotations.txt", "rows with an empty event"] == "(26,)"


def test_trivial_reference_points_on_test(ave: Path) -> None:
    points = check_ave(ave).splits["published"]["test"].points
    assert (round(points.right_category, 4), round(points.all_background, 4)) == (0.8221, 0.1779)


def test_leak_free_training_shares_no_video_and_test_stays(ave: Path) -> None:
    annotations, published = read_annotations(ave / "Annotations.txt"), read_split(ave)
    clean = published.leak_free(annotations)
    for part in ("validation", "test"):
        assert len(published.shared_videos(annotations, "training", part)) == {"validation": 10, "test": 8}[part]
        assert not clean.shared_videos(annotations, "training", part)
        np.testing.assert_array_equal(clean.parts[part], published.parts[part])
    assert len(published.training) - len(clean.training) == 19  # 18 videos, one of them with two rows


@pytest.mark.parametrize("header", ["", f"{HEADER}\n"])
def test_with_and_without_header(copy: Path, header: str) -> None:
    path = copy / "Annotations.txt"
    path.write_text(header + path.read_text())
    assert check_ave(copy).right


def test_the_command_prints_findings_statistics_and_reference_points(ave: Path, capsys) -> None:
    assert cli.run(["data", "check", str(ave)]) == 0
    said = capsys.readouterr().out
    assert "82.21%" in said
    assert "17.79%" in said
    assert "0 wrong" in said
    assert "leak_free  training     3320" in said
    assert cli.run(["data", "check", str(ave), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["splits"]["published"]["training"]["clips"] == 3339
    assert cli.run(["data", "check", str(ave), "--complete"]) == 1


def test_leak_free_orders_are_written_in_published_form(ave: Path, tmp_path: Path) -> None:
    assert cli.run(["data", "check", str(ave), "--leak-free", str(tmp_path / "clean")]) == 0
    assert len(stored(tmp_path / "clean" / "train_order.h5", "order")) == 3320
    np.testing.assert_array_equal(
        stored(tmp_path / "clean" / "test_order.h5", "order"), stored(ave / "test_order.h5", "order")
    )


def edit_lines(function):
    def plant(folder: Path) -> None:
        path = folder / "Annotations.txt"
        path.write_text("".join(function(path.read_text().splitlines(keepends=True))))

    return plant


def edit_order(name: str, function):
    return lambda folder: change(folder / name, function, "order")


def swap_training_and_test(folder: Path) -> None:
    """One row of each, so that the parts still share out all rows."""
    training, test = stored(folder / "train_order.h5", "order"), stored(folder / "test_order.h5", "order")
    training[0], test[0] = test[0], training[0]
    change(folder / "train_order.h5", lambda _: training, "order")
    change(folder / "test_order.h5", lambda _: test, "order")


FAULTS = {
    "rows cut off": (edit_lines(lambda lines: lines[:4000]), "Annotations.txt", "rows", Reason.TRUNCATED),
    "one row left out": (edit_lines(lambda lines: lines[:9] + lines[10:]), "Annotations.txt", "rows", Reason.TRUNCATED),
    "rows sorted": (edit_lines(sorted), "Annotations.txt", "content", Reason.DAMAGED),
    "two rows exchanged": (
        edit_lines(lambda lines: [lines[1], lines[0], *lines[2:]]),
        "Annotations.txt",
        "content",
        Reason.DAMAGED,
    ),
    "a category misspelt": (
        edit_lines(lambda lines: [line.replace("Bark", "Barc") for line in lines]),
        "Annotations.txt",
        "categories",
        Reason.UNKNOWN_NAME,
    ),
    "a time changed": (
        edit_lines(lambda lines: [lines[0].replace("&0&10", "&1&10"), *lines[1:]]),
        "Annotations.txt",
        "content",
        Reason.DAMAGED,
    ),
    "a video exchanged": (
        edit_lines(lambda lines: [lines[0].replace("RUhOCu3LNXM", "abcdefghijk"), *lines[1:]]),
        "Annotations.txt",
        "content",
        Reason.DAMAGED,
    ),
    "an order sorted": (edit_order("val_order.h5", np.sort), "val_order.h5", "content", Reason.DAMAGED),
    "an order cut off": (
        edit_order("train_order.h5", lambda rows: rows[:3000]),
        "train_order.h5",
        "rows",
        Reason.TRUNCATED,
    ),
    "an order counted from 1": (
        edit_order("train_order.h5", lambda rows: rows + 1),
        "train_order.h5",
        "do not exist",
        Reason.INVALID_VALUE,
    ),
    "rows of training and test exchanged": (swap_training_and_test, "test_order.h5", "content", Reason.DAMAGED),
    "background audio cut off": (
        lambda folder: change(folder / "audio_feature_noisy.h5", lambda values: values[:100]),
        "audio_feature_noisy.h5",
        "clips",
        Reason.TRUNCATED,
    ),
    "background audio in integers": (
        lambda folder: change(folder / "audio_feature_noisy.h5", lambda values: (values * 50).astype(np.uint8)),
        "audio_feature_noisy.h5",
        "can be read",
        Reason.INVALID_VALUE,
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_planted_in_the_real_files_is_found(copy: Path, fault: str) -> None:
    plant, file, check, reason = FAULTS[fault]
    plant(copy)
    wrong = check_ave(copy).inspection.wrong
    assert any(finding.file == file and check in finding.check and finding.reason == reason for finding in wrong), [
        finding.line() for finding in wrong
    ]


def test_what_is_merely_reordered_is_called_so(copy: Path) -> None:
    edit_order("val_order.h5", np.sort)(copy)
    (finding,) = [finding for finding in check_ave(copy).inspection.wrong if finding.check == "content"]
    assert "another order" in finding.found
    assert finding.state is State.WRONG
