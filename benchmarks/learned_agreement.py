"""Teach the seven numbers of the learned agreement from scenes of free photos and sounds, choose its two thresholds on
the choosing half of the real clips, and write it as the package ships it.

    python benchmarks/free_material.py ../shared/assets free
    seehear teach free -o models/free --clips 320 --epochs 14 --threads 1 --precision bf16
    SEEHEAR_HOME=../shared/weights python benchmarks/learned_agreement.py models/free-making -o models/agreement-learned

The second command renders the scenes: `training` to learn from, `choosing` to choose by, `reporting` to report on. Here
each is also recombined: the picture of one scene with the sound of another, rolled in time, so that a thing in view is
often not the one that is heard.

How well the numbers serve a category that they never met is told by learning without it, for each of the five.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from agreement_thresholds import clip_verdicts, read_clips
from real_clips import HALVES, Read, Verdict, half, machine, measure

from seehear.core.labels import Categories
from seehear.core.values import Features
from seehear.data.dataset import SEVERAL
from seehear.data.folder.holdings import FEATURES_FOLDER
from seehear.data.scenes import read_scenes
from seehear.data.store import FeatureStore
from seehear.extract import extract_files
from seehear.features import Extractor, load_extractor
from seehear.localizer import Localizer, Scorer
from seehear.models.agreement import Agreement, steadied
from seehear.models.learned_agreement import LearnedAgreement, LearnedCard, save_learned
from seehear.models.witnesses import Witnesses

NAME = "agreement-learned"
SUMMARY = "agreement with learned numbers: the eye remembers what still looks alike; the same 101 groups"
ATTRIBUTION = (
    "Photos: Caltech 101 (Fei-Fei Li, Marco Andreeto, Marc'Aurelio Ranzato, Pietro Perona; CaltechDATA, "
    "doi:10.22002/D1.20086), CC BY 4.0, pasted on one another and moved",
    "Sounds: ESC-10 of ESC-50 (Karol J. Piczak, doi:10.7910/DVN/YDEPUT), clips of Freesound users, CC BY, mixed",
    "Sounds: FSD (Freesound Dataset, Music Technology Group of the Universitat Pompeu Fabra), "
    "clips of Freesound users, CC, mixed",
)
PARTS = ("training", "choosing", "reporting")
STEPS = 400
SCENES_A_STEP = 64
LEARNING_RATE = 0.05
WEIGHT_OF_FALSE = 15.0
"""Of a segment that is called an event and is none, against a missed event of one category."""
RECOMBINATIONS = 6
"""Of every scene, when counting."""
SHARES_OF_FALSE = (0.003, 0.005, 0.01)
"""Of segments without an event that are called one; models are compared at the same."""
SEEN = (0.075, 0.1, 0.125, 0.15, 0.175, 0.2)
HEARD = (0.075, 0.1, 0.125, 0.15, 0.175, 0.2)


@dataclass(frozen=True)
class Scenes:
    """What both encoders say of N scenes of T segments, and what is true of them. A class is a number of `names`,
    `len(names)` where nothing is, and `SEVERAL` where more than one thing is."""

    names: tuple[str, ...]
    seen: torch.Tensor
    """[N,T,C]"""
    looks: torch.Tensor
    """[N,T,D]"""
    heard: torch.Tensor
    """[N,T,C]"""
    music: torch.Tensor
    """[N,T]"""
    seen_classes: torch.Tensor
    """[N,T]"""
    heard_classes: torch.Tensor
    """[N,T]"""
    event_classes: torch.Tensor
    """[N,T]"""

    def __len__(self) -> int:
        return len(self.seen)

    def of(self, pictures: torch.Tensor, sounds: torch.Tensor, rolls: torch.Tensor) -> Scenes:
        """The pictures of these scenes with the sounds of those, rolled in time by so many segments."""
        place = (torch.arange(self.seen.shape[1]) - rolls[:, None]) % self.seen.shape[1]  # (n,T)
        seen_classes, heard_classes = self.seen_classes[pictures], self.heard_classes[sounds[:, None], place]
        unsure = (seen_classes == SEVERAL) | (heard_classes == SEVERAL)
        found = torch.where(seen_classes == heard_classes, seen_classes, len(self.names))
        own = (pictures == sounds) & (rolls == 0)
        return Scenes(
            self.names,
            self.seen[pictures],
            self.looks[pictures],
            self.heard[sounds[:, None], place],
            self.music[sounds[:, None], place],
            seen_classes,
            heard_classes,
            torch.where(own[:, None], self.event_classes[pictures], torch.where(unsure, SEVERAL, found)),
        )

    def recombined(self, seed: int) -> Scenes:
        """Each scene as it is, and its pictures with the sounds of others :data:`RECOMBINATIONS` times."""
        random = torch.Generator().manual_seed(seed)
        count, segments = self.seen.shape[:2]
        own, still = torch.arange(count), torch.zeros(count, dtype=torch.long)
        others = torch.randint(count, (RECOMBINATIONS * count,), generator=random)
        rolls = torch.randint(segments, (RECOMBINATIONS * count,), generator=random)
        pictures, sounds = torch.cat([own, own.repeat(RECOMBINATIONS)]), torch.cat([own, others])
        return self.of(pictures, sounds, torch.cat([still, rolls]))

    def without(self, name: str) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Numbers of the scenes that do not show, that do not sound, and that neither show nor sound, a thing."""
        number = self.names.index(name) if name else -2
        shown, sounding = ((classes == number).any(1) for classes in (self.seen_classes, self.heard_classes))
        return tuple(torch.nonzero(~held)[:, 0] for held in (shown, sounding, shown | sounding))

    def truth(self, categories: Categories) -> tuple[torch.Tensor, torch.Tensor]:
        """(bool [N,T,C]: which group is an event, bool [N,T]: nothing can be said, or an event is of no group)."""
        group = [categories.number(name) if name in categories else UNKNOWN for name in self.names]
        groups = torch.tensor([*group, NOTHING, UNKNOWN])[self.event_classes]  # SEVERAL is -1, the last
        return groups[..., None] == torch.arange(len(categories)), groups == UNKNOWN


