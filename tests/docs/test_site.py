"""The site is built without network and asks nothing of any."""

from __future__ import annotations

import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.docs.pages import ROOT

FETCHED = {"src", "srcset", "data", "poster"}
LINKS_THAT_ONLY_LEAD = {"canonical", "prev", "next", "alternate"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as `make docs` builds it; proxies that lead nowhere stand for a machine without network."""
    pytest.importorskip("zensical", reason="needs pip install 'seehear[docs]'")
    folder = tmp_path_factory.mktemp("project")
    shutil.copy(ROOT / "zensical.toml", folder)
    shutil.copytree(ROOT / "docs", folder / "docs")
    nowhere = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    command = [sys.executable, "-m", "zensical", "build", "--clean", "--strict"]
    built = subprocess.run(command, cwd=folder, env=nowhere, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    return folder / "site"


class References(HTMLParser):
    """What a page fetches by itself, where its links lead, and what in it can be linked to."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.led: list[str] = []
        self.names: set[str] = set()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.names |= {given["id"]} if "id" in given else set()
        self.fetched += [value for name, value in given.items() if name in FETCHED]
        if tag == "a" and "href" in given:
            self.led.append(given["href"])
        elif tag == "link" and not LINKS_THAT_ONLY_LEAD & set(given.get("rel", "").split()):
            self.fetched.append(given["href"])


def test_every_page_is_there_and_fetches_nothing_from_elsewhere(site: Path) -> None:
    pages = {page.stem for page in (ROOT / "docs").glob("*.md")}
    assert pages <= {page.stem for page in site.glob("*.html")}
    for page in site.rglob("*.html"):
        remote = [address for address in References(page).fetched if address.startswith(("http:", "https:", "//"))]
        assert not remote, f"{page.name} fetches {remote}"


def test_styles_fetch_nothing_from_elsewhere(site: Path) -> None:
    styles = list(site.rglob("*.css"))
    assert styles
    for style in styles:
        text = style.read_text(encoding="utf-8").replace('"', "").replace("'", "")
        assert "url(http" not in text
        assert "url(//" not in text
        assert "@import" not in text


def test_links_between_the_built_pages_lead_somewhere(site: Path) -> None:
    here = {page.name: References(page) for page in site.glob("*.html") if page.name != "404.html"}
    for name, references in here.items():
        for address in references.led + references.fetched:
            parts = urlsplit(address)
            if parts.scheme:
                continue
            target = Path(unquote(parts.path)).name if parts.path not in ("", ".", "./") else name
            assert (site / unquote(parts.path or name)).exists(), f"{name}: {address}"
            if parts.fragment and target in here:
                assert parts.fragment in here[target].names, f"{name}: {address}"


def test_programs_that_make_pages_are_not_on_the_site(site: Path) -> None:
    assert not list(site.rglob("*.py"))
