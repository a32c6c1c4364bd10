"""Write docs/commands.md, every command with all of its options, from the command line itself; `make docs` does so."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import seehear.cli  # noqa: F401 (adds the commands)
from seehear.cli.app import app

PAGE = Path(__file__).resolve().parents[1] / "commands.md"
VIDEOS, RESEARCH, THE_REST = "For people with videos", "For researchers", "A first try, and what is installed"
SECTIONS = {
    VIDEOS: ("localize", "convert", "clips", "overlay", "serve", "teach"),
    RESEARCH: (
        *("models", "scenes", "data", "extract", "train", "evaluate", "tables", "explain", "reproduce", "publish"),
    ),
}
INTRODUCTION = """\
# Every command

This page is made from what `seehear COMMAND --help` prints. Results go to stdout, progress and messages to stderr. Exit
codes: 0 all well, 1 some items failed, 2 usage, 3 environment (weights, disk, damaged files), 130 interrupted.
"""
HEADING = re.compile(r"^# (seehear .+)\n", re.MULTILINE)
USAGE = re.compile(r"```console\n(.*)\n```\n")


def page() -> str:
    """The whole page as Markdown: tables of commands by section, then each in full."""
    described = descriptions()
    sections: dict[str, list[str]] = {VIDEOS: [], RESEARCH: [], THE_REST: []}
    for name in sorted(described, key=place):
        sections[section_of(name)].append(name)
    contents = [f"## {title}\n\n{table(names, described)}" for title, names in sections.items()]
    in_full = [f"### {name}\n\n{described[name]}" for names in sections.values() for name in names]
    return "\n".join([INTRODUCTION, *contents, "## In full\n", *in_full])


def descriptions() -> dict[str, str]:
    """What there is to say of each command, by its whole name. Commands that only hold others are left out."""
    document = app.generate_docs(recursive=True, flatten_commands=True, heading_level=1)
    _, *parts = HEADING.split(document)
    described = {name: readable(text) for name, text in zip(parts[::2], parts[1::2], strict=True)}
    return {name: text for name, text in described.items() if text.startswith("```")}


def readable(text: str) -> str:
    """Usage is not for typing; a switch is off and a list is empty unless given, which need not be said each time."""
    text = USAGE.sub(r"```text\n\1\n```\n", text)
    return re.sub(r" \*\[default: (False|\(\))\]\*", "", text).strip() + "\n"


def section_of(name: str) -> str:
    """Where a command is listed; one that no section names is in the last, so that none is left out."""
    return next((title for title, names in SECTIONS.items() if name.split()[1] in names), THE_REST)


def place(name: str) -> tuple[int, str]:
    named = [command for names in SECTIONS.values() for command in names]
    first = name.split()[1]
    return (named.index(first) if first in named else len(named), name)


def table(names: list[str], described: dict[str, str]) -> str:
    rows = [f"| [`{name}`](#{name.replace(' ', '-')}) | {first_line(described[name])} |" for name in names]
    return "\n".join(["| command | |", "|---|---|", *rows, ""])


def first_line(text: str) -> str:
    paragraph = text.split("```\n", 1)[1].strip().split("\n\n")[0]
    return " ".join(paragraph.split()).replace("|", r"\|")


if __name__ == "__main__":
    Path(sys.argv[1] if sys.argv[1:] else PAGE).write_text(page(), encoding="utf-8")
