"""Where the trainings of a table are made and kept: each one is done once, by one process, on whichever machine.

OUTPUT/runs/ROW-seed-N       a training under way or finished, see `engine.run_folder`
OUTPUT/results/ROW-seed-N    what came of it, sealed: its evaluation on test and its history, or why it failed
OUTPUT/times/ROW-seed-N      how long it took and where; no table depends on it
OUTPUT/claims/ROW-seed-N     locked by the process that is at it
"""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from filelock import FileLock, Timeout

from seehear.core.errors import DamagedError, InvalidValueError, NotFiniteError
from seehear.data.dataset import Dataset
from seehear.data.fingerprint import data_facts
from seehear.engine.device import Compute
from seehear.engine.progress import Watch, watch_terminal
from seehear.engine.protocol import protocol_named
from seehear.engine.run_folder import RunFolder
from seehear.evaluate import Evaluation, evaluate_checkpoint
from seehear.storage.files import sealed_folder, storage_errors, verify_sealed, write_text
from seehear.tables.rows import Row
from seehear.tables.times import timed
from seehear.train import train

_EVALUATION, _FAILURE, _HISTORY, _FACTS = "evaluation.json", "failure.txt", "history.csv", "settings.json"


@dataclass(frozen=True)
class Splits:
    """The parts of a data set.

    Under the protocol `strict` epochs are chosen on `validation`, and `test` is looked at once a training; under
    `paper` they are chosen on `test`.
    """

    training: Dataset
    validation: Dataset
    test: Dataset
    weak_training: Dataset | None = None
    """What weak trainings learn from where that is not `training`: AVE adds clips of background alone."""

    def training_for(self, supervision: str) -> Dataset:
        """What a training of this supervision learns from."""
        return self.weak_training if supervision == "weak" and self.weak_training is not None else self.training


class Training(NamedTuple):
    """One network to be trained from one seed."""

    row: Row
    seed: int

    @property
    def folder(self) -> str:
        """A file name of its own."""
        return f"{self.row.folder}-seed-{self.seed}"


@dataclass(frozen=True)
class Outcome:
    """What came of a training."""

    evaluation: Evaluation | None
    """On test; `None` where the training failed."""
    failure: str = ""
    """Why it failed."""
    history: tuple[dict[str, float], ...] = ()
    """One record for each epoch: loss, learning rate and the metric that chose."""


class Workshop:
    """Data, folder and compute of some tables: trains, or finds trained.

    Args:
        splits: what is learned from, chosen on and reported on.
        output: folder of all trainings; may be shared by processes and machines that see one another's locks.
        protocol: as in `PROTOCOLS`: which set chooses epochs.
        compute: by default one thread, as several trainings side by side use the cores best.
    """

    def __init__(
        self, splits: Splits, output: Path, *, protocol: str = "strict", compute: Compute | None = None
    ) -> None:
        self.splits, self.output, self.protocol = splits, Path(output), protocol_named(protocol)
        self.compute = (compute or Compute(threads=1)).resolved()
        self._read: dict[str, Any] = {}

    def outcome(self, training: Training) -> Outcome | None:
        """What was sealed; `None` where nothing was, or its bytes went bad.

        Raises :class:`InvalidValueError` where it is of other settings or data.
        """
        folder = self._result(training)
        try:
            verify_sealed(folder)
        except DamagedError:
            return None
        with storage_errors(folder, "read"):
            if other := _what_differs(json.loads((folder / _FACTS).read_text()), self._facts(training)):
                raise InvalidValueError(
                    f"{folder} is the result of other settings or data ({other}); choose another output folder or "
                    "delete it"
                )
            if (folder / _FAILURE).is_file():
                return Outcome(None, (folder / _FAILURE).read_text())
            evaluation = Evaluation.from_json((folder / _EVALUATION).read_text())
            return Outcome(evaluation, history=_read_history(folder / _HISTORY))

    def make(self, training: Training, watch: Watch | None = None) -> bool:
        """Train, evaluate and seal unless that was done; `False` where another process is at it.

        A training that was interrupted goes on where it was. One that diverges is sealed as failed, so that nobody
        tries it again.
        """
        with self._claimed(training) as mine:
            if mine and self.outcome(training) is None:
                self._clear(training)
                with timed(self.output / "times" / training.folder, self.compute, watch or watch_terminal()) as watch:
                    self._seal(training, watch)
        return mine

    def _seal(self, training: Training, watch: Watch) -> None:
        run = self.output / "runs" / training.folder
        row, kept = training.row, {_FACTS: json.dumps(self._facts(training), indent=1) + "\n"}
        try:
            checkpoint = train(
                self.splits.training_for(row.supervision),
                **{self.protocol.judge: getattr(self.splits, self.protocol.judge)},
                protocol=self.protocol.name,
                model=row.model,
                output=run,
                supervision=row.supervision,
                recipe=row.recipe,
                seed=training.seed,
                options=row.options,
                recombine=row.recombine,
                selection=row.selection,
                compute=self.compute,
                watch=watch,
            )
        except NotFiniteError as error:
            kept[_FAILURE] = str(error)
        else:
            kept[_EVALUATION] = evaluate_checkpoint(checkpoint, self.splits.test, compute=self.compute).to_json()
            kept[_HISTORY] = RunFolder(run).history()
        with sealed_folder(self._result(training)) as folder:
            for name, text in kept.items():
                write_text(folder / name, text)

    def _clear(self, training: Training) -> None:
        """Drop a result whose bytes went bad, and what a killed process left of sealing one."""
        result = self._result(training)
        for folder in (result, *result.parent.glob(f".{result.name}.*")):
            if folder.is_dir():
                with storage_errors(folder, "delete"):
                    shutil.rmtree(folder)

    @contextmanager
    def _claimed(self, training: Training) -> Iterator[bool]:
        """Whether this training is ours alone for the block. The system frees the claim of a process that died."""
        path = self.output / "claims" / training.folder
        with storage_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = FileLock(path, timeout=0)
            try:
                lock.acquire()
            except Timeout:
                yield False
                return
        try:
            yield True
        finally:
            lock.release()

    def _result(self, training: Training) -> Path:
        return self.output / "results" / training.folder

    def _facts(self, training: Training) -> dict[str, Any]:
        """Everything that the result depends on."""
        row = training.row
        settings = asdict(row) | {"recipe": asdict(row.chosen_recipe)}
        for name in ("name", "trained_as"):  # how a row is called has no influence on what comes of it
            del settings[name]
        return {
            **settings,
            "seed": training.seed,
            "protocol": self.protocol.name,
            "compute": asdict(self.compute),
            "training data": self._facts_of("training", self.splits.training_for(row.supervision)),
            "validation data": self._facts_of("validation", self.splits.validation),
            "test data": self._facts_of("test", self.splits.test),
        }

    def _facts_of(self, part: str, dataset: Dataset) -> Any:
        """Reads every byte of a part, once."""
        key = "weak_training" if dataset is self.splits.weak_training else part
        if key not in self._read:
            self._read[key] = data_facts(dataset)
        return self._read[key]


def _what_differs(kept: dict[str, Any], asked: dict[str, Any]) -> str:
    """The names of facts that are not the same; empty where all are."""
    asked = json.loads(json.dumps(asked))
    return ", ".join(name for name in sorted({*kept, *asked}) if kept.get(name) != asked.get(name))


def _read_history(path: Path) -> tuple[dict[str, float], ...]:
    with path.open(newline="") as stream:
        return tuple({name: float(value) for name, value in row.items()} for row in csv.DictReader(stream))
