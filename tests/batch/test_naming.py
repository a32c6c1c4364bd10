"""What the results of each video are called."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from seehear.batch import find_videos
from seehear.batch.naming import common_folder, name_results

BASE = Path("/videos")


def named(*names: str) -> list[str]:
    return name_results([BASE / name for name in names], BASE)


def test_folders_are_mirrored() -> None:
    assert named("dog.mp4", "2024/dog.mp4", "2024/v1.2/cat.mkv") == ["dog", "2024/dog", "2024/v1.2/cat"]


def test_two_that_would_share_a_name_keep_their_suffixes() -> None:
    assert named("a.mp4", "a.mkv", "b.mp4") == ["a.mp4", "a.mkv", "b"]


def test_no_two_names_are_alike_where_letters_have_no_case() -> None:
    names = named("A.mp4", "a.mp4", "b/x.mp4", "B/x.mp4", "c.mp4", "c.mp4.mkv", "c.mkv")
    assert len({name.casefold() for name in names}) == len(names)


def test_no_video_takes_the_name_of_a_file_of_ours() -> None:
    assert named("summary.mp4", "Journal-2-of-8.mkv", "index.mov", "below/summary.mp4") == [
        "summary.mp4", "Journal-2-of-8.mkv", "index.mov", "below/summary",
    ]  # fmt: skip


def test_a_name_stays_inside_the_folder_whatever_it_is() -> None:
    assert named("..\\up.mp4", ".hidden/..mp4", "a\nb\udcff.mp4", "\u202egpj.mp4") == [
        "_up", "hidden/video", "ab_", "gpj",
    ]  # fmt: skip


FILE_NAMES = st.lists(st.sampled_from(["a", "A", "b", "summary", "a.mp4", ".x"]), min_size=1, max_size=3).map("/".join)


PARTS = st.tuples(FILE_NAMES, st.sampled_from([".mp4", ".mkv"]))


@given(st.lists(PARTS, min_size=1, max_size=12, unique=True), st.randoms())
def test_names_are_unlike_and_depend_on_no_order(parts: list[tuple[str, str]], chance) -> None:
    files = [BASE / (name + suffix) for name, suffix in parts]
    names = dict(zip(files, name_results(files, BASE), strict=True))
    assert len({name.casefold() for name in names.values()}) == len(names)
    chance.shuffle(files)
    assert names == dict(zip(files, name_results(files, BASE), strict=True))


def test_several_folders_keep_their_own_names_and_one_does_not(tmp_path: Path) -> None:
    for name in ("one/clip.mp4", "two/clip.mp4"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    one, two = str(tmp_path / "one"), str(tmp_path / "two")
    assert [source.stem for source in find_videos([one])] == ["clip"]
    assert [source.stem for source in find_videos([one, two])] == ["one/clip", "two/clip"]
    assert [source.stem for source in find_videos([f"{two}/clip.mp4", one])] == ["two/clip", "one/clip"]
    assert common_folder([one, two]) == tmp_path
