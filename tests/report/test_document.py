"""A page of tables and pictures: what stands in it is text, and nothing is asked of any network."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

from seehear.report.document import Cells, Files, Folded, Notes, Picture, Section, Text, document

SECTIONS = [
    Section(
        "First <b>",
        [
            Text("5 < 6 & 7"),
            Cells(("row", "accuracy %"), [("<script>alert(1)</script>", "78.5"), ("psp", "-"), ("pf-ME [1]", "n/a")]),
            Notes(["one", 'two "quoted"'], numbered=True),
            Folded("more", [Picture(b"png", "a 'picture'"), Files(["table-1.md"])]),
        ],
    )
]


class Reader(HTMLParser):
    """Tags with their attributes, and all text between them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    return reader


def test_text_is_shown_as_it_is_and_never_taken_for_html() -> None:
    reader = read(document('Tables "I" <to> IV', SECTIONS))
    assert not reader.open
    assert {tag for tag, _ in reader.tags} & {"script", "b", "to"} == set()
    for text in ('Tables "I" <to> IV', "First <b>", "5 < 6 & 7", "<script>alert(1)</script>", 'two "quoted"'):
        assert text in reader.texts


def test_numbers_are_set_as_numbers() -> None:
    cells = [attributes.get("class") for tag, attributes in read(document("t", SECTIONS)).tags if tag == "td"]
    assert cells == [None, "number", None, "number", None, None]


def test_the_policy_allows_the_style_by_its_hash_and_no_network() -> None:
    page = document("t", SECTIONS)
    style = re.search(r"<style>(.*)</style>", page, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policies = [attributes["content"] or "" for tag, attributes in read(page).tags if "http-equiv" in attributes]
    assert len(policies) == 1
    assert "default-src 'none'" in policies[0]
    assert f"style-src 'sha256-{digest}'" in policies[0]
    assert "http" not in page.replace("http-equiv", "")


def test_pictures_are_inside_with_their_description() -> None:
    (picture,) = [attributes for tag, attributes in read(document("t", SECTIONS)).tags if tag == "img"]
    assert picture == {"src": f"data:image/png;base64,{base64.b64encode(b'png').decode()}", "alt": "a 'picture'"}
