"""Any number of videos: which are meant, what is done already, who does the rest, and what became of all.

arguments ──inputs, naming──▶ sources ──result_folder: what is not done──▶ bench, here or on workers (engine.spread)
                                            ▲                                      │
                                         journal ◀──────────── rows ◀──────────────┘──▶ summary
"""

from seehear.batch.bench import FORMATS, USUAL_FORMATS, Bench, one_thread_an_encoder
from seehear.batch.inputs import Shard, Source, find_videos, read_list
from seehear.batch.progress import Progress, Watch
from seehear.batch.row import Row
from seehear.batch.run import Plan, localize_files, localize_many
from seehear.batch.sketch import Sketch
from seehear.batch.summary import Summary

__all__ = [
    "FORMATS",
    "USUAL_FORMATS",
    "Bench",
    "Plan",
    "Progress",
    "Row",
    "Shard",
    "Sketch",
    "Source",
    "Summary",
    "Watch",
    "find_videos",
    "localize_files",
    "localize_many",
    "one_thread_an_encoder",
    "read_list",
]
