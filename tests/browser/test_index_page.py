"""The page over many videos in a real browser: it finds, sorts, opens, is walked by keys, and stays quick and inert."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser

from seehear.core.errors import Reason
from seehear.core.timeline import Event, Timeline
from seehear.report.contact_sheet import contact_sheet
from seehear.report.html import Page, encode_thumbnail, write_report
from seehear.report.index import Listed, write_index
from seehear.report.result import Item, Status
from tests.browser.conftest import COUNT_VIOLATIONS, Shown
from tests.browser.test_report_page import CONTRASTS
from tests.browser.test_serve_page import HOSTILE

EVENTS = {
    "holidays/church square.mp4": (40, [(5, 11, "bird", 0.97), (16, 24, "ball", 0.93), (30, 34, "bell", 0.96)]),
    "holidays/IMG_10.mp4": (24, [(3, 9, "metronome", 0.91), (14, 18, "bell", 0.95)]),
    "holidays/IMG_9.mp4": (75, [(5 * n, 5 * n + 3, "alarm clock", 0.5 + n / 100) for n in range(15)]),
    "Café.mp4": (300, [(100, 110, "kettle", 0.55)]),
    "quiet evening.mp4": (30, []),
}
BAD = [
    Item("trip/notes.mp4", Status.FAILED, Reason.NOT_MEDIA, message="trip/notes.mp4: it is not a video"),
    Item("trip/late.mp4", Status.FAILED, Reason.NOT_FOUND, message="there is no file trip/late.mp4; check the path"),
]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a call leaves it: five videos with their pages and sheets, two that were not read, the index."""
    folder = tmp_path_factory.mktemp("a stick #1")
    videos = []
    for name, (seconds, rows) in EVENTS.items():
        timeline = Timeline(float(seconds), tuple(Event(*row) for row in rows))
        item, stem = Item(f"trip/{name}", Status.OK, timeline=timeline), name.removesuffix(".mp4")
        thumbnails = {n: encode_thumbnail(np.full((64, 64, 3), min(250, 5 * n), np.uint8)) for n in range(seconds)}
        page, sheet = folder / f"{stem}.html", folder / "thumbnails" / f"{stem}.jpg"
        write_report(page, Page(Path(name).name, timeline, thumbnails=thumbnails))
        sheet.parent.mkdir(parents=True, exist_ok=True)
        sheet.write_bytes(contact_sheet(timeline, thumbnails, hop_seconds=1.0) or b"")
        videos.append(Listed(item, f"{stem}.html", f"thumbnails/{stem}.jpg"))
    write_index(folder / "index.html", [*videos, *map(Listed, BAD)], {"name": "agreement", "provenance": {"seed": 0}})
    return folder


@pytest.fixture
def visit(browser: Browser, results: Path) -> Iterator[Callable[..., Shown]]:
    """Open the page, or another one: `visit(path, width=..., scheme=..., address=...)`."""
    contexts = []

    def open_page(
        path: Path = results / "index.html", *, width: int = 1280, scheme: str = "light", address: str = ""
    ) -> Shown:
        context = browser.new_context(viewport={"width": width, "height": 860}, color_scheme=scheme)
        contexts.append(context)
        shown = Shown(context.new_page())
        shown.tab.add_init_script(COUNT_VIOLATIONS)
        shown.tab.on("console", lambda message: shown.complaints.append(f"{message.type}: {message.text}"))
        shown.tab.on("pageerror", lambda error: shown.complaints.append(f"error: {error}"))
        shown.tab.on("request", lambda request: shown.requests.append(request))
        shown.tab.goto(path.as_uri() + address)
        shown.wait("document.readyState === 'complete'")
        return shown

    yield open_page
    for context in contexts:
        context.close()


def titles(shown: Shown) -> list[str]:
    return shown.tab.locator("#results .title").all_text_contents()


def type_words(shown: Shown, words: str) -> None:
    shown.tab.keyboard.press("/")
    shown.tab.keyboard.type(words)


def focused(shown: Shown) -> str:
    return shown.tab.evaluate("document.activeElement.textContent")


