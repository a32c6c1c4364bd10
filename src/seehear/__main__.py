"""`python -m seehear` is the `seehear` command."""

from seehear.cli import main

main()
