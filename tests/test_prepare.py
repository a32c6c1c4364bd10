"""Data sets made of rendered scenes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from seehear.core.errors import MediaError, Reason
from seehear.media import write_video
from seehear.prepare import load_folder, read_sound, render_folder


def test_a_data_set_is_the_same_fresh_and_from_the_store(tmp_path: Path) -> None:
    render_folder(tmp_path, clips=2, seed=0)
    fresh, stored = load_folder(tmp_path, "builtin"), load_folder(tmp_path, "builtin")
    np.testing.assert_array_equal(fresh.visual, stored.visual)
    np.testing.assert_array_equal(fresh.audio, stored.audio)


def test_sound_is_read_whole(tmp_path: Path) -> None:
    tone = (0.3 * np.sin(2 * np.pi * 440 * np.arange(32_000) / 16_000)).astype(np.float32)
    write_video(tmp_path / "tone.mp4", [np.zeros((16, 16, 3), np.uint8)] * 16, tone, frames_per_second=8)
    sound = read_sound(tmp_path / "tone.mp4")
    spectrum = np.abs(np.fft.rfft(sound))
    assert len(sound) == pytest.approx(32_000, abs=2_000)
    assert np.argmax(spectrum) * 16_000 / len(sound) == pytest.approx(440, abs=5)


def test_a_file_without_sound_says_so(tmp_path: Path) -> None:
    write_video(tmp_path / "mute.mp4", [np.zeros((16, 16, 3), np.uint8)] * 16, None, frames_per_second=8)
    with pytest.raises(MediaError) as caught:
        read_sound(tmp_path / "mute.mp4")
    assert caught.value.reason is Reason.NO_AUDIO
