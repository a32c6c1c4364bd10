"""Weights, inputs and outputs of a golden file, drawn as `reference/README.md` says."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class Reference:
    """What a published network computed: parameters and inputs in float64, and the outputs in order."""

    parameters: dict[str, Tensor]
    visual: Tensor
    audio: Tensor
    outputs: list[Tensor]


def read_reference(folder: Path, name: str) -> Reference:
    """The golden pair `NAME.json`, `NAME.npz`."""
    record = json.loads((folder / f"{name}.json").read_text())
    sizes = record["input"]
    with np.load(folder / f"{name}.npz") as stored:
        outputs = [torch.from_numpy(stored[key]) for key in record["outputs"]]
    random = np.random.RandomState(2021 + sizes["salt"])
    clips = (sizes["batch"], sizes["segments"])
    visual = np.abs(random.standard_normal((*clips, sizes["height"], sizes["width"], sizes["visual"])))
    audio = 0.3 * np.abs(random.standard_normal((*clips, sizes["audio"])))
    parameters = {key: _drawn(key, shape, sizes["salt"]) for key, shape in record["parameters"].items()}
    return Reference(parameters, torch.from_numpy(visual), torch.from_numpy(audio), outputs)


def _drawn(name: str, shape: list[int], salt: int) -> Tensor:
    random = np.random.RandomState((zlib.crc32(name.encode()) + salt) & 0xFFFFFFFF)
    drawn = random.standard_normal(shape)
    if len(shape) > 1:
        return torch.from_numpy(drawn / np.sqrt(np.prod(shape[1:])))
    if "norm" in name and name.endswith("weight"):
        return torch.from_numpy(1 + 0.1 * drawn)
    return torch.from_numpy(0.1 * drawn)
