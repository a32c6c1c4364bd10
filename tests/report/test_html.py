"""The page as text: what is inside it, what is beside it, and what cannot get out of it."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from PIL import Image

from seehear.core.errors import InvalidValueError, StorageError
from seehear.core.labels import Categories
from seehear.core.time import Grid, Span
from seehear.core.timeline import Event, Timeline
from seehear.core.values import Scores
from seehear.report.html import Page, encode_thumbnail, render_page, write_report


def scores(count: int = 4, **arrays: np.ndarray) -> Scores:
    events = np.full((count, 2), 0.5, np.float32)
    return Scores(Grid(1.0), Categories(("Bark", "Bell")), events, np.zeros(count, bool), **arrays)


def text_of(page: Page, folder: Path = Path(), **options: int) -> str:
    return render_page(page, folder=folder, **options)


def payload_of(page: Page, folder: Path = Path(), **options: int) -> dict:
    inside = re.search(r'<script type="application/json" id="payload">(.*?)</script>', text_of(page, folder, **options))
    return json.loads(inside[1])


def levels(text: str, kind: type = np.uint8) -> list[int]:
    return np.frombuffer(base64.b64decode(text), kind).tolist()


def test_the_policy_allows_the_one_script_and_the_one_style_by_their_hash_and_nothing_else():
    text = text_of(Page("dog.mp4", Timeline(4.0)))
    policy = dict(
        part.strip().split(" ", 1) for part in re.search(r'Security-Policy" content="([^"]*)"', text)[1].split(";")
    )
    for element, directive in (("script", "script-src"), ("style", "style-src")):
        bodies = re.findall(f"<{element}>(.*?)</{element}>", text, re.DOTALL)
        assert len(bodies) == 1
        digest = base64.b64encode(hashlib.sha256(bodies[0].encode()).digest()).decode()
        assert policy[directive] == f"'sha256-{digest}'"
    assert policy["default-src"] == "'none'"
    assert "unsafe" not in text.split("</head>")[0].split("<style>")[0]


def test_the_page_names_no_address_of_any_network():
    text = text_of(Page("dog.mp4", Timeline(4.0), scores()))
    assert not re.search(r"https?:|//[a-z]+\.[a-z]|@import|url\(", text)
    assert not re.search(r"\son\w+\s*=|\sstyle=|innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", text)


def test_hostile_names_cannot_end_the_element_that_holds_them():
    name = "</script><script>alert(1)</script><!--\u2028{{script}}"
    page = Page(name, Timeline(4.0, (Event(0, 1, name),)), model={name: name}, notes=(name,))
    text = text_of(page)
    assert text.count("<script") == text_of(Page("x", Timeline(4.0))).count("<script")
    read = payload_of(page)
    assert read["categories"] == read["notes"] == [name]
    assert read["model"] == [[name, name]]


def test_events_and_missing_stretches_are_in_the_page_to_the_millisecond():
    timeline = Timeline(9.9999, (Event(1.2345, 2.9996, "Bell", 0.5),), (Span(3, 4),))
    read = payload_of(Page("a", timeline, scores()))
    assert read["categories"] == ["Bark", "Bell"]
    assert read["events"] == [[1.234, 3.0, 1, 0.5]]
    assert read["missing"] == [[3.0, 4.0]]
    assert read["duration"] == 10.0


def test_scores_lie_category_by_category_and_numbers_that_are_none_become_zero():
    values = np.array([[0, 1], [0.5, np.nan], [2, -1]], np.float32)
    held = Scores(Grid(1.0), Categories(("Bark", "Bell")), values, np.zeros(3, bool))
    timeline = Timeline(3.0, (Event(0, 1, "Siren", float("nan")),))
    read = payload_of(Page("a", timeline, held))
    assert levels(read["segments"]["scores"]) == [0, 128, 255, 255, 0, 0, 0, 0, 0]
    assert read["categories"] == ["Bark", "Bell", "Siren"]
    assert read["events"][0][3] == 0.0


def test_attention_is_shown_relative_to_the_flat_map():
    maps = np.stack([np.full((2, 2), 0.25), np.array([[0.0, 0.25], [0.25, 0.5]])]).astype(np.float32)
    read = payload_of(Page("a", Timeline(2.0), scores(2, attention=maps)))["attention"]
    assert levels(read["values"]) == [0, 0, 0, 0, 0, 0, 0, 255]


def test_motion_is_relative_to_the_strongest_segment_that_is_not_missing():
    held = Scores(
        Grid(1.0),
        Categories(("Bark",)),
        np.zeros((3, 1), np.float32),
        np.array([False, False, True]),
        motion=np.array([1, 2, 50], np.float32),
    )
    assert levels(payload_of(Page("a", Timeline(3.0), held))["motion"])[:2] == [128, 255]


def test_a_long_waveform_gets_coarser_and_keeps_its_peaks():
    envelope = np.zeros((150_001, 2))
    envelope[77_777] = [-0.25, 0.5]
    read = payload_of(Page("a", Timeline(3000.02), envelope=envelope, envelope_rate_hz=50.0))["waveform"]
    values = np.array(levels(read["values"], np.int8)).reshape(-1, 2)
    assert len(values) <= 60_000
    assert read["rate"] == pytest.approx(50 / 3)
    assert values.max() == 127
    assert values.min() == round(-0.5 * 127)
    assert np.argmax(values[:, 1]) / read["rate"] == pytest.approx(77_777 / 50, abs=0.06)


def test_many_thumbnails_are_thinned_evenly_and_kept_in_order():
    read = payload_of(Page("a", Timeline(7200.0), thumbnails=dict.fromkeys(reversed(range(7200)), b"x")))["thumbnails"]
    numbers = [segment for segment, _ in read]
    assert numbers == list(range(0, 7200, 10))


def test_a_small_video_is_inside_and_a_large_one_is_linked_relative_to_the_page(tmp_path: Path):
    (tmp_path / "in").mkdir()
    video = tmp_path / "in" / "my dog #1 50%.mp4"
    video.write_bytes(b"film")
    page = Page("a", Timeline(1.0), video=video)
    inside = payload_of(page, tmp_path / "out", embed_limit_bytes=4)["video"]
    assert inside == "data:video/mp4;base64," + base64.b64encode(b"film").decode()
    linked = payload_of(page, tmp_path / "out", embed_limit_bytes=3)["video"]
    assert unquote(linked) == "./../in/my dog #1 50%.mp4"
    assert not set("#% ") & set(re.sub("%[0-9A-F]{2}", "", linked))


def test_a_file_name_that_looks_like_a_script_address_stays_a_path(tmp_path: Path):
    video = tmp_path / "javascript:alert(1).mp4"
    video.write_bytes(b"film")
    linked = payload_of(Page("a", Timeline(1.0), video=video), tmp_path, embed_limit_bytes=0)["video"]
    assert linked.startswith("./javascript%3A")


def test_a_video_that_is_gone_is_an_error_that_names_it(tmp_path: Path):
    with pytest.raises(StorageError, match=r"gone\.mp4"):
        write_report(tmp_path / "page.html", Page("a", Timeline(1.0), video=tmp_path / "gone.mp4"))
    assert not list(tmp_path.iterdir())


def test_the_model_card_is_flattened_without_numbers_json_cannot_say():
    card = {
        "extractor": {"name": "light", "empty": ""},
        "metrics": {"event_f1": 0.5, "loss": float("nan")},
        "k": [1, 2],
    }
    read = payload_of(Page("a", Timeline(1.0), model=card))["model"]
    assert read == [["extractor · name", "light"], ["metrics · event f1", "0.5"], ["k", "1, 2"]]


def test_thumbnails_are_jpegs_no_longer_than_asked_with_the_aspect_asked():
    picture = np.zeros((224, 224, 3), np.uint8)
    picture[:, :112] = [255, 0, 0]
    read = Image.open(io.BytesIO(encode_thumbnail(picture, longest_side=160, aspect=16 / 9)))
    assert (read.format, read.size) == ("JPEG", (160, 90))
    left, right = read.getpixel((20, 45)), read.getpixel((140, 45))
    assert left[0] > 200
    assert max(right) < 50
    assert Image.open(io.BytesIO(encode_thumbnail(picture[:, :20], longest_side=100))).size == (9, 100)


def test_an_envelope_of_another_shape_is_refused():
    with pytest.raises(InvalidValueError, match="envelope"):
        Page("a", Timeline(1.0), envelope=np.zeros(10))
