"""Train and evaluate any set of networks over several seeds; what is done stays done."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from seehear.core.errors import DamagedError, InvalidValueError, NotFiniteError, SeehearError
from seehear.data.dataset import Dataset
from seehear.engine.device import Compute
from seehear.engine.progress import Watch
from seehear.engine.run_folder import identity_of
from seehear.evaluate import Evaluation, evaluate_checkpoint
from seehear.events.metrics import trivial_points
from seehear.storage.files import sealed_folder, storage_errors, verify_sealed, write_text
from seehear.tables.rows import Row
from seehear.tables.table import RowResult, Table
from seehear.train import data_facts, train


@dataclass(frozen=True)
class Splits:
    """The three parts of a data set. Epochs are chosen on `validation`; `test` is looked at once a training."""

    training: Dataset
    validation: Dataset
    test: Dataset


def run_table(
    rows: Sequence[Row],
    seeds: Sequence[int],
    splits: Splits,
    output: Path,
    *,
    title: str = "Comparison",
    compute: Compute | None = None,
    processes: int = 1,
    tell: Callable[[str], None] = lambda message: None,
) -> Table:
    """Train every row with every seed, evaluate on test, write `table.md`, `table.csv`, `table.json` to `output`.

    Each finished (row, seed) is one sealed folder under `output/results`; called again, only what is missing is done,
    and an interrupted training goes on where it was. A training that diverges is noted in the table as failed.

    Args:
        rows: names must differ within a supervision.
        seeds: of the trainings.
        splits: training, validation and test data.
        output: folder of this table; made when absent.
        title: first words of the caption.
        compute: by default one thread, which for slim networks uses two cores best with `processes=2`.
        processes: trainings at a time. Each process holds its own copy of the data.
        tell: called with a sentence after each finished training.

    Raises:
        InvalidValueError: rows of one name, or `output` holds results of other settings or data.
    """
    table = _Workshop(splits, Path(output), compute or Compute(threads=1))
    if len({row.folder for row in rows}) < len(rows):
        raise InvalidValueError("rows of one supervision need different names, as each has a folder of its own")
    jobs = [(row, seed) for row in rows for seed in seeds]
    waiting = [job for job in jobs if table.result(*job) is None]
    failures: dict[tuple[str, int], str] = {}
    for done, (row, seed, failure) in enumerate(_work(table, waiting, processes), len(jobs) - len(waiting) + 1):
        if failure:
            failures[row.folder, seed] = failure
        tell(f"{row.name} ({row.supervision}), seed {seed}: {failure or 'done'}; {done} of {len(jobs)}")
    results = [
        RowResult(
            row,
            {seed: one for seed in seeds if (one := table.result(row, seed)) is not None},
            {seed: failures[row.folder, seed] for seed in seeds if (row.folder, seed) in failures},
        )
        for row in rows
    ]
    trivial = trivial_points(splits.test.segment_classes, splits.test.categories)
    finished = Table(
        title, tuple(seeds), tuple(results), len(splits.test), trivial.all_background, trivial.right_category
    )
    write_text(Path(output) / "table.md", finished.markdown())
    write_text(Path(output) / "table.csv", finished.csv())
    write_text(Path(output) / "table.json", finished.json())
    return finished


class _Workshop:
    """Data, folder and compute of a table: trains one (row, seed) or finds it done."""

    def __init__(self, splits: Splits, output: Path, compute: Compute) -> None:
        self.splits, self.output, self.compute = splits, output, compute
        self.data = {part: data_facts(getattr(splits, part)) for part in ("training", "validation", "test")}

    def result(self, row: Row, seed: int) -> Evaluation | None:
        """The evaluation that was sealed, or `None`; a damaged one is cleared away, to be made again."""
        folder = self._folder(row, seed)
        if not folder.is_dir():
            return None
        try:
            verify_sealed(folder)
        except DamagedError:
            shutil.rmtree(folder)
            return None
        with storage_errors(folder, "read"):
            identity = (folder / "identity").read_text()
            evaluation = Evaluation.from_json((folder / "evaluation.json").read_text())
        if identity != self._identity(row, seed):
            raise InvalidValueError(
                f"{folder} is the result of other settings or data; choose another output folder or delete it"
            )
        return evaluation

    def make(self, row: Row, seed: int, watch: Watch | None) -> str:
        """Train and evaluate, and seal the result; an empty text, or why the training failed."""
        try:
            checkpoint = train(
                self.splits.training,
                self.splits.validation,
                model=row.model,
                output=self.output / "runs" / f"{row.folder}-seed-{seed}",
                supervision=row.supervision,
                recipe=row.recipe,
                seed=seed,
                options=row.options,
                recombine=row.recombine,
                selection=row.selection,
                compute=self.compute,
                watch=watch,
            )
        except NotFiniteError as error:
            return str(error)
        evaluation = evaluate_checkpoint(checkpoint, self.splits.test, compute=self.compute)
        with sealed_folder(self._folder(row, seed)) as folder:
            write_text(folder / "evaluation.json", evaluation.to_json())
            write_text(folder / "identity", self._identity(row, seed))
        return ""

    def _folder(self, row: Row, seed: int) -> Path:
        return self.output / "results" / f"{row.folder}-seed-{seed}"

    def _identity(self, row: Row, seed: int) -> str:
        settings = {**asdict(row), "recipe": asdict(row.chosen_recipe), "compute": asdict(self.compute.resolved())}
        return identity_of({"row": settings, "seed": seed, "data": self.data})


def _work(table: _Workshop, jobs: Sequence[tuple[Row, int]], processes: int) -> Iterator[tuple[Row, int, str]]:
    """Do all jobs, here or in other processes, and yield each as it is finished."""
    if processes <= 1 or len(jobs) <= 1:
        for row, seed in jobs:
            yield row, seed, table.make(row, seed, None)
        return
    context = multiprocessing.get_context("spawn")
    stopping = context.Event()
    with ProcessPoolExecutor(processes, context, initializer=_enter, initargs=(table, stopping)) as pool:
        try:
            futures = {pool.submit(_do, *job): job for job in jobs}
            for future in as_completed(futures):
                yield *futures[future], future.result()
        except BaseException:
            stopping.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


class _WhileWanted(Watch):
    """Ends a training in a worker process when the table is given up."""

    def __init__(self, stopping: Any) -> None:
        self.stopping = stopping

    def on_step(self, step: int, loss: float) -> None:
        if self.stopping.is_set():
            raise SeehearError("the table was given up; run it again to go on from here")


_here: dict[str, Any] = {}
"""What a worker process was started with."""


def _enter(table: _Workshop, stopping: Any) -> None:
    _here.update(table=table, watch=_WhileWanted(stopping))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the parent's to handle
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    """A worker whose parent was killed would wait for work for ever; nothing on disk minds its sudden end."""
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        os._exit(1)


def _do(row: Row, seed: int) -> str:
    return _here["table"].make(row, seed, _here["watch"])
