"""Every fault planted in a small set of AVE's form is found, in the file that has it, with its reason."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from seehear import cli
from seehear.ave import check_ave
from seehear.core.errors import Reason
from tests.data import small_ave
from tests.data.small_ave import change

Plant = Callable[[Path], object]
ANNOTATIONS, VISUAL, AUDIO = "Annotations.txt", "visual_feature.h5", "audio_feature.h5"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_ave.write(tmp_path_factory.mktemp("ave"))


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "ave"))


def lines(function: Callable[[list[str]], list[str]], name: str = ANNOTATIONS) -> Plant:
    return lambda folder: (folder / name).write_text(
        "".join(function((folder / name).read_text().splitlines(keepends=True)))
    )


def values(name: str, function: Callable[[np.ndarray], np.ndarray]) -> Plant:
    return lambda folder: change(folder / name, function, "order" if name.endswith("order.h5") else "avadataset")


def setting(name: str, place: tuple, value: float) -> Plant:
    def function(array: np.ndarray) -> np.ndarray:
        array[place] = value
        return array

    return values(name, function)


def copied(name: str, source: int, target: int) -> Plant:
    def function(array: np.ndarray) -> np.ndarray:
        array[target] = array[source]
        return array

    return values(name, function)


def removed(name: str) -> Plant:
    return lambda folder: (folder / name).unlink()


def holding(name: str, content: bytes) -> Plant:
    return lambda folder: (folder / name).write_bytes(content)


def cut(name: str, share: float) -> Plant:
    def plant(folder: Path) -> None:
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[: int(share * len(data))])

    return plant


def a_folder(name: str) -> Plant:
    def plant(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).mkdir()

    return plant


def renamed(name: str) -> Plant:
    def plant(folder: Path) -> None:
        with h5py.File(folder / name, "a") as file:
            (key,) = file
            file.move(key, "dataset")

    return plant


def exchanged(folder: Path) -> None:
    (folder / VISUAL).rename(folder / "other")
    (folder / AUDIO).rename(folder / VISUAL)
    (folder / "other").rename(folder / AUDIO)


def linked(folder: Path) -> None:
    (folder / AUDIO).rename(folder / "secret.h5")
    with h5py.File(folder / AUDIO, "w") as file:
        file["avadataset"] = h5py.ExternalLink("secret.h5", "avadataset")


def external(folder: Path) -> None:
    (folder / "raw").write_bytes((folder / AUDIO).read_bytes())
    with h5py.File(folder / AUDIO, "w") as file:
        file.create_dataset("avadataset", (40, 10, 5), "f8", external=[(str(folder / "raw"), 0, h5py.h5f.UNLIMITED)])


def virtual(folder: Path) -> None:
    (folder / AUDIO).rename(folder / "secret.h5")
    layout = h5py.VirtualLayout((40, 10, 5), "f8")
    layout[:] = h5py.VirtualSource(str(folder / "secret.h5"), "avadataset", (40, 10, 5))
    with h5py.File(folder / AUDIO, "w") as file:
        file.create_virtual_dataset("avadataset", layout)


def flipped_in_a_chunk(folder: Path) -> None:
    change(folder / AUDIO, lambda array: array, chunks=(4, 10, 5), fletcher32=True)
    with h5py.File(folder / AUDIO) as file:
        offset = file["avadataset"].id.get_chunk_info(3).byte_offset
    with (folder / AUDIO).open("r+b") as stream:
        stream.seek(offset + 100)
        byte = stream.read(1)[0]
        stream.seek(offset + 100)
        stream.write(bytes([byte ^ 1]))


def never_written(folder: Path) -> None:
    """What a writer that was killed leaves: the full size, filled with zeros."""
    change(folder / VISUAL, lambda array: np.concatenate([array[:30], np.zeros_like(array[30:])]))


LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 8319142400\n"

FAULTS: dict[str, tuple[Plant, str, str, Reason]] = {
    "annotations absent": (removed(ANNOTATIONS), ANNOTATIONS, "is there", Reason.NOT_FOUND),
    "annotations empty": (holding(ANNOTATIONS, b""), ANNOTATIONS, "can be read", Reason.INVALID_VALUE),
    "annotations cut in a row": (cut(ANNOTATIONS, 0.995), ANNOTATIONS, "can be read", Reason.INVALID_VALUE),
    "annotations binary": (holding(ANNOTATIONS, b"\xff\xfe\x00B"), ANNOTATIONS, "can be read", Reason.INVALID_VALUE),
    "an annotation twice": (
        lines(lambda rows: [*rows, rows[5]]),
        ANNOTATIONS,
        "rows that occur twice",
        Reason.DAMAGED,
    ),
    "annotations fewer than features": (lines(lambda rows: rows[:-1]), VISUAL, "clips", Reason.INVALID_VALUE),
    "annotations in another order": (
        lines(lambda rows: [rows[0], *sorted(rows[1:])]),
        "labels.h5",
        "agree",
        Reason.DAMAGED,
    ),
    "an order absent": (removed("test_order.h5"), "test_order.h5", "is there", Reason.NOT_FOUND),
    "an order cut off": (cut("val_order.h5", 0.9), "val_order.h5", "can be read", Reason.TRUNCATED),
    "an order empty": (holding("val_order.h5", b""), "val_order.h5", "can be read", Reason.DAMAGED),
    "an order in floats": (
        values("val_order.h5", lambda rows: rows.astype(float)),
        "val_order.h5",
        "can be read",
        Reason.INVALID_VALUE,
    ),
    "an order as a table": (
        values("val_order.h5", lambda rows: rows[:, None]),
        "val_order.h5",
        "can be read",
        Reason.INVALID_VALUE,
    ),
    "an order of another name": (renamed("val_order.h5"), "val_order.h5", "can be read", Reason.INVALID_VALUE),
    "an order with a row twice": (
        values("val_order.h5", lambda rows: np.append(rows, rows[0])),
        "val_order.h5",
        "occur twice",
        Reason.DAMAGED,
    ),
    "an order beyond the rows": (
        values("val_order.h5", lambda rows: np.append(rows, 40)),
        "val_order.h5",
        "do not exist",
        Reason.INVALID_VALUE,
    ),
    "an order below the rows": (
        values("val_order.h5", lambda rows: np.append(rows, -1)),
        "val_order.h5",
        "do not exist",
        Reason.INVALID_VALUE,
    ),
    "a test row in training": (
        values("train_order.h5", lambda rows: np.append(rows, 20)),
        "the three orders",
        "two parts",
        Reason.DAMAGED,
    ),
    "a row in no part": (
        values("train_order.h5", lambda rows: rows[1:]),
        "the three orders",
        "no part",
        Reason.DAMAGED,
    ),
    "a list in another order": (lines(sorted, "trainSet.txt"), "trainSet.txt", "content", Reason.DAMAGED),
    "a list of other rows": (
        lines(lambda rows: [rows[0].replace("video", "VIDEO"), *rows[1:]], "trainSet.txt"),
        "trainSet.txt",
        "content",
        Reason.DAMAGED,
    ),
    "a list cut off": (lines(lambda rows: rows[:-1], "testSet.txt"), "testSet.txt", "rows", Reason.TRUNCATED),
    "labels in another order": (values("labels.h5", lambda all: all[::-1]), "labels.h5", "agree", Reason.DAMAGED),
    "a segment's label changed": (setting("labels_closs.h5", (7, 9), 0.5), "labels_closs.h5", "agree", Reason.DAMAGED),
    "labels with NaN": (setting("mil_labels.h5", (3, 0), np.nan), "mil_labels.h5", "agree", Reason.DAMAGED),
    "labels cut off": (values("mil_labels.h5", lambda all: all[:-2]), "mil_labels.h5", "rows", Reason.TRUNCATED),
    "labels without background": (
        values("labels.h5", lambda all: all[..., :-1]),
        "labels.h5",
        "can be read",
        Reason.INVALID_VALUE,
    ),
    "pictures absent": (removed(VISUAL), VISUAL, "is there", Reason.NOT_FOUND),
    "sound absent": (removed(AUDIO), AUDIO, "is there", Reason.NOT_FOUND),
    "features cut off": (cut(VISUAL, 0.7), VISUAL, "can be read", Reason.TRUNCATED),
    "features empty": (holding(VISUAL, b""), VISUAL, "can be read", Reason.DAMAGED),
    "a pointer of Git LFS": (holding(VISUAL, LFS), VISUAL, "can be read", Reason.DAMAGED),
    "a web page": (holding(AUDIO, b"<!doctype html><title>Sign in</title>"), AUDIO, "can be read", Reason.DAMAGED),
    "a folder in place of a file": (a_folder(AUDIO), AUDIO, "can be read", Reason.NOT_A_FILE),
    "another name within": (renamed(AUDIO), AUDIO, "can be read", Reason.INVALID_VALUE),
    "features in integers": (
        values(AUDIO, lambda all: (all * 50).astype(np.uint8)),
        AUDIO,
        "can be read",
        Reason.INVALID_VALUE,
    ),
    "features in float16": (values(AUDIO, lambda all: all.astype(np.float16)), AUDIO, "float64", Reason.DAMAGED),
    "a clip too few": (values(VISUAL, lambda all: all[:-1]), VISUAL, "clips", Reason.TRUNCATED),
    "a clip repeated at the end": (
        values(VISUAL, lambda all: np.concatenate([all, all[-1:]])),
        VISUAL,
        "clips",
        Reason.INVALID_VALUE,
    ),
    "nine segments": (values(VISUAL, lambda all: all[:, :9]), VISUAL, "can be read", Reason.INVALID_VALUE),
    "the grid flattened": (
        values(VISUAL, lambda all: all.reshape(40, 10, 6, 6)),
        VISUAL,
        "can be read",
        Reason.INVALID_VALUE,
    ),
    "pictures and sound exchanged": (exchanged, VISUAL, "can be read", Reason.INVALID_VALUE),
    "one NaN": (setting(VISUAL, (11, 2, 1, 1, 3), np.nan), VISUAL, "NaN", Reason.NOT_FINITE),
    "one infinite value": (setting(AUDIO, (12, 2, 1), np.inf), AUDIO, "infinite", Reason.NOT_FINITE),
    "beyond float16": (setting(VISUAL, (13, 2, 1, 1, 3), 70000.0), VISUAL, "float16", Reason.OVER_LIMIT),
    "before the ReLU": (setting(AUDIO, (12, 2, 1), -0.1), AUDIO, "below 0", Reason.INVALID_VALUE),
    "quantised": (values(AUDIO, lambda all: np.round(all * 80)), AUDIO, "quantised", Reason.INVALID_VALUE),
    "clips never written": (never_written, VISUAL, "zeros only", Reason.TRUNCATED),
    "a clip is a copy of another": (copied(VISUAL, 8, 9), VISUAL, "copies", Reason.DAMAGED),
    "rolled by one row": (values(VISUAL, lambda all: np.roll(all, 1, axis=0)), VISUAL, "of one video", Reason.DAMAGED),
    "in another order": (
        values(AUDIO, lambda all: np.random.default_rng(0).permutation(all)),
        AUDIO,
        "of one video",
        Reason.DAMAGED,
    ),
    "a link into another file": (linked, AUDIO, "can be read", Reason.INVALID_VALUE),
    "bytes in another file": (external, AUDIO, "can be read", Reason.INVALID_VALUE),
    "made up of another file": (virtual, AUDIO, "can be read", Reason.INVALID_VALUE),
    "a flipped bit in a checked chunk": (flipped_in_a_chunk, AUDIO, "can be read", Reason.DAMAGED),
    "background that is none": (setting("labels_noisy.h5", (2, 0), 1), "labels_noisy.h5", "background", Reason.DAMAGED),
    "background clips cut off": (
        values("visual_feature_noisy.h5", lambda all: all[:-1]),
        "visual_feature_noisy.h5",
        "clips",
        Reason.TRUNCATED,
    ),
    "background clips with NaN": (
        setting("audio_feature_noisy.h5", (6, 9, 4), np.nan),
        "audio_feature_noisy.h5",
        "NaN",
        Reason.NOT_FINITE,
    ),
}


def test_the_sound_set_has_no_fault_and_nothing_absent(sound: Path) -> None:
    inspection = check_ave(sound, facts=None, complete=True).inspection
    assert [finding.line() for finding in (*inspection.wrong, *inspection.absent)] == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(folder: Path, fault: str) -> None:
    plant, file, check, reason = FAULTS[fault]
    plant(folder)
    wrong = check_ave(folder, facts=None).inspection.wrong
    assert any(finding.file == file and check in finding.check and finding.reason == reason for finding in wrong), [
        f"{finding.line()} [{finding.reason}]" for finding in wrong
    ]


def test_float32_and_chunks_are_no_faults(folder: Path) -> None:
    for name in (VISUAL, AUDIO):
        change(folder / name, lambda all: all.astype(">f4"), chunks=True, compression="gzip")
    assert check_ave(folder, facts=None).right


def test_still_pictures_and_silence_may_be_alike_in_two_videos(folder: Path) -> None:
    for row in (8, 9):
        setting(AUDIO, (row,), 0.25)(folder)
    assert check_ave(folder, facts=None).right


def test_files_may_lie_in_a_folder_of_their_own(folder: Path) -> None:
    (folder / "data").mkdir()
    for path in folder.glob("*.h5"):
        path.rename(folder / "data" / path.name)
    assert check_ave(folder, facts=None, complete=True).right


def test_videos_are_looked_for_by_their_id(folder: Path, tmp_path: Path) -> None:
    videos = tmp_path / "videos"
    videos.mkdir()
    for video in set(small_ave.annotations().videos):
        (videos / f"{video}.mp4").write_bytes(b"x")
    assert check_ave(folder, facts=None, videos=videos).right
    (videos / "video000003.mp4").unlink()
    (videos / "video000004.mp4").write_bytes(b"")
    found = [finding.found for finding in check_ave(folder, facts=None, videos=videos).inspection.wrong]
    assert found == ["video000003.mp4", "video000004.mp4"]


def test_the_command_fails_on_a_fault_and_says_which(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["data", "check", str(folder), "--part"]) == 0
    capsys.readouterr()
    setting(VISUAL, (11, 2, 1, 1, 3), np.nan)(folder)
    assert cli.run(["data", "check", str(folder), "--part"]) == 1
    assert "wrong   visual_feature.h5: clips with NaN: 11 (video000011)" in capsys.readouterr().out
    assert cli.run(["data", "check", str(folder / "nowhere")]) == 2