def test_it_shows_every_video_the_totals_and_what_was_not_read(visit: Callable[..., Shown]):
    shown = visit()
    assert shown.tab.locator("h1").inner_text() == "trip"
    assert titles(shown) == [Path(name).name for name in EVENTS]
    facts = shown.tab.locator("#summary div").all_inner_texts()
    assert [" ".join(fact.split()) for fact in facts] == [
        "Videos 7", "Length 7:49", "Events 21", "Categories 6", "Not read 2",
    ]  # fmt: skip
    assert list(filter(None, shown.tab.locator("#failures .failure").all_inner_texts()[0].split("\n"))) == [
        "notes.mp4", "not media", "trip/notes.mp4: it is not a video",
    ]  # fmt: skip
    assert shown.tab.locator("#model").inner_text().split("\n") == ["name", "agreement", "provenance · seed", "0"]
    assert shown.tab.get_by_text("Nothing was both seen and heard").count() == 1
    shown.check()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("CHURCH", ["church square.mp4"]),
        ("cafe", ["Café.mp4"]),
        ("bell", ["church square.mp4", "IMG_10.mp4"]),
        ("img bell", ["IMG_10.mp4"]),
        ("ball bird", ["church square.mp4"]),
        ("bell kettle", []),
        ("holidays/", ["church square.mp4", "IMG_10.mp4", "IMG_9.mp4"]),
    ],
)
def test_typing_finds_videos_by_name_and_by_category(visit: Callable[..., Shown], words: str, found: list[str]):
    shown = visit()
    type_words(shown, words)
    assert titles(shown) == found
    shown.wait("document.getElementById('said').textContent !== ''")
    spoken = shown.tab.locator("#said").text_content()
    assert spoken.startswith(f"{len(found)} of 5 videos, ")
    assert shown.tab.locator("#matches").text_content() in spoken
    assert shown.tab.get_by_text("Nothing matches").is_visible() == (not found)
    shown.tab.keyboard.press("Escape")
    assert len(titles(shown)) == 5
    shown.check()


def test_a_word_for_a_category_leaves_its_events_alone_standing(visit: Callable[..., Shown]):
    shown = visit()
    type_words(shown, "church bell")
    assert shown.tab.locator("#results .tile .what").all_inner_texts() == ["bell"]
    assert "1 of 3 events" in shown.tab.locator("#results .facts").inner_text()


def test_categories_are_buttons_with_counts_and_several_mean_any(visit: Callable[..., Shown]):
    shown = visit()
    words = [" ".join(text.split()) for text in shown.tab.locator("#categories button").all_inner_texts()]
    assert words[:2] == ["alarm clock 15 events", "bell 2 events"]
    for name, found in (("kettle", ["Café.mp4"]), ("ball", ["church square.mp4", "Café.mp4"])):
        shown.tab.locator("#categories button", has_text=name).click()
        assert titles(shown) == found
    assert shown.tab.locator("#categories [aria-pressed=true]").count() == 2
    assert shown.tab.locator("#results .tile .what").all_inner_texts() == ["ball", "kettle"]
    shown.tab.locator("#categories button", has_text="ball").click()
    assert focused(shown).startswith("ball"), "the focus stays where it was"
    assert titles(shown) == ["Café.mp4"]
    shown.check()


@pytest.mark.parametrize(
    ("order", "first", "last"),
    [
        ("name", "Café.mp4", "quiet evening.mp4"),
        ("events", "IMG_9.mp4", "quiet evening.mp4"),
        ("length", "Café.mp4", "IMG_10.mp4"),
        ("score", "church square.mp4", "quiet evening.mp4"),
    ],
)
def test_sorting(visit: Callable[..., Shown], order: str, first: str, last: str):
    shown = visit()
    shown.tab.locator("#sort").select_option(order)
    found = titles(shown)
    assert (found[0], found[-1]) == (first, last)
    if order == "name":
        assert found.index("IMG_9.mp4") < found.index("IMG_10.mp4"), "as people count"


def test_a_picture_of_an_event_is_its_cell_of_the_sheet_and_opens_the_video_there(visit: Callable[..., Shown]):
    """The video's grey rises by 5 a second: the middle of the bell at 14-18 s is 80."""
    shown = visit()
    tile = shown.tab.locator("#results li.video", has_text="IMG_10").locator(".tile").nth(1)
    tile.scroll_into_view_if_needed()
    shown.wait("[...document.images].every((image) => image.complete && image.naturalWidth)")
    box = tile.locator(".cell").bounding_box()
    middle = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2, "width": 1, "height": 1}
    png = shown.tab.screenshot(clip=middle)
    assert Image.open(io.BytesIO(png)).convert("RGB").getpixel((0, 0))[0] == pytest.approx(80, abs=6)
    tile.click()
    shown.tab.wait_for_url("**/IMG_10.html#t=14")
    assert shown.tab.evaluate("player.time") == pytest.approx(14)
    assert shown.tab.locator("#events [aria-current=true] .name").all_inner_texts() == ["bell"]
    assert shown.complaints == []
    shown.tab.go_back()
    shown.wait("document.querySelector('#results .title') !== null")
    assert shown.tab.title() == "trip"


