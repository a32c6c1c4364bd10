"""The command itself: what it is called, how it ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Literal

from cyclopts import App, CycloptsError, Parameter

from seehear import __version__
from seehear.cli.show import note
from seehear.core.errors import Reason, SeehearError

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
    try:
        return app(arguments, exit_on_error=False, print_error=True, result_action="return_value") or EXIT_OK
    except CycloptsError:
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
