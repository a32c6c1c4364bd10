"""Explanations say what the network computed, for any network, on any stretch of a video."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from seehear import cli
from seehear.core.errors import InvalidValueError, MediaError, UnknownNameError
from seehear.core.labels import Categories
from seehear.core.time import Grid, Span
from seehear.data.scenes import DrawnMaterial, render_untrimmed
from seehear.explain import Explanation, Method, explain, write_explanation
from seehear.extract import extract_video
from seehear.features import load_extractor
from seehear.media import write_video
from seehear.models import MODELS, build, slim_options
from seehear.models.checkpoint import ModelCard, load_checkpoint, save_checkpoint

WINDOW = 8


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drawn video of 8 s with sound: one window of the networks below."""
    path = tmp_path_factory.mktemp("videos") / "drawn.mp4"
    render_untrimmed(path, DrawnMaterial(), seed=5, duration_seconds=float(WINDOW), write_video=write_video)
    return path


def saved(folder: Path, name: str, **options: object) -> Path:
    """An untrained slim network: what it says means nothing, that it is shown as it is can be checked."""
    extractor = load_extractor("builtin")
    torch.manual_seed(0)
    network = build(
        name,
        categories=len(DrawnMaterial().categories),
        visual_channels=extractor.visual_channels,
        audio_channels=extractor.audio_channels,
        **{**slim_options(name, 16), **options},
    )
    card = ModelCard.of(
        network,
        categories=DrawnMaterial().categories,
        hop_seconds=1.0,
        window_segments=WINDOW,
        extractor=extractor.name,
        fingerprint=extractor.fingerprint,
    )
    save_checkpoint(folder, network, card)
    return folder


@pytest.fixture(scope="module")
def pfagn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("models") / "guided", "pfagn")


def test_arrays_are_what_the_network_computes(video: Path, pfagn: Path) -> None:
    (method,) = explain(video, [pfagn]).methods
    features, _ = extract_video(video, load_extractor("builtin"))
    network, _ = load_checkpoint(pfagn)
    with torch.inference_mode():
        prediction = network(torch.from_numpy(features.visual)[None], torch.from_numpy(features.audio)[None])
    expected = {
        "attention": prediction.attention,
        "temporal_weights": prediction.temporal_weights,
        "motion": prediction.motion.norm(dim=-1),
        "relevance": prediction.event_logits.sigmoid(),
        "channel_weights": prediction.auxiliary["channel_weights"],
        "audio_channel_weights": prediction.motion.sigmoid(),
        "events": prediction.probabilities()[..., :-1],
    }
    for name, tensor in expected.items():
        assert np.allclose(getattr(method, name), tensor[0].numpy(), atol=1e-5), name
    assert method.temporal_weights.sum() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("name", MODELS)
def test_every_network_is_explained_as_far_as_it_can(video: Path, tmp_path: Path, name: str) -> None:
    explanation = explain(video, [saved(tmp_path / name, name)])
    (method,) = explanation.methods
    assert len(explanation) == WINDOW
    assert (method.attention is None) == (name == "dam")
    assert (method.motion is not None) == (name == "pfagn")
    for array in method.arrays().values():
        assert len(array) == (WINDOW if array.dtype.kind != "U" else len(method.categories))
    write_explanation(tmp_path, "figure", explanation)


def test_a_stretch_is_a_part_of_the_whole(video: Path, pfagn: Path) -> None:
    whole, part = explain(video, [pfagn]), explain(video, [pfagn], seconds=Span(2.5, 6.0))
    assert (part.first_segment, len(part)) == (3, 3)
    assert list(part.frames) == [3, 4, 5]
    assert np.array_equal(part.methods[0].attention, whole.methods[0].attention[3:6])
    assert all(np.array_equal(part.frames[at], whole.frames[at]) for at in part.frames)
    assert part.figure().title == "drawn.mp4, 3 to 6 s"


