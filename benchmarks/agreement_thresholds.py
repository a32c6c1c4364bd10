"""Choose the thresholds of agreement without the reporting half of the real clips.

    SEEHEAR_HOME=../shared/weights python benchmarks/agreement_thresholds.py

Every photo of ASSETS is paired with every second of sound: of one category they are an event, of two they are none.
Photos and sounds are the part for training, not the third held out. The rule: among the settings that call at most
0.5 % of the wrong pairs an event, and no second of the background clips of the choosing half of CLIPS, take the one
that finds the largest share of right pairs, averaged over categories.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from real_clips import SAME_THING, half, judge, machine, read_reviews

from seehear.core.time import Grid
from seehear.core.values import SAMPLE_RATE_HZ, Features
from seehear.data.scenes.photographed_material import active_part
from seehear.extract import extract_video
from seehear.features import Extractor, load_extractor
from seehear.models.agreement import Agreement, AgreementSettings
from seehear.prepare import own_material, read_sound

MOST_FALSE = 0.005
NOT_APART = ({"bird", "rooster"},)
"""A rooster is a bird: neither right nor wrong for the other."""

GRID = [
    AgreementSettings(seen_threshold=seen, heard_threshold=heard)
    for seen, heard in product((0.05, 0.1, 0.15, 0.2, 0.3), (0.1, 0.15, 0.2, 0.25, 0.3))
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
    false_seconds: int
    """In the background clips of the choosing half."""

    @property
    def mean_found(self) -> float:
        return float(np.mean(list(self.found.values())))

    @property
    def admissible(self) -> bool:
        return self.false <= MOST_FALSE and self.false_seconds == 0


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
    chosen = [clip for clip in read_reviews(clips) if half(clip) == "choosing"]
    return Material(photos, sounds, {clip: extract_video(clips / "events" / clip, extractor)[0] for clip in chosen})


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
    evidence = {
        (kind, name): _evidence(model, kind, scores)
        for kind, by_name in (("seen", material.photos), ("heard", material.sounds))
        for name, scores in by_name.items()
    }
    found, false = {}, []
    for photo, sound in product(material.photos, material.sounds):
        seen, heard = evidence["seen", photo], evidence["heard", sound]
        agreed = (seen[:, None] >= settings.seen_threshold) & (heard[None] >= settings.heard_threshold)  # (n,m,C)
        right = [name in SAME_THING.get(photo, ()) for name in model.categories]
        if photo == sound and any(right):
            found[photo] = float(agreed[..., right].any(axis=-1).mean())
        elif {photo, sound} not in NOT_APART:
            false.append(agreed.any(axis=-1).mean())
    return Outcome(settings, found, float(np.mean(false)), _false_seconds(model, material, clips))


def _evidence(model: Agreement, kind: str, class_scores: np.ndarray) -> np.ndarray:
    """float32 [n,C]: what the groups make of one encoder's scores, beside another that says nothing."""
    count = len(class_scores)
    silent = {"visual_scores": np.zeros((count, 1001), np.float32), "audio_scores": np.zeros((count, 521), np.float32)}
    silent["visual_scores" if kind == "seen" else "audio_scores"] = class_scores
    present = np.ones(count, bool)
    nothing = np.zeros((count, 1, 1, 1), np.float32)
    features = Features(Grid(), 0, "", nothing, nothing[:, 0, 0], present, present, **silent)
    return model.score([features])[0].details[kind]


def _false_seconds(model: Agreement, material: Material, clips: Path) -> int:
    reviews = read_reviews(clips)
    total = 0
    for clip, features in material.clips.items():
        if not reviews[clip].event_seconds:
            (scores,) = model.score([features])
            over = (scores.events >= 0.5).T
            named = {
                name: set(column.nonzero()[0].tolist())
                for name, column in zip(model.categories, over, strict=True)
                if column.any()
            }
            total += judge(clip, reviews[clip], model.categories, named, scores).false
    return total


def main() -> None:
    shared = Path(__file__).resolve().parents[2] / "shared"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assets", type=Path, default=shared / "assets")
    parser.add_argument("--clips", type=Path, default=shared / "clips")
    arguments = parser.parse_args()

    extractor = load_extractor("light")
    material = read_material(arguments.assets, arguments.clips, extractor)
    outcomes = [try_settings(settings, material, extractor, arguments.clips) for settings in GRID]
    best = max((outcome for outcome in outcomes if outcome.admissible), key=lambda outcome: outcome.mean_found)
    sys.stdout.write(f"{machine()}\nseen  heard | right pairs found | wrong pairs | false seconds\n")
    for outcome in sorted(outcomes, key=lambda outcome: -outcome.mean_found):
        settings = outcome.settings
        sys.stdout.write(
            f"{settings.seen_threshold:4.2f}  {settings.heard_threshold:4.2f}  | "
            f"{outcome.mean_found:.3f} | {outcome.false:.4f} | {outcome.false_seconds}"
            f"{'' if outcome.admissible else '  not admissible'}{'  <- chosen' if outcome is best else ''}\n"
        )
    sys.stdout.write("".join(f"{name} {share:.2f}  " for name, share in best.found.items()) + "\n")


if __name__ == "__main__":
    main()
