"""Labels as an ELAN document (`.eaf`): one tier whose annotations name categories.

Where several tiers hold annotations, the one called `events` is read. pympi-ling reads the document; what it cannot
take is refused first.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

from pympi.Elan import Eaf

from seehear.core.errors import InvalidValueError
from seehear.core.timeline import Event
from seehear.data.folder.label import Label, Reading, checked_event, label_text

TIER = "events"
_MOST_NAMED = 5


def read_elan(path: Path, name: str) -> Reading:
    """Every annotation as a label and every wrong one as a problem. `name` is what the file is called in messages.

    Raises StorageError where the file cannot be read at all.
    """
    reading = Reading()
    with reading.at(name):
        document = _document(path)
        reading.media = tuple(_media(document))
        tier = _tier(document)
        for number, annotation in document.tiers[tier][0].items() if tier else ():
            where = f"{name} tier {tier!r} annotation {number}"
            with reading.at(where):
                reading.labels.append(Label(where, _event(document, annotation)))
    return reading


def _document(path: Path) -> Eaf:
    text = label_text(path)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise InvalidValueError("it declares entities, which no document of ELAN does; save it again in ELAN")
    try:
        return Eaf(str(path), suppress_version_warning=True)
    except Exception as error:  # pympi lets whatever a damaged document causes through
        raise InvalidValueError(f"it is no document of ELAN ({error!r:.80}); save it again in ELAN") from error


def _media(document: Eaf) -> Iterator[str]:
    """File names of the linked media."""
    for media in document.media_descriptors:
        if media.get("TIME_ORIGIN", "0") not in ("0", ""):
            raise InvalidValueError(
                f"its media are shifted by {media['TIME_ORIGIN']} ms; set the media offset to 0 in ELAN and shift the "
                "annotations instead"
            )
        for key in ("RELATIVE_MEDIA_URL", "MEDIA_URL"):
            if url := media.get(key):
                yield PurePosixPath(unquote(url).replace("\\", "/")).name


def _tier(document: Eaf) -> str | None:
    """The tier that names categories; `None` where nothing is annotated."""
    called = [tier for tier in document.tiers if tier.casefold() == TIER]
    tiers = called or [tier for tier, (aligned, attached, *_) in document.tiers.items() if aligned or attached]
    if not tiers:
        return None
    if len(tiers) > 1:
        names = ", ".join(repr(tier) for tier in tiers[:_MOST_NAMED])
        raise InvalidValueError(
            f"{len(tiers)} of its tiers hold annotations ({names}); call the one that names categories {TIER!r}"
        )
    if document.tiers[tiers[0]][1]:
        raise InvalidValueError(
            f"the annotations of tier {tiers[0]!r} hang on another tier and have no times of their own; "
            "copy them to an independent tier"
        )
    return tiers[0]


def _event(document: Eaf, annotation: tuple[Any, ...]) -> Event:
    first, last, category, *_ = annotation
    start, end = (document.timeslots.get(slot) for slot in (first, last))
    if start is None or end is None:
        raise InvalidValueError(f"{category[:40]!r} has no start or no end; give it times in ELAN")
    return checked_event(category, start / 1000, end / 1000)
