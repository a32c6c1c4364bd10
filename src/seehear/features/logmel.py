"""The log-mel spectrogram that VGGish and YAMNet share (Hershey et al. 2017, arXiv 1609.09430).

25 ms periodic Hann windows every 10 ms, magnitudes of a 512-point Fourier transform, 64 triangular bands
between 125 and 7500 Hz that are evenly spaced on the HTK mel scale, natural logarithm of band + offset.
Computed in float64: the difference to the published front ends is rounding.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from seehear.core.values import SAMPLE_RATE_HZ

WINDOW_SAMPLES = 400
HOP_SAMPLES = 160
FOURIER_POINTS = 512
BANDS = 64
LOWEST_HZ = 125.0
HIGHEST_HZ = 7500.0
PATCH_FRAMES = 96
"""Frames of 10 ms that VGGish and YAMNet read at once: 0.96 s."""
PATCH_SAMPLES = (PATCH_FRAMES - 1) * HOP_SAMPLES + WINDOW_SAMPLES
"""Samples under one patch: 0.975 s, as the last window reaches 15 ms further."""


def log_mel(sound: np.ndarray, offset: float) -> np.ndarray:
    """[...,S] samples at 16 kHz -> float64 [...,frames,64], one frame for every whole window."""
    return np.log(mel(sound) + offset)


def log_mel_patch(sound: np.ndarray, offset: float) -> np.ndarray:
    """[T,S] -> float32 [T,96,64]: the first 0.96 s of each segment; a shorter segment is continued by silence."""
    short = PATCH_SAMPLES - sound.shape[-1]
    padded = np.pad(sound, [(0, 0), (0, max(0, short))])[:, :PATCH_SAMPLES]
    return log_mel(padded, offset).astype(np.float32)


def mel(sound: np.ndarray) -> np.ndarray:
    """[...,S] samples at 16 kHz -> float64 [...,frames,64] summed magnitudes of each band."""
    windows = np.lib.stride_tricks.sliding_window_view(sound, WINDOW_SAMPLES, axis=-1)[..., ::HOP_SAMPLES, :]
    magnitudes = np.abs(np.fft.rfft(windows * hann_window(), FOURIER_POINTS))
    return magnitudes @ mel_bands()


@cache
def hann_window() -> np.ndarray:
    """[400] periodic: its period is the window's length, not one sample less."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW_SAMPLES) / WINDOW_SAMPLES)


@cache
def mel_bands() -> np.ndarray:
    """[257,64] weight of every Fourier bin in every band: triangles on the mel scale, without the constant bin."""
    bins = hertz_to_mel(np.linspace(0.0, SAMPLE_RATE_HZ / 2, FOURIER_POINTS // 2 + 1))[:, None]
    edges = np.linspace(hertz_to_mel(LOWEST_HZ), hertz_to_mel(HIGHEST_HZ), BANDS + 2)
    lower, centre, upper = edges[:-2], edges[1:-1], edges[2:]
    weights = np.minimum((bins - lower) / (centre - lower), (upper - bins) / (upper - centre)).clip(min=0.0)
    weights[0] = 0.0
    return weights


def hertz_to_mel(hertz: np.ndarray | float) -> np.ndarray:
    """The HTK formula."""
    return 1127.0 * np.log1p(np.asarray(hertz) / 700.0)
