"""A server whose worker is the stub: `python serve_stub.py FOLDER '{"max_jobs": 3, ...}'`; prints its address."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from seehear.web.server import serve
from seehear.web.settings import Settings

if __name__ == "__main__":
    settings = Settings(folder=Path(sys.argv[1]), **json.loads(sys.argv[2]))
    worker = [sys.executable, str(Path(__file__).with_name("stub_worker.py"))]
    serve(settings, port=0, worker=worker, announce=lambda address: print(address, flush=True))  # noqa: T201
