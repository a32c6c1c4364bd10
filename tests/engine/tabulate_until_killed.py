"""A small table made by two processes, to be killed: `python -m tests.engine.tabulate_until_killed OUTPUT`.

Says `started` on stdout before the first training.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from seehear.recipes import recipe_for, small
from seehear.tables import Row, Splits, run_table
from tests.engine.small_data import SLIM, small_dataset

if __name__ == "__main__":
    print("started", flush=True)  # noqa: T201
    recipe = replace(small(recipe_for("pfagn")), epochs=20)
    run_table(
        [Row(model, model, options=SLIM, recipe=recipe) for model in ("pfagn", "cmran")],
        [0, 1],
        Splits(small_dataset(64, seed=1), small_dataset(16, seed=2), small_dataset(16, seed=3)),
        Path(sys.argv[1]),
        processes=2,
    )
