"""Fetching a pinned file."""

from __future__ import annotations

from pathlib import Path

from seehear.core.errors import WeightsError


def download(url: str, path: Path, sha256: str, size_limit_bytes: int) -> None:
    """Fetch."""
    raise WeightsError(f"{path} is missing; put the file from {url} (SHA-256 {sha256}) there")
