"""Markdown that shows any text as that text: nobody's category name becomes a heading, a link or a script."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

_SPECIAL = re.compile(r"""[\\`*_\[\]<>{}&|~$:!#@^="]|(?<=[wW])\.""")
"""What can begin something within a line, `www.` among it: a backslash takes its meaning away (CommonMark 2.4)."""


def plain(text: str) -> str:
    """A text on one line, without control and format characters."""
    shown = (" " if character.isspace() else character for character in text)
    kept = (character for character in shown if unicodedata.category(character)[0] != "C")
    return " ".join("".join(kept).split())


def escaped(text: object) -> str:
    """A text as it stands, for within a line or a cell of a table, where no line of its own can begin."""
    return _SPECIAL.sub(lambda found: f"\\{found[0]}", plain(str(text)))


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table of texts, each escaped."""
    lines = [_line(heads), "|" + " --- |" * len(heads), *(_line([escaped(cell) for cell in row]) for row in rows)]
    return "\n".join(lines)


def front_matter(facts: Mapping[str, object]) -> str:
    """JSON values as the YAML block at the head of a page: every value in JSON's notation, which YAML reads too."""
    return "\n".join(
        [
            "---",
            *(f"{key}: {json.dumps(_plain_values(value), ensure_ascii=False)}" for key, value in facts.items()),
            "---",
        ]
    )


def _plain_values(value: object) -> object:
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, Mapping):
        return {name: _plain_values(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain_values(one) for one in value]
    return value


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
