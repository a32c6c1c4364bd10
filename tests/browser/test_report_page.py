"""The report page in a real browser: it plays, seeks, draws what is true, and lets nothing in or out."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from seehear.core.labels import Categories
from seehear.core.time import Grid, Span
from seehear.core.timeline import Event, Timeline
from seehear.core.values import Scores
from seehear.report.html import Page, encode_thumbnail

HOSTILE = (
    "<img src=x onerror=\"window.stolen='img'\">",
    "</script><script>window.stolen='script'</script>",
    "\"'><svg onload=\"window.stolen='svg'\">",
    "\u202egpj.exe \u05db\u05dc\u05d1 \u0643\u0644\u0628",
    '=HYPERLINK("http://evil.example")',
    "{{payload}} ${window.stolen='template'}",
    "W" * 300,
)


@pytest.fixture(scope="module")
def film(video: Path) -> Page:
    """Twelve segments: a bark at 2-5 s and 8-11 s, a bell at 4-6 s, segment 7 missing, attention at the lower right."""
    events = np.zeros((12, 3), np.float32)
    events[2:5, 0], events[8:11, 0], events[4:6, 1] = 0.9, 0.8, 0.7
    attention = np.zeros((12, 7, 7), np.float32)
    attention[:, 5:, 5:] = 0.25
    scores = Scores(
        Grid(1.0),
        Categories(("Bark", "Bell", "Clock")),
        events,
        np.arange(12) == 7,
        attention,
        np.linspace(0, 1, 12, dtype=np.float32),
    )
    timeline = Timeline(
        12.0, (Event(2, 5, "Bark", 0.9), Event(4, 6, "Bell", 0.7), Event(8, 11, "Bark", 0.8)), (Span(7, 8),)
    )
    grey = encode_thumbnail(np.full((120, 160, 3), 128, np.uint8))
    return Page(
        title="film.mp4",
        timeline=timeline,
        scores=scores,
        video=video,
        envelope=np.tile([-0.2, 0.2], (600, 1)),
        thumbnails=dict.fromkeys(range(12), grey),
        model={"architecture": "pfagn", "provenance": {"seed": 0}},
        notes=("the picture is missing from 7 to 8 s",),
    )


@pytest.fixture(scope="module")
def quiet(film: Page) -> Page:
    return replace(film, timeline=Timeline(12.0), scores=replace(film.scores, events=film.scores.events * 0.1))


@pytest.fixture(scope="module")
def two_hours() -> Page:
    """7200 segments of 28 categories with an event every ten seconds, and a thumbnail every ten."""
    random = np.random.default_rng(0)
    names = tuple(f"Category {number}" for number in range(28))
    scores = Scores(
        Grid(1.0),
        Categories(names),
        random.random((7200, 28), dtype=np.float32),
        np.zeros(7200, bool),
        np.full((7200, 7, 7), 1 / 49, np.float32),
        random.random(7200, dtype=np.float32),
    )
    events = tuple(Event(10 * i, 10 * i + 4, names[i % 28], 0.9) for i in range(720))
    grey = encode_thumbnail(np.full((90, 160, 3), 90, np.uint8))
    envelope = random.uniform(0, 1, (360_000, 1)) * [-1, 1]
    return Page("long.mp4", Timeline(7200.0, events), scores, None, envelope, 50.0, dict.fromkeys(range(7200), grey))


def pixel(shown, selector: str, across: float, down: float) -> list[int]:
    """RGBA of a canvas at a share of its width and height."""
    return shown.tab.evaluate(
        """([selector, x, y]) => {
            const canvas = document.querySelector(selector);
            const at = [Math.floor(canvas.width * x), Math.floor(canvas.height * y)];
            return [...canvas.getContext("2d").getImageData(...at, 1, 1).data];
        }""",
        [selector, across, down],
    )


def test_the_page_opens_without_a_complaint_and_without_a_request(show: Callable, film: Page):
    shown = show(film)
    assert shown.tab.title() == "film.mp4"
    assert shown.tab.evaluate("player.usesVideo && player.video.duration") == pytest.approx(12, abs=0.2)
    assert shown.tab.locator("#model").inner_text().split("\n") == ["architecture", "pfagn", "provenance · seed", "0"]
    shown.check()


def test_a_click_on_an_event_seeks_the_video(show: Callable, film: Page):
    shown = show(film)
    shown.tab.locator("#events button").nth(2).click()
    shown.wait("!player.video.seeking")
    assert shown.tab.evaluate("player.video.currentTime") == pytest.approx(8, abs=0.05)
    assert shown.tab.locator("#now").inner_text().split("\n") == ["Bark", "0.80"]
    assert shown.tab.locator("#events [aria-current=true]").count() == 1
    shown.check()


def test_a_click_and_a_drag_in_a_lane_seek_to_that_instant(show: Callable, film: Page):
    shown = show(film)
    lane = shown.tab.locator(".lane.category canvas").first
    lane.scroll_into_view_if_needed()
    box = lane.bounding_box()
    middle = box["y"] + box["height"] / 2
    shown.tab.mouse.move(box["x"] + box["width"] / 4, middle)
    shown.tab.mouse.down()
    assert shown.seconds() == pytest.approx(3, abs=0.05)
    shown.tab.mouse.move(box["x"] + box["width"] / 2, middle)
    shown.tab.mouse.up()
    assert shown.seconds() == pytest.approx(6, abs=0.05)
    line = shown.tab.locator("#playhead").bounding_box()
    assert line["x"] + line["width"] / 2 == pytest.approx(box["x"] + box["width"] / 2, abs=2)
    tracks = shown.tab.locator("#lanes").bounding_box()
    assert line["height"] == pytest.approx(tracks["height"], abs=12)


def test_the_playhead_follows_the_playing_video(show: Callable, film: Page):
    shown = show(film)
    shown.tab.keyboard.press("Space")
    shown.wait("player.video.currentTime > 0.5")
    left = float(shown.tab.evaluate("parseFloat(document.getElementById('playhead').style.left)"))
    assert left == pytest.approx(shown.seconds() / 12 * 100, abs=4)
    assert shown.tab.locator("#play").get_attribute("aria-label") == "Pause (space)"
    shown.tab.keyboard.press("Space")
    shown.wait("player.video.paused")
    shown.check()


def test_playing_draws_no_more_than_once_a_frame(show: Callable, film: Page):
    shown = show(replace(film, video=None))
    shown.tab.evaluate("window.drawn = window.frames_seen = 0; player.listeners.push(() => (window.drawn += 1))")
    shown.tab.evaluate("(function next() { window.frames_seen += 1; requestAnimationFrame(next); })()")
    shown.tab.keyboard.press("Space")
    shown.wait("player.time > 1.5")
    drawn, frames = shown.tab.evaluate("[window.drawn, window.frames_seen]")
    assert 5 < drawn <= frames + 5
    shown.tab.evaluate("player.seek(11.8)")
    shown.wait("!player.playing")
    assert shown.seconds() == pytest.approx(12)


def test_the_keyboard_alone_reaches_everything(show: Callable, film: Page):
    shown = show(film)
    keys = [("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("n", 2), ("n", 4), ("p", 2), ("Home", 0)]
    for key, seconds in keys:
        shown.tab.keyboard.press(key)
        shown.wait("!player.video.seeking")
        assert shown.seconds() == pytest.approx(seconds, abs=0.05), key
    shown.tab.keyboard.press("+")
    assert shown.tab.evaluate("view.length") == pytest.approx(6)
    shown.tab.keyboard.press("0")
    assert shown.tab.evaluate("view.length") == pytest.approx(12)
    shown.tab.locator("#events button").first.focus()
    shown.tab.keyboard.press("Enter")
    assert shown.seconds() == pytest.approx(2, abs=0.05)
    playhead = shown.tab.locator("#playhead")
    assert (playhead.get_attribute("role"), playhead.get_attribute("aria-valuetext")) == ("slider", "0:02.0, Bark")
    unnamed = "[...document.querySelectorAll('button')].filter((b) => !(b.ariaLabel || b.textContent.trim())).length"
    assert shown.tab.evaluate(unnamed) == 0


def test_space_presses_the_button_that_the_keyboard_went_to(show: Callable, film: Page):
    shown = show(replace(film, video=None))
    shown.tab.locator("#mute").evaluate("(button) => { button.hidden = false; button.focus(); }")
    shown.tab.keyboard.press("Tab")
    shown.tab.locator("#events button").nth(2).focus()
    shown.tab.keyboard.press("Space")
    assert shown.seconds() == pytest.approx(8)
    assert not shown.tab.evaluate("player.playing")


@pytest.mark.parametrize(("address", "seconds"), [("#t=4.5", 4.5), ("#t=0:08.5,10", 8.5), ("#t=99", 12), ("#t=x", 0)])
def test_the_page_opens_and_goes_where_its_address_says(show: Callable, film: Page, address: str, seconds: float):
    shown = show(film)
    shown.tab.goto(shown.tab.url + address)
    shown.wait("!player.video.seeking")
    assert shown.seconds() == pytest.approx(seconds, abs=0.05)
    shown.tab.reload()
    shown.wait("player.video.readyState >= 2 && !player.video.seeking")
    assert shown.seconds() == pytest.approx(seconds, abs=0.05)
    shown.tab.locator("#events button").first.click()
    assert shown.tab.url.endswith("#t=2")
    shown.check()


def test_going_to_an_event_by_key_is_told_to_a_screen_reader(show: Callable, film: Page):
    shown = show(film)
    shown.tab.keyboard.press("n")
    assert shown.tab.get_by_role("status").text_content() == "Bark, 0:02.0 to 0:05.0"


def test_a_linked_video_plays_from_beside_the_page(show: Callable, film: Page):
    shown = show(film, embed_limit_bytes=0)
    assert shown.tab.evaluate("player.usesVideo && player.video.src").startswith("file:")
    shown.tab.evaluate("player.seek(5)")
    shown.wait("!player.video.seeking")
    assert shown.tab.evaluate("player.video.currentTime") == pytest.approx(5, abs=0.05)
    shown.check()


@pytest.mark.parametrize("broken", [None, b"this is no video"])
def test_thumbnails_take_the_place_of_a_video_that_cannot_play(show: Callable, film: Page, broken: bytes | None):
    shown = show(replace(film, video=broken))
    shown.wait("!player.usesVideo")
    shown.tab.locator("#unplayable").wait_for()
    assert "thumbnails stand in" in shown.tab.locator("#unplayable").inner_text()
    assert pixel(shown, "#still", 0.45, 0.5)[:3] == pytest.approx([128] * 3, abs=6)
    shown.tab.locator("#events button").first.click()
    shown.tab.keyboard.press("Space")
    shown.wait("player.time > 2.3")
    shown.tab.keyboard.press("Space")
    assert not shown.tab.evaluate("player.playing")


def test_thumbnails_accompany_the_sound_of_a_video_whose_pictures_the_browser_cannot_show(
    show: Callable, film: Page, old_video: Path
):
    shown = show(replace(film, video=old_video))
    shown.tab.locator("#unplayable").wait_for()
    assert pixel(shown, "#still", 0.45, 0.5)[:3] == pytest.approx([128] * 3, abs=6)
    shown.tab.keyboard.press("Space")
    shown.wait("player.time > 0.3")
    assert shown.tab.evaluate("!player.usesVideo || !player.video.paused")
    shown.check()


def test_attention_glows_where_the_model_looked_and_can_be_switched_off(show: Callable, film: Page):
    shown = show(replace(film, video=None))
    # 4:3 pictures in a 16:9 stage: the picture fills the middle three quarters of the width.
    red, green, blue, _ = pixel(shown, "#still", 0.125 + 0.75 * 0.93, 0.93)
    assert red > green + 40 > blue + 40
    assert pixel(shown, "#still", 0.125 + 0.75 * 0.07, 0.07)[:3] == pytest.approx([128] * 3, abs=6)
    shown.tab.locator("#attention").click()
    assert pixel(shown, "#still", 0.125 + 0.75 * 0.93, 0.93)[:3] == pytest.approx([128] * 3, abs=6)
    shown.tab.evaluate("player.seek(7.5)")
    shown.tab.locator("#attention").click()
    assert pixel(shown, "#still", 0.125 + 0.75 * 0.93, 0.93)[:3] == pytest.approx([128] * 3, abs=6), "missing"


def test_a_lane_is_filled_where_the_score_is_high_and_hatched_where_nothing_is_known(show: Callable, film: Page):
    shown = show(film)
    lane = ".lane.category canvas"
    alpha = {seconds: pixel(shown, lane, seconds / 12, 0.6)[3] for seconds in (0.5, 3.5, 6.5, 9.5)}
    assert alpha[0.5] == alpha[6.5] == 0
    assert min(alpha[3.5], alpha[9.5]) > 0
    row = [pixel(shown, lane, 7.02 / 12 + step / 1200, 0.5)[3] for step in range(90)]
    assert 0 < sum(value > 0 for value in row) < 90


def test_pointing_at_a_lane_shows_the_scores_of_that_segment(show: Callable, film: Page):
    shown = show(film)
    lane = shown.tab.locator(".lane.category canvas").first
    lane.scroll_into_view_if_needed()
    box = lane.bounding_box()
    shown.tab.mouse.move(box["x"] + box["width"] * 4.5 / 12, box["y"] + 20)
    lines = shown.tab.locator("#inspector li").all_inner_texts()
    assert [line.split() for line in lines] == [["Bark", "0.90"], ["Bell", "0.70"], ["Clock", "0.00"]]
    shown.tab.mouse.move(box["x"] + box["width"] * 7.5 / 12, box["y"] + 20)
    assert "not readable" in shown.tab.locator("#inspector .when").inner_text()


@pytest.mark.parametrize("width", [1280, 390])
def test_hostile_names_are_text_and_nothing_more(show: Callable, film: Page, width: int):
    names = Categories(HOSTILE)
    scores = Scores(Grid(1.0), names, np.full((12, len(names)), 0.9, np.float32), np.zeros(12, bool))
    events = tuple(Event(index, index + 1, name) for index, name in enumerate(HOSTILE))
    card = dict.fromkeys(HOSTILE, HOSTILE[0])
    page = replace(film, title="".join(HOSTILE), timeline=Timeline(12.0, events), scores=scores, model=card)
    shown = show(replace(page, notes=HOSTILE), width=width)
    shown.tab.evaluate("player.seek(0.5)")
    shown.tab.wait_for_timeout(200)
    assert shown.tab.evaluate("window.stolen") is None
    assert shown.tab.locator("img, script:not([type]) ~ script, #events svg").count() == 0
    assert shown.tab.locator("#events .name").all_text_contents() == list(HOSTILE)
    assert shown.tab.locator("#title").text_content() == "".join(HOSTILE)
    assert shown.tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    shown.check()


@pytest.mark.parametrize(
    ("attempt", "directive"),
    [
        ("let s = document.createElement('script'); s.text = 'window.stolen = 1'; document.body.append(s)", "script"),
        ("document.body.append(Object.assign(new Image(), {src: 'https://evil.example/x.png'}))", "img"),
        ("fetch('https://evil.example/').catch(() => 0)", "connect"),
        ('document.body.innerHTML = \'<p onclick="1" style="color:red">x</p>\'', "s"),
    ],
)
def test_the_policy_stops_what_a_fault_in_the_page_would_let_in(
    show: Callable, film: Page, attempt: str, directive: str
):
    shown = show(film)
    shown.tab.evaluate(f"() => {{ {attempt} }}")
    shown.wait("window.violations.length > 0")
    assert shown.tab.evaluate("window.violations[0]").startswith(directive)
    assert shown.tab.evaluate("window.stolen") is None
    failures = [request.failure for request in shown.requests if "evil.example" in request.url]
    assert all(failure == "csp" for failure in failures), failures


@pytest.mark.parametrize("width", [320, 390, 768, 1280, 1920])
def test_no_width_scrolls_sideways(show: Callable, film: Page, width: int):
    shown = show(film, width=width)
    assert shown.tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    outside = """[...document.querySelectorAll('button, canvas, dd, .name')].filter((part) => {
        const box = part.getBoundingClientRect();
        return box.width && (box.left < -1 || box.right > innerWidth + 1);
    }).length"""
    assert shown.tab.evaluate(outside) == 0
    lane = shown.tab.locator(".lane.category canvas").first.bounding_box()
    assert lane["width"] > 0.6 * min(width, 1400) - 60


CONTRASTS = """() => {
    const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const rgba = (colour) => {
        probe.clearRect(0, 0, 1, 1);
        probe.fillStyle = colour;
        probe.fillRect(0, 0, 1, 1);
        return [...probe.getImageData(0, 0, 1, 1).data];
    };
    const light = ([r, g, b]) => {
        const part = (value) => ((value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
        return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
    };
    const behind = (part) => {
        for (let up = part; up; up = up.parentElement) {
            const colour = rgba(getComputedStyle(up).backgroundColor);
            if (colour[3] > 150) return colour;
        }
        return [255, 255, 255, 255];
    };
    const found = [];
    for (const part of document.querySelectorAll("body *")) {
        const own = [...part.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
        if (!own || !part.checkVisibility() || part.closest("script, style, noscript")) continue;
        const [text, ground] = [light(rgba(getComputedStyle(part).color)), light(behind(part))];
        const ratio = (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05);
        found.push([ratio, part.className || part.tagName, part.textContent.trim().slice(0, 30)]);
    }
    return found;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_in_light_and_dark(show: Callable, film: Page, scheme: str):
    shown = show(film, scheme=scheme)
    shown.tab.evaluate("player.seek(4.5)")
    contrasts = shown.tab.evaluate(CONTRASTS)
    assert len(contrasts) > 40
    assert [entry for entry in contrasts if entry[0] < 4.5] == []
    ground = shown.tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(244, 244, 241)", "dark": "rgb(13, 15, 17)"}[scheme]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_colour_of_a_category_stands_out_and_belongs_to_its_name(show: Callable, film: Page, scheme: str):
    first, second = show(film, scheme=scheme), show(replace(film, timeline=Timeline(12.0), scores=None), scheme=scheme)
    names = [f"name {number}" for number in range(200)]
    colours = "(names) => names.map(colourOf)"
    assert first.tab.evaluate(colours, names) == second.tab.evaluate(colours, names)
    assert len(set(first.tab.evaluate(colours, names))) == 36
    ratios = first.tab.evaluate(
        """(names) => names.map((name) => {
            const probe = document.createElement("canvas").getContext("2d");
            const light = (colour) => {
                probe.fillStyle = colour;
                probe.fillRect(0, 0, 1, 1);
                const [r, g, b] = [...probe.getImageData(0, 0, 1, 1).data]
                    .map((value) => ((value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
                return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
            };
            const pair = [light(colourOf(name)), light(theme("well"))];
            return Math.max(...pair) / Math.min(...pair);
        })""",
        names,
    )
    assert min(ratios) >= 3, "WCAG 1.4.11: graphical objects need 3:1"


def test_a_video_without_events_says_so_and_shows_how_close_it_came(show: Callable, quiet: Page):
    shown = show(quiet)
    assert shown.tab.get_by_text("Nothing was both seen and heard").is_visible()
    assert shown.tab.locator("#events button").count() == 0
    shown.tab.locator("#all").click()
    assert shown.tab.locator(".lane.category").count() == 3
    shown.check()


def test_a_page_of_nothing_but_a_title_still_opens(show: Callable):
    shown = show(Page("nothing.mp4", Timeline(0.0)), width=390)
    assert shown.tab.get_by_text("Nothing was both seen and heard").is_visible()
    assert "thumbnails" not in shown.tab.locator("#unplayable").inner_text()
    shown.tab.keyboard.press("Space")
    shown.check()


def test_two_hours_of_segments_stay_quick_and_small(show: Callable, two_hours: Page):
    shown = show(two_hours)
    assert shown.tab.evaluate("document.querySelectorAll('*').length") < 720 * 6 + 1200
    milliseconds = shown.tab.evaluate(
        """() => {
            const started = performance.now();
            for (let step = 0; step < 10; step += 1) {
                view.show(step * 600, step % 2 ? 7200 : 600);
                lanes.draw();
            }
            return (performance.now() - started) / 10;
        }"""
    )
    assert milliseconds < 250
    assert shown.tab.evaluate("pictures.loaded.size") < 400
    shown.tab.locator("#events button").nth(700).click()
    assert shown.seconds() == pytest.approx(7000, abs=0.1)
    shown.check()


def test_the_page_holds_the_video_byte_for_byte(show: Callable, film: Page, video: Path):
    shown = show(film)
    inside = shown.tab.evaluate("report.video").split(",", 1)[1]
    assert base64.b64decode(inside) == video.read_bytes()