def test_stored_arrays_are_plain_and_complete(video: Path, pfagn: Path, tmp_path: Path) -> None:
    other = saved(tmp_path / "second", "pfagn", motion="ms")
    explanation = explain(video, [pfagn, other])
    assert [method.label for method in explanation.methods] == ["pfagn guided", "pfagn second"]
    arrays, picture = write_explanation(tmp_path, "drawn", explanation)
    with np.load(arrays, allow_pickle=False) as stored:
        assert np.array_equal(stored["pfagn guided.motion"], explanation.methods[0].motion)
        assert list(stored["pfagn second.categories"]) == list(DrawnMaterial().categories)
        assert stored["hop_seconds"] == 1
        assert set(stored.files) == set(explanation.arrays())
    with Image.open(picture) as drawn:
        assert drawn.width > 8 * 100


def test_the_same_model_twice_keeps_both_its_rows(video: Path, pfagn: Path) -> None:
    explanation = explain(video, [pfagn, pfagn, pfagn])
    assert len({method.label for method in explanation.methods}) == 3


def test_agreement_shows_evidence_and_says_that_it_is_none_of_attention() -> None:
    events = np.array([[0.9, 0.1], [0.2, 0.3]], np.float32)
    seen, heard = np.array([[0.8, 0.1], [0.1, 0.4]]), np.array([[0.7, 0.2], [0.2, 0.6]])
    method = Method("agreement", "", Categories(("dog", "cat")), events, np.zeros(2, bool), seen=seen, heard=heard)
    frames = {number: np.zeros((4, 4, 3), np.uint8) for number in range(2)}
    (row,) = Explanation("a clip", Grid(), 0, frames, 1.0, (method,)).figure().rows
    assert row.attention is None
    assert any("no attention" in note for note in row.notes)
    assert [bars.name for bars in row.bars] == ["seen", "heard"]
    assert row.bars[0].values.tolist() == [0.8, 0.4], "of the likeliest category of each segment"
    assert row.bars[1].values.tolist() == [0.7, 0.6]
    assert row.verdicts == (("dog", pytest.approx(0.9)), None)


def test_a_missing_segment_is_called_nothing() -> None:
    events = np.array([[0.9], [0.9]], np.float32)
    method = Method("model", "", Categories(("dog",)), events, np.array([False, True]))
    frames = {number: np.zeros((4, 4, 3), np.uint8) for number in range(2)}
    (row,) = Explanation("a clip", Grid(), 0, frames, 1.0, (method,)).figure().rows
    assert row.verdicts[1] is None
    assert row.missing == (False, True)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--seconds", "8-9"], "no segment starts within these seconds; the video has 8"),
        (["--seconds", "now"], "two numbers such as 3-8, not 'now'"),
        (["--seconds", "5-3"], "cannot end"),
    ],
)
def test_wrong_stretches_say_what_is_wrong(
    capsys: pytest.CaptureFixture[str], video: Path, pfagn: Path, tmp_path: Path, arguments: list[str], says: str
) -> None:
    code = cli.run(["explain", str(video), "-m", str(pfagn), "-o", str(tmp_path), *arguments])
    assert code == cli.EXIT_USAGE
    assert says in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_the_command_writes_both_files(
    capsys: pytest.CaptureFixture[str], video: Path, pfagn: Path, tmp_path: Path
) -> None:
    code = cli.run(["explain", str(video), "-m", str(pfagn), "-o", str(tmp_path), "--seconds", "1-4"])
    assert code == cli.EXIT_OK
    assert capsys.readouterr().out.split() == [str(tmp_path / "drawn.npz"), str(tmp_path / "drawn.png")]


def test_what_cannot_be_explained_is_refused(video: Path, pfagn: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidValueError, match="one model or more"):
        explain(video, [])
    with pytest.raises(UnknownNameError, match="agreement"):
        explain(video, ["nope"])
    with pytest.raises(MediaError):
        explain(tmp_path / "missing.mp4", [pfagn])
