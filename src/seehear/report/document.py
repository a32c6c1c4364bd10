"""A page of headings, sentences, tables and pictures in one HTML file that asks nothing of any network."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from seehear.report.result import printable
from seehear.report.single_file import page_style, policy, source_hash
from seehear.storage.files import write_text


@dataclass(frozen=True)
class Text:
    """One paragraph."""

    text: str


@dataclass(frozen=True)
class Cells:
    """A table; cells behind the first column are set as numbers where they begin with one."""

    heads: Sequence[str]
    lines: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Notes:
    """A list, numbered or not."""

    lines: Sequence[str]
    numbered: bool = False


@dataclass(frozen=True)
class Picture:
    """A PNG, inside the page."""

    png: bytes
    description: str


@dataclass(frozen=True)
class Files:
    """Links to files that lie beside the page."""

    names: Sequence[str]


@dataclass(frozen=True)
class Folded:
    """What is shown when it is asked for."""

    title: str
    blocks: Sequence[Block]


Block = Text | Cells | Notes | Picture | Files | Folded


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it."""

    title: str
    blocks: Sequence[Block]


def write_document(path: Path, title: str, sections: Sequence[Section]) -> None:
    """Write the page to `path`, wholly or not at all."""
    write_text(path, document(title, sections))


def document(title: str, sections: Sequence[Section]) -> str:
    """The page as text; whatever stands in titles and cells is shown as it is and never taken for HTML."""
    style = page_style("document")
    allowed = policy({"style-src": source_hash(style), "img-src": "data:"})
    return "\n".join(
        (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{allowed}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{_shown(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n<h1>{_shown(title)}</h1>",
            *(line for section in sections for line in _section(section)),
            "</body>\n</html>\n",
        )
    )


def _section(section: Section) -> Iterator[str]:
    yield f"<section>\n<h2>{_shown(section.title)}</h2>"
    for block in section.blocks:
        yield from _block(block)
    yield "</section>"


def _block(block: Block) -> Iterator[str]:
    match block:
        case Text(text):
            yield f"<p>{_shown(text)}</p>"
        case Cells(heads, lines):
            yield '<div class="wide"><table>'
            yield _row(f'<th scope="col">{_shown(head)}</th>' for head in heads)
            yield from (_row(_cell(cell, column) for column, cell in enumerate(line)) for line in lines)
            yield "</table></div>"
        case Notes(lines, numbered):
            kind = "ol" if numbered else "ul"
            yield f"<{kind}>{''.join(f'<li>{_shown(line)}</li>' for line in lines)}</{kind}>"
        case Picture(png, description):
            address = f"data:image/png;base64,{base64.b64encode(png).decode()}"
            yield f'<div class="wide"><img src="{address}" alt="{_shown(description)}"></div>'
        case Files(names):
            links = [f'<a href="{_shown(name)}">{_shown(name)}</a>' for name in names]
            yield f"<p>{' · '.join(links)}</p>"
        case Folded(title, blocks):
            yield f"<details><summary>{_shown(title)}</summary>"
            for member in blocks:
                yield from _block(member)
            yield "</details>"


def _row(cells: Iterable[str]) -> str:
    return f"<tr>{''.join(cells)}</tr>"


def _cell(text: str, column: int) -> str:
    number = column > 0 and (text[:1].isdigit() or text == "-")
    kind = ' class="number"' if number else ""
    return f"<td{kind}>{_shown(text)}</td>"


def _shown(text: str) -> str:
    return html.escape(printable(text))
