"""AVE from files to training: the command packs, videos are extracted and packed, networks train from the disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from seehear import cli
from seehear.ave import load_ave, pack_ave, pack_ave_videos
from seehear.core.errors import InvalidValueError, Reason
from seehear.data.store import FeatureStore
from seehear.evaluate import evaluate_checkpoint
from seehear.extract import Extraction, extract_video
from seehear.features import load_extractor
from seehear.media import write_video
from seehear.recipes import recipe_for
from seehear.train import train
from tests.data import small_ave


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_ave.write(tmp_path_factory.mktemp("ave"))


@pytest.fixture(scope="module")
def packed(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pack_ave(folder, tmp_path_factory.mktemp("packs") / "pack").folder


def test_the_command_packs_and_packs_no_second_time(folder: Path, tmp_path: Path, capsys) -> None:
    output = tmp_path / "pack"
    for _ in range(2):
        assert cli.run(["data", "pack", str(folder), "--output", str(output)]) == 0
        assert f"47 clips, 0.00 GiB of float16 in {output}" in capsys.readouterr().out
    assert len(load_ave(output, verify=True).training) == len(small_ave.split().training)


def test_the_command_says_what_it_cannot_pack(folder: Path, tmp_path: Path, capsys) -> None:
    broken = small_ave.write(tmp_path / "ave")
    data = (broken / "visual_feature.h5").read_bytes()
    (broken / "visual_feature.h5").write_bytes(data[: len(data) // 2])
    assert cli.run(["data", "pack", str(broken), "--output", str(tmp_path / "pack")]) == 2
    assert "is cut off after" in capsys.readouterr().err
    assert cli.run(["data", "pack", str(tmp_path / "nowhere"), "--output", str(tmp_path / "pack")]) == 2


def test_the_command_draws_a_stand_in_that_it_finds_no_fault_with(folder: Path, tmp_path: Path, capsys) -> None:
    output = str(tmp_path / "stand-in")
    assert cli.run(["data", "stand-in", str(folder), "--output", output, "--fraction", "0.3", "--grid", "2"]) == 0
    assert cli.run(["data", "check", output, "--part", "--complete"]) == 0
    assert "0 absent, 0 wrong" in capsys.readouterr().out


@pytest.mark.parametrize("supervision", ["supervised", "weak"])
def test_a_network_trains_and_is_evaluated_from_the_disk(packed: Path, tmp_path: Path, supervision: str) -> None:
    parts = load_ave(packed, supervision=supervision)
    checkpoint = train(
        parts.training,
        parts.validation,
        model="pfagn",
        supervision=supervision,
        recipe=recipe_for("pfagn", supervision, "small"),
        options={"width": 16, "feedforward": 16},
        epochs=2,
        output=tmp_path / "run",
    )
    evaluation = evaluate_checkpoint(checkpoint, parts.test)
    truth = parts.test.segment_classes
    assert evaluation.clips == len(parts.test)
    assert evaluation.all_background == pytest.approx((truth == parts.test.categories.background).mean())


def test_weak_training_from_a_pack_is_blind_to_segments(folder: Path, tmp_path: Path) -> None:
    """Other event times in the annotations, the same categories: not one bit of the trained network changes."""
    other = small_ave.write(tmp_path / "ave")
    for name in ("labels.h5", "labels_closs.h5"):
        (other / name).unlink()
    for name in ("trainSet.txt", "valSet.txt", "testSet.txt"):
        (other / name).unlink()
    lines = (other / "Annotations.txt").read_text().splitlines()
    moved = [lines[0], *(line.rsplit("&", 2)[0] + "&4&6" for line in lines[1:])]
    (other / "Annotations.txt").write_text("\n".join(moved))
    weights = []
    for number, source in enumerate((folder, other)):
        parts = load_ave(pack_ave(source, tmp_path / f"pack{number}").folder, supervision="weak")
        checkpoint = train(
            parts.training,
            parts.validation,
            model="cmran",
            supervision="weak",
            recipe=recipe_for("cmran", "weak", "small"),
            options={"width": 16, "feedforward": 16},
            epochs=2,
            output=tmp_path / f"run{number}",
        )
        weights.append((checkpoint / "weights.safetensors").read_bytes())
    assert weights[0] == weights[1]


def pictures(colour: int, seconds: int) -> Iterator[np.ndarray]:
    for number in range(4 * seconds):
        picture = np.full((48, 64, 3), colour, np.uint8)
        picture[:, number % 60 : number % 60 + 4] = 255
        yield picture


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Videos 0 to 3 of ten seconds, 4 of six; 5 is no video; the others are not there."""
    where = tmp_path_factory.mktemp("videos")
    for number in range(5):
        seconds = 6 if number == 4 else 10
        sound = np.sin(np.arange(16_000 * seconds, dtype=np.float32) * (0.05 + 0.02 * number)) / 4
        path = where / f"video{number:06d}.mp4"
        write_video(path, pictures(40 * number, seconds), sound.astype(np.float32), frames_per_second=4)
    (where / "video000005.mp4").write_text("no video")
    return where


