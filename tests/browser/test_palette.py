"""A category has one colour, in the browser's page and in the pictures that are drawn without one."""

from __future__ import annotations

from importlib.resources import files

import pytest
from playwright.sync_api import Browser

from seehear.core.palette import category_colour, oklch

COLOURS = """(names) => {
  document.documentElement.style.setProperty("--tone", "0.74");
  document.documentElement.style.setProperty("--chroma", "0.135");
  const context = document.createElement("canvas").getContext("2d");
  return names.map((name) => {
    context.fillStyle = mixedColour(name);
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  });
}"""


def test_names_have_the_colours_of_the_page(browser: Browser) -> None:
    names = ["dog", "church bell", "Male speech, man speaking", "\u72ac", "\U0001f415 x", "", *map(str, range(60))]
    tab = browser.new_page()
    tab.add_script_tag(content=(files("seehear.report") / "page" / "look" / "words.js").read_text())
    for name, shown in zip(names, tab.evaluate(COLOURS, names), strict=True):
        assert category_colour(name) == pytest.approx(tuple(shown), abs=1), name
    tab.close()


def test_a_known_colour_of_oklch() -> None:
    """CSS Color 4: sRGB red is oklch(0.62796 0.25768 29.234)."""
    assert oklch(0.62796, 0.25768, 29.234) == (255, 0, 0)
    assert oklch(1, 0, 0) == (255, 255, 255)
