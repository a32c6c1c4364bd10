"""A folder as readers of the pages have it: a drawn video, a model, results."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from seehear import cli
from seehear.core.time import Grid
from seehear.data.scenes import DrawnMaterial, render_untrimmed
from seehear.features import load_extractor
from seehear.media import write_video
from seehear.models import build
from seehear.models.checkpoint import ModelCard, save_checkpoint


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reader")
    render_untrimmed(folder / "holiday.mp4", DrawnMaterial(), seed=5, duration_seconds=12.0, write_video=write_video)
    untrained_network(folder / "run" / "model")
    arguments = ["localize", folder / "holiday.mp4", "-m", folder / "run/model", "-o", folder / "results"]
    assert cli.run([*map(str, arguments), "-f", "json", "--threshold", "0.02"]) == cli.EXIT_OK
    return folder


def untrained_network(folder: Path) -> None:
    """A PFAGN on `builtin` features: what it says means nothing, everything around it is real."""
    extractor, categories = load_extractor("builtin"), DrawnMaterial().categories
    torch.manual_seed(0)
    sizes = {"visual_channels": extractor.visual_channels, "audio_channels": extractor.audio_channels}
    network = build("pfagn", categories=len(categories), width=32, feedforward=32, **sizes)
    card = ModelCard.of(
        network,
        categories=categories,
        hop_seconds=Grid().hop_seconds,
        window_segments=10,
        extractor=extractor.name,
        fingerprint=extractor.fingerprint,
    )
    save_checkpoint(folder, network, card)


@pytest.fixture
def reader(made_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the reader stands: a fresh copy with `holiday.mp4`, `run/model` and `results/holiday.json`."""
    folder = Path(shutil.copytree(made_once, tmp_path / "reader"))
    monkeypatch.chdir(folder)
    return folder
