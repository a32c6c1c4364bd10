"""Real files made once: a video of the embedded material, and a network that knows its categories."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from seehear.core.time import Grid
from seehear.core.timeline import Timeline
from seehear.data.scenes import DrawnMaterial, render_untrimmed
from seehear.features import load_extractor
from seehear.media import write_video
from seehear.models import build
from seehear.models.checkpoint import ModelCard, save_checkpoint


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drawn video of 24 s with sound."""
    path = tmp_path_factory.mktemp("videos") / "drawn.mp4"
    truth(path)
    return path


def truth(path: Path) -> Timeline:
    return render_untrimmed(path, DrawnMaterial(), seed=5, duration_seconds=24.0, write_video=write_video)


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained PFAGN on `builtin` features: what it says means nothing, everything around it is real."""
    extractor = load_extractor("builtin")
    categories = DrawnMaterial().categories
    torch.manual_seed(0)
    network = build(
        "pfagn",
        categories=len(categories),
        visual_channels=extractor.visual_channels,
        audio_channels=extractor.audio_channels,
        width=32,
        feedforward=32,
    )
    card = ModelCard.of(
        network,
        categories=categories,
        hop_seconds=Grid().hop_seconds,
        window_segments=10,
        extractor=extractor.name,
        fingerprint=extractor.fingerprint,
    )
    folder = tmp_path_factory.mktemp("models") / "untrained"
    save_checkpoint(folder, network, card)
    return folder
