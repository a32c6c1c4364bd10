"""Drawn objects: one function each draws a category at an instant of its beat, in coordinates -1..1 (y down).

`beat` is `clock * tempo_hz`; strokes fall on k + 1/2, as in `synthesis.py`. `None` is the object at rest.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Point = tuple[float, float]

SUPERSAMPLING = 2
"""Objects are drawn larger by this factor and reduced, for smooth edges."""

DARK: Colour = (35, 30, 30)
WOOD: Colour = (150, 95, 50)
STEEL: Colour = (195, 200, 210)
WHITE: Colour = (245, 245, 240)


@dataclass(frozen=True, slots=True)
class Brush:
    """Draws in coordinates -1..1 on a square transparent tile."""

    draw: ImageDraw.ImageDraw
    side: int

    def at(self, point: Point) -> Point:
        return ((point[0] + 1) / 2 * self.side, (point[1] + 1) / 2 * self.side)

    def polygon(self, points: Sequence[Point], colour: Colour) -> None:
        self.draw.polygon([self.at(point) for point in points], fill=colour)

    def line(self, points: Sequence[Point], width: float, colour: Colour) -> None:
        self.draw.line([self.at(point) for point in points], colour, max(1, round(width * self.side / 2)), "curve")

    def ellipse(self, centre: Point, radius_x: float, radius_y: float, colour: Colour | tuple[int, ...]) -> None:
        low, high = (centre[0] - radius_x, centre[1] - radius_y), (centre[0] + radius_x, centre[1] + radius_y)
        self.draw.ellipse([*self.at(low), *self.at(high)], fill=colour)

    def circle(self, centre: Point, radius: float, colour: Colour | tuple[int, ...]) -> None:
        self.ellipse(centre, radius, radius, colour)

    def box(self, low: Point, high: Point, colour: Colour) -> None:
        self.draw.rectangle([*self.at(low), *self.at(high)], fill=colour)


def turned(points: Sequence[Point], degrees: float, about: Point = (0.0, 0.0)) -> list[Point]:
    """The points turned clockwise on the screen."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    x0, y0 = about
    return [(x0 + (x - x0) * cosine - (y - y0) * sine, y0 + (x - x0) * sine + (y - y0) * cosine) for x, y in points]


def shade(colour: Colour, factor: float) -> Colour:
    red, green, blue = (min(255, round(part * factor)) for part in colour)
    return red, green, blue


def _swing(beat: float | None, degrees: float) -> float:
    """A pendulum whose ends of swing are the strokes."""
    return 0.0 if beat is None else degrees * math.sin(math.pi * beat)


def _lift(beat: float | None) -> float:
    """0 at every stroke, 1 half a beat later: what is thrown up and falls back. At rest it lies at 0."""
    if beat is None:
        return 0.0
    fraction = (beat + 0.5) % 1
    return 4 * fraction * (1 - fraction)


def bell(brush: Brush, colour: Colour, beat: float | None) -> None:
    """A bell on a beam, swinging about its crown; the clapper lags behind."""
    pivot = (0.0, -0.75)
    angle = _swing(beat, 28)
    brush.box((-0.9, -0.92), (0.9, -0.74), WOOD)
    clapper = turned([(0, -0.5), (0, 0.72)], angle * 1.15, pivot)
    brush.line(clapper, 0.07, DARK)
    brush.circle(clapper[1], 0.13, DARK)
    body = [
        (-0.14, -0.7),
        (0.14, -0.7),
        (0.32, -0.45),
        (0.4, 0.1),
        (0.68, 0.5),
        (-0.68, 0.5),
        (-0.4, 0.1),
        (-0.32, -0.45),
    ]
    brush.polygon(turned(body, angle, pivot), colour)
    brush.polygon(turned([(-0.68, 0.38), (0.68, 0.38), (0.72, 0.52), (-0.72, 0.52)], angle, pivot), shade(colour, 0.7))
    brush.polygon(turned([(-0.2, -0.5), (-0.08, -0.5), (-0.12, 0.2), (-0.28, 0.2)], angle, pivot), shade(colour, 1.35))


