"""A network trained on AVE's published features localizes a video: through encoders of that release's recipe."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import seehear
from seehear import cli
from seehear.core.errors import ExtractorMismatchError
from seehear.core.labels import AVE_28
from seehear.data.ave.features import EXTRACTOR, FINGERPRINT
from seehear.extract import extract_video
from seehear.features import REMADE, vgg19, vggish
from seehear.features.weights import VGG19_CAFFE, VGGISH, WeightFile
from seehear.media import write_video
from seehear.models import build
from seehear.models.checkpoint import ModelCard, save_checkpoint


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """Two seconds of noise, seen and heard: each second costs 16 pictures."""
    draw = np.random.default_rng(5)
    pictures = draw.integers(0, 256, (32, 64, 64, 3), dtype=np.uint8)
    sound = 0.1 * draw.standard_normal(2 * 16_000).astype(np.float32)
    write_video(tmp_path / "drawn.mp4", pictures, sound, frames_per_second=16)
    return tmp_path / "drawn.mp4"


@pytest.fixture
def small_encoders(monkeypatch: pytest.MonkeyPatch) -> list[WeightFile]:
    """VGG-19 and VGGish of the published form but few channels within, with drawn weights; lists what was read."""
    monkeypatch.setattr(vgg19, "BLOCKS", ((2, 2), (2, 2), (2, 4), (2, 4), (512, 4)))
    monkeypatch.setattr(vggish, "BLOCKS", ((2, 1), (2, 1), (2, 2), (512, 2)))
    read: list[WeightFile] = []

    def drawn(file: WeightFile) -> tuple[dict[str, torch.Tensor], str]:
        read.append(file)
        with torch.random.fork_rng(), torch.no_grad():
            torch.manual_seed(0)
            network = vggish.Vggish() if file is VGGISH else vgg19.Vgg19()
        return network.state_dict(), "drawn"

    monkeypatch.setattr(vgg19, "read_published", drawn)
    monkeypatch.setattr(vggish, "read_published", drawn)
    return read


def saved(folder: Path, fingerprint: str = FINGERPRINT) -> Path:
    torch.manual_seed(0)
    network = build("avel", categories=len(AVE_28), width=8)
    card = ModelCard.of(
        network,
        categories=AVE_28,
        hop_seconds=1.0,
        window_segments=10,
        extractor=EXTRACTOR,
        fingerprint=fingerprint,
    )
    save_checkpoint(folder, network, card)
    return folder


def test_its_features_are_those_of_the_release_s_recipe(
    small_encoders: list[WeightFile], video: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    localizer = seehear.load(saved(tmp_path / "model"))
    assert small_encoders == [VGG19_CAFFE, VGGISH]
    extractor = localizer.extractor
    assert extractor.pictures_per_segment == 16
    assert (extractor.grid_shape, extractor.visual_channels, extractor.audio_channels) == ((7, 7), 512, 128)
    assert extractor.pictures.recipe["preprocessing"] == "ave_release"
    found = localizer.find(video).scores
    features, _ = extract_video(video, extractor)
    with torch.inference_mode():
        window = torch.from_numpy(features.visual[None]), torch.from_numpy(features.audio[None])
        expected = localizer.scorer.network(*window).probabilities()[0, 0, :28].numpy()
    np.testing.assert_allclose(found.events[0], expected, atol=1e-5)
    assert "made again by our reading of that release's recipe" in localizer.note
    assert localizer.card["note"] == localizer.note
    code = cli.run(["localize", str(tmp_path / "absent.mp4"), "--model", str(tmp_path / "model")])
    assert code == cli.EXIT_SOME_FAILED
    assert localizer.note in capsys.readouterr().err


def test_a_model_of_other_published_features_is_refused(small_encoders: list[WeightFile], tmp_path: Path) -> None:
    with pytest.raises(ExtractorMismatchError, match="trained on ave-published features of another release"):
        seehear.load(saved(tmp_path / "model", "of another release"))
    assert small_encoders == [], "nothing is fetched for a model that cannot be used"


def test_every_remade_extractor_is_one_that_data_name() -> None:
    assert set(REMADE) == {EXTRACTOR}
