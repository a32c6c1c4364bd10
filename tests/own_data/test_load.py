"""A folder of videos with labels as data sets: what is in them, what is left out, what is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from seehear.core.errors import InvalidValueError, Reason, UnknownNameError
from seehear.core.labels import Categories
from seehear.data.folder import PARTS
from seehear.extract import Extraction, extract_video
from seehear.features import load_extractor
from seehear.own_data import Loading, load_parts, load_videos, split_folder
from tests.own_data.small_folder import HEADER, video

BUILTIN = load_extractor("builtin")
CAT, DOG, NONE = 0, 1, 2
OF_FOUR = Loading(segments=4)


def test_features_and_labels_of_a_video_stay_together(folder: Path) -> None:
    """Each clip has the features of the video it is named after, extracted by themselves, and that one's labels."""
    dataset = load_videos(folder, BUILTIN, loading=OF_FOUR)
    assert dataset.categories == Categories(("cat", "dog"))
    assert dataset.names == tuple(f"v{number}.mp4 0-4 s" for number in range(3))
    for number, category in enumerate([DOG, CAT, DOG]):
        features, _ = extract_video(folder / f"v{number}.mp4", BUILTIN)
        np.testing.assert_allclose(dataset.visual[number], features.visual, rtol=1e-3, atol=1e-6)
        np.testing.assert_allclose(dataset.audio[number], features.audio, rtol=1e-3, atol=1e-6)
        assert dataset.segment_classes[number].tolist() == [NONE, category, category, NONE]
        assert dataset.clip_classes[number] == category


def test_a_long_video_becomes_windows(folder: Path) -> None:
    video(folder / "long.mp4", 10)
    (folder / "labels.csv").write_text(f"{HEADER}long.mp4,dog,3,5\nlong.mp4,cat,9,10\n")
    dataset = load_videos(folder, BUILTIN, loading=OF_FOUR)
    assert dataset.names == ("long.mp4 0-4 s", "long.mp4 4-8 s", "long.mp4 6-10 s")
    assert dataset.segment_classes.tolist() == [
        [NONE, NONE, NONE, DOG],
        [DOG, NONE, NONE, NONE],
        [NONE, NONE, NONE, CAT],
    ]
    features, _ = extract_video(folder / "long.mp4", BUILTIN)
    np.testing.assert_allclose(dataset.visual[2], features.visual[6:10], rtol=1e-3, atol=1e-6)


def test_training_keeps_as_many_windows_without_an_event_as_with_one(folder: Path) -> None:
    video(folder / "long.mp4", 12)
    (folder / "labels.csv").write_text(f"{HEADER}long.mp4,dog,4,5\n")
    said: list[str] = []
    loading = Loading(segments=2, tell=said.append)
    thinned = load_videos(folder, BUILTIN, thin=True, loading=loading)
    assert (thinned.clip_classes == 0).sum() == 1
    assert len(thinned) == 2
    assert len(load_videos(folder, BUILTIN, loading=loading)) == 6
    assert said[0].startswith("4 of 6 training windows are left out")


def test_a_split_is_drawn_once_and_parts_are_what_it_says(folder: Path) -> None:
    said: list[str] = []
    parts = load_parts(folder, BUILTIN, loading=Loading(4, tell=said.append))
    assert said[0].startswith("drew a split")
    rows = dict(line.split(",") for line in (folder / "split.csv").read_text().splitlines()[1:])
    assert {name.split()[0]: part for part in PARTS for name in parts[part].names} == rows
    (folder / "split.csv").write_text("video,part\n" + "".join(f"v{n}.mp4,{PARTS[n]}\n" for n in range(3)))
    edited = load_parts(folder, BUILTIN, loading=OF_FOUR)
    assert edited["test"].names == ("v2.mp4 0-4 s",)
    alone = load_videos(folder, BUILTIN, part="test", loading=OF_FOUR)
    np.testing.assert_array_equal(alone.visual, edited["test"].visual)


