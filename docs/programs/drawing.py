"""Boxes, arrows and words as an SVG that is legible on light and on dark pages: it brings its own ground."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

STYLE = """
text { font: 15px system-ui, sans-serif; fill: #1d1d1b; text-anchor: middle; }
.left { text-anchor: start; } .right { text-anchor: end; }
.title { font-weight: 600; } .small { font-size: 13px; fill: #55554f; }
.sheet { fill: #fcfcfa; stroke: #deded8; }
.plain { fill: #f0f0ea; stroke: #8a8a82; }
.seen { fill: #dce9f8; stroke: #3a6ea8; }
.heard { fill: #fce7cf; stroke: #b06c1a; }
.motion { fill: #e0f1da; stroke: #4b8136; }
.both { fill: #ebdcf4; stroke: #7f4b9f; }
.arrow { fill: none; stroke: #66665f; stroke-width: 1.6; }
.head { fill: #66665f; }
.rule { stroke: #c9c9c2; }
@media (prefers-color-scheme: dark) {
  text { fill: #ecece6; } .small { fill: #b4b4ac; }
  .sheet { fill: #1b1b1d; stroke: #3a3a3e; }
  .plain { fill: #2b2b2e; stroke: #8a8a86; }
  .seen { fill: #1d3247; stroke: #6aa3dd; }
  .heard { fill: #45300f; stroke: #dd9d4b; }
  .motion { fill: #213a1a; stroke: #7db968; }
  .both { fill: #382245; stroke: #b886d6; }
  .arrow { stroke: #a5a59e; } .head { fill: #a5a59e; } .rule { stroke: #45454a; }
}
"""
LINE_HEIGHT = 19


class Sheet:
    """A drawing of a given size in pixels; `described` is what a screen reader says."""

    def __init__(self, width: int, height: int, described: str) -> None:
        self._head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            f'role="img" aria-label="{escape(described)}">'
        )
        self._parts = [
            f"<title>{escape(described)}</title><style>{STYLE}</style>",
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
            'orient="auto-start-reverse"><path class="head" d="M0 0 8 4 0 8Z"/></marker></defs>',
            f'<rect class="sheet" x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="10"/>',
        ]

    def words(self, x: float, y: float, text: str, kind: str = "") -> None:
        """One line of text, centred on x unless `kind` says `left` or `right`."""
        self._parts.append(f'<text class="{kind}" x="{x:g}" y="{y:g}">{escape(text)}</text>')

    def bar(self, x: float, y: float, width: float, height: float, kind: str) -> None:
        self._parts.append(f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="6"/>')

    def box(self, x: float, y: float, width: float, height: float, lines: Sequence[str], kind: str = "plain") -> None:
        """A box with its name in the first line and small print below, in its middle."""
        self._parts.append('<g class="box">')
        self.bar(x, y, width, height, kind)
        top = y + height / 2 - LINE_HEIGHT * (len(lines) - 1) / 2 + 5
        for number, line in enumerate(lines):
            self.words(x + width / 2, top + LINE_HEIGHT * number, line, "small" if number else "title")
        self._parts.append("</g>")

    def arrow(self, *points: tuple[float, float]) -> None:
        """Along the points, with its tip at the last."""
        path = " ".join(f"{x:g},{y:g}" for x, y in points)
        self._parts.append(f'<polyline class="arrow" points="{path}" marker-end="url(#tip)"/>')

    def rule(self, x: float, top: float, bottom: float) -> None:
        self._parts.append(f'<line class="rule" x1="{x:g}" x2="{x:g}" y1="{top:g}" y2="{bottom:g}"/>')

    def svg(self) -> str:
        return "\n".join([self._head, *self._parts, "</svg>", ""])
