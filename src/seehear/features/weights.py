"""Pretrained weight files: where they are kept, which bytes they must have, and where they come from.

Each file is pinned by its SHA-256. It is looked for in the folder `SEEHEAR_HOME`, in `SEEHEAR_HOME/weights`, or,
where that variable is not set, in the platform's cache folder; what is not there is fetched.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from seehear.core.errors import Reason, WeightsError
from seehear.features.download import download
from seehear.storage.files import sha256_of

HOME_VARIABLE = "SEEHEAR_HOME"


@dataclass(frozen=True, slots=True)
class WeightFile:
    """A file that the world keeps and we only refer to."""

    name: str
    url: str
    sha256: str
    """Hex digits that the file's SHA-256 must start with: all 64, or the first 8 where only these are published."""
    size_limit_bytes: int
    """No more than this is ever fetched."""


_CORAL = "https://raw.githubusercontent.com/google-coral"
MOBILENET = WeightFile(
    "tf2_mobilenet_v2_1.0_224_ptq.tflite",
    f"{_CORAL}/test_data/master/tf2_mobilenet_v2_1.0_224_ptq.tflite",
    "5d3137241276e79c86d14a74fe43581398ae0e815191d3dba45495b810840e8c",
    8 << 20,
)
IMAGENET_NAMES = WeightFile(
    "imagenet_labels.txt",
    f"{_CORAL}/test_data/master/imagenet_labels.txt",
    "b8aaeb5630c62626a7d124a05c0e14230a7ffdd2136a31d0190a4fb71c1d82f1",
    1 << 20,
)
YAMNET = WeightFile(
    "yamnet_spectra_in.tflite",
    f"{_CORAL}/coralmicro/main/models/yamnet_spectra_in.tflite",
    "0a266465c46718f3fcc4137366be82882a8c93bfcc4f0278581a11d11dddcdf9",
    8 << 20,
)
AUDIOSET_NAMES = WeightFile(
    "yamnet_class_map.csv",
    "https://raw.githubusercontent.com/tensorflow/models/master/research/audioset/yamnet/yamnet_class_map.csv",
    "cdf24d193e196d9e95912a2667051ae203e92a2ba09449218ccb40ef787c6df2",
    1 << 20,
)


def weight_folders() -> list[Path]:
    """Where weight files are looked for, in this order; the last is where fetched ones go."""
    if home := os.environ.get(HOME_VARIABLE):
        return [Path(home).expanduser(), Path(home).expanduser() / "weights"]
    return [platformdirs.user_cache_path("seehear") / "weights"]


def locate(file: WeightFile) -> Path:
    """The verified file, fetched on first use.

    Raises :class:`WeightsError`: missing, where it is nowhere and cannot be fetched; damaged, where its bytes are
    not the pinned ones. The message says which file, which hash, which address and where to put it by hand.
    """
    folders = weight_folders()
    for folder in folders:
        path = folder / file.name
        if path.is_file():
            _verify(path, file)
            return path
    path = folders[-1] / file.name
    download(file.url, path, file.sha256, file.size_limit_bytes)
    return path


def read_verified(file: WeightFile) -> bytes:
    """The bytes of :func:`locate`."""
    return locate(file).read_bytes()


def _verify(path: Path, file: WeightFile) -> None:
    found = sha256_of(path)
    if not found.startswith(file.sha256):
        message = (
            f"{path} is not the pinned file: its SHA-256 is {found}, expected {file.sha256}; "
            f"delete it to have it fetched again, or put the file from {file.url} there"
        )
        raise WeightsError(message, Reason.WEIGHTS_DAMAGED)
