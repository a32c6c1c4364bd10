"""Plain statistics of pictures and sound: no weights, the same numbers on every machine.

Pictures: each cell of a 7 x 7 grid is described by its own pixels alone. Colour is measured in an opponent
space (light, red against green, blue against yellow), edges by the direction of the light's gradient, motion
by the change between the pictures of one segment. Sound: statistics of the log-mel spectrogram of one segment.
"""

from __future__ import annotations

import numpy as np
from einops import rearrange, reduce

from seehear.core.values import SAMPLE_RATE_HZ
from seehear.features import logmel
from seehear.features.extractor import Recipe

VERSION = 1
GRID = 7
CELL_PIXELS = 16
PICTURES_PER_SEGMENT = 4
ORIENTATIONS = 8

PICTURE_CHANNELS = (
    "light mean",
    "red mean",
    "green mean",
    "blue mean",
    "yellow mean",
    "light spread",
    "red-green spread",
    "blue-yellow spread",
    "darkest",
    "lightest",
    "texture",
    *(f"edges at {180 * step / ORIENTATIONS:g} degrees" for step in range(ORIENTATIONS)),
    "light change",
    "red-green change",
    "blue-yellow change",
    "largest light change",
    "change of mean light",
)
"""What each of the channels of a cell measures; "edges at 0 degrees" are vertical: light changes along the row."""

LOG_OFFSET = 0.01
SILENCE = 1e-3
"""Below this sum of levels a spectrum has no shape to speak of."""
COARSE_BANDS = 16
MODULATION_HERTZ = 12
SOUND_CHANNELS = (
    *(f"level of band {band}" for band in range(logmel.BANDS)),
    *(f"spread of bands {4 * band} to {4 * band + 3}" for band in range(COARSE_BANDS)),
    *(f"flux of bands {4 * band} to {4 * band + 3}" for band in range(COARSE_BANDS)),
    *(f"loudness modulation at {rate} Hz" for rate in range(1, MODULATION_HERTZ + 1)),
    "loudness",
    "loudness trend",
    "centroid",
    "bandwidth",
    "flatness",
    "centroid spread",
    "strongest onset",
)
"""What each of the sound channels measures; all are 0 for silence."""


class PictureStatistics:
    """Colour, edges and motion of each cell of a 7 x 7 grid, mean over the pictures of a segment."""

    picture_size = GRID * CELL_PIXELS
    pictures_per_segment = PICTURES_PER_SEGMENT
    grid_shape = (GRID, GRID)
    channels = len(PICTURE_CHANNELS)
    classes = None
    recipe: Recipe = {"kind": "statistics", "version": VERSION}  # noqa: RUF012

    def encode(self, pictures: np.ndarray) -> tuple[np.ndarray, None]:
        """uint8 [T,K,112,112,3] -> float32 [T,7,7,Dv]."""
        features = np.zeros((len(pictures), GRID, GRID, self.channels), dtype=np.float32)
        for segment, shown in enumerate(pictures):
            features[segment] = describe_pictures(shown)
        return features, None


def describe_pictures(pictures: np.ndarray) -> np.ndarray:
    """uint8 [K,112,112,3], the pictures of one segment -> float32 [7,7,Dv]."""
    cells = rearrange(pictures, "k (h y) (w x) c -> c k h w y x", h=GRID, w=GRID)
    red, green, blue = np.ascontiguousarray(cells) * np.float32(1 / 255)
    light = (red + green + blue) / 3  # (K,H,W,y,x)
    red_green, blue_yellow = red - green, blue - (red + green) / 2
    colour = [_average(light)]
    for opponent in (red_green, blue_yellow):
        colour += [_average(opponent.clip(min=0)), _average((-opponent).clip(min=0))]
    spread = [reduce(value.std(axis=(-2, -1)), "k h w -> h w", "mean") for value in (light, red_green, blue_yellow)]
    extremes = [light.min(axis=(0, -2, -1)), light.max(axis=(0, -2, -1))]
    change = [4 * _average(np.abs(np.diff(value, axis=0))) for value in (light, red_green, blue_yellow)]
    peak = reduce(np.abs(np.diff(light, axis=0)), "k h w y x -> k h w", "mean").max(axis=0)
    drift = np.abs(np.diff(reduce(light, "k h w y x -> k h w", "mean"), axis=0)).mean(axis=0)
    edges = _edges(light)
    motion = [*change, 4 * peak, 4 * drift]
    return np.stack([*colour, *spread, *extremes, *edges, *motion], axis=-1).astype(np.float32)


