"""The store: what comes back is what was put in, and neither a kill nor a flipped bit goes unnoticed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

from seehear.core.errors import DamagedError, InvalidValueError, NotFiniteError, StorageError
from seehear.core.time import Grid
from seehear.core.values import Features
from seehear.data.store import FeatureStore

HASH = "0123456789abcdef" * 4


def features(segments: int = 3, fingerprint: str = "builtin-1", scale: float = 1.0) -> Features:
    generator = np.random.default_rng(segments)
    return Features(
        grid=Grid(0.5),
        first_segment=7,
        fingerprint=fingerprint,
        visual=(scale * generator.random((segments, 2, 3, 5))).astype(np.float32),
        audio=generator.random((segments, 4)).astype(np.float32),
        has_picture=np.arange(segments) != 1,
        has_sound=np.ones(segments, dtype=bool),
        audio_scores=generator.random((segments, 6)).astype(np.float32),
    )


def test_what_comes_back_is_what_was_put_in(tmp_path):
    store, stored = FeatureStore(tmp_path), features()
    key = store.key(HASH, stored.fingerprint)
    assert store.get(key) is None
    assert key not in store
    store.put(key, stored)
    found = FeatureStore(tmp_path).get(key)
    assert found is not None
    assert (found.grid, found.first_segment, found.fingerprint) == (Grid(0.5), 7, "builtin-1")
    for name in ("visual", "audio", "has_picture", "has_sound", "audio_scores"):
        np.testing.assert_array_equal(getattr(found, name), getattr(stored, name))
        assert getattr(found, name).dtype == getattr(stored, name).dtype
    assert found.visual_scores is None
    assert list(store) == [key]
    assert len(store) == 1


def test_two_extractors_never_share_a_name(tmp_path):
    assert FeatureStore.key(HASH, "builtin-1") != FeatureStore.key(HASH, "builtin-2")
    store = FeatureStore(tmp_path)
    with pytest.raises(InvalidValueError, match="not made for the extractor"):
        store.put(store.key(HASH, "builtin-2"), features(fingerprint="builtin-1"))
    one, two = store.key(HASH, "builtin-1"), store.key(HASH, "builtin-2")
    store.put(one, features(fingerprint="builtin-1"))
    store.path(one).rename(store.path(two))
    with pytest.raises(DamagedError, match="another extractor"):
        store.read(two)


def test_half_precision_halves_the_file_and_comes_back_as_float32(tmp_path):
    whole, half, stored = FeatureStore(tmp_path / "a"), FeatureStore(tmp_path / "b", half_precision=True), features(400)
    key = whole.key(HASH, stored.fingerprint)
    whole.put(key, stored)
    half.put(key, stored)
    found = half.get(key)
    assert found is not None
    assert found.visual.dtype == np.float32
    np.testing.assert_allclose(found.visual, stored.visual, rtol=5e-4, atol=3e-8)
    assert half.path(key).stat().st_size < 0.55 * whole.path(key).stat().st_size


def test_a_value_too_large_for_half_precision_is_kept_whole(tmp_path):
    store, stored = FeatureStore(tmp_path, half_precision=True), features(scale=1e6)
    key = store.key(HASH, stored.fingerprint)
    store.put(key, stored)
    found = store.get(key)
    assert found is not None
    np.testing.assert_array_equal(found.visual, stored.visual)


def test_no_flipped_bit_and_no_cut_goes_unnoticed(tmp_path):
    store, stored = FeatureStore(tmp_path), features()
    key = store.key(HASH, stored.fingerprint)
    store.put(key, stored)
    whole = store.path(key).read_bytes()
    generator = random.Random(0)
    for place in generator.sample(range(len(whole)), 300):
        flipped = bytearray(whole)
        flipped[place] ^= 1 << generator.randrange(8)
        store.path(key).write_bytes(flipped)
        found = store.get(key)
        if found is not None:
            np.testing.assert_array_equal(found.visual, stored.visual)
            np.testing.assert_array_equal(found.audio, stored.audio)
            np.testing.assert_array_equal(found.has_picture, stored.has_picture)
            np.testing.assert_array_equal(found.audio_scores, stored.audio_scores)
            assert found.first_segment == stored.first_segment
    for length in (0, 1, len(whole) // 2, len(whole) - 1):
        store.path(key).write_bytes(whole[:length])
        assert store.get(key) is None
        with pytest.raises(DamagedError, match="extract its video again"):
            store.read(key)


def test_a_damaged_item_is_made_good_by_the_next_put(tmp_path):
    store, stored = FeatureStore(tmp_path), features()
    key = store.key(HASH, stored.fingerprint)
    tmp_path.joinpath(f"{key}.npz").write_bytes(b"PK not an archive")
    assert store.get(key) is None
    store.put(key, stored)
    assert store.get(key) is not None


def test_nothing_in_an_item_is_unpickled(tmp_path):
    class Burglar:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "burgled"),))

    store = FeatureStore(tmp_path)
    key = store.key(HASH, "builtin-1")
    arrays = {name: getattr(features(), name) for name in ("visual", "has_picture", "has_sound")}
    np.savez(store.path(key), **arrays, audio=np.array([Burglar()], dtype=object), fingerprint=np.array("builtin-1"))
    with pytest.raises(DamagedError):
        store.read(key)
    assert not (tmp_path / "burgled").exists()


def test_features_that_are_not_finite_are_not_stored(tmp_path):
    store, stored = FeatureStore(tmp_path), features()
    key = store.key(HASH, stored.fingerprint)
    audio = stored.audio.copy()
    audio[0, 0] = np.nan
    with pytest.raises(NotFiniteError, match="audio of"):
        store.put(key, replace(stored, audio=audio))
    assert key not in store


@pytest.mark.parametrize("key", ["../../etc/passwd", "", "abc", f"{HASH}-", f"{HASH}/x-0123456789abcdef"])
def test_a_key_cannot_lead_out_of_the_folder(tmp_path, key):
    with pytest.raises(InvalidValueError, match="is not a key"):
        FeatureStore(tmp_path).get(key)


def test_a_video_is_named_by_a_hash():
    with pytest.raises(InvalidValueError, match="hex hash"):
        FeatureStore.key("dog.mp4", "builtin-1")


def test_a_place_that_cannot_be_written_is_named_in_the_error(tmp_path):
    (tmp_path / "taken").write_text("a file where the folder should be")
    with pytest.raises(StorageError, match="taken"):
        FeatureStore(tmp_path / "taken").put(FeatureStore.key(HASH, "builtin-1"), features())


WRITER = """
import sys, numpy as np
from seehear.core.time import Grid
from seehear.core.values import Features
from seehear.data.store import FeatureStore
store = FeatureStore(sys.argv[1])
number = 0
while True:
    video = f"{number % 20:064x}"
    visual = np.full((10, 7, 7, 64), number, dtype=np.float32)
    flags = np.ones(10, dtype=bool)
    store.put(store.key(video, "f"), Features(Grid(), 0, "f", visual, visual[:, 0, 0], flags, flags))
    print(number, flush=True)
    number += 1
"""


def test_a_kill_at_any_moment_loses_nothing_that_was_stored(tmp_path):
    store, generator = FeatureStore(tmp_path), random.Random(1)
    for _ in range(6):
        for left in tmp_path.iterdir():
            left.unlink()
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        first = writer.stdout.readline()
        time.sleep(generator.uniform(0.0, 0.15))
        writer.send_signal(signal.SIGKILL)
        told = [int(line) for line in [first, *writer.stdout.read().splitlines()]]
        writer.wait()
        assert writer.returncode == -signal.SIGKILL
        newest = {number % 20: number for number in told}
        for key in store:
            found = store.read(key)
            assert found is not None
            assert (found.visual == found.visual.flat[0]).all()
        for video, number in newest.items():
            found = store.read(store.key(f"{video:064x}", "f"))
            assert found is not None
            assert found.visual.flat[0] in (number, max(told) + 1)
