"""MobileNetV2 and YAMNet in PyTorch against the interpreter that the files were made for.

The interpreter rounds every activation to 8 bits (class probabilities to 1/256), so it cannot tell near ties apart.
"""

from __future__ import annotations

import av
import numpy as np
import pytest
from PIL import Image

from seehear.features import load_extractor
from seehear.features.logmel import log_mel_patch

TIE = 0.05
EMBEDDING_TENSOR = 90
"""The mean before YAMNet's last layer."""


def interpreter(path):
    runtime = pytest.importorskip("ai_edge_litert.interpreter", reason="needs ai-edge-litert, the oracle")
    oracle = runtime.Interpreter(str(path), num_threads=1, experimental_preserve_all_tensors=True)
    oracle.allocate_tensors()
    return oracle


def run(oracle, values):
    oracle.set_tensor(oracle.get_input_details()[0]["index"], values[None])
    oracle.invoke()
    return oracle.get_tensor(oracle.get_output_details()[0]["index"])[0]


def lead(scores):
    best = np.sort(scores, axis=1)
    return best[:, -1] - best[:, -2]


def read_sound(path):
    """[T,16000]"""
    resampler = av.AudioResampler("flt", "mono", 16000)
    with av.open(str(path)) as container:
        frames = [*container.decode(audio=0), None]
        pieces = [piece.to_ndarray().ravel() for frame in frames for piece in resampler.resample(frame)]
    samples = np.concatenate(pieces).astype(np.float32)
    return samples[: len(samples) // 16000 * 16000].reshape(-1, 16000)


def test_mobilenet_names_photos_as_the_interpreter_does(real_weights, shared):
    encoder = load_extractor("light").pictures
    files = sorted((shared / "assets/photos").glob("*/*.jpg"))[::8]
    photos = np.stack([np.asarray(Image.open(file).convert("RGB").resize((224, 224))) for file in files])
    oracle = interpreter(real_weights / "tf2_mobilenet_v2_1.0_224_ptq.tflite")
    expected = np.stack([run(oracle, photo) for photo in photos]) / 256
    scores = encoder.encode(photos[:, None])[1]
    same = scores.argmax(axis=1) == expected.argmax(axis=1)
    clear = (lead(scores) > TIE) & (lead(expected) > TIE)
    assert clear.sum() > 40
    assert same[clear].all()
    assert same.mean() > 0.9
    assert np.corrcoef(scores.ravel(), expected.ravel())[0, 1] > 0.99


def test_yamnet_hears_as_the_interpreter_does(real_weights, shared):
    encoder = load_extractor("light").sound
    files = sorted((shared / "assets/sounds").glob("*/*.flac"))[::10]
    sound = np.concatenate([read_sound(file) for file in files])
    oracle = interpreter(real_weights / "yamnet_spectra_in.tflite")
    scale, zero_point = oracle._get_tensor_details(EMBEDDING_TENSOR, 0)["quantization"]
    expected_scores, expected = [], []
    for patch in log_mel_patch(sound, 0.001):
        expected_scores.append(run(oracle, patch))
        expected.append((oracle.get_tensor(EMBEDDING_TENSOR).ravel().astype(float) - zero_point) * scale)
    embeddings, scores = encoder.encode(sound)
    assert np.corrcoef(scores.ravel(), np.ravel(expected_scores))[0, 1] > 0.999
    assert np.corrcoef(embeddings.ravel(), np.ravel(expected))[0, 1] > 0.999