def test_videos_are_extracted_packed_and_bound_by_their_id(folder: Path, videos: Path, tmp_path: Path) -> None:
    extractor, told = load_extractor("builtin"), []
    store = FeatureStore(tmp_path / "features")
    packed = pack_ave_videos(folder, videos, tmp_path / "pack", extractor, store=store, report=told.append)
    failed: dict[str, Reason | None] = {row.path.stem: row.reason for row in told if row.features is None}
    assert len(failed) == 33 - 4
    assert failed["video000004"] == Reason.TRUNCATED
    assert failed["video000005"] == Reason.NOT_MEDIA
    assert failed["video000006"] == Reason.NOT_FOUND
    assert sorted(packed.facts.names) == sorted(
        name
        for name in small_ave.annotations().names
        if name.split()[1] in {f"video{number:06d}" for number in range(4)}
    )
    parts = load_ave(packed.folder)
    assert (parts.training.extractor, parts.training.fingerprint) == ("builtin", extractor.fingerprint)
    for dataset in (parts.training, parts.test):
        for name, visual, audio in zip(dataset.names, dataset.visual, dataset.audio, strict=True):
            features, _ = extract_video(videos / f"{name.split()[1]}.mp4", extractor)
            np.testing.assert_array_equal(visual, features.visual.astype(np.float16))
            np.testing.assert_array_equal(audio, features.audio)


def test_extracting_again_reads_the_store(folder: Path, videos: Path, tmp_path: Path) -> None:
    told: list[Extraction] = []
    for name in ("one", "two"):
        told.clear()
        store = FeatureStore(tmp_path / "features")
        pack_ave_videos(folder, videos, tmp_path / name, load_extractor("builtin"), store=store, report=told.append)
    assert sum(row.already_stored for row in told if row.features is not None) == 5
    assert (tmp_path / "one" / "visual.npy").read_bytes() == (tmp_path / "two" / "visual.npy").read_bytes()


def test_a_folder_without_any_video_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidValueError, match=r"VIDEO_ID\.mp4"):
        pack_ave_videos(
            folder, tmp_path, tmp_path / "pack", load_extractor("builtin"), store=FeatureStore(tmp_path / "features")
        )


def test_the_command_packs_videos_and_says_which_are_left_out(
    folder: Path, videos: Path, tmp_path: Path, capsys
) -> None:
    arguments = ["data", "pack", str(folder), "--videos", str(videos), "--extractor", "builtin"]
    assert cli.run([*arguments, "--output", str(tmp_path / "pack")]) == 1
    said = capsys.readouterr()
    assert "video000004.mp4 has 6 of 10 segments and is left out" in said.err
    assert "8 clips" in said.out
