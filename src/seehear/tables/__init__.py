"""Tables of any set of networks over several seeds, with the papers' numbers beside ours."""

from __future__ import annotations

from seehear.tables.published import PUBLISHED, Published
from seehear.tables.rows import ABLATION, SYSTEMS, Row, ablation_rows, system_rows
from seehear.tables.run import run_table
from seehear.tables.table import MEASURES, RowResult, Table
from seehear.tables.workshop import Splits

__all__ = [
    "ABLATION",
    "MEASURES",
    "PUBLISHED",
    "SYSTEMS",
    "Published",
    "Row",
    "RowResult",
    "Splits",
    "Table",
    "ablation_rows",
    "run_table",
    "system_rows",
]
