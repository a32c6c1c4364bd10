"""The answer, in order."""

from __future__ import annotations

import io
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pandas
import pytest
from matplotlib import pyplot
from PIL import Image

from seehear import Event, Span, Timeline
from seehear.core.errors import InvalidValueError, Reason, SeehearError
from seehear.core.time import clock, clock_ticks

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror="alert(1)">',
    "</title></svg><iframe src=//example.org>",
    "'; fill: url(//example.org)",
    "$\\frac{$",
    "a\nb\tc\x00d",
    "\u202egnikrab",
    "\ud800 lone",
]
SHORT = Timeline(42.0, (Event(3, 10, "dog", 0.79), Event(31, 36, "church bell", 0.91)), (Span(12, 15),))


def test_events_are_kept_in_order_of_time() -> None:
    timeline = Timeline(10, (Event(5, 6, "dog"), Event(1, 3, "bell"), Event(5, 6, "cat")))
    assert [event.category for event in timeline] == ["bell", "cat", "dog"]
    assert timeline.categories == ("bell", "cat", "dog")
    assert timeline.of("dog").events == (Event(5, 6, "dog"),)
    assert timeline.at(5.5) == (Event(5, 6, "cat"), Event(5, 6, "dog"))
    assert timeline.at(6) == ()


@pytest.mark.parametrize(("start", "end"), [(2, 2), (3, 2), (-1, 2)])
def test_an_event_without_length_or_before_the_video_is_refused(start: float, end: float) -> None:
    with pytest.raises(InvalidValueError):
        Timeline(10, (Event(start, end, "dog"),))


def test_as_text_a_timeline_is_a_line_an_event() -> None:
    assert str(SHORT).splitlines() == [
        "0:42.0, 2 events, 0:03.0 missing",
        "    0:03.0 - 0:10.0      0.79  dog",
        "    0:31.0 - 0:36.0      0.91  church bell",
        "    0:12.0 - 0:15.0      missing",
    ]
    assert str(Timeline(3661.0, (Event(0, 1, "dog"),))).startswith("1:01:01.0, 1 event\n")


def test_the_exact_form_of_an_event_reads_as_it_is_written() -> None:
    assert eval(repr(SHORT)) == SHORT


@pytest.mark.parametrize(
    ("seconds", "decimals", "said"),
    [(0, 1, "0:00.0"), (59.96, 1, "1:00.0"), (3723.44, 1, "1:02:03.4"), (75, 0, "1:15"), (3600, 0, "1:00:00")],
)
def test_clocks_by_hand(seconds: float, decimals: int, said: str) -> None:
    assert clock(seconds, decimals) == said


@pytest.mark.parametrize(
    ("seconds", "labels"),
    [
        (0, ["0:00.0"]),
        (0.35, ["0:00.0", "0:00.1", "0:00.2", "0:00.3"]),
        (42, ["0:00", "0:10", "0:20", "0:30", "0:40"]),
        (7300, ["0:00", "30:00", "1:00:00", "1:30:00", "2:00:00"]),
    ],
)
def test_an_axis_is_labelled_in_steps_of_the_clock(seconds: float, labels: list[str]) -> None:
    assert [*clock_ticks(seconds).values()] == labels


@pytest.mark.parametrize("seconds", [0.01, 3, 61, 700, 5000, 90_000, 1e7])
def test_an_axis_has_few_labels_however_long_it_is(seconds: float) -> None:
    ticks = [*clock_ticks(seconds)]
    assert len(ticks) <= 8
    assert ticks[-1] <= seconds < ticks[-1] + (ticks[1] if len(ticks) > 1 else 1)


@pytest.mark.parametrize("timeline", [SHORT, Timeline(5.0)], ids=["two events", "none"])
def test_a_data_frame_has_its_columns_and_their_types_even_without_rows(timeline: Timeline) -> None:
    frame = timeline.to_dataframe()
    assert [*frame.columns] == ["category", "start_seconds", "end_seconds", "score"]
    assert pandas.api.types.is_string_dtype(frame.dtypes.iloc[0])
    assert [str(kind) for kind in frame.dtypes.iloc[1:]] == ["float64"] * 3
    rows = [Event(row.start_seconds, row.end_seconds, row.category, row.score) for row in frame.itertuples()]
    assert tuple(rows) == timeline.events


