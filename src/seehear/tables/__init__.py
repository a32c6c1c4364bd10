"""Tables of any set of networks over several seeds, with the papers' numbers beside ours."""

from __future__ import annotations

from seehear.tables.crew import make_all
from seehear.tables.published import PUBLISHED, Published
from seehear.tables.rows import ABLATION, SYSTEMS, Row, ablation_rows, rows_of, shortened, system_rows
from seehear.tables.run import run_table, table_of, trainings_of, write_table
from seehear.tables.table import MEASURES, RowResult, Table
from seehear.tables.workshop import Splits, Workshop

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
    "Workshop",
    "ablation_rows",
    "make_all",
    "rows_of",
    "run_table",
    "shortened",
    "system_rows",
    "table_of",
    "trainings_of",
    "write_table",
]
