"""Names and numbers of categories."""

from __future__ import annotations

from pathlib import Path

import pytest

from seehear.core.errors import InvalidValueError, UnknownNameError
from seehear.core.labels import AVE_28, BACKGROUND, Categories


def test_background_follows_the_last_category() -> None:
    animals = Categories(("dog", "cat"))
    assert animals.background == 2
    assert [animals.name(number) for number in range(3)] == ["dog", "cat", BACKGROUND]
    assert [animals.number(name) for name in ("dog", "cat", BACKGROUND)] == [0, 1, 2]


def test_an_unknown_category_lists_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match="unknown category 'cow'; known: dog, cat"):
        Categories(("dog", "cat")).number("cow")


@pytest.mark.parametrize("names", [("dog", "dog"), (BACKGROUND,), ("",)])
def test_impossible_names_are_refused(names: tuple[str, ...]) -> None:
    with pytest.raises(InvalidValueError):
        Categories(names)


def test_the_28_categories_are_those_of_the_published_annotations_in_order(shared: Path) -> None:
    rows = (shared / "ave" / "Annotations.txt").read_text().splitlines()
    names = [row.split("&")[0] for row in rows if not row.startswith("Category&")]
    assert tuple(dict.fromkeys(names)) == AVE_28.names
    assert len(AVE_28) == 28
