"""Names and numbers of event categories. Background is always the number after the last category."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from seehear.core.errors import InvalidValueError, UnknownNameError

BACKGROUND = "background"


@dataclass(frozen=True, slots=True)
class Categories:
    """The `C` event categories of a model or data set, numbered from 0 in order; background is class `C`."""

    names: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(self.names))
        if len(set(self.names)) != len(self.names):
            raise InvalidValueError("category names must differ from one another")
        if BACKGROUND in self.names or "" in self.names:
            raise InvalidValueError(f"a category cannot be called {BACKGROUND!r} or be empty")

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    @property
    def background(self) -> int:
        """Class number of background: `C`."""
        return len(self.names)

    def number(self, name: str) -> int:
        """Class number of a category name, or of `background`."""
        if name == BACKGROUND:
            return self.background
        if name not in self.names:
            raise UnknownNameError("category", name, self.names)
        return self.names.index(name)

    def name(self, number: int) -> str:
        """Name of a class number in 0..C."""
        if not 0 <= number <= self.background:
            raise InvalidValueError(f"class {number} is outside 0..{self.background}")
        return BACKGROUND if number == self.background else self.names[number]


AVE_28 = Categories(
    (
        "Church bell",
        "Male speech, man speaking",
        "Bark",
        "Fixed-wing aircraft, airplane",
        "Race car, auto racing",
        "Female speech, woman speaking",
        "Helicopter",
        "Violin, fiddle",
        "Flute",
        "Ukulele",
        "Frying (food)",
        "Truck",
        "Shofar",
        "Motorcycle",
        "Acoustic guitar",
        "Train horn",
        "Clock",
        "Banjo",
        "Goat",
        "Baby cry, infant cry",
        "Bus",
        "Chainsaw",
        "Cat",
        "Horse",
        "Toilet flush",
        "Rodents, rats, mice",
        "Accordion",
        "Mandolin",
    )
)
"""The categories of the AVE data set, numbered by first appearance in its annotations (Tian et al. 2018)."""
