"""How many seconds of real clips a model finds, misses and invents, judged by people who watched them.

    SEEHEAR_HOME=../shared/weights python benchmarks/real_clips.py agreement FOLDER FOLDER+agreement \
        --half reporting --write docs/real-clips.md

`FOLDER+agreement` is the model of that folder filtered: an event is what agreement, too, finds likely.

Every clip of CLIPS/events takes the whole path of `seehear localize`: decode, extract, score, stitch, decide. What is
true comes from CLIPS/reviewed.csv alone. Silver labels made by a machine are not used.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
import platform
import shlex
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from seehear.core.labels import Categories
from seehear.core.values import Features, Scores
from seehear.events.decide import decide, runs
from seehear.extract import extract_video
from seehear.features import load_extractor
from seehear.localizer import AGREEMENT, Localizer, load
from seehear.models.agreement import Agreement, AgreementSettings
from seehear.storage.files import write_text
from seehear.windows import score_stream

PLAIN = "agreement-plain"
"""The variant that judges every second by itself and every sound by its own name, with thresholds of 0.15."""

SAME_THING: dict[str, tuple[str, ...]] = {
    "airplane": ("airplane", "Fixed-wing aircraft, airplane"),
    "baby": ("baby", "Baby cry, infant cry"),
    "baby laughter": ("baby", "baby laughter"),
    "bird": ("bird", "songbird", "parrot", "water bird", "bird of prey", "game bird", "owl", "duck", "goose"),
    "cat": ("cat", "Cat"),
    "clock": ("clock", "Clock"),
    "dog": ("dog", "Bark"),
    "double bass": ("double bass", "cello or double bass"),
    "drums": ("drum", "drums"),
    "female speech": ("Female speech, woman speaking",),
    "fireworks": ("fireworks",),
    "flute": ("flute", "Flute"),
    "guitar": ("guitar", "Acoustic guitar"),
    "gun": ("gun",),
    "hammer": ("hammer",),
    "helicopter": ("helicopter", "Helicopter"),
    "race car": ("race car", "car", "Race car, auto racing"),
    "rooster": ("rooster", "hen"),
    "saxophone": ("saxophone",),
    "ukulele": ("ukulele", "Ukulele"),
}
"""What the reviewers call it -> what models call it."""

ALSO_THERE = {"cav-mae__00W1lcxW-WU_40.000.mp4": "guitar"}
"""A second event that the reviewers' note of a clip names; finding it is neither right nor wrong."""

RULED_OUT = ("dog", "cat", "bird", "rooster", "helicopter", "clock", "guitar", "saxophone")
"""A clip that nobody reviewed second by second holds none of these; of anything else it may."""

HALVES = ("choosing", "reporting")
DRAWS = 2000
"""Of clips with replacement, for an interval."""

MARKS = ("<!-- measured: begin -->", "<!-- measured: end -->")


@dataclass(frozen=True)
class Review:
    """What people saw and heard in one clip; `category` is `None` where only :data:`RULED_OUT` is known."""

    category: str | None
    event_seconds: frozenset[int]


@dataclass(frozen=True)
class Verdict:
    """One clip's seconds, judged. `unknown` counts event seconds of a category that the model does not have."""

    clip: str
    review: Review
    seconds: int
    missing: int
    found: int
    missed: int
    unknown: int
    false: int
    unreviewed: int
    false_events: int
    said: tuple[str, ...]


def read_reviews(clips: Path) -> dict[str, Review]:
    """Every clip of the folder `events` by name, with what was reviewed of it."""
    reviews = {path.name: Review(None, frozenset()) for path in sorted((clips / "events").iterdir())}
    with (clips / "reviewed.csv").open(newline="") as rows:
        for row in csv.DictReader(rows):
            reviews[row["file"]] = Review(row["category"], frozenset(map(int, row["event_seconds"].split())))
    return reviews


def half(clip: str) -> str:
    """`choosing` or `reporting`, by the hash of the recording: copies of one recording are always in one half."""
    recording = Path(clip).stem.split("__", 1)[-1]
    return HALVES[hashlib.sha256(recording.encode()).digest()[0] % 2]


