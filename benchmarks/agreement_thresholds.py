"""Choose the thresholds of agreement without the reporting half of the real clips.

    SEEHEAR_HOME=../shared/weights python benchmarks/agreement_thresholds.py

Every photo of ASSETS is paired with every second of sound: of one category they are an event, of two they are none.
Photos and sounds are the part for training, not the third held out. The rule: among the settings that call at most
0.5 % of the wrong pairs an event, no second of the background clips of the choosing half of CLIPS, and no more false
seconds of its other clips than the plain settings, take the one that finds the most event seconds of the choosing half,
and of several the one with the largest share of right pairs, averaged over categories.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from real_clips import SAME_THING, Verdict, half, judge, machine, read_reviews

from seehear.core.time import Grid
from seehear.core.values import SAMPLE_RATE_HZ, Features
from seehear.data.scenes.photographed_material import active_part
from seehear.extract import extract_video
from seehear.features import Extractor, load_extractor
from seehear.localizer import Scorer
from seehear.models.agreement import Agreement, AgreementSettings
from seehear.prepare import own_material, read_sound

MOST_FALSE = 0.005
NOT_APART = ({"bird", "rooster"},)
"""A rooster is a bird: neither right nor wrong for the other."""

PLAIN = AgreementSettings(seen_threshold=0.15, heard_threshold=0.15, steady=False, music_weight=0.0)
"""Every second by itself, every sound by its own name."""

MUSIC = ((0.0, 1.0), (0.25, 0.05), (0.5, 0.02), (0.5, 0.05), (0.5, 0.1), (0.5, 1.0), (1.0, 0.02), (1.0, 0.05))
"""Weight of "Music", and from which score on an instrument's own name silences it."""

GRID = [PLAIN] + [
    AgreementSettings(seen_threshold=seen, heard_threshold=heard, music_weight=weight, naming_threshold=naming)
    for seen, heard, (weight, naming) in product((0.1, 0.15, 0.2, 0.3), (0.1, 0.15, 0.2, 0.25, 0.3), MUSIC)
]


@dataclass(frozen=True)
class Material:
    """Class scores of photos [n,1001] and of seconds of sound [m,521], by category, and of the choosing clips."""

    photos: dict[str, np.ndarray]
    sounds: dict[str, np.ndarray]
    clips: dict[str, Features]


@dataclass(frozen=True)
class Outcome:
    settings: AgreementSettings
    found: dict[str, float]
    """Share of the right pairs, by category."""
    false: float
    """Share of the wrong pairs."""
    background_seconds: int
    """Called an event in the background clips of the choosing half."""
    false_seconds: int
    """Called an event, wrongly, in its other clips."""
    found_seconds: int
    """Of the events of the choosing half."""

    @property
    def mean_found(self) -> float:
        return float(np.mean(list(self.found.values())))

    def admissible(self, plain: Outcome) -> bool:
        quiet = self.false <= MOST_FALSE and self.background_seconds == 0
        return quiet and self.false_seconds <= plain.false_seconds


def read_material(assets: Path, clips: Path, extractor: Extractor) -> Material:
    material = own_material(assets)
    photos = {
        name: _visual_scores(extractor, np.stack([_picture(file, extractor.picture_size) for file in files])[:, None])
        for name, files in material.photos.items()
    }
    sounds = {
        name: _audio_scores(extractor, np.concatenate([_seconds(read_sound(file)) for file in files]))
        for name, files in material.sounds.items()
    }
    return Material(photos, sounds, read_clips(clips, extractor))


def read_clips(clips: Path, extractor: Extractor) -> dict[str, Features]:
    """The features of every clip of the choosing half, by its name."""
    chosen = [clip for clip in read_reviews(clips) if half(clip) == "choosing"]
    return {clip: extract_video(clips / "events" / clip, extractor)[0] for clip in chosen}


def _picture(file: Path, size: int) -> np.ndarray:
    photo = ImageOps.exif_transpose(Image.open(file)).convert("RGB")
    return np.asarray(photo.resize((size, size), Image.Resampling.BILINEAR))


