"""The dictionary between what is seen and what is heard, against the encoders' real class lists."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from seehear.core.errors import InvalidValueError, UnknownNameError
from seehear.models.groups import GROUPS, INSTRUMENTS, categories_of, class_numbers

TOLD_APART_BY_THE_EYE_ALONE = {
    "Bleat": {"sheep", "goat"},
    "Chicken, rooster": {"rooster", "hen"},
    "Bird": {"songbird", "parrot", "water bird", "bird of prey"},
    "Bird vocalization, bird call, bird song": {"songbird", "parrot", "water bird", "bird of prey"},
    "Squawk": {"parrot", "water bird", "bird of prey"},
    "Buzz": {"bee", "fly"},
    "Skidding": {"car", "race car"},
    "Tire squeal": {"car", "race car"},
    "Siren": {"ambulance", "police car", "fire engine"},
    "Emergency vehicle": {"ambulance", "police car", "fire engine"},
    "Train wheels squealing": {"train", "tram"},
    "Typing": {"typewriter", "computer keyboard"},
}
"""AudioSet classes that name several groups, on purpose."""


@pytest.fixture(scope="module")
def imagenet(shared: Path) -> list[str]:
    return (shared / "weights/imagenet_labels.txt").read_text().splitlines()


@pytest.fixture(scope="module")
def audioset(shared: Path) -> list[str]:
    with (shared / "weights/yamnet_class_map.csv").open(newline="") as rows:
        return [row["display_name"] for row in csv.DictReader(rows)]


def test_there_are_at_least_sixty_groups_with_names_of_their_own():
    assert len(categories_of(GROUPS)) >= 60


def test_everyday_things_are_known_by_their_everyday_name():
    everyday = {"dog", "cat", "songbird", "rooster", "sheep", "frog", "train", "truck", "bus", "chainsaw", "lawn mower"}
    everyday |= {"ambulance", "church bell", "clock", "typewriter", "guitar", "violin", "piano", "drum"}
    assert everyday - set(categories_of(GROUPS)) == set()


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.category)
def test_every_class_of_a_group_is_in_the_encoders_lists(group, imagenet, audioset):
    assert class_numbers(group.seen, imagenet)
    assert class_numbers(group.heard, audioset)


def test_no_imagenet_class_is_in_two_groups(imagenet):
    uses = Counter(number for group in GROUPS for number in class_numbers(group.seen, imagenet))
    assert [imagenet[number] for number, count in uses.items() if count > 1] == []


def test_only_declared_audioset_classes_name_several_groups(audioset):
    named: dict[str, set[str]] = {}
    for group in GROUPS:
        for number in class_numbers(group.heard, audioset):
            named.setdefault(audioset[number], set()).add(group.category)
    shared_names = {name: categories for name, categories in named.items() if len(categories) > 1}
    assert shared_names == TOLD_APART_BY_THE_EYE_ALONE


def test_neither_imagenets_background_nor_speech_nor_silence_stands_for_anything(imagenet, audioset):
    seen = {number for group in GROUPS for number in class_numbers(group.seen, imagenet)}
    heard = {audioset[number] for group in GROUPS for number in class_numbers(group.heard, audioset)}
    assert imagenet.index("background") not in seen
    assert not heard & {"Speech", "Music", "Silence", "Noise", "Animal", "Vehicle"}


def test_the_dogs_are_imagenets_118_breeds(imagenet):
    dog = next(group for group in GROUPS if group.category == "dog")
    breeds = class_numbers(dog.seen, imagenet)
    assert len(breeds) == 118
    assert {imagenet[number] for number in breeds} >= {"beagle", "Cardigan, Cardigan Welsh corgi", "pug, pug-dog"}


def test_of_two_classes_with_one_name_a_range_says_which(imagenet):
    bird, machine = (number for number, label in enumerate(imagenet) if label == "crane")
    with pytest.raises(InvalidValueError, match="2 classes are called 'crane'"):
        class_numbers("crane", imagenet)
    chosen = class_numbers("bittern … limpkin", imagenet)
    assert bird in chosen
    assert machine not in chosen


def test_a_name_may_be_cut_at_its_first_comma_and_keeps_its_capitals(imagenet):
    (dog,) = class_numbers("Cardigan", imagenet)
    (garment,) = class_numbers("cardigan", imagenet)
    assert (imagenet[dog], imagenet[garment]) == ("Cardigan, Cardigan Welsh corgi", "cardigan")


def test_names_and_ranges_become_columns_in_order_and_none_twice():
    assert class_numbers("c; a … c; b", ["a", "b, bee", "c", "d"]) == (2, 0, 1)
    assert class_numbers("", ["a"]) == ()


def test_an_unknown_class_is_an_error_that_names_the_nearest_ones():
    with pytest.raises(UnknownNameError, match="'bark'; known: Bark") as caught:
        class_numbers("bark", ["Bark", "Meow"])
    assert caught.value.name == "bark"


def test_a_range_that_runs_backwards_is_an_error():
    with pytest.raises(InvalidValueError, match="backwards"):
        class_numbers("b … a", ["a", "b"])


def test_every_instrument_is_a_group():
    assert set(INSTRUMENTS) <= set(GROUPS)
    assert len(INSTRUMENTS) >= 15
