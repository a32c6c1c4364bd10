"""Agreement with learned numbers: what they may and may not do, and that the shipped ones are those of its card."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from seehear.core.errors import DamagedError, InvalidValueError, NotFiniteError
from seehear.core.time import Grid
from seehear.core.values import Features
from seehear.models.agreement import Agreement
from seehear.models.groups import GROUPS, Group
from seehear.models.learned_agreement import (
    SHIPPED_FOLDER,
    LearnedAgreement,
    LearnedCard,
    load_learned,
    save_learned,
    shipped,
)
from seehear.models.witnesses import Witnesses, WitnessOptions

VISUAL = ("background", "pug", "police van")
AUDIO = ("Speech", "Bark", "Siren")
PAIR = (Group("dog", "pug", "Bark"), Group("police car", "police van", "Siren"))
NAME = "agreement-learned"
LARGEST_BYTES = 8_000_000


def clip(seen: list[float], heard: list[float], looks: np.ndarray | None = None) -> Features:
    """Segments in which a pug is seen and a bark is heard so clearly; all look alike unless said otherwise."""
    count = len(seen)
    visual_scores, audio_scores = np.zeros((count, 3), np.float32), np.zeros((count, 3), np.float32)
    visual_scores[:, 1], audio_scores[:, 1] = seen, heard
    looks = np.ones((count, 2), np.float32) if looks is None else looks
    present = np.ones(count, bool)
    return Features(
        grid=Grid(),
        first_segment=0,
        fingerprint="hand-made",
        visual=looks[:, None, None, :],
        audio=np.zeros((count, 1), np.float32),
        has_picture=present,
        has_sound=present,
        visual_scores=visual_scores,
        audio_scores=audio_scores,
    )


@pytest.fixture(scope="module")
def network() -> Witnesses:
    return load_learned(SHIPPED_FOLDER / NAME)[0]


def dog(network: Witnesses, features: Features) -> np.ndarray:
    """The scores of the dog."""
    (scores,) = LearnedAgreement(network, Agreement(VISUAL, AUDIO, groups=PAIR)).score([features])
    return scores.events[:, 0]


def test_what_is_both_seen_and_heard_is_an_event_and_what_is_only_one_of_them_is_none(network):
    assert (dog(network, clip([0.9] * 5, [0.9] * 5)) > 0.5).all()
    assert (dog(network, clip([0.9] * 5, [0.0] * 5)) < 0.1).all()
    assert (dog(network, clip([0.0] * 5, [0.9] * 5)) < 0.1).all()


def test_more_evidence_never_makes_an_event_less_likely(network):
    rising = torch.linspace(0, 1, 201)
    for fixed in (0.0, 0.05, 0.3, 1.0):
        other = torch.full_like(rising, fixed)
        with torch.inference_mode():
            by_eye, by_ear = network(rising, other), network(other, rising)
        assert (by_eye.diff() >= 0).all()
        assert (by_ear.diff() >= 0).all()


def test_the_score_is_that_of_the_formula(network):
    numbers = {name: value.double() for name, value in network.state_dict().items()}
    seen, heard = torch.tensor([0.3]), torch.tensor([0.4])
    odds = 1.0
    for evidence, witness in ((seen, "seen"), (heard, "heard")):
        slope = (1 + numbers[f"{witness}_slope"].exp()).log()
        odds += ((evidence.double() + 1e-3) / numbers[f"{witness}_threshold"].exp()) ** -slope
    with torch.inference_mode():
        assert network(seen, heard).sigmoid().item() == pytest.approx(1 / float(odds), rel=1e-4)


def test_the_eye_remembers_what_still_looks_alike(network):
    turned_away = clip([0.9, 0.9, 0.01, 0.9, 0.9], [0.9] * 5)
    assert dog(network, turned_away)[2] > 0.5
    elsewhere = np.ones((5, 2), np.float32)
    elsewhere[2] = (1.0, -1.0)  # at a right angle to the others: a picture of something else
    cut_away = clip([0.9, 0.9, 0.01, 0.9, 0.9], [0.9] * 5, elsewhere)
    assert dog(network, cut_away)[2] < 0.1


def test_the_ear_remembers_nothing(network):
    assert dog(network, clip([0.9] * 5, [0.9, 0.9, 0.0, 0.9, 0.9]))[2] < 0.1


def test_nothing_is_remembered_of_a_segment_without_a_picture():
    network = Witnesses()
    present = torch.tensor([[True, False, True]])
    attention = network.attention(torch.ones(1, 3, 2), present)[0]
    assert attention[0, 1] == 0
    assert attention[2, 1] == 0
    assert torch.allclose(attention.sum(-1), torch.ones(3))


def test_the_eye_remembers_no_farther_than_it_reaches():
    attention = Witnesses(WitnessOptions(reach_segments=1)).attention(torch.ones(1, 4, 2), torch.ones(1, 4).bool())[0]
    assert (attention > 0).tolist() == [
        [True, True, False, False],
        [True, True, True, False],
        [False, True, True, True],
        [False, False, True, True],
    ]


def test_a_missing_segment_scores_nothing_and_says_so(network):
    features = replace(clip([0.9] * 3, [0.9] * 3), has_sound=np.array([True, False, True]))
    (scores,) = LearnedAgreement(network, Agreement(VISUAL, AUDIO, groups=PAIR)).score([features])
    assert scores.missing.tolist() == [False, True, False]
    assert not scores.events[1].any()


def test_features_that_are_no_numbers_are_refused(network):
    with pytest.raises(NotFiniteError):
        dog(network, clip([0.9] * 2, [0.9] * 2, np.full((2, 2), np.nan, np.float32)))


def test_the_shipped_model_is_small_half_precision_and_knows_every_group(network):
    folder = SHIPPED_FOLDER / NAME
    assert sum(path.stat().st_size for path in folder.iterdir()) <= LARGEST_BYTES
    header = (folder / "weights.safetensors").read_bytes()
    layout = json.loads(header[8 : 8 + int.from_bytes(header[:8], "little")])
    assert {entry["dtype"] for name, entry in layout.items() if name != "__metadata__"} == {"F16"}
    card = shipped()[NAME]
    assert card.name == NAME
    assert (card.extractor, card.options) == ("light", {"reach_segments": 2})
    assert any("CC BY" in line for line in card.attribution)
    assert len(GROUPS) == 101


def test_its_page_says_what_its_card_measured():
    card = shipped()[NAME]
    page = (Path(__file__).resolve().parents[2] / "docs/models" / f"{NAME}.md").read_text()
    scenes, real = card.results["reporting scenes, percent"], card.results["real clips, seconds"]
    for model, row in (("agreement", "`agreement`"), ("learned", f"`{NAME}`")):
        shares = " | ".join(str(scenes[model][share]) for share in ("0.3 %", "0.5 %", "1 %"))
        half = scenes["at one half"][model]
        assert f"| {row} | {shares} | {half['found']}, {half['false']} % false |" in page
    choosing, reporting = real["learned"]["choosing"], real["learned"]["reporting"]
    known = {part: counts["found"] + counts["missed"] for part, counts in real["learned"].items()}
    assert f"{choosing['found']} of {known['choosing']} event seconds" in page
    assert f"{reporting['found']} of {known['reporting']} of the half that did not" in page


def test_it_is_not_the_default_and_filtering_it_is_an_option(shared: Path, monkeypatch):
    monkeypatch.setenv("SEEHEAR_HOME", str(shared / "weights"))
    from seehear.core.errors import UnknownNameError
    from seehear.localizer import load

    assert load().name == "agreement"
    filtered = load(f"{NAME}+agreement")
    assert filtered.name == f"{NAME}+agreement"
    assert list(filtered.categories) == list(load().categories)
    with pytest.raises(UnknownNameError, match=NAME):
        load("agreement-lerned")


def test_a_shipped_file_of_other_bytes_is_refused(tmp_path):
    copy = tmp_path / NAME
    shutil.copytree(SHIPPED_FOLDER / NAME, copy)
    weights = copy / "weights.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    with pytest.raises(DamagedError, match="SHA-256"):
        load_learned(copy)


def test_a_model_comes_back_as_it_was_saved(tmp_path):
    network = Witnesses()
    card = LearnedCard("mine", "a model", "light", "0" * 16, {"reach_segments": 2}, ["somebody"], {"steps": 1}, {})
    save_learned(tmp_path / "mine", network, card)
    again, read = load_learned(tmp_path / "mine")
    assert read == card
    for name, value in network.state_dict().items():
        assert again.state_dict()[name] == value.half().float()


def test_weights_that_are_not_those_of_the_card_are_refused(tmp_path):
    class Wider(Witnesses):
        def __init__(self) -> None:
            super().__init__()
            self.extra = torch.nn.Parameter(torch.zeros(3))

    card = LearnedCard("mine", "a model", "light", "0" * 16, {"reach_segments": 2})
    save_learned(tmp_path / "wide", Wider(), card)
    with pytest.raises(DamagedError, match="the weights are not those of"):
        load_learned(tmp_path / "wide")


def test_a_card_of_another_format_is_refused(tmp_path):
    from seehear.storage.files import sealed_folder

    with sealed_folder(tmp_path / "odd") as folder:
        (folder / "model.json").write_text('{"format": "other"}')
        (folder / "weights.safetensors").write_bytes(b"")
    with pytest.raises(DamagedError, match="no card of a learned agreement"):
        load_learned(tmp_path / "odd")


@pytest.mark.parametrize("reach", [-1, 1.5, True, 101])
def test_a_reach_that_cannot_be_is_refused(reach):
    with pytest.raises(InvalidValueError, match="reach_segments"):
        WitnessOptions(reach_segments=reach)


def test_a_real_bark_in_view_is_found_and_a_dog_under_speech_is_not(shared: Path, network, monkeypatch):
    monkeypatch.setenv("SEEHEAR_HOME", str(shared / "weights"))
    from seehear.localizer import load

    localizer = load(NAME)
    barking = localizer.find(shared / "clips/events/SpecVQGAN__video_02677.mp4").scores
    silent = localizer.find(shared / "clips/events/Video-LLaMA__skateboarding_dog.mp4").scores
    number = localizer.categories.number("dog")
    assert np.flatnonzero(barking.events[:, number] >= 0.5).tolist() == [1, 2, 4, 5]
    assert silent.events.max() < 0.5