@pytest.mark.parametrize(("module", "call"), [("pandas", "to_dataframe"), ("matplotlib", "plot")])
def test_without_the_extra_the_command_that_installs_it_is_named(module: str, call: str, monkeypatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == module or name.endswith("timeline_plot")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(SeehearError, match=r"pip install 'seehear\[notebook\]'") as caught:
        getattr(SHORT, call)()
    assert caught.value.reason is Reason.NOT_FOUND


def test_a_timeline_brings_neither_pandas_nor_matplotlib_unless_asked() -> None:
    program = (
        "import sys, seehear; seehear.Timeline(1)._repr_html_(); seehear.read; "
        "sys.exit(any(name in sys.modules for name in ('pandas', 'matplotlib', 'torch')))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_plot_has_a_row_a_category_spans_where_the_events_are_and_a_hatched_stretch() -> None:
    axis = SHORT.plot()
    assert [label.get_text() for label in axis.get_yticklabels()] == ["dog", "church bell"]
    assert [label.get_text() for label in axis.get_xticklabels()] == ["0:00", "0:10", "0:20", "0:30", "0:40"]
    bars = [(bar.get_x(), bar.get_width(), bar.get_y() + bar.get_height() / 2) for bar in axis.patches[:2]]
    assert bars == [(3, 7, pytest.approx(0)), (31, 5, pytest.approx(1))]
    assert (axis.patches[2].get_x(), axis.patches[2].get_width(), axis.patches[2].get_hatch()) == (12, 3, "///")
    assert [text.get_text() for text in axis.texts] == ["0.79", "0.91"]
    assert axis.get_xlim() == (0, 42)


def test_a_plot_is_a_picture_by_itself_and_leaves_pyplot_alone() -> None:
    axis = SHORT.plot()
    picture = np.asarray(Image.open(io.BytesIO(axis._repr_png_())).convert("RGB"))
    assert picture.std() > 10
    assert pyplot.get_fignums() == []
    assert SHORT.plot(axis) is axis


def test_any_name_can_be_drawn() -> None:
    named = Timeline(9.0, tuple(Event(number, number + 1, name) for number, name in enumerate(HOSTILE)))
    with pytest.warns(UserWarning, match="Glyph"):
        assert named.plot()._repr_png_()
    assert Timeline(0.0).plot()._repr_png_()


class Elements(HTMLParser):
    """What a browser would make of it: names of elements, their attributes, and text by element."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.names, self.attributes, self.texts, self.open = [], [], [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.names.append(tag)
        self.attributes.append(dict(attrs))
        if tag not in ("path", "line"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list) -> None:
        self.names.append(tag)
        self.attributes.append(dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1], data))


def test_in_a_notebook_a_timeline_is_a_strip_and_a_table() -> None:
    shown = Elements(SHORT._repr_html_())
    assert shown.open == []
    assert [text for element, text in shown.texts if element == "td"][-3:] == ["0:31.0", "0:36.0", "0.91"]
    assert [text for element, text in shown.texts if element == "title"] == [
        "0:03.0 - 0:10.0 0.79 dog",
        "0:31.0 - 0:36.0 0.91 church bell",
        "0:12.0 - 0:15.0, missing: could not be decoded",
    ]
    bars = [attributes for name, attributes in zip(shown.names, shown.attributes, strict=True) if name == "rect"]
    assert [float(bar["x"].rstrip("%")) for bar in bars] == pytest.approx([300 / 42, 3100 / 42, 1200 / 42], abs=1e-3)
    assert Elements(Timeline(0.0)._repr_html_()).open == []


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text_and_nothing_else(name: str) -> None:
    page = Timeline(9.0, (Event(1, 2, name),))._repr_html_()
    plain, shown = Elements(Timeline(9.0, (Event(1, 2, "dog"),))._repr_html_()), Elements(page)
    assert shown.names == plain.names
    assert [[*attributes] for attributes in shown.attributes] == [[*attributes] for attributes in plain.attributes]
    assert not {key for attributes in shown.attributes for key in attributes if key.startswith("on")}
    written = name.encode("utf-8", "replace").decode()
    assert [text for element, text in shown.texts if element == "bdi"] == [written, written]
    page.encode()


def test_a_timeline_of_thousands_of_events_stays_small() -> None:
    events = tuple(Event(number, number + 1, f"thing {number % 3}", 0.5) for number in range(0, 36_000, 2))
    page = Timeline(36_000.0, events)._repr_html_()
    assert len(page) < 250_000
    shown = Elements(page)
    assert shown.names.count("tr") == 31
    assert ("div", "and 17970 more: ") in shown.texts
