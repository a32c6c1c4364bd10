"""What a folder of one's own videos and labels holds, and everything that is wrong with it."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

from seehear.core.errors import Reason, SeehearError
from seehear.core.timeline import Event
from seehear.core.values import MediaSummary
from seehear.data.folder import PARTS, SPLIT, Holdings, Member, Problem, overrun, read_folder, read_split, unreached
from seehear.data.folder.holdings import TABLE
from seehear.data.folder.split import groups_of
from seehear.extract import file_hash
from seehear.media import open_video
from seehear.own_data.videos import GRID, members_of, no_labels, overlaps

_UNUSABLE = (Reason.NO_AUDIO, Reason.NO_VIDEO)
_MOST_NAMED = 5


@dataclass(frozen=True)
class CategoryHoldings:
    """How much of one category a folder holds."""

    videos: int
    events: int
    seconds: float
    parts: dict[str, int] = field(default_factory=dict)
    """Videos by part, where a split is written."""


@dataclass(frozen=True)
class FolderCheck:
    """What a folder holds: problems stop a training, notes do not."""

    videos: int
    labelled: int
    without_event: int
    """Labelled videos that hold no event."""
    seconds: float
    """Of all videos that can be read."""
    label_files: dict[str, int]
    """Number by format."""
    categories: dict[str, CategoryHoldings]
    split: dict[str, int]
    """Videos by part; empty where no split is written."""
    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...]

    @property
    def right(self) -> bool:
        return not self.problems

    def to_json(self) -> str:
        """One JSON object."""
        return json.dumps(asdict(self), indent=1) + "\n"

    def text(self) -> str:
        """For people: what there is, then what to know, and what is wrong last, where it is seen."""
        formats = ", ".join(f"{count} {name}" for name, count in self.label_files.items()) or "none"
        lines = [
            f"videos       {self.videos}, {self.seconds:.0f} s ({self.seconds / 3600:.2f} h)",
            f"label files  {formats}",
            f"labelled     {self.labelled} videos, {self.without_event} of them without an event",
        ]
        if self.split:
            lines.append("split        " + ", ".join(f"{part} {count}" for part, count in self.split.items()))
        lines += ["", *self._category_lines()] if self.categories else []
        lines += ["", *(f"note   {note.text}" for note in self.notes)] if self.notes else []
        lines += ["", *(f"wrong  {problem.text}" for problem in self.problems)] if self.problems else []
        return "\n".join([*lines, "", f"{len(self.problems)} wrong, {len(self.notes)} notes"])

    def _category_lines(self) -> Iterator[str]:
        width = max(len(name) for name in ("category", *self.categories))
        parts = [part for part in PARTS if self.split]
        yield f"{'category':<{width}}  videos  events  seconds" + "".join(f"  {part:>10}" for part in parts)
        for name, one in self.categories.items():
            counts = "".join(f"  {one.parts.get(part, 0):>10}" for part in parts)
            yield f"{name:<{width}}  {one.videos:>6}  {one.events:>6}  {one.seconds:>7.1f}{counts}"


def check_folder(
    folder: Path, *, jobs: int = 1, progress: Callable[[int, int], None] = lambda done, total: None
) -> FolderCheck:
    """Look at all videos and labels of a folder; every video is decoded once.

    Nothing raises but a folder that is not there: what is wrong is a problem, what a person should know a note.

    Args:
        jobs: videos that are decoded side by side.
        progress: told of videos read and all videos.
    """
    holdings = read_folder(folder)
    check = _Check(holdings, list(holdings.problems))
    check.problems += overlaps(holdings)
    check.look_at_videos(jobs, progress)
    check.look_at_labels()
    members = check.look_at_contents()
    split = check.look_at_split(members)
    events = {name: holdings.events(name) for name in holdings.labels}
    if not any(events.values()) and not check.problems:
        check.problems.append(Problem(str(folder), no_labels(holdings), Reason.NOT_FOUND))
    return FolderCheck(
        videos=len(holdings.videos),
        labelled=len(holdings.labels),
        without_event=sum(not its_events for its_events in events.values()),
        seconds=sum(summary.duration_seconds for summary in check.summaries.values()),
        label_files=dict(Counter(sorted(holdings.label_files.values()))),
        categories=_by_category(events, split),
        split={part: list(split.values()).count(part) for part in PARTS} if split else {},
        problems=tuple(check.problems),
        notes=tuple(check.notes),
    )


@dataclass
class _Check:
    """Goes through what a folder holds and notes what it meets."""

    holdings: Holdings
    problems: list[Problem]
    notes: list[Problem] = field(default_factory=list)
    summaries: dict[str, MediaSummary] = field(default_factory=dict)
    """By video that can be read."""

    def note(self, where: str, message: str) -> None:
        self.notes.append(Problem(where, message))

    def look_at_videos(self, jobs: int, progress: Callable[[int, int], None]) -> None:
        """Decode every video: its length, and what of it cannot be read."""
        names = self.holdings.videos
        with ThreadPoolExecutor(max(1, jobs)) as pool:
            for done, (name, found) in enumerate(zip(names, pool.map(self._summary, names), strict=True), start=1):
                progress(done, len(names))
                if isinstance(found, MediaSummary):
                    self.summaries[name] = found
                    self._look_at_summary(name, found)
                else:
                    self.problems.append(Problem(name, f"{found}; replace it, or take it away", found.reason))

    def look_at_labels(self) -> None:
        """Hold the labels against the lengths of their videos, and the videos against the labels."""
        for name, labels in self.holdings.labels.items():
            if name in self.summaries:
                self.problems += overrun(labels, GRID, GRID.count(self.summaries[name].duration_seconds))
            for label in unreached(labels, GRID):
                self.note(label.where, "no second begins within the event, so it is not learned from; make it longer")
        for name in self.holdings.unlabelled:
            self.note(name, f"it has no labels and is not used; if it holds no event, say so in {TABLE}: {name},,,")
        for names in self._spellings():
            self.note(" and ".join(names), "these are different categories; spell them alike if they are one")
        if others := self.holdings.others:
            more = f" and {len(others) - _MOST_NAMED} more" if len(others) > _MOST_NAMED else ""
            self.note(f"{', '.join(others[:_MOST_NAMED])}{more}", "taken for neither videos nor labels")

    def look_at_contents(self) -> dict[str, Member]:
        """Find files that hold the same bytes, and categories of too few sources; what a split has to know."""
        try:
            members, problems = members_of(self.holdings)
            contents = {name: file_hash(self.holdings.path(name)) for name in self.holdings.unlabelled}
        except SeehearError:  # a file that cannot be read: it was met before
            return {}
        self.problems += problems
        same: dict[str, list[str]] = defaultdict(list)
        contents |= {name: member.content for name, member in members.items()}
        for name in self.holdings.videos:
            same[contents[name]].append(name)
        for first, *others in same.values():
            if others:
                self._look_at_copies(first, others)
        sources = Counter(
            category
            for names in groups_of(members)
            for category in {category for name in names for category in members[name].categories}
        )
        if few := sorted(category for category, count in sources.items() if count < len(PARTS)):
            self.note(", ".join(few), f"fewer than {len(PARTS)} videos hold each, too few for every part of a split")
        return members

    def look_at_split(self, members: dict[str, Member]) -> dict[str, str]:
        """The split, where one is written and right."""
        path = self.holdings.folder / SPLIT
        if not path.exists():
            return {}
        try:
            split, problems = read_split(path, members)
        except SeehearError as error:
            split, problems = {}, [Problem(SPLIT, str(error), error.reason)]
        self.problems += problems
        return {} if problems else split

    def _summary(self, name: str) -> MediaSummary | SeehearError:
        try:
            with open_video(self.holdings.path(name), picture_size=2) as video:
                for _ in video:
                    pass
                return video.summary
        except SeehearError as error:
            return error

    def _look_at_summary(self, name: str, summary: MediaSummary) -> None:
        unusable = any(reason in _UNUSABLE for reason in summary.reasons)
        if unusable and name in self.holdings.labels:
            message = f"{'; '.join(summary.notes)}; nothing in it is both seen and heard, so take its labels away"
            self.problems.append(Problem(name, message, summary.reasons[0]))
        elif not summary.complete:
            self.note(name, "; ".join(summary.notes))

    def _look_at_copies(self, first: str, others: Sequence[str]) -> None:
        labelled = [name for name in (first, *others) if name in self.holdings.labels]
        if len({self.holdings.events(name) for name in labelled}) > 1:
            message = f"{', '.join(others)} is the same file with other labels; keep one of them"
            self.problems.append(Problem(first, message))
        else:
            self.note(first, f"{', '.join(others)} is the same file; a split keeps copies together")

    def _spellings(self) -> Iterator[list[str]]:
        """Categories that differ in nothing but capitals."""
        alike: dict[str, set[str]] = defaultdict(set)
        for name in self.holdings.labels:
            for event in self.holdings.events(name):
                alike[event.category.casefold()].add(event.category)
        yield from (sorted(names) for names in alike.values() if len(names) > 1)


def _by_category(events: Mapping[str, Sequence[Event]], split: Mapping[str, str]) -> dict[str, CategoryHoldings]:
    found: dict[str, dict[str, list[Event]]] = defaultdict(lambda: defaultdict(list))
    for video, its_events in events.items():
        for event in its_events:
            found[event.category][video].append(event)
    return {
        category: CategoryHoldings(
            videos=len(videos),
            events=sum(len(its_events) for its_events in videos.values()),
            seconds=sum(event.duration_seconds for its_events in videos.values() for event in its_events),
            parts=dict(Counter(split[video] for video in videos if video in split)),
        )
        for category, videos in sorted(found.items())
    }
