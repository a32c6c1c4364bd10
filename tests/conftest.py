"""What every test may ask for."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # as in the background of a shell: programs under test inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference numbers, real weights and real clips beside the project; skips loudly without it."""
    if not SHARED.is_dir():
        pytest.skip("needs ../shared (reference outputs, weights, clips), which is not beside this checkout")
    return SHARED
