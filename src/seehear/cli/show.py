"""What people read: results on stdout, messages and progress on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from seehear.core.terminal import plain_wanted, redraws
from seehear.core.time import clock

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console
    from rich.progress import TaskID

    from seehear.doctor import Section
    from seehear.extract import Extraction
    from seehear.report.result import Item


_ENDLESS_COLUMNS = 10_000


def say(text: str) -> None:
    sys.stdout.write(text.rstrip("\n") + "\n")
    sys.stdout.flush()


def note(text: str) -> None:
    sys.stderr.write(text.rstrip("\n") + "\n")
    sys.stderr.flush()


def console(width: int | None = None) -> Console:
    """Stdout, in colour where that is a terminal or `FORCE_COLOR` asks for it, unless plain text is asked for."""
    from rich.console import Console

    return Console(color_system=None, force_terminal=False, width=width) if plain_wanted() else Console(width=width)


@contextmanager
def bar(title: str) -> Iterator[Callable[..., None]]:
    """A progress bar on stderr where that is a terminal; yields a function of done, all and, if it changes, title."""
    if not redraws(sys.stderr):
        yield lambda done, total, title=title: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(show_speed=True),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        tasks: dict[str, TaskID] = {}

        def advance(done: int, total: int, title: str = title) -> None:
            if title not in tasks:
                tasks[title] = progress.add_task(title, total=total)
            progress.update(tasks[title], completed=done)

        yield advance


def show_item(item: Item) -> None:
    """The events of one video for people, or why there are none."""
    if item.timeline is None:
        show_message(item)
        return
    say(f"{item.path}  ({clock(item.timeline.duration_seconds)})")
    if item.message:
        note(f"{item.path}: {item.message}")
    for event in item.timeline:
        say(str(event))
    if not item.timeline:
        say("    nothing was both seen and heard")


def show_message(item: Item) -> None:
    """With `--json` stdout holds the one object only; what a person should know still goes to stderr."""
    if item.message:
        note(item.message if item.path in item.message else f"{item.path}: {item.message}")


def show_extraction(row: Extraction) -> None:
    if row.features is None:
        note(f"{row.path}: {row.message}")
    else:
        state = "already stored" if row.already_stored else row.message or "stored"
        say(f"{row.path}  {len(row.features)} segments  {state}")


class FailedVideos:
    """Says of each video that is left out why, and is true once there is one."""

    def __init__(self) -> None:
        self.paths: list[Path] = []

    def __call__(self, row: Extraction) -> None:
        if row.features is None:
            note(f"left out {row.path}: {row.message}")
            self.paths.append(row.path)

    def __bool__(self) -> bool:
        return bool(self.paths)


_COLOURS = {"ok": "green", "missing": "yellow", "problem": "bold red"}


def show_section(section: Section) -> None:
    """What the doctor found, a line each and one for the next step; only a terminal's lines are broken to its width."""
    from rich.table import Table
    from rich.text import Text

    from seehear.report.result import printable

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in section.findings:
        state = Text(finding.state, style=_COLOURS[finding.state])
        table.add_row(state, Text(printable(finding.name)), Text(printable(finding.value)))
        if finding.next_step:
            table.add_row("", "", Text(f"-> {printable(finding.next_step)}", style="bold"))
    screen = console(width=None if sys.stdout.isatty() else _ENDLESS_COLUMNS)
    with screen.capture() as drawn:
        screen.print(Text(section.title, style="bold"))
        screen.print(table)
    say("\n".join(line.rstrip() for line in drawn.get().splitlines()))
    say("")
