"""ELAN annotation documents (.eaf), through pympi-ling."""

from __future__ import annotations

import mimetypes
from pathlib import PurePath
from urllib.parse import quote

from seehear.report.result import Report, printable
from seehear.report.writers.tiers import tiers_of

_NO_DATE = "1970-01-01T00:00:00+00:00"
"""The format demands a date; the same result shall give the same bytes on any day."""


def write_eaf(report: Report) -> str:
    """One video with a tier a category; every annotation says its category, and the video is linked."""
    from pympi.Elan import Eaf, to_string

    item = report.only_item()
    document = Eaf(author="seehear")
    document.adocument["DATE"] = _NO_DATE
    path = printable(item.path)
    kind = mimetypes.guess_type(path)[0] or "unknown"
    document.add_linked_file(quote(path), f"./{quote(PurePath(path).name)}", kind)
    tiers = tiers_of(item.found)
    for tier in tiers:
        document.add_tier(tier.name)
        for start, end in tier.intervals:
            document.add_annotation(tier.name, start, end, tier.label)
    if tiers and "default" not in {tier.name for tier in tiers}:
        document.remove_tier("default")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + to_string(document) + "\n"
