"""What the server is allowed to take, keep and wait for: every bound has a name and can be changed."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

from platformdirs import user_data_path

from seehear.core.errors import InvalidValueError

DEFAULT_PORT = 8710


def usual_folder() -> Path:
    """Where a server keeps things unless it is told another place."""
    return user_data_path("seehear") / "serve"


@dataclass(frozen=True, slots=True)
class Settings:
    """One server: where it keeps things, which model it asks, and its bounds."""

    folder: Path
    model: str | None = None
    token: str | None = None
    """Where it is given, every request must carry it."""

    max_upload_bytes: int = 4 * 10**9
    quota_bytes: int = 32 * 10**9
    """Of all videos and results together."""
    spare_bytes: int = 10**9
    """Of the disk, left free whatever the quota says."""
    max_jobs: int = 500
    """Kept at a time, finished ones included."""
    max_uploads: int = 32
    """At a time."""
    max_listeners: int = 32
    """Open streams of changes at a time."""
    max_connections: int = 128
    upload_deadline_seconds: float = 3600.0
    """For a whole upload."""
    minimum_bytes_per_second: float = 16_000
    """A sender that stays below it ..."""
    patience_seconds: float = 10.0
    """... for so long is closed. So is a connection that brings no request, or not the whole head of one."""
    worker_silence_seconds: float = 900.0
    """A worker that says nothing for so long is ended, and its job has failed."""
    worker_idle_seconds: float = 300.0
    """A worker without work ends after it, and gives its memory back."""
    max_attempts: int = 3
    """A job that was running each of so many times when the server died is not tried again."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, int | float) and not value > 0:
                raise InvalidValueError(f"{field.name} must be greater than zero, not {value}")
        if self.token is not None and len(self.token) < 8:
            raise InvalidValueError("a token must have 8 characters or more; leave it out to serve without one")
