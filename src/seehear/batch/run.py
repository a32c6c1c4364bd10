"""Any number of videos: do those that are not done yet, here or elsewhere, and say what became of all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from seehear.batch.bench import (
    FORMATS,
    HTML,
    USUAL_FORMATS,
    Bench,
    Done,
    Job,
    encoders_for,
    failure,
    one_thread_an_encoder,
    start_worker,
    usual_jobs,
    worker_of,
)
from seehear.batch.identity import identity_of
from seehear.batch.inputs import Shard, Source, sources_of
from seehear.batch.progress import Progress, Unwatched, Watch
from seehear.batch.result_folder import Making, ResultFolder
from seehear.batch.row import Row
from seehear.batch.summary import Summary
from seehear.core.errors import InvalidValueError, Reason
from seehear.engine.spread import Lost, spread_here, spread_on_cluster
from seehear.localizer import Localizer
from seehear.report.reading import read_report
from seehear.report.result import Item, Report
from seehear.report.writers import check_formats
from seehear.storage.files import write_bytes


def localize_files(
    videos: Iterable[Path],
    localizer: Localizer,
    *,
    output: Path | None = None,
    formats: Sequence[str] = USUAL_FORMATS,
    report: Callable[[Item], None] | None = None,
) -> Report:
    """What became of every video, in order, with all its scores: for a few. A bad file is a row with its reason.

    With `output`, each video's results are written there as soon as it is done, one file a format, named as
    :func:`seehear.batch.inputs.find_videos` does; a failed video has JSON, NDJSON and CSV files that say why. `report`
    is shown each item when it is done. Raises what :func:`seehear.report.writers.check_formats` raises, and
    StorageError where results cannot be written.
    """
    check_formats(formats, FORMATS)
    items = []
    with one_thread_an_encoder() as encoders:
        bench = Bench(localizer, formats if output else (), encoders)
        for source in sources_of(videos):
            results = bench.localize(source)
            if output:
                results.write(output)
            if report:
                report(results.item)
            items.append(results.item)
    return Report(dict(localizer.card), tuple(items))


@dataclass(frozen=True)
class Plan:
    """How many videos are to be done, and where."""

    output: Path | None = None
    """Folder for the results, with the journal that makes a stopped call go on where it was."""
    formats: Sequence[str] = USUAL_FORMATS
    jobs: int | None = None
    """Videos at a time on this machine, each in a process of its own; 1 works in this one, and `None` is one for every
    `MOST_ENCODERS` cores."""
    cluster: str | None = None
    """Address of a dask.distributed scheduler whose workers do it in place of this machine."""
    shard: Shard | None = None
    """Do only this part of the videos."""
    keep_segments: bool = False
    """Give the scores of every segment back as well."""

    def __post_init__(self) -> None:
        check_formats(self.formats, FORMATS)
        if self.jobs is not None and self.jobs < 1:
            raise InvalidValueError(f"jobs must be 1 or more, not {self.jobs}")


def localize_many(
    sources: Sequence[Source],
    load: Callable[[], Localizer],
    plan: Plan,
    *,
    report: Callable[[Item], None] = lambda item: None,
    watch: Watch | None = None,
) -> Summary:
    """What became of every video. A bad file is a row with its reason, and so is one that a worker died of.

    With an output folder, results are written there as soon as a video is done, a line of the journal after them, and
    at the end the summary, with a page over all where there are pages of several. Called again, also after having been
    killed, it does what is not done yet: videos that are new or have changed, that another model or other settings
    were used for, that lack a format, whose results are gone, and those that failed for a reason that may have passed.
    The results are those of an undisturbed call.

    Args:
        sources: from :func:`seehear.batch.inputs.find_videos`.
        load: gives the localizer; is pickled on its way to workers.
        report: shown each item that this call does, without its segments unless they are kept.
        watch: shown the progress.

    Raises:
        InvalidValueError: results of other videos would be overwritten.
        StorageError: results cannot be written, or another process is at the same work.
        SeehearError: what `load` raises, that workers cannot be started, or the cluster is not there.
    """
    watch = watch or Unwatched()
    localizer = load()
    watch.loaded(localizer)
    identity = identity_of(localizer)
    if plan.shard:
        sources = [source for source in sources if plan.shard.holds(source)]
    with ExitStack() as stack:
        folder = stack.enter_context(ResultFolder(plan.output, plan.shard)) if plan.output else None
        desk = _Desk(plan, identity, folder, watch)
        desk.sort(sources)
        for source, done in _spread(plan, load, localizer, identity, desk):
            report(desk.settle(source, done).item)
        summary = Summary(dict(localizer.card), tuple(desk.rows[source.stem] for source in sources))
        if folder:
            summary.write(folder.path, folder.suffix)
            if HTML in plan.formats and (plan.shard or len(sources) > 1):
                summary.write_index(folder.path, folder.suffix)
    return summary


def _spread(
    plan: Plan, load: Callable[[], Localizer], localizer: Localizer, identity: str, desk: _Desk
) -> Iterator[tuple[Source, Done | Lost]]:
    """Every video that is still to be done, with what came of it, as it ends."""
    output = plan.output.resolve() if plan.output else None
    job = Job(load, identity, tuple(plan.formats), 1, output, not plan.cluster, plan.keep_segments)
    if plan.cluster:
        return spread_on_cluster(plan.cluster, start_worker, (job,), desk.tasks())
    processes = min(plan.jobs or usual_jobs(), len(desk.waiting))
    if processes > 1:
        job = replace(job, encoders=encoders_for(processes))
        return spread_here(start_worker, (job,), desk.tasks(), processes=processes, tell=desk.went_on)
    return _alone(job, localizer, desk)


def _alone(job: Job, localizer: Localizer, desk: _Desk) -> Iterator[tuple[Source, Done]]:
    with one_thread_an_encoder() as encoders:
        work = worker_of(replace(job, encoders=encoders), localizer)
        for source in desk.tasks():
            yield source, work(source, lambda seconds, source=source: desk.went_on(source, seconds))


@dataclass
class _Desk:
    """Where videos are handed out and come back to."""

    plan: Plan
    identity: str
    folder: ResultFolder | None
    watch: Watch
    rows: dict[str, Row] = field(default_factory=dict)
    """By stem."""
    waiting: list[Source] = field(default_factory=list)
    makings: dict[str, Making] = field(default_factory=dict)
    """What each waiting video was like before it was begun: one that changes meanwhile is done again next time."""
    progress: Progress = field(default_factory=Progress)

    def sort(self, sources: Sequence[Source]) -> None:
        """Into those that are done and those that wait."""
        if self.folder:
            self.folder.refuse_foreign(sources)
        for source in sources:
            if source.fault:
                item = failure(source, Reason.NOT_PERMITTED, source.fault)
                self.rows[source.stem] = Row(item, source.stem)
                continue
            making = Making.of(source, self.identity)
            row = self.folder.finished(source, making, self.plan.formats) if self.folder else None
            if row is None:
                self.waiting.append(source)
                self.makings[source.stem] = making
            else:
                self.rows[source.stem] = self._with_segments(row)
        if self.folder:
            self.folder.sweep(self.waiting)
        self.progress.begin(list(self.rows.values()), [self._size_bytes(source) for source in self.waiting])
        self.watch.look(self.progress)

    def tasks(self) -> Iterator[Source]:
        """The waiting videos, each when somebody is free for it."""
        for source in self.waiting:
            if self.folder:
                self.folder.make_room(source, self.makings[source.stem])
            yield source

    def went_on(self, source: Source, seconds: float) -> None:
        self.progress.went_on(source.stem, seconds)
        self.watch.look(self.progress)

    def settle(self, source: Source, done: Done | Lost) -> Row:
        """Write what is to be written, note it, and give the row."""
        if isinstance(done, Lost):
            message = f"{source.path}: {done.message}; start the same command again to try it once more"
            row = Row(failure(source, Reason.WORKER_CRASHED, message), source.stem)
        else:
            row = Row.from_dict(done.values)
        if self.folder:
            for file, data in done.files.items() if isinstance(done, Done) else ():
                write_bytes(self.folder.path / file, data)
            row = self.folder.record(source, self.makings[source.stem], self.plan.formats, row)
        self.rows[source.stem] = row
        self.progress.ended(source.stem, row, self._size_bytes(source))
        self.watch.look(self.progress)
        return row

    def _size_bytes(self, source: Source) -> int:
        return self.makings[source.stem].size_bytes or 0

    def _with_segments(self, row: Row) -> Row:
        """The row with its scores where they are kept, read back from its JSON file."""
        if not (self.plan.keep_segments and self.folder and "json" in row.outputs):
            return row
        written = read_report(self.folder.path / row.outputs["json"]).only_item()
        return replace(row, item=replace(row.item, scores=written.scores))
