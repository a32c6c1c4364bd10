"""Progress speaks on stderr to people only."""

from __future__ import annotations

import io
import sys

import pytest

from seehear.engine.progress import TerminalWatch, watch_terminal


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def play(watch: object) -> None:
    with watch as shown:  # type: ignore[attr-defined]
        shown.start("pfagn", 10, 100)
        shown.on_step(11, 1.25)
        shown.on_epoch({"epoch": 1, "loss": 1.0, "learning_rate": 0.1, "accuracy": 0.875})
        shown.on_step(12, 0.5)


def test_no_terminal_no_word(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    play(watch_terminal())
    assert stream.getvalue() == ""


def test_a_terminal_is_shown_name_loss_and_validation(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "160")
    watch = watch_terminal()
    assert isinstance(watch, TerminalWatch)
    play(watch)
    assert "pfagn" in stream.getvalue()
    assert "loss 0.500 accuracy 0.875" in stream.getvalue()
