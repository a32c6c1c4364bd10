"""The web app."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from seehear.cli.app import EXIT_OK, Flag, app
from seehear.cli.show import note, say
from seehear.core.errors import SeehearError
from seehear.web.settings import DEFAULT_PORT, Settings, usual_folder

_GB = 10**9


@app.command
def serve(
    *,
    model: Annotated[str | None, Parameter(alias="-m")] = None,
    port: int = DEFAULT_PORT,
    folder: Path | None = None,
    token: Annotated[str | None, Parameter(env_var="SEEHEAR_TOKEN")] = None,
    upload_gb: float = 4.0,
    quota_gb: float = 32.0,
    open: Annotated[bool, Flag] = False,
) -> int:
    """Open the web app on this machine: drop videos on a page, watch, read and take away the results.

    Parameters
    ----------
    model
        `agreement` (the default: everyday categories, no training), the folder of a trained model, or `org/name` or
        `org/name@revision` of the Hugging Face hub.
    port
        Of 127.0.0.1; the app is never on a network. 0 is any that is free.
    folder
        Where videos, results and the list of jobs are kept; what is there goes on after a restart.
    token
        Every request must carry it: for machines that other people use too. Better given as SEEHEAR_TOKEN.
    upload_gb
        Largest video that is taken, in GB.
    quota_gb
        Of all videos and results together, in GB.
    open
        Open the page in the browser.
    """
    try:
        from seehear.web.server import serve as serve_app
    except ModuleNotFoundError as error:
        raise SeehearError(f"the web app needs {error.name}: pip install 'seehear[serve]'") from error

    settings = Settings(
        folder=(folder or usual_folder()).resolve(),
        model=model,
        token=token,
        max_upload_bytes=round(upload_gb * _GB),
        quota_bytes=round(quota_gb * _GB),
    )

    def announce(address: str) -> None:
        say(address)
        note(f"Videos and results are kept in {settings.folder}. Stop with Ctrl-C; what waits goes on next time.")
        if open:
            import webbrowser

            webbrowser.open(address)

    note("Loading the model ...")
    try:
        serve_app(settings, port=port, announce=announce)
    except KeyboardInterrupt:
        note("Stopped.")
    return EXIT_OK
