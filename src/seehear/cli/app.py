"""The command itself: what it is called, how it ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from cyclopts import App, CycloptsError, Parameter

from seehear import __version__
from seehear.cli.show import console, note
from seehear.core.errors import Reason, SeehearError
from seehear.core.terminal import plain_wanted

EXIT_OK, EXIT_SOME_FAILED, EXIT_USAGE, EXIT_ENVIRONMENT, EXIT_INTERRUPTED = 0, 1, 2, 3, 130
_ENVIRONMENT = {
    Reason.DISK_FULL,
    Reason.STORAGE_ERROR,
    Reason.DAMAGED,
    Reason.WEIGHTS_MISSING,
    Reason.WEIGHTS_DAMAGED,
    Reason.NOT_PERMITTED,
    Reason.PROCESS_LOST,
    Reason.WORKER_CRASHED,
    Reason.CLUSTER_LOST,
}

Supervision = Literal["supervised", "weak"]
Flag = Parameter(negative=())
Typed = str | Path
"""Text that mostly is a path: taken as it was typed, completed by the shell as a path."""

app = App(
    name="seehear",
    version=__version__,
    help="Find the moments of a video that are seen and heard at once, and name them.",
    help_flags=["--help", "-h"],
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the `seehear` command: never a traceback for what a user can meet."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """The exit code of one call."""
    plain = console() if plain_wanted() else None
    try:
        code = app(arguments, console=plain, exit_on_error=False, print_error=False, result_action="return_value")
        return code or EXIT_OK
    except CycloptsError as error:
        note(f"seehear: {usage(error)}")
        return EXIT_USAGE
    except SeehearError as error:
        note(f"seehear: {error}")
        return EXIT_ENVIRONMENT if error.reason in _ENVIRONMENT else EXIT_USAGE
    except KeyboardInterrupt:
        note("seehear: interrupted")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_OK
    except OSError as error:
        what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        note(f"seehear: {what}; check that path and what you may do with it")
        return EXIT_ENVIRONMENT


def usage(error: CycloptsError) -> str:
    """What is wrong with a command line, in one line, and where its right form stands."""
    words = " ".join(str(error).split())
    command = " ".join(("seehear", *(error.command_chain or ())))
    return f"{words.rstrip('.')}{'' if words.endswith('?') else '.'} See: {command} --help"
