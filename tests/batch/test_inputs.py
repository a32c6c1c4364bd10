"""Which videos are meant by files, folders, patterns and lists."""

from __future__ import annotations

import io
import os
import random
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from seehear.batch import Shard, Source, find_videos, read_list
from seehear.core.errors import InvalidValueError, StorageError

TRANSPORT_STREAM = (b"G" + bytes(187)) * 3


def touched(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


def found(*inputs: object, **options: object) -> list[str]:
    return [source.path for source in find_videos(map(str, inputs), **options)]


def test_a_folder_stands_for_the_videos_below_it_in_order(tmp_path: Path) -> None:
    touched(tmp_path, "b.MP4", "a.mkv", "deep/er/c.Webm", "notes.txt", "song.mp3", ".hidden.mp4", ".trash/d.mp4")
    assert found(tmp_path) == [str(tmp_path / name) for name in ("a.mkv", "b.MP4", "deep/er/c.Webm")]


def test_what_was_named_itself_may_be_called_anything(tmp_path: Path) -> None:
    touched(tmp_path, "recording", ".hidden")
    assert found(tmp_path / "recording", tmp_path / ".hidden", tmp_path / "absent.mp4") == [
        str(tmp_path / "recording"), str(tmp_path / ".hidden"), str(tmp_path / "absent.mp4"),
    ]  # fmt: skip


def test_programs_with_a_suffix_of_videos_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "program.ts").write_text("export const greeting = 'Good morning';" * 20)
    (tmp_path / "stream.ts").write_bytes(TRANSPORT_STREAM)
    (tmp_path / "camera.MTS").write_bytes(b"".join(bytes(4) + b"G" + bytes(187) for _ in range(3)))
    assert found(tmp_path) == [str(tmp_path / "camera.MTS"), str(tmp_path / "stream.ts")]


def test_links_are_followed_and_nothing_is_met_twice(tmp_path: Path) -> None:
    touched(tmp_path, "videos/z/clip.mp4", "elsewhere/other.mp4", "single/one.mp4")
    videos = tmp_path / "videos"
    (videos / "a-loop").symlink_to(videos)
    (videos / "another name of z").symlink_to(videos / "z")
    (videos / "outside").symlink_to(tmp_path / "elsewhere")
    (videos / "one.mp4").symlink_to(tmp_path / "single" / "one.mp4")
    (videos / "clip again.mp4").symlink_to(videos / "z" / "clip.mp4")
    (videos / "self").symlink_to(videos / "self")
    (videos / "nowhere.mp4").symlink_to(tmp_path / "gone.mp4")
    expected = ["z/clip.mp4", "outside/other.mp4", "nowhere.mp4", "one.mp4"]
    assert found(videos) == [str(videos / name) for name in expected]
    assert found(videos, videos / "z", videos / "z/clip.mp4") == found(videos)


def test_pipes_are_no_videos_and_folders_called_like_one_are_entered(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    touched(tmp_path, "day.mp4/clip.mp4")
    assert found(tmp_path) == [str(tmp_path / "day.mp4" / "clip.mp4")]


def test_the_folder_of_the_results_is_left_out(tmp_path: Path) -> None:
    touched(tmp_path, "a.mp4", "results/overlay.mp4")
    assert found(tmp_path, without=tmp_path / "results") == [str(tmp_path / "a.mp4")]


def test_a_pattern_means_what_a_shell_would_make_of_it(tmp_path: Path) -> None:
    touched(tmp_path, "2023/a.mp4", "2024/b.mp4", "2024/deep/c.mp4", "2024/.d.mp4", "2024/notes.txt")
    assert found(tmp_path / "202?" / "*.mp4") == [str(tmp_path / name) for name in ("2023/a.mp4", "2024/b.mp4")]
    assert found(tmp_path / "*") == [str(tmp_path / name) for name in ("2023/a.mp4", "2024/b.mp4", "2024/deep/c.mp4")]
    deep = find_videos([str(tmp_path / "**" / "*.mp4")])
    assert sorted(source.stem for source in deep) == ["2023/a", "2024/b", "2024/deep/c"]


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(tmp_path: Path) -> None:
    touched(tmp_path, "talk [x1].mp4", "talk x.mp4")
    assert found(tmp_path / "talk [x1].mp4") == [str(tmp_path / "talk [x1].mp4")]


def test_nothing_found_says_where_and_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(InvalidValueError, match=rf"no video in {tmp_path}; looked for files that end in .*\.mp4"):
        find_videos([str(tmp_path)])


def test_a_folder_that_cannot_be_listed_is_a_row_and_not_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touched(tmp_path, "a.mp4", "closed/b.mp4")
    scandir = os.scandir

    def guarded(path: str) -> object:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    good, closed = find_videos([str(tmp_path)])
    assert (Path(good.path).name, good.fault) == ("a.mp4", "")
    assert f"cannot list {tmp_path / 'closed'}: Permission denied" in closed.fault


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\0"])
def test_a_list_has_a_path_a_line_or_between_zero_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: bytes
) -> None:
    names = [b"a.mp4", b"with space.mp4", b"caf\xe9.mp4"]
    data = b"".join(name + end for name in [*names, b""])
    (tmp_path / "list").write_bytes(data)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))
    expected = [os.fsdecode(name) for name in names]
    assert read_list(str(tmp_path / "list")) == expected
    assert read_list("-") == expected
    with pytest.raises(StorageError, match="cannot read"):
        read_list(str(tmp_path / "absent"))


def test_shards_part_the_videos_whatever_their_order_and_company() -> None:
    sources = [Source(f"{n}.mp4", Path(f"/{n}.mp4"), f"folder/{n}") for n in range(400)]
    parts = [{source.stem for source in sources if Shard(number, 3).holds(source)} for number in (1, 2, 3)]
    assert set.union(*parts) == {source.stem for source in sources}
    assert sum(map(len, parts)) == len(sources)
    assert all(100 < len(part) < 167 for part in parts)
    random.Random(0).shuffle(sources)
    assert {source.stem for source in sources[:200] if Shard(2, 3).holds(source)} <= parts[1]


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "a/b", "1/0", "-1/3"])
def test_a_shard_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(InvalidValueError, match="such as 2/8"):
        Shard.parse(text)
    assert Shard.parse("2/8") == Shard(2, 8)
