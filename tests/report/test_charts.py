"""Pictures of trainings: read back as pixels, and the same bytes every time."""

from __future__ import annotations

import io
import sys

import numpy as np
import pytest
from PIL import Image

from seehear.core.errors import SeehearError
from seehear.report.charts import Course, draw_categories, draw_confusion, draw_courses

COURSE = Course("avel", ((3.0, 2.0), (3.1, 2.2)), "validation accuracy", ((0.1, 0.4), (0.2, 0.3)), (2, 2))


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def darkest_blue(png: bytes) -> np.ndarray:
    """Where the colour of a share of 1 is: the end of the scale, (8, 48, 107)."""
    return np.abs(pixels(png) - (8, 48, 107)).sum(axis=-1) < 6


def test_a_perfect_confusion_is_dark_along_the_diagonal_only() -> None:
    png = draw_confusion("perfect", ["bell", "drum", "background"], 7 * np.eye(3, dtype=int))
    rows, columns = np.nonzero(darkest_blue(png)[:, : pixels(png).shape[1] * 3 // 4])
    assert np.corrcoef(rows, columns)[0, 1] > 0.8
    swapped = draw_confusion("wrong", ["bell", "drum", "background"], 7 * np.eye(3, dtype=int)[::-1])
    rows, columns = np.nonzero(darkest_blue(swapped)[:, : pixels(swapped).shape[1] * 3 // 4])
    assert np.corrcoef(rows, columns)[0, 1] < -0.8


def test_categories_are_dark_where_they_are_known_and_empty_where_they_never_occur() -> None:
    known = draw_categories("%", ["bell", "background"], {"avel": [1.0, 1.0], "psp": [1.0, 1.0]})
    unknown = draw_categories("%", ["bell", "background"], {"avel": [0.0, None], "psp": [0.0, None]})
    assert darkest_blue(known).mean() > 0.1
    assert darkest_blue(unknown).mean() < 0.001


def test_the_same_courses_give_the_same_bytes_and_others_do_not() -> None:
    png = draw_courses([COURSE, COURSE])
    assert png == draw_courses([COURSE, COURSE])
    assert png != draw_courses([COURSE, Course("avel", COURSE.loss, COURSE.metric_name, COURSE.metric, (1, 2))])
    assert Image.open(io.BytesIO(png)).format == "PNG"


def test_the_class_that_never_occurs_makes_no_division_by_zero() -> None:
    draw_confusion("one class", ["bell", "background"], np.array([[0, 0], [1, 3]]))


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(SeehearError, match=r"pip install 'seehear\[train\]'"):
        draw_courses([COURSE])