def _average(values: np.ndarray) -> np.ndarray:
    return reduce(values, "k h w y x -> h w", "mean")


def _edges(light: np.ndarray) -> list[np.ndarray]:
    """Texture and the strength of edges in each direction, from gradients that never leave their cell."""
    across, down = np.diff(light, axis=-1), np.diff(light, axis=-2)
    across = (across[..., 1:, :] + across[..., :-1, :]) / 2  # (K,H,W,15,15)
    down = (down[..., 1:] + down[..., :-1]) / 2
    strength = np.sqrt(across**2 + down**2)
    safe = np.maximum(strength, 1e-6)
    # The doubled angle makes a direction and its opposite the same; no arctangent is needed.
    cosine, sine = (across**2 - down**2) / safe, 2 * across * down / safe
    texture = [4 * _average(strength)]
    for step in range(ORIENTATIONS):
        angle = 2 * np.pi * step / ORIENTATIONS
        aligned = cosine * np.float32(np.cos(angle)) + sine * np.float32(np.sin(angle))
        texture.append(8 * _average(aligned.clip(min=0)))
    return texture


class SoundStatistics:
    """Level, spread and flux of the bands over the segment, rhythm of the loudness, shape of the spectrum."""

    channels = len(SOUND_CHANNELS)
    classes = None
    recipe: Recipe = {"kind": "statistics", "version": VERSION, "log_offset": LOG_OFFSET}  # noqa: RUF012

    def encode(self, sound: np.ndarray) -> tuple[np.ndarray, None]:
        """float32 [T,S] at 16 kHz -> float32 [T,Da]."""
        features = np.zeros((len(sound), self.channels), dtype=np.float32)
        for segment, heard in enumerate(sound):
            features[segment] = describe_sound(heard)
        return features, None


def describe_sound(sound: np.ndarray) -> np.ndarray:
    """float32 [S], the sound of one segment -> float32 [Da]."""
    whole = np.pad(sound, (0, max(0, logmel.WINDOW_SAMPLES + logmel.HOP_SAMPLES - len(sound))))
    levels = (logmel.log_mel(whole, LOG_OFFSET) - np.log(LOG_OFFSET)) / 4  # (frames,64), 0 is silence
    coarse = reduce(levels, "frames (band four) -> frames band", "mean", four=logmel.BANDS // COARSE_BANDS)
    loudness = levels.mean(axis=1)
    flux = np.abs(np.diff(coarse, axis=0)).mean(axis=0)
    onset = np.diff(loudness).clip(min=0).max(initial=0.0)
    shape = [*_loudness_shape(loudness), *_spectral_shape(levels), 4 * onset]
    return np.concatenate([levels.mean(axis=0), 2 * coarse.std(axis=0), 8 * flux, _rhythm(loudness), shape])


def _rhythm(loudness: np.ndarray) -> np.ndarray:
    """[frames] -> [12] strength of the loudness's beating at 1, 2, ... 12 Hz, wherever in the segment it starts."""
    seconds = np.arange(len(loudness)) * logmel.HOP_SAMPLES / SAMPLE_RATE_HZ
    waves = np.exp(-2j * np.pi * np.outer(np.arange(1, MODULATION_HERTZ + 1), seconds))
    return 4 * np.abs(waves @ (loudness - loudness.mean())) / len(loudness)


def _loudness_shape(loudness: np.ndarray) -> tuple[float, float]:
    """Mean loudness, and how much louder the second half is than the first."""
    half = len(loudness) // 2
    return loudness.mean(), 2 * (loudness[half:].mean() - loudness[:half].mean()) if half else 0.0


def _spectral_shape(levels: np.ndarray) -> tuple[float, float, float, float]:
    """Centroid and bandwidth as shares of the 64 bands, flatness, and how far the centroid wanders."""
    bands = (np.arange(logmel.BANDS) + 1) / logmel.BANDS
    profile = levels.mean(axis=0)
    if profile.sum() < SILENCE:
        return 0.0, 0.0, 0.0, 0.0
    centroid = profile @ bands / profile.sum()
    bandwidth = np.sqrt(profile @ (bands - centroid) ** 2 / profile.sum())
    flatness = np.exp(np.log(profile + SILENCE).mean()) / (profile.mean() + SILENCE)
    frame_sum = levels.sum(axis=1)
    wander = (levels @ bands) / np.maximum(frame_sum, SILENCE) - centroid
    spread = np.sqrt(frame_sum @ wander**2 / frame_sum.sum())
    return centroid, 4 * bandwidth, flatness, 4 * spread