def test_a_video_shows_its_first_events_and_the_others_when_asked(visit: Callable[..., Shown]):
    shown = visit()
    row = shown.tab.locator("#results li.video", has_text="IMG_9")
    assert row.locator("a.tile").count() == 5
    row.locator("button.rest").click()
    assert row.locator("a.tile").count() == 15
    assert shown.tab.evaluate("document.activeElement.hash") == "#t=25"


def test_all_events_as_one_contact_sheet(visit: Callable[..., Shown]):
    shown = visit()
    shown.tab.keyboard.press("v")
    assert shown.tab.locator("#results > li").count() == 21
    type_words(shown, "bell")
    links = shown.tab.evaluate("[...document.querySelectorAll('#results .tile')].map((tile) => tile.href)")
    assert [link.rpartition("/")[2] for link in links] == ["church%20square.html#t=30", "IMG_10.html#t=14"]
    assert shown.tab.locator("#results .tile .of").all_inner_texts()[0] == "holidays/church square.mp4"
    shown.tab.keyboard.press("Enter")
    shown.tab.keyboard.press("ArrowRight")
    assert "IMG_10" in focused(shown)
    shown.check()


def test_the_keyboard_alone_walks_and_opens(visit: Callable[..., Shown]):
    shown = visit()
    shown.tab.keyboard.press("?")
    assert shown.tab.locator("#keys").is_visible()
    shown.tab.keyboard.press("Escape")
    assert not shown.tab.locator("#keys").is_visible()
    for key, words in [
        ("ArrowDown", "church square.mp4"), ("ArrowDown", "IMG_10.mp4"), ("ArrowUp", "church square.mp4"),
        ("ArrowRight", "bird"), ("ArrowRight", "ball"), ("ArrowLeft", "bird"), ("ArrowDown", "IMG_10.mp4"),
    ]:  # fmt: skip
        shown.tab.keyboard.press(key)
        assert words in focused(shown), key
    shown.tab.keyboard.press("ArrowRight")
    shown.tab.keyboard.press("Enter")
    shown.tab.wait_for_url("**/IMG_10.html#t=3")
    shown.tab.go_back()
    shown.wait("document.activeElement.className === 'name title'")
    assert focused(shown) == "IMG_10.mp4", "the way back leads to where one was"


def test_a_search_stands_in_the_address_and_comes_back(visit: Callable[..., Shown], results: Path):
    shown = visit()
    type_words(shown, "bell")
    shown.tab.locator("#sort").select_option("length")
    address = "#" + shown.tab.url.partition("#")[2]
    again = visit(address=address)
    assert titles(again) == titles(shown) == ["church square.mp4", "IMG_10.mp4"]
    strange = visit(address="#q=%zz&category=nothing&sort=constructor&view=__proto__&at=1e99")
    assert len(titles(strange)) in (0, 5)
    strange.check()


def test_a_screen_reader_finds_landmarks_headings_and_lists(visit: Callable[..., Shown]):
    shown = visit()
    roles = shown.tab.locator("body").aria_snapshot()
    for landmark in ("banner", 'search "Videos and events"', "main", "contentinfo", "- status"):
        assert landmark in roles, landmark
    for heading in ('heading "trip" [level=1]', 'heading "Videos" [level=2]', 'heading "Not read" [level=2]'):
        assert heading in roles
    assert 'list "Videos"' in roles
    assert 'searchbox "Search by name or category"' in roles
    assert 'link "bell 0:30 \u2013 0:34 score 0.96"' in roles
    sizes = shown.tab.locator("#results > li").first
    assert (sizes.get_attribute("aria-posinset"), sizes.get_attribute("aria-setsize")) == ("1", "5")
    unnamed = "[...document.querySelectorAll('button, a, input, select')].filter((b) => b.checkVisibility() && "
    unnamed += "!(b.ariaLabel || b.textContent.trim() || b.labels?.length)).length"
    assert shown.tab.evaluate(unnamed) == 0


