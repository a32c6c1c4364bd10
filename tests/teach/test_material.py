"""Photos and sounds to teach with: each is looked at, each is in one part, and what lacks is named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from seehear.core.errors import InvalidValueError
from seehear.teach.material import PARTS, holds_material, open_material
from tests.teach.own_material import own_material


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return own_material(tmp_path_factory.mktemp("material"), files=6)


@pytest.fixture
def folder(good: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(good, tmp_path / "material"))


def test_every_file_is_in_one_part_and_every_part_has_some_of_each(good):
    parts = open_material(good, jobs=2).parts()
    assert tuple(parts) == PARTS
    for kind in ("photos", "sounds"):
        for name in ("cat", "dog"):
            files = [getattr(part, kind)[name] for part in parts.values()]
            assert all(files)
            assert sorted(sum(files, ())) == sorted((good / kind / name).iterdir())


def test_a_file_that_cannot_be_read_is_left_out_by_name(folder):
    (folder / "photos" / "cat" / "5.png").write_bytes(b"no picture")
    (folder / "sounds" / "dog" / "2.mp4").write_bytes(b"no sound")
    own = open_material(folder)
    assert [sentence.split(":")[0].split(" is")[0] for sentence in own.unreadable] == [
        str(folder / "photos" / "cat" / "5.png"),
        str(folder / "sounds" / "dog" / "2.mp4"),
    ]
    assert "photos/cat/5.png" not in own.contents
    assert len(own.contents) == 4 * 6 - 2


def test_too_few_files_of_a_category_are_counted_and_the_unreadable_ones_named(folder):
    for number in range(2):
        (folder / "photos" / "dog" / f"{number}.png").write_bytes(b"")
    with pytest.raises(InvalidValueError, match=r"5 photos and 5 sounds(.|\n)*photos/dog has 4(.|\n)*dog/0\.png"):
        open_material(folder)


def test_takes_of_one_recording_count_as_one(folder):
    for number, file in enumerate(sorted((folder / "sounds" / "cat").iterdir())):
        file.rename(file.with_name(f"1-{number // 2}-{'AB'[number % 2]}.mp4"))
    with pytest.raises(InvalidValueError, match="sounds/cat has 3"):
        open_material(folder)


def test_one_category_alone_cannot_be_taught(folder):
    shutil.rmtree(folder / "sounds" / "dog")
    with pytest.raises(InvalidValueError, match="at least two names"):
        open_material(folder)


def test_the_same_bytes_elsewhere_are_the_same_material(good, folder):
    assert open_material(good).contents == open_material(folder).contents
    changed = folder / "photos" / "cat" / "0.png"
    changed.write_bytes((folder / "photos" / "cat" / "1.png").read_bytes())
    assert open_material(good).contents != open_material(folder).contents


def test_a_folder_of_videos_is_none_of_photos_and_sounds(tmp_path, good):
    assert holds_material(good)
    assert not holds_material(tmp_path)
