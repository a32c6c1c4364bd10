"""A hub on this machine: the routes that the hub's own client asks when it fetches files."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

FIRST, SECOND = "1" * 40, "2" * 40
"""Commits."""


@dataclass
class LocalHub:
    """Models by `org/name`, each with its files by commit; branches and tags name commits."""

    models: dict[str, dict[str, dict[str, bytes]]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=lambda: {"main": FIRST})
    asked: list[str] = field(default_factory=list)
    """`METHOD path` of every request."""
    endpoint: str = ""
    gated: set[str] = field(default_factory=set)
    """Models whose owners grant access one by one."""

    def put(self, model: str, folder: Path, commit: str = FIRST, **others: bytes) -> None:
        """Lay the files of a folder, and others by name, under a commit."""
        files = {path.name: path.read_bytes() for path in folder.iterdir()}
        self.models.setdefault(model, {})[commit] = files | others

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body for `/org/name/resolve/revision/file`."""
        parts = path.strip("/").split("/")
        if len(parts) != 5 or parts[2] != "resolve" or "/".join(parts[:2]) not in self.models:
            return 404, {"X-Error-Code": "RepoNotFound"}, b""
        if "/".join(parts[:2]) in self.gated:
            return 403, {"X-Error-Code": "GatedRepo"}, b""
        commits = self.models["/".join(parts[:2])]
        commit = self.names.get(parts[3], parts[3])
        if commit not in commits:
            return 404, {"X-Error-Code": "RevisionNotFound"}, b""
        if (data := commits[commit].get(parts[4])) is None:
            return 404, {"X-Error-Code": "EntryNotFound"}, b""
        etag = f'"{hashlib.sha256(data).hexdigest()}"'
        return 200, {"X-Repo-Commit": commit, "ETag": etag, "Content-Length": str(len(data))}, data

    def asked_files(self) -> set[str]:
        return {request.rpartition("/")[2] for request in self.asked}


@contextmanager
def serve(hub: LocalHub) -> Iterator[LocalHub]:
    """The hub at `hub.endpoint` while the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hub.asked.append(f"{self.command} {self.path}")
            status, headers, body = hub.answer(self.path)
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815 (likewise)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    hub.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def reached_by_the_client(hub: LocalHub, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalHub]:
    """The hub's own client of this process asks `hub` and keeps what it fetches in `cache`; nobody is logged in."""
    constants = pytest.importorskip("huggingface_hub.constants", reason="needs the extra hub")
    with serve(hub):
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", hub.endpoint + _ROUTE)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
        monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(cache / "token"))
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_TELEMETRY", True)
        yield hub


_ROUTE = "/{repo_id}/resolve/{revision}/{filename}"