@pytest.mark.parametrize("width", [320, 390, 768, 1280, 1920])
def test_no_width_scrolls_sideways(visit: Callable[..., Shown], width: int):
    shown = visit(width=width)
    for view in ("videos", "events"):
        shown.tab.evaluate("(view) => setView(view)", view)
        assert shown.tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert shown.tab.locator("#results .tile").first.bounding_box()["width"] >= 80
    shown.check()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_in_light_and_dark(visit: Callable[..., Shown], scheme: str):
    shown = visit(scheme=scheme)
    shown.tab.locator("#categories button").first.click()
    shown.tab.locator("#results .rest").click()
    contrasts = shown.tab.evaluate(CONTRASTS)
    assert len(contrasts) > 60
    assert [entry for entry in contrasts if entry[0] < 4.5] == []


@pytest.mark.parametrize("width", [1280, 390])
def test_hostile_names_are_text_and_nothing_more(visit: Callable[..., Shown], tmp_path: Path, width: int):
    videos = [
        Listed(Item(name, Status.OK, timeline=Timeline(9.0, (Event(1, 2, name),))), f"{number}.html", "none.jpg")
        for number, name in enumerate(HOSTILE)
    ]
    failed = [Listed(Item(name, Status.FAILED, Reason.NOT_MEDIA, message=name)) for name in HOSTILE]
    write_index(tmp_path / "index.html", [*videos, *failed], {name: name for name in HOSTILE})
    shown = visit(tmp_path / "index.html", width=width)
    assert shown.tab.locator("#results .what .name").all_text_contents() == list(HOSTILE)
    for view in ("events", "videos"):
        shown.tab.evaluate("(view) => setView(view)", view)
        for name in HOSTILE:
            shown.tab.evaluate("(name) => { search.text = name; changed(); }", name)
        shown.tab.evaluate("empty()")
    assert shown.tab.evaluate("window.stolen") is None
    assert (
        shown.tab.locator("iframe, script:not([type]) ~ script, #results svg, #results img[src=x], base").count() == 0
    )
    assert shown.tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    missing = "Failed to load resource: net::ERR_FILE_NOT_FOUND"
    assert [said for said in shown.complaints if missing not in said] == []
    assert shown.tab.evaluate("window.violations") == []


def test_three_thousand_videos_stay_quick(visit: Callable[..., Shown], tmp_path: Path):
    names = [f"category {number}" for number in range(101)]
    videos = [
        Listed(
            Item(f"all/day {n % 40}/film {n}.mp4", Status.OK, timeline=Timeline(
                600.0, tuple(Event(50 * k, 50 * k + 9, names[(n + k) % 101], 0.5) for k in range(n % 12)))),
            f"day {n % 40}/film {n}.html", None,
        )
        for n in range(3000)
    ]  # fmt: skip
    write_index(tmp_path / "index.html", videos, {})
    assert (tmp_path / "index.html").stat().st_size < 2 << 20
    shown = visit(tmp_path / "index.html")
    assert shown.tab.evaluate("document.querySelectorAll('*').length") < 12_000
    milliseconds = shown.tab.evaluate(
        """() => {
            const started = performance.now();
            for (const text of ["f", "fi", "film 29", "category 7 day", ""]) { search.text = text; changed(); }
            return (performance.now() - started) / 5;
        }"""
    )
    assert milliseconds < 1000
    shown.tab.evaluate("scrollTo(0, document.body.scrollHeight)")
    shown.wait("document.querySelectorAll('#results > li').length > 40")
    type_words(shown, "film 2999")
    assert titles(shown) == ["film 2999.mp4"]
    assert shown.tab.locator("#categories button").count() == 15
    shown.tab.locator("#categories button").last.click()
    assert shown.tab.locator("#categories button").count() == 102
    shown.check()


def test_printing_shows_every_result(visit: Callable[..., Shown], tmp_path: Path):
    videos = [Listed(Item(f"{n}.mp4", Status.OK, timeline=Timeline(1.0))) for n in range(130)]
    write_index(tmp_path / "index.html", videos, {})
    shown = visit(tmp_path / "index.html")
    shown.tab.emulate_media(media="print")
    shown.tab.pdf()
    assert len(titles(shown)) == 130
    assert not shown.tab.locator("#search").is_visible()


def test_a_call_without_any_video_that_was_read_still_has_a_page(visit: Callable[..., Shown], tmp_path: Path):
    write_index(tmp_path / "index.html", [Listed(item) for item in BAD], {})
    shown = visit(tmp_path / "index.html", width=390)
    assert shown.tab.locator("#failures .failure").count() == 2
    assert not shown.tab.locator("#results").is_visible()
    shown.tab.keyboard.press("ArrowDown")
    shown.check()
