"""The photos and sounds of a collection that carry a stated free licence, as a folder to teach from.

    python benchmarks/free_material.py ../shared/assets FREE
    seehear teach FREE -o models/free --clips 320 --epochs 14 --threads 1 --precision bf16

What is taken is linked to, not copied. `sources.csv` of the collection says where each file is from.
"""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path

LICENCES = {
    "karolpiczak/ESC-10": "CC (ESC-10)",
    "seth814/Audio-Classification": "CC (FSD)",
    "MachineLearning2020/Homework2-Caltech101": "CC BY 4.0",
}
"""By repository; what is from any other is left out."""

HALF_WITHOUT = ("photos/cat", "photos/bird", "sounds/cat", "sounds/bird")
"""Names of which only the photos or only the sounds are free."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("assets", type=Path)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    with (arguments.assets / "sources.csv").open(newline="") as rows:
        free = [row["file"] for row in csv.DictReader(rows) if row["repository"] in LICENCES]
    kept = [file for file in free if not file.startswith(HALF_WITHOUT)]
    for file in kept:
        place = arguments.folder / file
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to((arguments.assets / file).resolve())
    sys.stdout.write(f"{len(kept)} files in {arguments.folder}\n")


if __name__ == "__main__":
    main()