def judge(clip: str, review: Review, categories: Categories, active: dict[str, set[int]], scores: Scores) -> Verdict:
    """Compare the seconds in which each category is `active` with the review."""
    right_names = SAME_THING[review.category] if review.category else ()
    right = set().union(*(active.get(name, set()) for name in right_names))
    found = right & review.event_seconds
    missed = review.event_seconds - found
    known = any(name in categories for name in right_names)
    wrong_names = [name for name in active if name not in right_names and _is_ruled_out(clip, review, name)]
    open_names = [name for name in active if name not in (*right_names, *wrong_names)]
    false = (right - review.event_seconds).union(*(active[name] for name in wrong_names))
    unreviewed = set().union(*(active[name] for name in open_names)) - false
    return Verdict(
        clip,
        review,
        seconds=len(scores),
        missing=int(scores.missing.sum()),
        found=len(found),
        missed=len(missed) if known else 0,
        unknown=0 if known else len(missed),
        false=len(false),
        unreviewed=len(unreviewed),
        false_events=sum(
            not seconds & review.event_seconds if name in right_names else name in wrong_names
            for name, stretch in active.items()
            for seconds in _stretches(stretch)
        ),
        said=tuple(f"{name} {len(stretch)}" for name, stretch in active.items()),
    )


def _is_ruled_out(clip: str, review: Review, name: str) -> bool:
    """Whether this category is certainly no event of the clip."""
    if name in SAME_THING.get(ALSO_THERE.get(clip, ""), ()):
        return False
    return review.category is not None or any(name in SAME_THING[kind] for kind in RULED_OUT)


def _stretches(seconds: set[int]) -> list[set[int]]:
    held = np.zeros(max(seconds, default=-1) + 1, dtype=bool)
    held[list(seconds)] = True
    return [set(range(first, stop)) for first, stop in runs(held)]


Read = dict[tuple[str, str], tuple[Features, float]]
"""By clip and fingerprint of the extractor: features and duration in seconds. Clips are read once for many models."""


def measure(
    model: Localizer, clips: Path, halves: Iterable[str] = HALVES, read: Read | None = None
) -> dict[str, list[Verdict]]:
    """The verdicts on every clip of these halves, by what is judged: the segments' scores alone, and the events."""
    read = {} if read is None else read
    verdicts: dict[str, list[Verdict]] = {"segments": [], "events": []}
    for clip, review in read_reviews(clips).items():
        if half(clip) not in halves:
            continue
        key = clip, model.extractor.fingerprint
        if key not in read:
            features, summary = extract_video(clips / "events" / clip, model.extractor)
            read[key] = features, summary.duration_seconds
        features, duration_seconds = read[key]
        scores = score_stream([features], model.scorer)
        scored = {
            name: set(column.nonzero()[0].tolist())
            for name, column in zip(model.categories, (scores.events >= 0.5).T, strict=True)
            if column.any()
        }
        decided: dict[str, set[int]] = {}
        for event in decide(scores, duration_seconds, model.decision):
            covered = {second for second in range(len(scores)) if event.span.contains(second + 0.5)}
            decided.setdefault(event.category, set()).update(covered)
        for kind, active in (("segments", scored), ("events", decided)):
            verdicts[kind].append(judge(clip, review, model.categories, active, scores))
    return verdicts


def summary_table(verdicts: dict[str, list[Verdict]]) -> str:
    """Found, missed and false seconds of each half and of both, for scores and for events."""
    rows = []
    for kind, judged in verdicts.items():
        halves = sorted({half(verdict.clip) for verdict in judged})
        for part in halves if len(halves) == 1 else (*HALVES, "both"):
            chosen = [verdict for verdict in judged if part in (half(verdict.clip), "both")]
            background = [verdict for verdict in chosen if not verdict.review.event_seconds]
            dogs = [verdict for verdict in chosen if verdict.review.category == "dog"]
            guitars = [verdict for verdict in chosen if verdict.review.category == "guitar"]
            rows.append(
                (
                    kind, part, _share(dogs), _share(guitars),
                    f"{_share(chosen)}{_interval(chosen, _percent_found, '.0f', ' %')}",
                    sum(verdict.unknown for verdict in chosen),
                    sum(verdict.false for verdict in chosen) - sum(verdict.false for verdict in background),
                    f"{sum(verdict.false for verdict in background)} of {sum(v.seconds for v in background)}",
                    sum(verdict.unreviewed for verdict in chosen),
                    f"{_rate(chosen):.0f}{_interval(chosen, _rate, '.0f')}",
                )
            )  # fmt: skip
    head = ("judged", "half", "dog found", "guitar found", "all found", "of unknown kinds", "false, event clips",
            "false, background clips", "not reviewed", "false events per hour")  # fmt: skip
    return _table(head, rows)