def drum(brush: Brush, colour: Colour, beat: float | None) -> None:
    """A drum with two sticks that strike in turn."""
    brush.box((-0.7, -0.1), (0.7, 0.7), colour)
    brush.ellipse((0, 0.7), 0.7, 0.2, colour)
    for left in (-0.7, -0.23, 0.24):
        brush.line([(left, 0.0), (left + 0.23, 0.78), (left + 0.47, 0.0)], 0.05, WHITE)
    brush.ellipse((0, -0.1), 0.72, 0.22, shade(colour, 0.6))
    brush.ellipse((0, -0.1), 0.64, 0.18, WHITE)
    for side in (-1, 1):
        active = beat is not None and int(beat) % 2 == (side > 0)
        angle = 46 * _lift(beat) if active else 25
        tip, hand = (side * 0.12, -0.16), (side * 0.95, -0.5)
        stick = [hand, turned([tip], side * angle, hand)[0]]
        brush.line(stick, 0.08, WOOD)
        brush.circle(stick[1], 0.08, shade(WOOD, 1.3))


def ball(brush: Brush, colour: Colour, beat: float | None) -> None:
    """A striped ball that flies and is squashed at each impact."""
    lift = _lift(beat)
    squash = 0.0 if beat is None else max(0.0, 1 - lift * 6) * 0.22
    radius_x, radius_y = 0.34 * (1 + squash), 0.34 * (1 - squash)
    centre = (0.0, 0.86 - radius_y - 1.35 * lift * 0.88)
    brush.ellipse((0, 0.88), 0.36 - 0.16 * lift, 0.07, (20, 20, 20, 150))
    brush.ellipse(centre, radius_x, radius_y, colour)
    brush.ellipse(centre, radius_x, radius_y * 0.38, WHITE)
    brush.ellipse((centre[0] - 0.12, centre[1] - 0.16), 0.08, 0.06, shade(colour, 1.6))


def siren(brush: Brush, colour: Colour, beat: float | None) -> None:
    """A beacon lamp: the beam turns and the dome flashes while it wails."""
    lit = beat is not None
    turn = 0.0 if beat is None else 360 * beat * 0.5 * 1.4
    if lit:
        for half in (0, 180):
            brush.polygon(turned([(0, 0), (0.98, -0.24), (0.98, 0.24)], turn + half, (0, 0)), (255, 240, 150))
    bright = shade(colour, 1.0 + 0.6 * math.sin(math.radians(turn)) ** 2) if lit else shade(colour, 0.55)
    brush.ellipse((0, 0.0), 0.45, 0.5, bright)
    brush.box((-0.45, 0.0), (0.45, 0.45), bright)
    if lit:
        brush.ellipse((0.28 * math.cos(math.radians(turn)), 0.05), 0.14, 0.22, WHITE)
    brush.box((-0.62, 0.42), (0.62, 0.62), STEEL)
    brush.box((-0.72, 0.6), (0.72, 0.82), DARK)


def metronome(brush: Brush, colour: Colour, beat: float | None) -> None:
    """A wooden pyramid with a rod and weight that tick from side to side."""
    pivot = (0.0, 0.62)
    brush.polygon([(-0.22, -0.8), (0.22, -0.8), (0.62, 0.88), (-0.62, 0.88)], colour)
    brush.polygon([(-0.12, -0.68), (0.12, -0.68), (0.34, 0.5), (-0.34, 0.5)], shade(colour, 0.45))
    for mark in (-0.5, -0.25, 0.0, 0.25):
        brush.line([(-0.07, mark), (0.07, mark)], 0.03, WHITE)
    angle = _swing(beat, 32)
    brush.line(turned([pivot, (0, -0.95)], angle, pivot), 0.06, STEEL)
    brush.polygon(turned([(-0.13, -0.5), (0.13, -0.5), (0.09, -0.26), (-0.09, -0.26)], angle, pivot), (225, 190, 80))
    brush.box((-0.5, 0.6), (0.5, 0.7), shade(colour, 1.3))


