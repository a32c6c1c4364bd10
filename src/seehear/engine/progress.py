"""What a person sees of a training: one line on stderr with rate and time left, nothing where no one looks."""

from __future__ import annotations

import sys
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from seehear.core.terminal import redraws


class Watch:
    """Told of every step and epoch of a training; this one keeps quiet. Raising from a call stops the training."""

    def start(self, title: str, step: int, total_steps: int) -> None:
        """Training begins, or goes on from `step`."""

    def on_step(self, step: int, loss: float) -> None:
        """`step` steps are done."""

    def on_epoch(self, record: dict[str, float]) -> None:
        """An epoch was trained and validated."""

    def tell(self, sentence: str) -> None:
        """Something that a person should know of this training."""

    def stop(self) -> None:
        """Training ended, well or not."""

    def __enter__(self) -> Watch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class Sentences(Watch):
    """For a log: no progress, but every sentence, on stderr."""

    def tell(self, sentence: str) -> None:
        sys.stderr.write(f"{sentence}\n")


class Together(Watch):
    """Several at once."""

    def __init__(self, *watches: Watch) -> None:
        self.watches = watches

    def start(self, title: str, step: int, total_steps: int) -> None:
        for watch in self.watches:
            watch.start(title, step, total_steps)

    def on_step(self, step: int, loss: float) -> None:
        for watch in self.watches:
            watch.on_step(step, loss)

    def on_epoch(self, record: dict[str, float]) -> None:
        for watch in self.watches:
            watch.on_epoch(record)

    def tell(self, sentence: str) -> None:
        for watch in self.watches:
            watch.tell(sentence)

    def stop(self) -> None:
        for watch in self.watches:
            watch.stop()


class TerminalWatch(Watch):
    """A progress bar with loss, last validation, steps a second and time left."""

    def __init__(self) -> None:
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("loss {task.fields[loss]:.3f} {task.fields[validation]}"),
            _Rate(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self.task = self.bar.add_task("training", total=None, loss=float("nan"), validation="")

    def start(self, title: str, step: int, total_steps: int) -> None:
        self.bar.update(self.task, description=title, total=total_steps, completed=step)
        self.bar.start()

    def on_step(self, step: int, loss: float) -> None:
        self.bar.update(self.task, completed=step, loss=loss)

    def on_epoch(self, record: dict[str, float]) -> None:
        shown = [f"{name} {value:.3f}" for name, value in record.items() if name not in _NOT_SHOWN]
        self.bar.update(self.task, validation=" ".join(shown))

    def tell(self, sentence: str) -> None:
        self.bar.console.print(sentence, markup=False, highlight=False)

    def stop(self) -> None:
        self.bar.stop()


def watch_terminal() -> Watch:
    """A progress bar where stderr is a terminal, only what must be told where it is not."""
    return TerminalWatch() if redraws(sys.stderr) else Sentences()


_NOT_SHOWN = ("epoch", "loss", "learning_rate")


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        rate = task.finished_speed or task.speed
        return Text(f"{rate:.1f} steps/s" if rate else "", style="progress.data.speed")