def clip_table(judged: Iterable[Verdict]) -> str:
    """One row for each clip in which there was something to find or something was said."""
    rows = [
        (
            f"`{verdict.clip}`", half(verdict.clip), verdict.review.category or "not reviewed",
            len(verdict.review.event_seconds), verdict.found,
            f"{verdict.unknown} (unknown kind)" if verdict.unknown else verdict.missed,
            verdict.false, verdict.unreviewed, f"{verdict.missing} of {verdict.seconds}",
            ", ".join(verdict.said) or "nothing",
        )
        for verdict in judged
        if verdict.review.event_seconds or verdict.said
    ]  # fmt: skip
    head = ("clip", "half", "reviewed as", "event", "found", "missed", "false", "not reviewed", "missing", "said")
    return _table(head, rows)


def _share(verdicts: list[Verdict]) -> str:
    found = sum(verdict.found for verdict in verdicts)
    return f"{found} of {found + sum(verdict.missed for verdict in verdicts)}"


def _rate(verdicts: list[Verdict]) -> float:
    """False events an hour."""
    return 3600 * sum(verdict.false_events for verdict in verdicts) / sum(verdict.seconds for verdict in verdicts)


def _percent_found(verdicts: list[Verdict]) -> float:
    """Percent of the event seconds of known categories; NaN where there are none."""
    found = sum(verdict.found for verdict in verdicts)
    known = found + sum(verdict.missed for verdict in verdicts)
    return 100 * found / known if known else float("nan")


def _interval(verdicts: list[Verdict], figure: Callable[[list[Verdict]], float], form: str, unit: str = "") -> str:
    """The middle 95 % of a figure over clips drawn with replacement, in brackets."""
    random = np.random.default_rng(0)
    draws = [
        figure([verdicts[index] for index in random.integers(len(verdicts), size=len(verdicts))]) for _ in range(DRAWS)
    ]
    low, high = np.nanpercentile(draws, (2.5, 97.5))
    return f" [{low:{form}} to {high:{form}}{unit}]"


def _table(head: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def load_model(name: str) -> Localizer:
    """As :func:`seehear.load`, and the plain variant of agreement."""
    if name != PLAIN:
        return load(name)
    extractor = load_extractor("light")
    plain = AgreementSettings(seen_threshold=0.15, heard_threshold=0.15, steady=False, music_weight=0.0)
    return Localizer(Agreement(extractor.visual_classes, extractor.audio_classes, plain), extractor, name=PLAIN)


def machine() -> str:
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, torch {torch.__version__}"
    )


def main() -> None:
    shared = Path(__file__).resolve().parents[2] / "shared"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=[AGREEMENT, PLAIN], help="agreement, or checkpoint folders")
    parser.add_argument("--half", choices=HALVES, help="judge only the clips of this half")
    parser.add_argument("--clips", type=Path, default=shared / "clips")
    parser.add_argument("--write", type=Path, help=f"put the tables between the marks {' '.join(MARKS)} of this page")
    arguments = parser.parse_args()

    command = shlex.join(["python", "benchmarks/real_clips.py", *sys.argv[1:]])
    parts = [f"`{command}` on {machine()}.\n"]
    read: Read = {}
    for name in arguments.models:
        verdicts = measure(load_model(name), arguments.clips, (arguments.half,) if arguments.half else HALVES, read)
        parts += [
            f"## {name}\n",
            summary_table(verdicts),
            "Clip by clip, as events; of the other clips nothing was said, and nothing was there:\n",
        ]
        parts += [clip_table(verdicts["events"])]
    tables = "\n".join(parts)
    sys.stdout.write(tables)
    if arguments.write:
        before, rest = arguments.write.read_text().split(MARKS[0])
        after = rest.split(MARKS[1])[1]
        write_text(arguments.write, f"{before}{MARKS[0]}\n\n{tables}\n{MARKS[1]}{after}")


if __name__ == "__main__":
    main()