UNKNOWN, NOTHING = -1, -2


def read_part(folder: Path, agreement: Agreement, extractor: Extractor) -> Scenes:
    labels = read_scenes(folder)
    store = FeatureStore(folder / FEATURES_FOLDER, half_precision=True)
    rows = extract_files([folder / name for name in labels.names], extractor, store, jobs=1)
    segments = labels.segment_classes.shape[1]
    features = [row.features.stretch(0, segments) for row in rows if row.features is not None]
    evidence = [agreement.evidence(one) for one in features]
    seen, heard, music = (torch.from_numpy(np.stack(kind).astype(np.float32)) for kind in zip(*evidence, strict=True))
    looks = torch.from_numpy(np.stack([one.visual.mean(axis=(1, 2), dtype=np.float32) for one in features]))
    classes = (labels.seen_classes, labels.heard_classes, labels.segment_classes)
    return Scenes(tuple(labels.categories), seen, looks, heard, music, *map(torch.from_numpy, classes))


def logits(network: Witnesses, scenes: Scenes, agreement: Agreement) -> torch.Tensor:
    """[N,T,C]"""
    present = torch.ones(scenes.seen.shape[:2], dtype=torch.bool)
    remembered = network.remember(scenes.seen, scenes.looks, present)
    rows = (value.detach().flatten(0, 1).numpy() for value in (remembered, scenes.heard, scenes.music))
    heard = agreement.heard_or_music(*rows).astype(np.float32).reshape(scenes.heard.shape)
    return network(remembered, torch.from_numpy(heard))


