"""The command line: parse, show, call one function below.

Results go to stdout, progress and messages to stderr. Exit codes: 0 all well, 1 some items failed, 2 usage,
3 environment (weights, disk, damaged files), 130 interrupted.
"""

from seehear.cli import ave, exports, networks, publish, serve, teach, upkeep, videos  # noqa: F401 (each adds its commands)
from seehear.cli.app import (
    EXIT_ENVIRONMENT,
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_SOME_FAILED,
    EXIT_USAGE,
    main,
    run,
)

__all__ = ["EXIT_ENVIRONMENT", "EXIT_INTERRUPTED", "EXIT_OK", "EXIT_SOME_FAILED", "EXIT_USAGE", "main", "run"]