def test_only_training_is_thinned(folder: Path) -> None:
    (folder / "labels.csv").write_text(HEADER + "".join(f"v{number}.mp4,dog,1,2\n" for number in range(3)))
    parts = load_parts(folder, BUILTIN, loading=Loading(segments=1))
    assert [len(parts[part]) for part in PARTS] == [2, 4, 4]


def test_a_copy_of_a_video_goes_to_the_same_part(folder: Path) -> None:
    for number in range(3):
        shutil.copy(folder / f"v{number}.mp4", folder / f"copy{number}.mp4")
        with (folder / "labels.csv").open("a") as labels:
            labels.write(f"copy{number}.mp4,{('dog', 'cat')[number % 2]},1,3\n")
    split = split_folder(folder)
    assert all(split[f"v{number}.mp4"] == split[f"copy{number}.mp4"] for number in range(3))


def test_a_drawn_split_is_not_overwritten(folder: Path) -> None:
    split_folder(folder)
    with pytest.raises(InvalidValueError, match="is there already; edit it, or delete it"):
        split_folder(folder, seed=1)


def test_what_cannot_be_used_is_left_out_and_said(folder: Path) -> None:
    video(folder / "short.mp4", 2)
    video(folder / "mute.mp4", sound=False)
    (folder / "broken.mp4").write_bytes(b"not a video")
    with (folder / "labels.csv").open("a") as labels:
        labels.write("short.mp4,dog,0,1\nmute.mp4,dog,0,1\nbroken.mp4,,,\n")
    left_out: dict[str, Extraction] = {}
    said: list[str] = []

    def report(row: Extraction) -> None:
        if row.features is None:
            left_out[row.path.name] = row

    dataset = load_videos(folder, BUILTIN, loading=Loading(4, report=report, tell=said.append))
    assert {name.split()[0] for name in dataset.names} == {f"v{number}.mp4" for number in range(3)}
    assert {name: row.reason for name, row in left_out.items()} == {
        "short.mp4": Reason.TRUNCATED,
        "broken.mp4": Reason.NOT_MEDIA,
    }
    assert "--segments 2" in left_out["short.mp4"].message
    assert said == ["1 windows hold segments that could not be decoded and are left out"]


WRONG = {
    "v0.mp4,dog,1,3\nv0.mp4,cat,2,4\n": "row 3: 'dog' and 'cat' overlap at 2 s; a segment has one category",
    "v0.mp4,dog,1,30\n": "row 2: it ends at 30 s, but 4 s of the video can be read",
    "v9.mp4,dog,1,3\n": "row 2: there is no video 'v9.mp4' in the folder",
    "v0.mp4,,,\n": "holds 3 videos and no label of an event; put labels.csv into it",
}


@pytest.mark.parametrize(("rows", "said"), WRONG.items(), ids=WRONG.values())
def test_wrong_labels_are_refused(folder: Path, rows: str, said: str) -> None:
    (folder / "labels.csv").write_text(HEADER + rows)
    with pytest.raises(InvalidValueError) as caught:
        load_videos(folder, BUILTIN, loading=OF_FOUR)
    assert said in str(caught.value)


def test_a_category_that_the_model_does_not_know_is_refused(folder: Path) -> None:
    with pytest.raises(UnknownNameError, match="unknown category 'cat'; known: cow, dog"):
        load_videos(folder, BUILTIN, categories=Categories(("cow", "dog")), loading=OF_FOUR)


def test_a_part_needs_a_split_with_that_part(folder: Path) -> None:
    with pytest.raises(InvalidValueError, match=r"split\.csv is not there; draw one with `seehear data split`"):
        load_videos(folder, BUILTIN, part="test")
    with pytest.raises(UnknownNameError, match="known: training, validation, test"):
        load_videos(folder, BUILTIN, part="dev")


def test_windows_longer_than_every_video_leave_nothing(folder: Path) -> None:
    with pytest.raises(InvalidValueError, match="holds no window of 10 segments"):
        load_videos(folder, BUILTIN)