def learn(scenes: Scenes, agreement: Agreement, *, without: str = "", seed: int = 0) -> Witnesses:
    """The numbers that are likeliest to tell the events of these scenes, a category left out of them or none."""
    random = torch.Generator().manual_seed(seed)
    network = Witnesses()
    optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)
    mute, deaf, neither = scenes.without(without)

    def drawn(numbers: torch.Tensor) -> torch.Tensor:
        return numbers[torch.randint(len(numbers), (SCENES_A_STEP // 2,), generator=random)]

    for _ in range(STEPS):
        own, rolls = drawn(neither), torch.randint(scenes.seen.shape[1], (SCENES_A_STEP // 2,), generator=random)
        pictures, sounds = torch.cat([own, drawn(mute)]), torch.cat([own, drawn(deaf)])
        batch = scenes.of(pictures, sounds, torch.cat([torch.zeros_like(rolls), rolls]))
        truth, unknown = batch.truth(agreement.categories)
        scored = logits(network, batch, agreement)
        loss = _missed(scored, truth) + WEIGHT_OF_FALSE * _invented(scored, truth, unknown)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return network.eval()


def _missed(scored: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Surprise at an event, averaged over categories."""
    events = truth.flatten(0, 1)
    surprise = (F.softplus(-scored).flatten(0, 1) * events).sum(0)
    occurs = events.any(0)
    return (surprise[occurs] / events.sum(0)[occurs]).mean()


def _invented(scored: torch.Tensor, truth: torch.Tensor, unknown: torch.Tensor) -> torch.Tensor:
    """Surprise at what is no event, over all groups of a segment."""
    return (F.softplus(scored) * ~truth).sum(-1)[~unknown].mean()


@dataclass(frozen=True)
class Count:
    """Scores of the events of scenes by category, and the highest wrong score of each segment."""

    events: dict[str, np.ndarray]
    wrong: np.ndarray

    @classmethod
    def of(cls, scored: torch.Tensor, scenes: Scenes, categories: Categories) -> Count:
        truth, unknown = scenes.truth(categories)
        named = {name: truth[..., categories.number(name)] for name in scenes.names if name in categories}
        events = {name: scored[..., categories.number(name)][held].numpy() for name, held in named.items()}
        return cls(events, scored.masked_fill(truth, -torch.inf).amax(-1)[~unknown].numpy())

    def found(self, threshold: float) -> dict[str, float]:
        return {name: float((scores >= threshold).mean()) for name, scores in self.events.items()}

    def false(self, threshold: float) -> float:
        return float((self.wrong >= threshold).mean())

    def threshold(self, share_of_false: float) -> float:
        """At which so many segments are called an event wrongly."""
        return float(np.quantile(self.wrong, 1 - share_of_false))


def agreed(scenes: Scenes, agreement: Agreement) -> torch.Tensor:
    """[N,T,C]: what agreement itself says, less one half so that 0 is its threshold too."""
    seen = np.stack([steadied(one) for one in scenes.seen.numpy()])
    rows = (value.reshape(-1, *value.shape[2:]) for value in (seen, scenes.heard.numpy(), scenes.music.numpy()))
    flat_seen, flat_heard, flat_music = rows
    heard = agreement.heard_or_music(flat_seen, flat_heard, flat_music)
    return torch.from_numpy(agreement.agreed(flat_seen, heard).reshape(seen.shape)) - 0.5


@dataclass(frozen=True)
class Trial:
    """What a pair of thresholds finds and invents on the choosing scenes and on the choosing half of the real clips."""

    thresholds: tuple[float, float]
    found: float
    """Share of the events of scenes, averaged over categories."""
    false: float
    """Share of the other segments of scenes."""
    found_seconds: int
    false_seconds: int
    background_seconds: int

    @classmethod
    def of(cls, thresholds: tuple[float, float], count: Count, verdicts: list[Verdict]) -> Trial:
        background = [verdict for verdict in verdicts if not verdict.review.event_seconds]
        return cls(
            thresholds,
            found=float(np.mean(list(count.found(0.0).values()))),
            false=count.false(0.0),
            found_seconds=sum(verdict.found for verdict in verdicts),
            false_seconds=sum(verdict.false for verdict in verdicts if verdict.review.event_seconds),
            background_seconds=sum(verdict.false + verdict.unreviewed for verdict in background),
        )

    def no_worse_than(self, other: Trial) -> bool:
        mine = (self.false, self.false_seconds, self.background_seconds)
        return all(
            a <= b for a, b in zip(mine, (other.false, other.false_seconds, other.background_seconds), strict=True)
        )

    def line(self) -> str:
        seen, heard = self.thresholds
        return (
            f"{seen:5.3f}  {heard:5.3f} | {100 * self.found:5.1f} %  {100 * self.false:5.2f} % | "
            f"{self.found_seconds:4d}  {self.false_seconds:4d}  {self.background_seconds:4d}"
        )


def choose(network: Witnesses, scenes: Scenes, clips: dict[str, Features], agreement: Agreement, folder: Path) -> Trial:
    """Of the thresholds that are wrong no more often than agreement is, those that find the most event seconds, and of
    several the most events of scenes. The network keeps them."""
    rule = Trial.of((0.2, 0.15), Count.of(agreed(scenes, agreement), scenes, agreement.categories),
                    clip_verdicts(agreement, clips, folder))  # fmt: skip
    sys.stdout.write(
        f"seen   heard |  scenes: found, false | choosing half: found, false, background\n{rule.line()}  <- agreement\n"
    )
    trials = []
    for thresholds in product(SEEN, HEARD):
        set_thresholds(network, thresholds)
        with torch.inference_mode():
            count = Count.of(logits(network, scenes, agreement), scenes, agreement.categories)
        learned = LearnedAgreement(network, agreement)
        trials.append(Trial.of(thresholds, count, clip_verdicts(learned, clips, folder)))
    admitted = [trial for trial in trials if trial.no_worse_than(rule)]
    best = max(admitted, key=lambda trial: (trial.found_seconds, trial.found))
    for trial in trials:
        mark = "  <- chosen" if trial is best else "  admitted" if trial in admitted else ""
        sys.stdout.write(f"{trial.line()}{mark}\n")
    set_thresholds(network, best.thresholds)
    return best


def set_thresholds(network: Witnesses, thresholds: tuple[float, float]) -> None:
    with torch.no_grad():
        for place, value in zip((network.seen_threshold, network.heard_threshold), thresholds, strict=True):
            place.fill_(math.log(value))


def shares(count: Count) -> dict[str, float]:
    """Percent of the events found, averaged over categories, at each of :data:`SHARES_OF_FALSE`."""
    return {
        f"{100 * share:g} %": round(100 * float(np.mean(list(count.found(count.threshold(share)).values()))), 1)
        for share in SHARES_OF_FALSE
    }


def report(network: Witnesses, parts: dict[str, Scenes], agreement: Agreement) -> dict[str, Any]:
    """Percent of the events of the reporting scenes found at equal shares of false segments."""
    scenes, categories = parts["reporting"], agreement.categories
    strangers: dict[str, list[float]] = {}
    with torch.no_grad():
        known = Count.of(logits(network, scenes, agreement), scenes, categories)
    for name in known.events:
        stranger = learn(parts["training"], agreement, without=name)
        with torch.no_grad():
            count = Count.of(logits(stranger, scenes, agreement), scenes, categories)
        for share in SHARES_OF_FALSE:
            strangers.setdefault(f"{100 * share:g} %", []).append(100 * count.found(count.threshold(share))[name])
    plain = Count.of(agreed(scenes, agreement), scenes, categories)
    return {
        "agreement": shares(plain),
        "learned": shares(known),
        "learned without the category": {share: round(float(np.mean(found)), 1) for share, found in strangers.items()},
        "at one half": {
            name: {"found": round(100 * float(np.mean(list(count.found(0.0).values()))), 1),
                   "false": round(100 * count.false(0.0), 2)}
            for name, count in (("agreement", plain), ("learned", known))
        },
    }  # fmt: skip


def on_real_clips(scorer: Scorer, extractor: Extractor, folder: Path, read: Read) -> dict[str, dict[str, int]]:
    """Seconds of events, as `seehear localize` decides them, in each half of the real clips."""
    verdicts = measure(Localizer(scorer, extractor, name=NAME), folder, read=read)["events"]
    return {
        part: {
            kind: sum(getattr(verdict, kind) for verdict in verdicts if half(verdict.clip) == part)
            for kind in ("found", "missed", "false", "unreviewed", "false_events", "seconds")
        }
        for part in HALVES
    }


def main() -> None:
    shared = Path(__file__).resolve().parents[2] / "shared"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("making", type=Path, help="what `seehear teach` kept beside its model")
    parser.add_argument("--clips", type=Path, default=shared / "clips")
    parser.add_argument("--output", "-o", type=Path, required=True)
    arguments = parser.parse_args()

    torch.set_num_threads(1)
    extractor = load_extractor("light")
    agreement = Agreement(extractor.visual_classes, extractor.audio_classes)
    parts = {part: read_part(arguments.making / part, agreement, extractor) for part in PARTS}
    network = learn(parts["training"], agreement)
    learned = {name: round(value.item(), 3) for name, value in network.named_parameters()}
    choosing = {"choosing": parts["choosing"].recombined(1), "reporting": parts["reporting"].recombined(2)}
    clips = read_clips(arguments.clips, extractor)
    best = choose(network, choosing["choosing"], clips, agreement, arguments.clips)
    network.half().float()  # as it is written
    results = report(network, parts | choosing, agreement)
    scorers = {"agreement": agreement, "learned": LearnedAgreement(network, agreement)}
    read: Read = {}
    real = {name: on_real_clips(scorer, extractor, arguments.clips, read) for name, scorer in scorers.items()}
    sys.stdout.write(f"{machine()}\n{learned}\n{json.dumps([results, real], indent=2)}\n")
    card = LearnedCard(
        name=NAME,
        summary=SUMMARY,
        extractor=extractor.name,
        fingerprint=extractor.fingerprint,
        options=asdict(network.options),
        attribution=list(ATTRIBUTION),
        provenance={
            "program": "benchmarks/learned_agreement.py",
            "scenes": {part: len(scenes) for part, scenes in parts.items()},
            "steps": STEPS,
            "weight_of_false": WEIGHT_OF_FALSE,
            "learned": learned,
            "thresholds": {"seen": best.thresholds[0], "heard": best.thresholds[1]},
        },
        results={"reporting scenes, percent": results, "real clips, seconds": real},
    )
    save_learned(arguments.output, network, card)


if __name__ == "__main__":
    main()
