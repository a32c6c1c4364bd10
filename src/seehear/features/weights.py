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
from seehear.storage.files import sha256_of

HOME_VARIABLE = "SEEHEAR_HOME"


@dataclass(frozen=True, slots=True)
class WeightFile:
    """A file that the world keeps and we only refer to."""

    name: str
    url: str
    sha256: str
    """Hex digits that the file's SHA-256 must start with: all 64, or, for the two `.pth` files whose publisher tells no
    more than its name does, the first 8. Those guard against mix-ups and cuts, not against somebody who forges them."""
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

VGG19_TORCHVISION = WeightFile(
    "vgg19-dcbb9e9d.pth",
    "https://download.pytorch.org/models/vgg19-dcbb9e9d.pth",
    "dcbb9e9dad569fff7a846263a77324fc34978fea2bfb039c012d710e1776ae44",
    640 << 20,
)
VGG19_CAFFE = WeightFile(
    "vgg19-d01eb7cb.pth",
    "https://web.eecs.umich.edu/~justincj/models/vgg19-d01eb7cb.pth",
    "d01eb7cb",
    640 << 20,
)
VGGISH = WeightFile(
    "vggish-10086976.pth",
    "https://github.com/harritaylor/torchvggish/releases/download/v0.1/vggish-10086976.pth",
    "10086976",
    320 << 20,
)


WEIGHT_FILES: dict[str, tuple[WeightFile, ...]] = {
    "light": (MOBILENET, IMAGENET_NAMES, YAMNET, AUDIOSET_NAMES),
    "paper": (VGG19_TORCHVISION, VGG19_CAFFE, VGGISH),
}
"""All files of each extractor that has any; of the two VGG-19, the preprocessing decides which one is used."""


def weight_folders() -> list[Path]:
    """Where weight files are looked for, in this order; the last is where fetched ones go."""
    if home := os.environ.get(HOME_VARIABLE):
        folder = Path(os.path.expanduser(home))  # noqa: PTH111 (Path.expanduser raises where there is no such home)
        return [folder, folder / "weights"]
    return [platformdirs.user_cache_path("seehear") / "weights"]


@dataclass(frozen=True, slots=True)
class Found:
    """A file whose bytes are the pinned ones."""

    path: Path
    sha256: str
    """All 64 hex digits, whatever was pinned."""


def find(file: WeightFile) -> Found | None:
    """The verified file where it is here; fetches nothing.

    Raises :class:`WeightsError` where its bytes are not the pinned ones, or it cannot be read.
    """
    for folder in weight_folders():
        path = folder / file.name
        try:
            here = path.is_file()
        except OSError as error:
            raise _unreadable(path, error) from error
        if here:
            return _verified(path, file)
    return None


def locate(file: WeightFile) -> Found:
    """The verified file, fetched on first use.

    Raises :class:`WeightsError`: missing, where it is nowhere and cannot be fetched; damaged, where its bytes are
    not the pinned ones. The message says which file, which hash, which address and where to put it by hand.
    """
    if found := find(file):
        return found
    from seehear.features.download import download

    path = weight_folders()[-1] / file.name
    download(file.url, path, file.sha256, file.size_limit_bytes)
    return _verified(path, file)


def state_of(file: WeightFile) -> str:
    """Where the verified file lies, or in words why it is not to be used; fetches nothing."""
    try:
        found = find(file)
    except WeightsError as error:
        return str(error)
    by_hand = f"not here; it is fetched on first use, or put it into {weight_folders()[-1]} by hand"
    return str(found.path) if found else by_hand


def read_verified(file: WeightFile) -> bytes:
    """The bytes of the file that :func:`locate` finds."""
    return locate(file).path.read_bytes()


def _verified(path: Path, file: WeightFile) -> Found:
    try:
        sha256 = sha256_of(path)
    except OSError as error:
        raise _unreadable(path, error) from error
    if sha256.startswith(file.sha256):
        return Found(path, sha256)
    message = (
        f"{path} is not the pinned file: its SHA-256 is {sha256}, expected {file.sha256}; "
        f"delete it to have it fetched again, or put the file from {file.url} there"
    )
    raise WeightsError(message, Reason.WEIGHTS_DAMAGED)


def _unreadable(path: Path, error: OSError) -> WeightsError:
    return WeightsError(f"{path} cannot be read: {error.strerror}; make it readable", Reason.NOT_PERMITTED)