def alarm_clock(brush: Brush, colour: Colour, beat: float | None) -> None:
    """A round clock with two bells that shakes while it rings."""
    ringing = beat is not None and beat % 2 < 1.6
    shake = 9 * math.sin(beat * 23.0) if ringing and beat is not None else 0.0

    def place(*points: Point) -> list[Point]:
        return turned(points, shake, (0, 0.8))

    for side in (-1, 1):
        brush.line(place((side * 0.3, 0.5), (side * 0.5, 0.85)), 0.1, DARK)
        brush.circle(place((side * 0.42, -0.52))[0], 0.24, STEEL)
    hammer = 0.22 * math.sin(beat * 31.0) if ringing and beat is not None else 0.0
    brush.line(place((0, -0.4), (hammer, -0.72)), 0.06, DARK)
    brush.circle(place((hammer, -0.72))[0], 0.09, DARK)
    centre = place((0.0, 0.1))[0]
    brush.circle(centre, 0.6, colour)
    brush.circle(centre, 0.48, WHITE)
    for hour in range(0, 360, 30):
        brush.line(turned([(centre[0], centre[1] - 0.44), (centre[0], centre[1] - 0.36)], hour, centre), 0.03, DARK)
    brush.line([centre, turned([(centre[0], centre[1] - 0.26)], 300 + shake, centre)[0]], 0.07, DARK)
    brush.line([centre, turned([(centre[0], centre[1] - 0.38)], 60 + shake, centre)[0]], 0.05, DARK)


def guitar(brush: Brush, colour: Colour, beat: float | None) -> None:
    """A guitar whose strings tremble under a plucking hand."""
    brush.box((-0.09, -0.95), (0.09, 0.1), shade(WOOD, 0.6))
    brush.box((-0.15, -1.0), (0.15, -0.8), DARK)
    brush.circle((0, 0.08), 0.36, colour)
    brush.circle((0, 0.52), 0.46, colour)
    brush.circle((0, 0.2), 0.16, DARK)
    brush.box((-0.2, 0.66), (0.2, 0.74), DARK)
    for number, x in enumerate((-0.06, -0.02, 0.02, 0.06)):
        bow = 0.0 if beat is None else 0.05 * math.sin(beat * 29 + number) * math.exp(-((beat + 0.5 - number / 4) % 1))
        brush.line([(x, -0.9), (x + bow, -0.1), (x - bow, 0.4), (x, 0.68)], 0.016, WHITE)
    reach = 0.0 if beat is None else 0.3 * math.cos(math.pi * beat)
    hand = (0.2 - reach, 0.34 + reach * 0.25)
    brush.line([(0.98, 0.75), hand], 0.16, (90, 110, 170))
    brush.circle(hand, 0.15, (232, 190, 160))


def bird(brush: Brush, colour: Colour, beat: float | None) -> None:
    """A bird on a twig: it hops, beats its wing and opens its beak with every chirp."""
    lift = _lift(beat)
    open_beak = 0.0 if beat is None else max(0.0, 1 - lift * 1.6)
    brush.line([(-1, 0.78), (1, 0.7)], 0.08, WOOD)
    y = -0.16 * lift if beat is not None else 0.0
    for x in (-0.12, 0.1):
        brush.line([(x, 0.45 + y), (x, 0.74 + y)], 0.04, (200, 130, 40))
    brush.polygon([(-0.4, 0.1 + y), (-0.98, 0.32 + y), (-0.9, 0.48 + y), (-0.3, 0.4 + y)], shade(colour, 0.6))
    brush.ellipse((-0.05, 0.18 + y), 0.48, 0.36, colour)
    brush.ellipse((0.05, 0.3 + y), 0.32, 0.22, shade(colour, 1.45))
    brush.circle((0.4, -0.28 + y), 0.28, colour)
    gape = 0.14 * open_beak
    brush.polygon([(0.62, -0.36 + y), (0.95, -0.28 - gape + y), (0.64, -0.24 + y)], (240, 160, 40))
    brush.polygon([(0.62, -0.24 + y), (0.92, -0.22 + gape + y), (0.58, -0.14 + y)], (215, 130, 30))
    brush.circle((0.47, -0.34 + y), 0.06, DARK)
    wing = [(0.15, 0.02 + y), (-0.55, 0.0 + y), (-0.35, 0.36 + y), (0.1, 0.3 + y)]
    brush.polygon(turned(wing, 75 * lift if beat is not None else 0, (0.12, 0.08 + y)), shade(colour, 0.7))


