"""Physics of the plain statistics."""

from __future__ import annotations

import numpy as np
import pytest

from seehear.features.builtin import PICTURE_CHANNELS, SOUND_CHANNELS, describe_pictures, describe_sound
from seehear.features.logmel import BANDS, hertz_to_mel


def channel(name: str) -> int:
    return PICTURE_CHANNELS.index(name)


def grey(value: int = 100) -> np.ndarray:
    return np.full((4, 112, 112, 3), value, dtype=np.uint8)


def tone(hertz: float) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(16000) / 16000)).astype(np.float32)


def test_every_channel_has_a_name():
    assert describe_pictures(grey()).shape == (7, 7, len(PICTURE_CHANNELS))
    assert describe_sound(tone(440)).shape == (len(SOUND_CHANNELS),)


def test_a_changed_cell_changes_no_other_cell():
    pictures = grey()
    pictures[:, 32:48, 80:96] = (250, 10, 90)
    changed = np.abs(describe_pictures(pictures) - describe_pictures(grey())).max(axis=-1) > 1e-6
    assert np.argwhere(changed).tolist() == [[2, 5]]


def test_grey_has_light_but_no_colour_edges_or_motion():
    features = describe_pictures(grey(51))
    assert features[..., channel("light mean")] == pytest.approx(0.2)
    others = [n for n, name in enumerate(PICTURE_CHANNELS) if name not in ("light mean", "darkest", "lightest")]
    assert np.abs(features[..., others]).max() < 1e-6


@pytest.mark.parametrize(
    ("colour", "name"),
    [((255, 0, 0), "red"), ((0, 255, 0), "green"), ((0, 0, 255), "blue"), ((255, 255, 0), "yellow")],
)
def test_each_colour_has_its_channel(colour, name):
    pictures = grey()
    pictures[:] = colour
    strengths = {
        other: describe_pictures(pictures)[3, 3, channel(f"{other} mean")]
        for other in ("red", "green", "blue", "yellow")
    }
    assert max(strengths, key=strengths.get) == name


@pytest.mark.parametrize(("axis", "degrees"), [(2, 0), (1, 90)])
def test_edges_land_in_the_bin_of_their_direction(axis, degrees):
    pictures = grey(0)
    stripes = (np.arange(112) // 4 % 2 * 200).astype(np.uint8)
    pictures += stripes[None, None, :, None] if axis == 2 else stripes[None, :, None, None]
    first = channel("edges at 0 degrees")
    bins = describe_pictures(pictures)[3, 3, first : first + 8]
    assert bins.argmax() * 22.5 == degrees
    assert bins[(bins.argmax() + 4) % 8] < 1e-6, "nothing lies across the stripes"


def test_only_a_moving_picture_has_motion():
    moving = grey(20)
    for picture in range(4):
        moving[picture, 16:32, 16 + 4 * picture : 20 + 4 * picture] = 220
    change = describe_pictures(moving)[..., channel("light change")]
    assert change[1, 1] > 0.1
    assert np.count_nonzero(change > 1e-6) == 1


@pytest.mark.parametrize("hertz", [300.0, 1000.0, 4000.0])
def test_a_pure_tone_peaks_in_its_mel_band(hertz):
    edges = np.linspace(hertz_to_mel(125.0), hertz_to_mel(7500.0), BANDS + 2)
    expected = np.abs(edges[1:-1] - hertz_to_mel(hertz)).argmin()
    assert abs(int(describe_sound(tone(hertz))[:BANDS].argmax()) - int(expected)) <= 1


def test_silence_is_all_zeros():
    assert np.abs(describe_sound(np.zeros(16000, np.float32))).max() < 1e-6


def test_a_beating_sound_peaks_at_its_rate():
    beats = tone(800) * (np.arange(16000) % 4000 < 400)
    first = SOUND_CHANNELS.index("loudness modulation at 1 Hz")
    assert describe_sound(beats.astype(np.float32))[first : first + 8].argmax() + 1 in (4, 8)


def test_a_very_short_segment_still_has_features():
    assert np.isfinite(describe_sound(np.ones(10, np.float32))).all()
