"""The four tables of the PFAGN paper from one folder: checked, packed, trained, evaluated, shown."""

from __future__ import annotations

from seehear.reproduce.plan import PAPER_TABLES, Changes, PaperTable, plan_tables
from seehear.reproduce.run import Reproduction, Share, reproduce

__all__ = ["PAPER_TABLES", "Changes", "PaperTable", "Reproduction", "Share", "plan_tables", "reproduce"]
