"""The weight cache against servers that misbehave, on loopback."""

from __future__ import annotations

import hashlib
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from seehear.core.errors import Reason, WeightsError
from seehear.features.download import download
from seehear.features.weights import MOBILENET, WeightFile, locate

CONTENT = bytes(range(256)) * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
LIMIT = 1 << 20


class Server(BaseHTTPRequestHandler):
    """Serves CONTENT under names that say how it fails; remembers the ranges it was asked for."""

    protocol_version = "HTTP/1.1"
    asked: list  # of "Range" headers

    def log_message(self, *_):
        pass

    def do_GET(self):
        kind = self.path.strip("/")
        asked = self.headers.get("Range")
        self.server.asked.append(asked)
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and kind != "ignores_range" else 0
        if kind == "moved":
            self.send_response(302)
            self.send_header("Location", "/whole")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if kind == "absent" or start >= len(CONTENT):
            self.send_response(404 if kind == "absent" else 416)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = (b"x" * len(CONTENT) if kind == "other" else CONTENT)[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}")
        self.end_headers()
        first = len(self.server.asked) == 1
        if kind == "stalls" or (kind in ("cut_once", "ignores_range") and first):
            self.wfile.write(body[: 100 if kind == "stalls" else 100_000])
            self.wfile.flush()
            time.sleep(1.0 if kind == "stalls" else 0.0)
            self.close_connection = True
            return
        self.wfile.write(body)


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    running = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    running.asked = []
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    running.address = f"http://127.0.0.1:{running.server_port}"
    yield running
    running.shutdown()
    thread.join()
    running.server_close()


@pytest.mark.parametrize("kind", ["whole", "moved", "cut_once", "ignores_range"])
def test_the_whole_file_arrives(server, tmp_path, kind):
    path = tmp_path / "weights" / "file.bin"
    download(f"{server.address}/{kind}", path, SHA256, LIMIT)
    assert path.read_bytes() == CONTENT
    assert not path.with_name("file.bin.part").exists()


def test_a_cut_download_goes_on_where_it_stopped(server, tmp_path):
    download(f"{server.address}/cut_once", tmp_path / "file.bin", SHA256, LIMIT)
    assert server.asked == [None, "bytes=100000-"]


def test_a_server_that_does_not_continue_files_is_asked_no_more_than_twice(server, tmp_path):
    download(f"{server.address}/ignores_range", tmp_path / "file.bin", SHA256, LIMIT)
    assert server.asked == [None, "bytes=100000-"]
    assert (tmp_path / "file.bin").read_bytes() == CONTENT


def test_a_later_run_goes_on_where_an_earlier_one_stopped(server, tmp_path):
    (tmp_path / "file.bin.part").write_bytes(CONTENT[:1234])
    download(f"{server.address}/whole", tmp_path / "file.bin", SHA256, LIMIT)
    assert server.asked == ["bytes=1234-"]
    assert (tmp_path / "file.bin").read_bytes() == CONTENT


@pytest.mark.parametrize("held", [b"something else", CONTENT + b"more"])
def test_a_wrong_beginning_is_thrown_away_and_fetched_anew(server, tmp_path, held):
    (tmp_path / "file.bin.part").write_bytes(held)
    download(f"{server.address}/whole", tmp_path / "file.bin", SHA256, LIMIT)
    assert (tmp_path / "file.bin").read_bytes() == CONTENT


def test_other_bytes_are_damaged_and_the_error_says_what_came(server, tmp_path):
    found = hashlib.sha256(b"x" * len(CONTENT)).hexdigest()
    with pytest.raises(WeightsError, match=found) as caught:
        download(f"{server.address}/other", tmp_path / "file.bin", SHA256, LIMIT)
    assert caught.value.reason is Reason.WEIGHTS_DAMAGED
    assert not list(tmp_path.glob("file.bin*[!k]")), "neither the file nor a part of it stays"


@pytest.mark.parametrize(
    ("kind", "why"), [("absent", "404"), ("stalls", "timed out"), ("whole_but_large", "more than")]
)
def test_what_cannot_be_fetched_is_missing_and_the_error_tells_all(server, tmp_path, kind, why):
    path, url = tmp_path / "file.bin", f"{server.address}/{kind}"
    limit = 1000 if kind == "whole_but_large" else LIMIT
    with pytest.raises(WeightsError) as caught:
        download(url, path, SHA256, limit, timeout_seconds=0.3)
    assert caught.value.reason is Reason.WEIGHTS_MISSING
    for told in (why, url, SHA256, str(path)):
        assert told in str(caught.value)
    assert not path.exists()


def test_without_network_the_error_says_where_to_put_which_file(tmp_path, monkeypatch):
    monkeypatch.setenv("SEEHEAR_HOME", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    nowhere = WeightFile("file.bin", "http://127.0.0.1:1/file.bin", SHA256, LIMIT)
    with pytest.raises(WeightsError) as caught:
        locate(nowhere)
    for told in (nowhere.url, SHA256, str(tmp_path / "weights" / "file.bin")):
        assert told in str(caught.value)


@pytest.mark.parametrize("folder", ["", "weights"])
def test_a_file_put_there_by_hand_is_taken(tmp_path, monkeypatch, folder):
    monkeypatch.setenv("SEEHEAR_HOME", str(tmp_path))
    (tmp_path / folder).mkdir(exist_ok=True)
    (tmp_path / folder / "file.bin").write_bytes(CONTENT)
    found = locate(WeightFile("file.bin", "http://127.0.0.1:1/", SHA256[:8], LIMIT))
    assert found.path == tmp_path / folder / "file.bin"
    assert found.sha256 == SHA256
    assert [file.name for file in (tmp_path / folder).iterdir() if file.is_file()] == ["file.bin"], "no lock is left"


def test_a_damaged_file_in_the_cache_says_what_was_found(tmp_path, monkeypatch):
    monkeypatch.setenv("SEEHEAR_HOME", str(tmp_path))
    (tmp_path / MOBILENET.name).write_bytes(CONTENT)
    with pytest.raises(WeightsError, match=SHA256) as caught:
        locate(MOBILENET)
    assert caught.value.reason is Reason.WEIGHTS_DAMAGED
