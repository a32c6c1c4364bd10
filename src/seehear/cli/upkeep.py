"""A first try, what is installed and whether it works, and the shell's help with typing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from seehear.cli.app import EXIT_ENVIRONMENT, EXIT_OK, Flag, app
from seehear.cli.show import note, say, show_section
from seehear.core.errors import StorageError, UnknownNameError


@app.command
def demo(*, output: Path = Path("demo-output"), seed: int = 0, jobs: int = 2) -> int:
    """Render, train, evaluate and localize on embedded material, and say where the report is.

    Parameters
    ----------
    output
        Folder for everything that is made.
    seed
        Another seed draws other scenes.
    jobs
        Processes.
    """
    from seehear.demo import run_demo

    say(run_demo(output, seed=seed, jobs=jobs, say=note))
    return EXIT_OK


@app.command
def weights(*, fetch: str | None = None) -> int:
    """Show the pretrained weight files: which are here, where they belong, what their hashes are.

    Parameters
    ----------
    fetch
        Fetch the absent files of this extractor: `light` or `paper`.
    """
    from seehear.features.weights import WEIGHT_FILES, locate, state_of

    if fetch is not None:
        if fetch not in WEIGHT_FILES:
            raise UnknownNameError("extractor with weights", fetch, tuple(WEIGHT_FILES))
        for file in WEIGHT_FILES[fetch]:
            locate(file)
    for extractor, files in WEIGHT_FILES.items():
        for file in files:
            say(f"{extractor}  {file.name}\n    {state_of(file)}\n    SHA-256 {file.sha256}  {file.url}")
    return EXIT_OK


@app.command
def doctor(*, json: Annotated[bool, Flag] = False) -> int:
    """Look at what works on this machine, try the whole path on a drawn clip, and say what to do about what does not.

    Nothing is changed and nothing is fetched. The exit code is 0 where the core works, whatever extras are missing, and
    3 where something that is required does not.

    Parameters
    ----------
    json
        Print one JSON object instead of tables.
    """
    from seehear.doctor import Examination, sections

    found = []
    for section in sections():
        found.append(section)
        if not json:
            show_section(section)
    examination = Examination(tuple(found))
    if json:
        say(examination.to_json())
    elif examination.problems:
        say(f"problem: {', '.join(finding.name for finding in examination.problems)}")
    else:
        say("ok: the core works")
    return EXIT_ENVIRONMENT if examination.problems else EXIT_OK


@app.command
def completion(shell: Literal["bash", "zsh", "fish"], /, *, install: Annotated[bool, Flag] = False) -> int:
    """Print what makes a shell complete seehear's commands, options and files with the Tab key.

    To try it in bash: source <(seehear completion bash)

    Parameters
    ----------
    shell
        The shell it is for.
    install
        Put it where the shell looks for it, below your home folder, instead of printing it; for bash and zsh a line in
        .bashrc or .zshrc loads it.
    """
    if not install:
        say(app.generate_completion(shell=shell))
        return EXIT_OK
    try:
        path = app.install_completion(shell=shell)
    except OSError as error:
        message = f"{error.filename}: {error.strerror}; print it with `seehear completion {shell}` and put it elsewhere"
        raise StorageError(message) from error
    say(str(path))
    note(f"start a new {shell} to have it")
    return EXIT_OK
