"""The log-mel front end and VGGish against golden numbers of the published port."""

from __future__ import annotations

import json
import zlib

import numpy as np
import pytest
import torch

from seehear.core.errors import UnknownNameError, WeightsError
from seehear.features.logmel import log_mel, log_mel_patch
from seehear.features.published import give_parameters
from seehear.features.vgg19 import Vgg19, Vgg19Encoder
from seehear.features.vggish import VggishEncoder


@pytest.fixture(scope="module")
def golden(shared):
    return np.load(shared / "reference/vggish.npz")


@pytest.fixture(scope="module")
def waveform():
    """As reference/README.md draws it."""
    draw, seconds = np.random.RandomState(4242), np.arange(48000) / 16000
    sound = 0.3 * np.sin(2 * np.pi * 440 * seconds) + 0.2 * np.sin(2 * np.pi * (200 + 300 * seconds) * seconds)
    sound += 0.05 * draw.standard_normal(48000)
    sound[16000:24000] = 0
    return sound


def test_log_mel_is_the_published_one(golden, waveform):
    patches = log_mel(waveform, 0.01)[:288].reshape(3, 96, 64)
    assert np.abs(patches - golden["log_mel"]).max() < 1e-9


def test_a_segment_s_patch_is_its_first_96_frames():
    sound = np.random.default_rng(1).standard_normal((2, 16000)).astype(np.float32)
    assert np.array_equal(log_mel_patch(sound, 0.01)[1], log_mel(sound[1], 0.01)[:96].astype(np.float32))


def test_vggish_embeds_as_the_published_port(golden, waveform, shared):
    shapes = json.loads((shared / "reference/vggish.json").read_text())["parameters"]
    parameters = {name: drawn(name, shape) for name, shape in shapes.items()}
    encoder = VggishEncoder(parameters, "drawn")
    with torch.inference_mode():
        embedding = encoder.network(torch.from_numpy(log_mel(waveform, 0.01)[:288].reshape(3, 96, 64)).float())
    assert np.abs(embedding.numpy() - golden["embedding"]).max() < 1e-4


def drawn(name, shape):
    numbers = np.random.RandomState(zlib.crc32(name.encode())).standard_normal(shape)
    return torch.from_numpy(numbers * np.sqrt(2 / np.prod(shape[1:])) if len(shape) > 1 else 0.1 * numbers).float()


@pytest.fixture(scope="module")
def vgg19_parameters():
    torch.manual_seed(3)
    return Vgg19().state_dict()


def test_vgg19_has_the_published_names(vgg19_parameters):
    convolutions = [0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34]
    assert list(vgg19_parameters) == [f"features.{n}.{kind}" for n in convolutions for kind in ("weight", "bias")]


def test_both_preprocessings_prepare_pictures_as_published(vgg19_parameters):
    """One colour through either recipe, seen where it enters the network."""
    colour = np.full((1, 1, 1, 3), 0, np.uint8) + np.array([10, 20, 30], np.uint8)
    for name, expected in (
        ("first_frame", [(10 / 255 - 0.485) / 0.229, (20 / 255 - 0.456) / 0.224, (30 / 255 - 0.406) / 0.225]),
        ("ave_release", [30 - 103.939, 20 - 116.779, 10 - 123.68]),
    ):
        encoder = Vgg19Encoder(vgg19_parameters, "drawn", name)
        encoder.network = torch.nn.Identity()
        assert encoder._maps(colour)[0, :, 0, 0].tolist() == pytest.approx(expected, abs=1e-3)


def test_the_release_recipe_averages_the_maps_of_16_pictures(vgg19_parameters):
    encoder = Vgg19Encoder(vgg19_parameters, "drawn", "ave_release")
    encoder.network = torch.nn.Identity()
    encoder.grid_shape, encoder.channels = (2, 2), 3
    pictures = np.zeros((2, 16, 2, 2, 3), np.uint8)
    pictures[1] = 16 * np.arange(16, dtype=np.uint8)[:, None, None, None]
    maps = encoder.encode(pictures)[0]
    assert maps[1] - maps[0] == pytest.approx(np.full((2, 2, 3), 120.0), abs=1e-3)


def test_parameters_of_another_network_are_refused(vgg19_parameters):
    with pytest.raises(WeightsError, match=r"nothing for features\.0\.weight"):
        give_parameters(Vgg19(), {}, "empty.pth")


def test_an_unknown_preprocessing_lists_the_known(vgg19_parameters):
    with pytest.raises(UnknownNameError, match="first_frame, ave_release"):
        Vgg19Encoder(vgg19_parameters, "drawn", "other")
