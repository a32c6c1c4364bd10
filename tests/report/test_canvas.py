"""What is drawn on a picture, measured in the picture."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import ImageFont

from seehear.core.labels import Categories
from seehear.core.time import Grid, Span
from seehear.core.timeline import Event, Timeline
from seehear.core.values import Scores
from seehear.report.canvas import Canvas
from seehear.report.lettering import font_for

GREY = np.full((240, 320, 3), 90, np.uint8)


def scores_of(attention: np.ndarray, missing: list[bool]) -> Scores:
    return Scores(Grid(1.0), Categories(("dog",)), np.zeros((len(missing), 1)), np.array(missing), attention)


def test_heat_lies_where_the_network_looked_and_nowhere_else():
    attention = np.full((2, 4, 4), 0.02, np.float32)
    attention[:, 1, 2] = 0.7
    canvas = Canvas(Timeline(2.0), scores_of(attention, [False, True]), 320, 240)
    red = canvas.draw(0.5, GREY)[:200, :, 0].astype(int) - 90
    assert np.unravel_index(red.argmax(), red.shape) == (pytest.approx(90, abs=25), pytest.approx(200, abs=25))
    assert red[150:, :80].max() == 0
    assert canvas.draw(1.5, GREY)[:200].max() == 90, "a segment that was not decoded has no attention to show"


def test_even_attention_shows_nothing():
    canvas = Canvas(Timeline(1.0), scores_of(np.full((1, 7, 7), 1 / 49, np.float32), [False]), 320, 240)
    assert (canvas.draw(0.5, GREY)[:200] == 90).all()


def test_the_picture_given_is_not_drawn_on():
    before = GREY.copy()
    Canvas(Timeline(3.0, (Event(0, 3, "dog"),)), None, 320, 240).draw(1.0, GREY)
    assert (before == GREY).all()


@pytest.mark.parametrize("size", [(2, 2), (16, 16), (64, 48), (320, 568), (1920, 1080)])
@pytest.mark.parametrize("name", ["dog", "n" * 300, "a\nb\0", "\u05db\u05dc\u05d1 \U0001f415", "\ud800"])
def test_any_name_fits_any_picture_and_leaves_most_of_it(size: tuple[int, int], name: str):
    width, height = size
    events = tuple(Event(0, 3, f"{name}{number}", float("nan") if number else 1.0) for number in range(20))
    canvas = Canvas(Timeline(3.0, events, (Span(2, 3),)), None, width, height)
    drawn = canvas.draw(2.999, np.full((height, width, 3), 90, np.uint8))
    assert drawn.shape == (height, width, 3)
    if height >= 240:
        assert (drawn[-height // 4 - 20 :] != 90).any()
        covered = [row for row in range(height // 2, height) if (drawn[row] != 90).all()]
        assert len(covered) <= height * 0.3


def test_letters_beyond_ascii_are_drawn_where_a_font_has_them():
    try:
        ImageFont.truetype("DejaVuSans.ttf", 20)
    except OSError:
        pytest.skip("needs the font DejaVu Sans (Debian: apt-get install fonts-dejavu-core)")
    font = font_for("\u0436\u00e9", 20)
    assert len({bytes(font.getmask(letter)) for letter in "\u0436\u00e9\U0010ffff"}) == 3
