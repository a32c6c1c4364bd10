"""Who is trained on and who is reported on: nothing leaks, nothing depends on order, seeds mean the same everywhere."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seehear.core.errors import InvalidValueError
from seehear.data.folder import PARTS, Member, Shares, draw_split, read_split, write_split
from seehear.data.folder.split import groups_of, read_sources

CATEGORIES = ("bell", "dog", "horn")


def members_of(count: int, categories: tuple[str, ...] = CATEGORIES) -> dict[str, Member]:
    """Videos that share nothing, of one category each in turn."""
    return {
        f"v{number:03d}.mp4": Member(f"{number:064x}", frozenset({categories[number % len(categories)]}))
        for number in range(count)
    }


@st.composite
def folders(draw: st.DrawFn) -> dict[str, Member]:
    """3 videos that share nothing and up to 30 that may share content or source with any other."""
    some = st.builds(
        Member,
        content=st.integers(0, 20).map(lambda number: f"{number:064x}"),
        categories=st.frozensets(st.sampled_from(CATEGORIES), max_size=2),
        source=st.sampled_from(["", "", "holiday", "zoo"]),
    )
    drawn = draw(st.lists(some, max_size=30))
    return members_of(3) | {f"x{number}.mp4": member for number, member in enumerate(drawn)}


SEEDS = st.integers(0, 5)


@settings(max_examples=40, deadline=None)
@given(members=folders(), seed=SEEDS)
def test_what_shares_content_or_source_is_never_in_two_parts(members: dict[str, Member], seed: int) -> None:
    try:
        split = draw_split(members, seed=seed)
    except InvalidValueError:  # everything hangs together
        assert len(groups_of(members)) < 3
        return
    assert split.keys() == members.keys()
    assert set(split.values()) == set(PARTS)
    for key in ("content", "source"):
        parts: dict[str, set[str]] = {}
        for name, member in members.items():
            if value := getattr(member, key):
                parts.setdefault(value, set()).add(split[name])
        assert all(len(its_parts) == 1 for its_parts in parts.values())


@given(members=folders(), seed=SEEDS, order=st.randoms(use_true_random=False))
def test_a_split_depends_on_neither_order_nor_names(
    members: dict[str, Member], seed: int, order: random.Random
) -> None:
    names = sorted(members)
    if len(groups_of(members)) < 3:
        return
    split = draw_split(members, seed=seed)
    shuffled = order.sample(names, len(names))
    assert draw_split({name: members[name] for name in shuffled}, seed=seed) == split
    renamed = dict(zip(names, (f"{number}.mkv" for number in order.sample(range(99), len(names))), strict=True))
    moved = draw_split({renamed[name]: members[name] for name in shuffled}, seed=seed)
    assert {name: moved[renamed[name]] for name in names} == split


def test_a_seed_means_the_same_on_every_machine() -> None:
    """Written down once; a change would part the splits of earlier and later versions."""
    split = draw_split(members_of(20), seed=7)
    assert [int(name[1:4]) for name, part in split.items() if part == "validation"] == [6, 7, 17]
    assert [int(name[1:4]) for name, part in split.items() if part == "test"] == [5, 16, 18]
    assert split != draw_split(members_of(20), seed=8)


@settings(max_examples=30, deadline=None)
@given(count=st.integers(20, 150), seed=SEEDS)
def test_each_part_has_its_share_of_each_category(count: int, seed: int) -> None:
    members, shares = members_of(count), Shares(0.2, 0.1)
    split = draw_split(members, shares, seed=seed)
    for category in CATEGORIES:
        its_videos = [name for name, member in members.items() if category in member.categories]
        counts = Counter(split[name] for name in its_videos)
        for part in PARTS:
            assert abs(counts[part] - float(shares.of(part)) * len(its_videos)) <= 1


def test_a_category_of_one_video_is_trained_on() -> None:
    members = members_of(12) | {"rare.mp4": Member("f" * 64, frozenset({"gong"}))}
    assert all(draw_split(members, seed=seed)["rare.mp4"] == "training" for seed in range(10))


def test_videos_without_events_are_shared_out_too() -> None:
    members = members_of(20) | {f"empty{number}.mp4": Member(f"e{number:063x}") for number in range(20)}
    counts = Counter(part for name, part in draw_split(members).items() if name.startswith("empty"))
    assert counts == {"training": 14, "validation": 3, "test": 3}


def test_three_videos_fill_three_parts_and_two_do_not() -> None:
    assert sorted(draw_split(members_of(3)).values()) == sorted(PARTS)
    with pytest.raises(InvalidValueError, match="2 sources cannot be shared out among training and"):
        draw_split(members_of(2))
    assert set(draw_split(members_of(2), Shares(0.5, 0)).values()) == {"training", "validation"}


@pytest.mark.parametrize("shares", [(-0.1, 0.2), (0.5, 0.5), (float("nan"), 0.1)])
def test_shares_leave_something_to_train_on(shares: tuple[float, float]) -> None:
    with pytest.raises(InvalidValueError, match="leave something to train on"):
        Shares(*shares)


def test_a_split_is_written_and_read_again(tmp_path: Path) -> None:
    members = members_of(9)
    split = draw_split(members)
    write_split(tmp_path / "split.csv", split)
    assert (tmp_path / "split.csv").read_text().startswith("video,part\nv000.mp4,")
    assert read_split(tmp_path / "split.csv", members) == (split, [])


TWINS = members_of(2) | {"twin.mp4": Member(f"{0:064x}")}
EDITS = {
    "v000.mp4,train": "split.csv row 2: unknown part 'train'; known: training, validation, test",
    "v009.mp4,test": "split.csv row 2: there is no video 'v009.mp4' in the folder",
    "v000.mp4": "split.csv row 2: it has 1 cells, not 2",
    "v000.mp4,test\nv000.mp4,training": "split.csv row 3: 'v000.mp4' is named twice; keep one row",
    "v000.mp4,test": "split.csv: no row says which part 'twin.mp4' belongs to; add one, or delete the file",
    "v000.mp4,test\ntwin.mp4,training": "split.csv: 'twin.mp4' is in training and 'v000.mp4' in test, but",
}


@pytest.mark.parametrize(("rows", "said"), EDITS.items(), ids=EDITS.values())
def test_an_edit_that_breaks_a_split_is_named(tmp_path: Path, rows: str, said: str) -> None:
    (tmp_path / "split.csv").write_text(f"video,part\n{rows}\n")
    _, problems = read_split(tmp_path / "split.csv", TWINS)
    assert any(problem.text.startswith(said) for problem in problems), problems


def test_clips_of_one_recording_stay_together(tmp_path: Path) -> None:
    (tmp_path / "sources.csv").write_text("video,source\na.mp4,holiday\nb.mp4,holiday\nz.mp4,zoo\n")
    sources, problems = read_sources(tmp_path / "sources.csv", ["a.mp4", "b.mp4", "c.mp4"])
    assert sources == {"a.mp4": "holiday", "b.mp4": "holiday"}
    assert [problem.where for problem in problems] == ["sources.csv row 4"]
