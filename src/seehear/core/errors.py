"""Everything that can go wrong, in words that say what to do next.

Every error that a user may meet is a :class:`SeehearError` with a `reason` from one closed list,
so that a failed item is a row in a result and never a traceback.
"""

from __future__ import annotations

from difflib import get_close_matches
from enum import StrEnum


class Reason(StrEnum):
    """Why an item failed or is only partial. The list is closed: programs may rely on it."""

    NOT_FOUND = "not_found"
    NOT_A_FILE = "not_a_file"
    NOT_PERMITTED = "not_permitted"
    NOT_MEDIA = "not_media"
    NO_VIDEO = "no_video"
    NO_AUDIO = "no_audio"
    DECODE_ERROR = "decode_error"
    TRUNCATED = "truncated"
    MISSING_STRETCH = "missing_stretch"
    OVER_LIMIT = "over_limit"
    TIMED_OUT = "timed_out"
    DECODER_CRASHED = "decoder_crashed"
    WORKER_CRASHED = "worker_crashed"
    DISK_FULL = "disk_full"
    STORAGE_ERROR = "storage_error"
    DAMAGED = "damaged"
    WEIGHTS_MISSING = "weights_missing"
    WEIGHTS_DAMAGED = "weights_damaged"
    EXTRACTOR_MISMATCH = "extractor_mismatch"
    UNKNOWN_NAME = "unknown_name"
    INVALID_VALUE = "invalid_value"
    NOT_FINITE = "not_finite"
    CLUSTER_LOST = "cluster_lost"
    PROCESS_LOST = "process_lost"


class SeehearError(Exception):
    """An error with a next step. `reason` is machine-readable, the message is for people."""

    reason: Reason = Reason.INVALID_VALUE

    def __init__(self, message: str, reason: Reason | None = None) -> None:
        super().__init__(message)
        if reason is not None:
            self.reason = reason


class MediaError(SeehearError):
    """A video file that cannot be read at all."""

    reason = Reason.NOT_MEDIA


class StorageError(SeehearError):
    """A file or folder of ours that cannot be written or read."""

    reason = Reason.STORAGE_ERROR


class DamagedError(StorageError):
    """Stored bytes are not the bytes that were written."""

    reason = Reason.DAMAGED


class WeightsError(SeehearError):
    """A pretrained weight file is absent or is not the pinned one."""

    reason = Reason.WEIGHTS_MISSING


class ExtractorMismatchError(SeehearError):
    """Features of one extractor were given to something that was made for another."""

    reason = Reason.EXTRACTOR_MISMATCH


class UnknownNameError(SeehearError):
    """A name that is not in a closed list; the message lists the known ones, and says which it may have meant."""

    reason = Reason.UNKNOWN_NAME

    def __init__(self, kind: str, name: str, known: list[str] | tuple[str, ...]) -> None:
        meant = get_close_matches(name, known, n=1)
        question = f"; did you mean {meant[0]}?" if meant else ""
        super().__init__(f"unknown {kind} {name!r}; known: {', '.join(known)}{question}")
        self.kind, self.name, self.known = kind, name, tuple(known)


class InvalidValueError(SeehearError, ValueError):
    """A value whose shape, range or type breaks a contract."""

    reason = Reason.INVALID_VALUE


class NotFiniteError(SeehearError):
    """A loss, gradient or feature is NaN or infinite; the message names the clips."""

    reason = Reason.NOT_FINITE
