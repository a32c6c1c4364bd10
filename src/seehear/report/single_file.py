"""A page in one file: a frame of HTML with its style, its script and its data inside, and a policy that allows no more.

`page/<name>/<name>.html` holds `{{title}}`, `{{policy}}`, `{{style}}`, `{{script}}` and `{{payload}}`; what pages share
lies in `page/look`. Scripts and styles are allowed by their hash alone, and text of a result reaches the page as JSON.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any

from seehear.report.result import finite, printable

_PAGES = files("seehear.report") / "page"


def page_part(name: str) -> str:
    """The text of a file below `page`."""
    return _PAGES.joinpath(name).read_text(encoding="utf-8")


def page_style(name: str) -> str:
    """What all pages look like, and what one kind of them has beyond that."""
    return page_part("look/look.css") + page_part(f"{name}/{name}.css")


def page_pieces(
    name: str, title: str, payload: Iterable[str], *, scripts: Sequence[str], sources: Mapping[str, str]
) -> Iterator[str]:
    """The page in parts, so that a large one is never held as a whole.

    Args:
        name: of the folder below `page`, and of the frame and the style in it.
        payload: JSON text in pieces, made with :func:`json_inside_html`.
        scripts: below `page`, without their suffix, in order.
        sources: what the policy allows beside the page's own script and style, such as `{"img-src": "data:"}`.
    """
    script = '"use strict";\n' + "\n".join(page_part(f"{part}.js") for part in scripts)
    style = page_style(name)
    allowed = {"script-src": source_hash(script), "style-src": source_hash(style), **sources}
    content = {"title": html.escape(printable(title)), "policy": policy(allowed), "style": style, "script": script}
    for number, part in enumerate(re.split(r"\{\{(\w+)\}\}", page_part(f"{name}/{name}.html"))):
        if number % 2 == 0:
            yield part
        elif part == "payload":
            yield from payload
        else:
            yield content[part]


def policy(sources: Mapping[str, str]) -> str:
    """A Content-Security-Policy under which a page may use these sources, and nothing else of anywhere."""
    allowed = {"default-src": "'none'", **sources, "base-uri": "'none'", "form-action": "'none'"}
    return "; ".join(f"{directive} {source}" for directive, source in allowed.items())


def source_hash(text: str) -> str:
    """The source expression for one script or style."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def json_inside_html(value: Any) -> str:
    """JSON in which nothing can end the element that holds it: `<` never appears."""
    return json.dumps(value, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")


def card_lines(card: Mapping[str, Any]) -> list[list[str]]:
    """A nested card of a model as pairs of words and text."""
    return [[printable(words), text] for words, text in _flat(finite(card))]


def _flat(card: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in card.items():
        words = prefix + key.replace("_", " ")
        if isinstance(value, Mapping):
            yield from _flat(value, f"{words} · ")
        elif value is not None and value not in ("", []):
            yield words, ", ".join(str(part) for part in value) if isinstance(value, list) else str(value)
