"""The picture of what models look at: where the heat is, what the bars say, what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from seehear.core.errors import InvalidValueError, StorageError
from seehear.report.figure import (
    MOST_COLUMNS,
    Bars,
    Figure,
    FigureRow,
    columns_of,
    draw_figure,
    heat_over,
    shares_of,
    write_figure,
)


def figure(*rows: FigureRow, count: int = 3, aspect: float = 1.0) -> Figure:
    frames = np.full((count, 64, 64, 3), 128, np.uint8)
    return Figure("a clip", frames, tuple(f"{at} s" for at in range(count)), rows, aspect)


def looking_at(row: int, column: int, count: int = 3) -> np.ndarray:
    """Attention on one cell of a 7 x 7 grid."""
    attention = np.zeros((count, 7, 7), np.float32)
    attention[:, row, column] = 1
    return attention


def redness(picture: np.ndarray) -> np.ndarray:
    return picture[..., 0].astype(int) - picture[..., 2]


def test_heat_is_where_the_attention_is() -> None:
    frame = np.full((140, 140, 3), 128, np.uint8)
    heated = redness(heat_over(frame, 49 * looking_at(1, 5)[0], top=49))
    y, x = np.unravel_index(heated.argmax(), heated.shape)
    assert (y // 20, x // 20) == (1, 5)
    assert heated[100:, :60].max() == 0


def test_an_even_share_adds_no_heat_and_only_takes_colour() -> None:
    frame = np.random.default_rng(0).integers(0, 256, (40, 40, 3)).astype(np.uint8)
    heated = heat_over(frame, np.ones((7, 7)), top=2.0)
    assert np.abs(heated.mean(axis=-1) - frame.mean(axis=-1)).max() <= 1
    assert np.ptp(heated, axis=-1).mean() < 0.25 * np.ptp(frame, axis=-1).mean()


def test_almost_even_attention_stays_pale() -> None:
    """Stretching each map to its own range would paint noise in full colours."""
    attention = np.full((1, 7, 7), 1 / 49)
    attention[0, 3, 3] *= 1.02
    shares, top = shares_of(attention)
    assert top == 2.0
    frame = np.full((70, 70, 3), 128, np.uint8)
    faint, strong = heat_over(frame, shares[0], top), heat_over(frame, 49 * looking_at(3, 3)[0], 49)
    assert redness(faint).max() < redness(strong).max() / 2


def test_attention_changes_the_tiles_of_its_row_and_nothing_else() -> None:
    plain, looked = (
        np.asarray(draw_figure(figure(FigureRow("model", (), (None,) * 3, attention=attention)))).astype(int)
        for attention in (None, looking_at(0, 0))
    )
    changed = np.abs(plain - looked).max(axis=-1) > 0
    changed[-80:] = False  # the legend
    rows, columns = np.nonzero(changed)
    starts = [220 + 110 * column for column in range(3)]
    assert {max(start for start in starts if start <= column) for column in columns} == set(starts)
    assert np.ptp(rows) < 104 / 2, "heat on the upper left cell alone"


def test_bars_are_as_high_as_their_values() -> None:
    row = FigureRow("model", (), (None,) * 3, bars=(Bars("motion", np.array([1.0, 0.5, 0.0])),))
    picture = np.asarray(draw_figure(figure(row)))
    bar = (picture == (98, 116, 142)).all(axis=-1)
    widths = [slice(220 + 110 * column, 220 + 110 * column + 100) for column in range(3)]
    heights = [int(bar[:, span].any(axis=1).sum()) for span in widths]
    assert heights == [28, 14, 0]


def test_numbers_that_are_none_break_nothing() -> None:
    row = FigureRow("model", (), (None,) * 3, bars=(Bars("motion", np.array([np.nan, np.inf, 0.0])),))
    draw_figure(figure(row))


def test_wide_videos_have_wide_tiles() -> None:
    square, wide = draw_figure(figure(count=8)), draw_figure(figure(count=8, aspect=16 / 9))
    assert wide.width > square.width
    assert wide.height < square.height


@pytest.mark.parametrize("text", ["a" * 500, "b\nc\td", "\udce9", "<b>&amp;", "\u72ac", ""])
def test_any_text_is_drawn_on_one_line_within_the_picture(text: str) -> None:
    row = FigureRow(text, (text,), ((text, 0.9), None, (text, 0.5)), bars=(Bars(text, np.ones(3)),))
    long, short = draw_figure(figure(row)), draw_figure(figure(FigureRow("x", ("x",), (None,) * 3, bars=row.bars)))
    assert long.size == short.size


def test_columns_are_few_and_evenly_spaced() -> None:
    assert list(columns_of(1)) == [0]
    assert list(columns_of(MOST_COLUMNS)) == list(range(MOST_COLUMNS))
    assert list(columns_of(45)) == list(range(0, 45, 3))
    assert all(len(columns_of(count)) <= MOST_COLUMNS for count in range(1, 500))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"count": 21}, "1 to 20 columns, not 21"),
        ({"count": 2}, "one entry for each of 2 segments"),
    ],
)
def test_figures_that_cannot_be_drawn_are_refused(change: dict[str, int], says: str) -> None:
    with pytest.raises(InvalidValueError, match=says):
        figure(FigureRow("model", (), (None,) * 3), **change)


def test_attention_of_another_length_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="attention has shape"):
        figure(FigureRow("model", (), (None,) * 3, attention=looking_at(0, 0, count=2)))


def test_png_is_written_whole_and_a_place_that_cannot_be_written_is_a_storage_error(tmp_path) -> None:
    write_figure(tmp_path / "deep" / "figure.png", figure())
    with Image.open(tmp_path / "deep" / "figure.png") as picture:
        assert picture.format == "PNG"
        assert picture.size == draw_figure(figure()).size
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        write_figure(tmp_path / "file" / "figure.png", figure())
