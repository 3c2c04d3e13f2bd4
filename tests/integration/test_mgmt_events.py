"""Server-sent events and the log of a running host."""
import json
import re

import pytest

from api import BASE, Api
from conftest import wait_until


class Stream:
    """A connection that listens to events."""

    def __init__(self, api, query="", headers=""):
        self.tls = api.tls(timeout=40)
        self.tls.sendall(f"GET {BASE}/events{query} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {api.token}\r\n"
                         f"{headers}\r\n".encode())
        self.text = b""
        while b"\r\n\r\n" not in self.text:
            self.more()
        self.head, self.text = self.text.split(b"\r\n\r\n", 1)

    def more(self):
        data = self.tls.recv(65536)
        assert data, "the host has closed the stream"
        self.text += data

    @property
    def status(self):
        return int(self.head.split()[1])

    def events(self):
        found = re.findall(rb"id: (\d+)\nevent: (\S+)\ndata: (\{.*\})\n\n", re.sub(rb"\r\n[0-9a-fA-F]+\r\n", b"", self.text))
        return [(int(i), kind.decode(), json.loads(data)) for i, kind, data in found]

    def wait_for(self, kind):
        while not any(k == kind for _, k, _ in self.events()):
            self.more()
        return next(e for e in self.events() if e[1] == kind)

    def close(self):
        self.tls.close()


@pytest.fixture
def api(bare_env, start_host):
    return Api(start_host(bare_env, "serve"))


def test_listeners_hear_what_happens_and_resume(api):
    stream = Stream(api)
    assert stream.status == 200 and b"text/event-stream" in stream.head
    api.request("POST", "/native/pair/arm", {})
    number, _, data = stream.wait_for("pairing.changed")
    assert data["armed"] is True and data["kind"] == "pairing.changed"
    api.request("POST", "/library/custom", {"title": "Chess"})
    stream.wait_for("library.changed")
    stream.close()

    api.request("DELETE", "/native/pair")  # nobody listens
    again = Stream(api, headers=f"Last-Event-ID: {number}\r\n")
    assert again.wait_for("pairing.changed")[2]["armed"] is False
    assert [k for _, k, _ in again.events()][:2] == ["library.changed", "pairing.changed"]
    assert again.events()[0][0] == number + 1
    filtered = Stream(api, "?since=0&kinds=library.*,none")
    filtered.wait_for("library.changed")
    assert {k for _, k, _ in filtered.events()} == {"library.changed"}
    for each in (again, filtered):
        each.close()


def test_a_session_is_told_from_beginning_to_end(desktop, start_host):
    host = start_host(desktop.env, "serve", "--open")
    api = Api(host)
    stream = Stream(api)
    assert host.probe("--mode", "1280x720@60", "--seconds", "2").code == 0
    started, ended = stream.wait_for("session.started"), stream.wait_for("session.ended")
    assert started[2]["id"] == ended[2]["id"] and ended[2]["width"] == 1280
    stream.wait_for("display.added")
    stream.wait_for("display.removed")
    stream.close()


def test_a_flood_of_listeners_is_bounded(api):
    """32 at most, the next one is told so, the API goes on, and dead listeners make room."""
    streams = [Stream(api) for _ in range(36)]
    assert [s.status for s in streams] == [200] * 32 + [503] * 4
    assert api.request("GET", "/status").status == 200
    for stream in streams:
        stream.close()
    assert api.request("GET", "/status").status == 200
    wait_until(lambda: (s := Stream(api)).status == 200 and (s.close() or True), "room for a listener")


def test_a_silent_stream_gets_signs_of_life(api):
    stream = Stream(api, "?kinds=nothing")
    wait_until(lambda: stream.more() or b":\n\n" in stream.text, "a comment")
    stream.close()


def test_the_host_ends_under_a_listener(api):
    stream = Stream(api)
    assert api.host.stop() == 0
    stream.close()


def test_logs_are_kept_and_paged(api):
    page = api.get("/logs?limit=3")
    assert [e["seq"] for e in page["entries"]] == [1, 2, 3] and page["next"] == 3 and not page["dropped"]
    assert page["entries"][0]["target"] == "cli" and "core ABI" in page["entries"][0]["msg"]
    rest = api.get("/logs?after=3")
    assert rest["entries"][0]["seq"] == 4
    assert any("listening" in e["msg"] and e["level"] == "INFO" for e in rest["entries"])
    assert api.get(f"/logs?after={rest['next']}")["entries"] == []


def test_no_secret_is_logged(api):
    """Neither the token nor a PIN that an API client asked for stands in the log, at any level."""
    pin = api.request("POST", "/native/pair/arm", {}).json["pin"]
    api.request("GET", "/status", token="0" * 64)
    lines = api.get("/logs")["entries"]
    text = "\n".join(f"{e['msg']}" for e in lines) + api.host.process.text()
    assert api.token not in text and "0" * 64 not in text
    assert not re.search(rf"\bPIN {pin}\b", text)
