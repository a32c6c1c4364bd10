"""How far every network is from the published code's numbers: one row for each reference file and precision.

    python benchmarks/golden.py [--reference ../shared/reference]

The largest absolute difference over all outputs of the file; the tests allow 1e-9 in float64 and 1e-4 in float32.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from seehear.models import load_published  # noqa: E402
from tests.golden.reference import read_reference  # noqa: E402
from tests.golden.test_networks import OUTPUTS  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reference", type=Path, default=ROOT / "../shared/reference")
    folder = parser.parse_args().reference
    sys.stdout.write("| file | outputs | largest value | error, float64 | error, float32 |\n|---|---|---|---|---|\n")
    for file_name in OUTPUTS:
        double, largest, count = largest_error(folder, file_name, torch.float64)
        single, _, _ = largest_error(folder, file_name, torch.float32)
        sys.stdout.write(f"| {file_name} | {count} | {largest:.3g} | {double:.1e} | {single:.1e} |\n")


def largest_error(folder: Path, file_name: str, precision: torch.dtype) -> tuple[float, float, int]:
    """Largest absolute error and largest absolute value over all outputs of a reference file, and their number."""
    reference = read_reference(folder, file_name)
    name, supervision = file_name.rsplit("_", 1)
    parameters = {key: tensor.to(precision) for key, tensor in reference.parameters.items()}
    network = load_published(name, supervision, parameters)
    with torch.inference_mode():
        prediction = network(reference.visual.to(precision), reference.audio.to(precision))
    pairs = list(zip(OUTPUTS[file_name](prediction), reference.outputs, strict=True))
    error = max(float((ours - theirs).abs().max()) for ours, theirs in pairs if ours is not None)
    return error, max(float(theirs.abs().max()) for _, theirs in pairs), len(pairs)


if __name__ == "__main__":
    main()
