"""The REST API against a real server: what a program sends, hears and takes away."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

from tests.web.conftest import Running, eventually

FILM = json.dumps({"events": [[2, 5, "dog"], [4, 6, "bell"]]}).encode()


def test_a_video_becomes_a_job_with_events_a_report_and_exports(server: Running):
    sent = server.send(FILM, "holiday.mp4")
    assert (sent["name"], sent["state"], sent["video_bytes"]) == ("holiday.mp4", "queued", len(FILM))
    job = server.wait(sent["id"])
    assert (job["state"], job["reason"], job["event_count"]) == ("done", None, 2)
    assert [(event["category"], event["start_seconds"]) for event in job["events"]] == [("dog", 2.0), ("bell", 4.0)]
    rows = list(csv.DictReader(io.StringIO(server.http.get(job["exports"]["csv"]).text)))
    assert [row["category"] for row in rows] == ["dog", "bell"]
    assert rows[0]["path"] == "holiday.mp4"
    report = server.http.get(job["report"])
    assert report.headers["content-type"].startswith("text/html")
    assert "holiday.mp4" in report.text
    assert server.http.get(job["thumbnail"]).content.startswith(b"\xff\xd8")


def test_every_export_is_a_file_to_keep_and_never_a_page_of_the_server(server: Running):
    job = server.wait(server.send(FILM)["id"])
    for address in job["exports"].values():
        answer = server.http.get(address)
        assert answer.status_code == 200
        assert answer.headers["content-disposition"].startswith("attachment"), address
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_video_answers_range_requests(server: Running):
    content = b"\0\0\0\x18ftypisom" + bytes(range(256)) * 40
    address = server.job(server.send(content)["id"])["video"]
    part = server.http.get(address, headers={"Range": "bytes=1000-1999"})
    assert (part.status_code, part.content) == (206, content[1000:2000])
    assert part.headers["content-range"] == f"bytes 1000-1999/{len(content)}"
    assert part.headers["content-type"] == "video/mp4"
    assert server.http.get(address, headers={"Range": "bytes=-12"}).content == content[-12:]
    assert server.http.get(address, headers={"Range": "bytes=999999-"}).status_code == 416


def test_a_page_that_was_sent_as_a_video_is_never_shown_as_a_page(server: Running):
    job = server.send(b"<html><script>alert(1)</script></html>", "page.html")
    answer = server.http.get(job["video"])
    assert answer.headers["content-type"] == "application/octet-stream"
    assert "sandbox" in answer.headers["content-security-policy"]


def test_a_crash_of_the_worker_is_one_failed_job(server: Running):
    broken, whole = server.send(b"crash"), server.send(FILM)
    failed = server.wait(broken["id"])
    assert (failed["state"], failed["reason"]) == ("failed", "worker_crashed")
    assert "SIGKILL" in failed["message"]
    assert server.wait(whole["id"])["state"] == "done"


def test_nonsense_from_the_worker_is_one_failed_job(server: Running):
    assert server.wait(server.send(b"babble")["id"])["reason"] == "worker_crashed"
    assert server.wait(server.send(FILM)["id"])["state"] == "done"


def test_a_silent_worker_is_given_up(start: Callable[..., Running]):
    server = start(worker_silence_seconds=5.0)
    failed = server.wait(server.send(b"stall")["id"])
    assert (failed["state"], failed["reason"]) == ("failed", "timed_out")
    assert server.wait(server.send(FILM)["id"])["state"] == "done"


def test_a_video_that_cannot_be_read_says_why_and_can_be_tried_again(server: Running):
    failed = server.wait(server.send(b"fail")["id"])
    assert (failed["state"], failed["reason"], failed["message"]) == ("failed", "not_media", "it is no video")
    assert failed["exports"] == {}
    again = server.http.post(f"/api/jobs/{failed['id']}/retry").json()
    assert (again["state"], again["reason"]) == ("queued", None)
    assert server.wait(failed["id"])["state"] == "failed"


def test_only_what_failed_or_was_cancelled_is_tried_again(server: Running):
    job = server.wait(server.send(FILM)["id"])
    answer = server.http.post(f"/api/jobs/{job['id']}/retry")
    assert (answer.status_code, answer.json()["reason"]) == (409, "invalid_value")


def test_a_running_job_is_cancelled_and_leaves_nothing_but_its_video(server: Running):
    running, waiting = server.send(b"stall"), server.send(b"stall")
    assert server.wait(running["id"], "running")["state"] == "running"
    for job in (waiting, running):
        assert server.http.post(f"/api/jobs/{job['id']}/cancel").json()["state"] == "cancelled"
    kept = {path.name for path in (server.folder / "jobs" / running["id"]).iterdir()}
    assert kept == {"video", "name"}
    assert server.wait(server.send(FILM)["id"])["state"] == "done"


def test_progress_is_told_while_a_job_runs(server: Running):
    job = server.send(b"stall")
    server.wait(job["id"], "running")
    with server.http.stream("GET", "/api/changes") as answer:
        lines = (line for line in answer.iter_lines() if line.startswith("data: "))
        first = json.loads(next(lines).removeprefix("data: "))
        while first[0]["id"] != job["id"] or first[0]["progress_seconds"] != 4.0:
            first = [json.loads(next(lines).removeprefix("data: "))]
    server.http.delete(f"/api/jobs/{job['id']}")


def test_changes_are_streamed_as_they_happen(server: Running):
    with server.http.stream("GET", "/api/changes") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.iter_lines()
        assert next(lines) == "event: jobs"
        assert next(lines).startswith("data: [")
        job = server.send(FILM)
        heard = []
        while "done" not in heard:
            line = next(lines)
            if line.startswith("data: ") and job["id"] in line:
                heard.append(json.loads(line.removeprefix("data: "))["state"])
        assert heard[0] in ("queued", "running")
        server.http.delete(f"/api/jobs/{job['id']}")
        while next(lines) != "event: gone":
            pass
        assert json.loads(next(lines).removeprefix("data: ")) == {"id": job["id"]}


def test_a_deleted_job_is_gone_from_the_disk_whatever_it_was_at(start: Callable[..., Running]):
    server = start()
    jobs = [server.wait(server.send(FILM)["id"]), server.send(b"stall"), server.send(b"stall")]
    server.wait(jobs[1]["id"], "running")
    for job in jobs:
        assert server.http.delete(f"/api/jobs/{job['id']}").status_code == 204
        assert server.http.get(f"/api/jobs/{job['id']}").status_code == 404
        assert server.http.delete(f"/api/jobs/{job['id']}").status_code == 404
    assert server.http.get("/api/jobs").json() == []
    assert [path for part in ("jobs", "incoming", "trash") for path in (server.folder / part).iterdir()] == []
    assert server.http.get("/api/server").json()["kept_bytes"] == 0


def test_an_unknown_address_is_an_answer_and_reads_no_file(server: Running):
    job = server.wait(server.send(FILM)["id"])
    base = f"/api/jobs/{job['id']}/results"
    for address in (
        "/nothing",
        "/api/jobs/" + 32 * "0",
        f"{base}/manifest.json",
        f"{base}/..%2Fname",
        f"{base}/%2e%2e/name",
        "/assets/../app.py",
        "/assets/%2e%2e%2fapp.py",
    ):
        answer = server.http.get(address)
        assert answer.status_code in (404, 422), address
        assert answer.json()["reason"] in ("not_found", "invalid_value")


def test_names_are_words_and_never_paths(server: Running):
    for given, kept in {
        "../../etc/passwd": "passwd",
        "C:\\films\\dog.mp4": "dog.mp4",
        "a\r\nSet-Cookie: b\0.mp4": "aSet-Cookie: b.mp4",
        "  ": "video",
        "x" * 900: "x" * 255,
    }.items():
        job = server.send(b"fail", given)
        assert job["name"] == kept
        assert len(job["id"]) == 32
    known = {job["id"] for job in server.http.get("/api/jobs").json()}
    assert {path.name for path in (server.folder / "jobs").iterdir()} == known


def test_the_api_describes_itself_without_anything_from_elsewhere(server: Running):
    description = server.http.get("/openapi.json").json()
    assert set(description["paths"]) == {
        "/api/server",
        "/api/jobs",
        "/api/jobs/{job}",
        "/api/jobs/{job}/cancel",
        "/api/jobs/{job}/retry",
        "/api/jobs/{job}/video",
        "/api/jobs/{job}/results/{name}",
        "/api/changes",
    }
    assert "requestBody" in description["paths"]["/api/jobs"]["post"]
    for page in ("/", "/docs"):
        answer = server.http.get(page)
        assert "http://" not in answer.text.replace("http://www.w3.org", "")
        assert "https://" not in answer.text
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy


def test_the_report_runs_its_own_script_only_and_is_framed_by_the_app_only(server: Running):
    job = server.wait(server.send(FILM)["id"])
    policy = server.http.get(job["report"]).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'sha256-" in policy
    assert "unsafe" not in policy
    assert policy.endswith("frame-ancestors 'self'")


def test_only_so_many_listen_at_a_time(start: Callable[..., Running]):
    server = start(max_listeners=1)
    with server.http.stream("GET", "/api/changes") as first:
        lines = first.iter_lines()
        next(lines)
        with server.http.stream("GET", "/api/changes", timeout=60) as second:
            assert second.status_code == 429
        lines.close()


def test_a_worker_without_work_ends_and_another_takes_the_next_job(start: Callable[..., Running]):
    server = start(worker_idle_seconds=0.3)
    eventually(lambda: not server.worker_ids())
    early = server.send(b"stall")
    server.wait(early["id"], "running")
    answer = server.http.post(f"/api/jobs/{early['id']}/cancel")
    assert answer.json()["state"] == "cancelled", "while its worker may not be there yet"
    assert server.wait(server.send(FILM)["id"])["state"] == "done"
