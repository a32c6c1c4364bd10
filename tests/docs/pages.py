"""The pages of the documentation as their readers meet them: blocks, spans of code, links and headings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
GENERATED = ROOT / "docs" / "commands.md"
_MARK = re.compile(r"<!-- runs(?P<needs>[a-z ]*)-->")


@dataclass(frozen=True)
class Block:
    """A fenced block. `<!-- runs -->` on the line before it says that the tests run it.

    Further words within: `long`, with the long checks; `light`, where the weights of `light` are at hand; `roughly`,
    the numbers that it shows may be others, as those of a training are on another machine.
    """

    page: Path
    line: int
    language: str
    text: str
    runs: bool = False
    needs: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path) -> list[Block]:
    """Every fenced block, also those within lists."""
    found, mark = [], None
    for token in _tokens(page):
        if token.type == "fence" and token.map:
            needs = frozenset(mark["needs"].split()) if mark else frozenset()
            line = token.map[0] + 1
            found.append(Block(page, line, token.info.strip(), token.content, mark is not None, needs))
        mark = _MARK.fullmatch(token.content.strip()) if token.type == "html_block" else None
    return found


def code_spans(page: Path) -> list[str]:
    """Code within sentences and tables."""
    return [part.content for part in _inline(page) if part.type == "code_inline"]


def links(page: Path) -> Iterator[str]:
    """Where every link and every picture points."""
    for part in _inline(page):
        if part.type in ("link_open", "image"):
            yield str(part.attrs["src" if part.type == "image" else "href"])


def anchors(page: Path) -> set[str]:
    """What headings are called in addresses, by the rule of code hosts."""
    tokens, seen, named = _tokens(page), Counter(), set()
    for opening, heading in pairwise(tokens):
        if opening.type != "heading_open":
            continue
        words = "".join(part.content for part in heading.children or [])
        name = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
        named.add(f"{name}-{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return named


def _tokens(page: Path) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8"))


def _inline(page: Path) -> Iterator[Token]:
    for token in _tokens(page):
        yield from token.children or []
