"""One job: a video that was given to the server, and what became of it."""

from __future__ import annotations

import secrets
import time
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

_LONGEST_NAME = 255


class State(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINISHED = (State.DONE, State.FAILED, State.CANCELLED)


@dataclass(frozen=True, slots=True)
class Job:
    """Times are seconds since 1970."""

    id: str
    """Chosen by the server; also the name of its folder."""
    name: str
    """What the sender called the video: shown, never used as a path."""
    video_bytes: int
    created: float = field(default_factory=time.time)
    state: State = State.QUEUED
    started: float | None = None
    finished: float | None = None
    attempts: int = 0
    """How often it was begun without the server living to see its end."""
    reason: str | None = None
    message: str = ""
    result_bytes: int = 0
    result: Mapping[str, Any] = field(default_factory=dict)
    """What the worker said of it; see :mod:`seehear.web.worker`."""


def new_id() -> str:
    """A name that nobody guesses and every file system takes."""
    return secrets.token_hex(16)


def plain_name(name: str) -> str:
    """A name as one line of printable text: no control characters, no path, not too long, never empty."""
    name = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode()).replace("\\", "/").rpartition("/")[2]
    name = "".join(letter for letter in name if unicodedata.category(letter) not in ("Cc", "Cs", "Cn", "Zl", "Zp"))
    return name.strip()[:_LONGEST_NAME] or "video"