def _seconds(sound: np.ndarray) -> np.ndarray:
    """[m,16000] whole seconds of a recording without its pauses, at least one."""
    active = active_part(sound)
    count = max(1, len(active) // SAMPLE_RATE_HZ)
    return np.pad(active, (0, max(0, SAMPLE_RATE_HZ - len(active))))[: count * SAMPLE_RATE_HZ].reshape(count, -1)


def _visual_scores(extractor: Extractor, pictures: np.ndarray) -> np.ndarray:
    return extractor.pictures.encode(pictures)[1]


def _audio_scores(extractor: Extractor, seconds: np.ndarray) -> np.ndarray:
    return extractor.sound.encode(seconds)[1]


def try_settings(settings: AgreementSettings, material: Material, extractor: Extractor, clips: Path) -> Outcome:
    model = Agreement(extractor.visual_classes, extractor.audio_classes, settings)
    found, false = {}, []
    for photo, sound in product(material.photos, material.sounds):
        events = _agreed(model, material.photos[photo], material.sounds[sound])  # (n,m,C)
        right = [name in SAME_THING.get(photo, ()) for name in model.categories]
        if photo == sound and any(right):
            found[photo] = float(events[..., right].any(axis=-1).mean())
        elif {photo, sound} not in NOT_APART:
            false.append(events.any(axis=-1).mean())
    verdicts = clip_verdicts(model, material.clips, clips)
    background = [verdict for verdict in verdicts if not verdict.review.event_seconds]
    return Outcome(
        settings,
        found,
        float(np.mean(false)),
        background_seconds=sum(verdict.false + verdict.unreviewed for verdict in background),
        false_seconds=sum(verdict.false for verdict in verdicts if verdict.review.event_seconds),
        found_seconds=sum(verdict.found for verdict in verdicts),
    )


def _agreed(model: Agreement, photos: np.ndarray, sounds: np.ndarray) -> np.ndarray:
    """bool [n,m,C]: whether each of n photos with each of m sounds is an event of each category."""
    silent, blind = np.zeros((len(photos), sounds.shape[1])), np.zeros((len(sounds), photos.shape[1]))
    seen = np.repeat(model.evidence(_features(photos, silent))[0], len(sounds), axis=0)  # (n*m,C)
    _, heard, music = model.evidence(_features(blind, sounds))
    heard = model.heard_or_music(seen, np.tile(heard, (len(photos), 1)), np.tile(music, len(photos)))
    return (model.agreed(seen, heard) >= 0.5).reshape(len(photos), len(sounds), -1)


def _features(visual_scores: np.ndarray, audio_scores: np.ndarray) -> Features:
    present = np.ones(len(visual_scores), bool)
    nothing = np.zeros((len(present), 1, 1, 1), np.float32)
    scores = {"visual_scores": visual_scores, "audio_scores": audio_scores}
    return Features(Grid(), 0, "", nothing, nothing[:, 0, 0], present, present, **scores)


def clip_verdicts(model: Scorer, clips: dict[str, Features], folder: Path) -> list[Verdict]:
    """On the segments of clips, as `folder` has them reviewed."""
    reviews, verdicts = read_reviews(folder), []
    for clip, features in clips.items():
        (scores,) = model.score([features])
        over = (scores.events >= 0.5).T
        named = {
            name: set(column.nonzero()[0].tolist())
            for name, column in zip(model.categories, over, strict=True)
            if column.any()
        }
        verdicts.append(judge(clip, reviews[clip], model.categories, named, scores))
    return verdicts


def main() -> None:
    shared = Path(__file__).resolve().parents[2] / "shared"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assets", type=Path, default=shared / "assets")
    parser.add_argument("--clips", type=Path, default=shared / "clips")
    arguments = parser.parse_args()

    extractor = load_extractor("light")
    material = read_material(arguments.assets, arguments.clips, extractor)
    outcomes = [try_settings(settings, material, extractor, arguments.clips) for settings in GRID]
    plain = outcomes[0]
    ranked = sorted(outcomes, key=lambda outcome: (-outcome.found_seconds, -outcome.mean_found))
    best = next(outcome for outcome in ranked if outcome.admissible(plain))
    sys.stdout.write(f"{machine()}\n{HEAD}\n{_line(plain)}  <- plain\n")
    for outcome in ranked:
        if outcome.admissible(plain):
            sys.stdout.write(f"{_line(outcome)}{'  <- chosen' if outcome is best else ''}\n")
    sys.stdout.write("".join(f"{name} {share:.2f}  " for name, share in best.found.items()) + "\n")


HEAD = "seen  heard  music  naming | right pairs  wrong pairs | seconds found  false"


def _line(outcome: Outcome) -> str:
    settings = outcome.settings
    return (
        f"{settings.seen_threshold:4.2f}  {settings.heard_threshold:5.2f}  {settings.music_weight:5.2f}  "
        f"{settings.naming_threshold:6.2f} | {outcome.mean_found:11.3f}  {outcome.false:11.4f} | "
        f"{outcome.found_seconds:13d}  {outcome.false_seconds:5d}"
    )


if __name__ == "__main__":
    main()