def saw(brush: Brush, colour: Colour, beat: float | None) -> None:
    """A hand saw that goes to and fro in a log."""
    travel = 0.0 if beat is None else -0.26 * math.cos(math.pi * beat)
    brush.box((-0.85, 0.2), (0.85, 0.75), WOOD)
    brush.ellipse((0.85, 0.475), 0.13, 0.275, shade(WOOD, 1.5))
    brush.ellipse((0.85, 0.475), 0.07, 0.15, shade(WOOD, 1.1))
    blade = [(-0.62 + travel, -0.28), (0.52 + travel, -0.4), (0.52 + travel, 0.1), (-0.62 + travel, 0.3)]
    brush.polygon(blade, STEEL)
    for tooth in range(9):
        x = -0.62 + travel + tooth * 0.126
        brush.polygon(
            [(x, 0.29 - tooth * 0.022), (x + 0.126, 0.27 - tooth * 0.022), (x + 0.06, 0.38 - tooth * 0.022)], DARK
        )
    grip = [(0.36 + travel, -0.5), (0.66 + travel, -0.45), (0.7 + travel, 0.12), (0.36 + travel, 0.15)]
    brush.polygon(grip, colour)
    brush.ellipse((0.52 + travel, -0.16), 0.08, 0.16, shade(colour, 0.35))


def kettle(brush: Brush, colour: Colour, beat: float | None) -> None:
    """A kettle on a flame: the lid rattles and steam puffs rise while it whistles."""
    rattle = 0.0 if beat is None else 0.06 * abs(math.sin(beat * 17))
    if beat is not None:
        for puff in range(4):
            age = (beat * 0.9 + puff / 4) % 1
            fog = (240, 245, 250, round(220 * (1 - age)))
            brush.circle((0.78 + 0.14 * math.sin(7 * age + puff), -0.2 - 0.75 * age), 0.1 + 0.16 * age, fog)
    brush.line([(-0.36, -0.2), (-0.3, -0.72), (0.3, -0.72), (0.36, -0.2)], 0.08, DARK)
    brush.polygon([(0.3, 0.3), (0.72, -0.16), (0.84, -0.1), (0.5, 0.5)], shade(colour, 0.8))
    brush.ellipse((0, 0.3), 0.6, 0.46, colour)
    brush.box((-0.56, 0.3), (0.56, 0.68), colour)
    brush.ellipse((-0.25, 0.15), 0.12, 0.18, shade(colour, 1.5))
    brush.ellipse((0, -0.1 - rattle), 0.34, 0.1, shade(colour, 0.65))
    brush.circle((0, -0.22 - rattle), 0.08, DARK)
    brush.box((-0.7, 0.68), (0.7, 0.78), DARK)
    for x in (-0.4, -0.13, 0.13, 0.4):
        height = 0.0 if beat is None else 0.05 * math.sin(beat * 13 + 9 * x)
        brush.polygon([(x - 0.1, 0.98), (x, 0.8 - height), (x + 0.1, 0.98)], (250, 140, 40))


LOOKS: dict[str, Callable[[Brush, Colour, float | None], None]] = {
    "bell": bell,
    "drum": drum,
    "ball": ball,
    "siren": siren,
    "metronome": metronome,
    "alarm clock": alarm_clock,
    "guitar": guitar,
    "bird": bird,
    "saw": saw,
    "kettle": kettle,
}


def drawn(category: str, colour: Colour, beat: float | None, side: int) -> Image.Image:
    """RGBA `side` x `side` picture of a category's object at this beat."""
    large = side * SUPERSAMPLING
    tile = Image.new("RGBA", (large, large), (0, 0, 0, 0))
    LOOKS[category](Brush(ImageDraw.Draw(tile), large), colour, beat)
    return tile.reduce(SUPERSAMPLING)
