"""What must not get through to the web console, and what must."""
import contextlib
import http.client
import json
import os
import re
import select
import shutil
import socket
import ssl
import stat
import threading
import time

import pytest

from api import Api
from conftest import NOBODY, wait_until

PASSWORD = "correct horse"
JSON = {"Content-Type": "application/json"}


class Browser:
    """One that keeps its cookie."""

    def __init__(self, host):
        self.host, self.cookie = host, None

    def tls(self):
        raw = socket.create_connection(("127.0.0.1", self.host.console), 20)
        return ssl._create_unverified_context().wrap_socket(raw)

    def request(self, method, path, body=None, headers=None, cookie=True):
        head = dict(JSON if body is not None else {}) | (headers or {})
        if cookie and self.cookie:
            head["Cookie"] = f"a=b; pf_session={self.cookie}"
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        with contextlib.closing(self.tls()) as tls:
            connection = http.client.HTTPConnection("localhost", self.host.console)
            connection.sock = tls
            connection.request(method, path, body=body, headers={k: v for k, v in head.items() if v is not None})
            answer = connection.getresponse()
            answer.text = answer.read()
        found = re.match(r"pf_session=([^;]*)", answer.headers.get("Set-Cookie", ""))
        if found:
            self.cookie = found[1] or None
        return answer

    def log_in(self, password=PASSWORD):
        return self.request("POST", "/_auth/login", {"password": password})


def setup_token(host):
    return re.search(r"/setup#([0-9a-f]{64})", host.process.text())[1]


@pytest.fixture
def host(bare_env, start_host):
    return start_host(bare_env, "serve")


@pytest.fixture
def browser(host):
    b = Browser(host)
    assert b.request("POST", "/_auth/setup", {"token": setup_token(host), "password": PASSWORD}).status == 200
    return b


# ---- the first password ----

def test_the_first_password_needs_the_link_and_the_link_is_good_once(host):
    b = Browser(host)
    assert b.request("GET", "/").status == 503 and b.request("GET", "/api/v1/status").status == 503
    assert b.log_in("").status == 503
    assert json.loads(b.request("GET", "/_auth/state").text) == {"configured": False, "signed_in": False}
    assert b.request("POST", "/_auth/setup", {"token": "0" * 64, "password": PASSWORD}).status == 403
    token = setup_token(host)
    assert b.request("POST", "/_auth/setup", {"token": token, "password": "seven77"}).status == 400
    assert b.request("POST", "/_auth/setup", {"token": token, "password": PASSWORD}).status == 200
    assert json.loads(b.request("GET", "/_auth/state").text) == {"configured": True, "signed_in": True}
    assert b.request("GET", "/api/v1/status").status == 200
    assert Browser(host).request("POST", "/_auth/setup", {"token": token, "password": "another one"}).status == 409
    config = host.scratch / "config"
    for name in ("console-password", "console-logins.json"):
        assert stat.S_IMODE((config / name).stat().st_mode) == 0o600
    assert PASSWORD not in (config / "console-password").read_text()


def test_password_and_login_survive_a_restart(browser, host, bare_env, start_host):
    host.stop()
    again = start_host(bare_env, "serve")
    assert "/setup#" not in again.process.text()
    browser.host = again
    assert browser.request("GET", "/api/v1/status").status == 200
    assert Browser(again).log_in().status == 200


def test_a_password_of_a_former_host_is_taken(bare_env, start_host, scratch):
    config = scratch / "config"
    config.mkdir(mode=0o700, exist_ok=True)
    (config / "web-password").write_text("PUNKTFUNK_UI_PASSWORD=from before\n")
    if os.getuid() == 0:
        for each in (config, config / "web-password"):
            shutil.chown(each, NOBODY, NOBODY)
    host = start_host(bare_env, "serve")
    assert "/setup#" not in host.process.text()
    assert Browser(host).log_in("from before").status == 200
    assert Browser(host).log_in("from befor").status == 401


# ---- who may see what ----

def test_nothing_but_the_login_page_without_a_login(browser):
    stranger = Browser(browser.host)
    for path in ("/", "/host", "/library", "/stats", "/pairing", "/logs", "/settings", "/nothing"):
        answer = stranger.request("GET", path)
        assert (answer.status, answer.headers["Location"]) == (302, "/login?next=" + path.replace("/", "%2F"))
    for path in ("/api/v1/status", "/api/v1/openapi.json", "/api/v1/health", "/api", "/api/docs"):
        assert stranger.request("GET", path).status == 401
    for path in ("/login", "/setup", "/robots.txt"):
        assert stranger.request("GET", path).status == 200
    token = (browser.host.scratch / "config" / "mgmt-token").read_text().strip().removeprefix("PUNKTFUNK_MGMT_TOKEN=")
    bearer = {"Authorization": f"Bearer {token}"}
    assert stranger.request("GET", "/api/v1/status", headers=bearer).status == 401
    assert browser.request("GET", "/").status == 200 and browser.request("GET", "/nothing").status == 404


def test_headers_forbid_what_the_pages_do_not_need(browser):
    for path in ("/", "/login", "/_auth/state"):
        head = browser.request("GET", path).headers
        policy = head["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
        assert head["X-Content-Type-Options"] == "nosniff" and head["Referrer-Policy"] == "no-referrer"
    assert browser.request("GET", "/api/v1/status").headers["Cache-Control"] == "no-store"
    cookie = browser.log_in().headers["Set-Cookie"]
    assert all(word in cookie for word in ("HttpOnly", "Secure", "SameSite=", "Path=/", "Max-Age=604800"))


@pytest.mark.parametrize("path", ["/assets/../index.html", "/assets/%2e%2e/index.html", "/../../etc/passwd", "//etc/passwd",
                                  "/assets/..%2f..%2fetc/passwd", "/index.html", "/assets/", "/.git/config"])
def test_only_files_of_the_pages_can_be_had(browser, path):
    assert browser.request("GET", path).status == 404


# ---- pages of other sites ----

@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
                                     {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://localhost:{port}"}])
def test_foreign_pages_change_nothing(browser, headers):
    headers = {k: v.format(port=browser.host.console) for k, v in headers.items()}
    assert browser.request("POST", "/api/v1/native/pair/arm", {}, headers).status == 403
    assert browser.request("PUT", "/api/v1/display/settings", {}, headers).status == 403
    assert browser.request("POST", "/_auth/logout", {}, headers).status == 403
    assert Browser(browser.host).request("POST", "/_auth/login", {"password": PASSWORD}, headers).status == 403
    assert json.loads(browser.request("GET", "/api/v1/native/pair").text)["armed"] is False


def test_own_pages_may(browser):
    own = {"Origin": f"https://localhost:{browser.host.console}", "Host": f"localhost:{browser.host.console}",
           "Sec-Fetch-Site": "same-origin"}
    assert browser.request("POST", "/api/v1/native/pair/arm", {}, own).status == 200
    assert browser.request("DELETE", "/api/v1/native/pair", headers=own).status == 204


def test_bodies_have_to_be_json_and_short(browser):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert browser.request("POST", "/_auth/login", b"password=x", form).status == 415
    assert browser.request("POST", "/_auth/login", b"x", {"Content-Type": None}).status == 415
    for nonsense in (b"", b"[]", b"{", b'{"password":7}', b'{"password":"a","password":"b"}', b"\xff" * 40):
        assert browser.request("POST", "/_auth/login", nonsense).status == 400
    assert browser.request("POST", "/_auth/login", b"x" * 5000).status == 413
    with contextlib.suppress(OSError, http.client.HTTPException):  # more than is read to the end is cut off
        assert browser.request("POST", "/_auth/login", b"x" * (4 << 20)).status == 413
    assert browser.request("GET", "/_auth/login").status == 405 and browser.request("POST", "/", {}).status == 405
    assert browser.request("GET", "/api/v1/status").status == 200


# ---- guessing, stealing ----

def test_guessing_is_throttled(browser):
    thief = Browser(browser.host)
    codes = [thief.log_in(f"guess {i}").status for i in range(7)]
    assert codes == [401] * 6 + [429]
    answer = thief.log_in("correct horse")
    assert answer.status == 429 and int(answer.headers["Retry-After"]) >= 1  # not even the right one
    assert browser.request("GET", "/api/v1/status").status == 200  # who is in stays in
    wait_until(lambda: thief.log_in().status == 200, "the end of the wait")


def test_a_stolen_cookie_is_worth_nothing_after_logging_out(browser):
    stolen, other = Browser(browser.host), Browser(browser.host)
    stolen.cookie = browser.cookie
    assert other.log_in().status == 200
    with contextlib.closing(stolen.tls()) as tls:  # it listens already
        tls.sendall(f"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nCookie: pf_session={stolen.cookie}\r\n\r\n".encode())
        assert b"200 OK" in tls.recv(4096)
        assert browser.request("POST", "/_auth/logout", {}).status == 200 and browser.cookie is None
        assert stolen.request("GET", "/api/v1/status").status == 401
        tls.settimeout(20)
        with contextlib.suppress(OSError):
            while tls.recv(4096):
                pass
    assert other.request("GET", "/api/v1/status").status == 200
    assert other.request("POST", "/_auth/logout", {"everywhere": True}).status == 200
    assert stolen.request("GET", "/").status == 302


@pytest.mark.parametrize("cookie", ["", "x", "A" * 96, "%00", "é", "a" * 2000])
def test_made_up_cookies(browser, cookie):
    b = Browser(browser.host)
    b.cookie = cookie.encode().decode("latin-1") or " "
    assert b.request("GET", "/api/v1/status").status == 401


# ---- floods ----

def test_five_hundred_connections(browser):
    """A network has 64 places; the API on its own port is not affected, and places are free again afterwards."""
    held = []
    for _ in range(500):
        s = socket.create_connection(("127.0.0.1", browser.host.console), 20)
        held.append(s)
    assert Api(browser.host).get("/status") is not None
    cut = 0
    end = time.monotonic() + 20
    while cut < 430 and time.monotonic() < end:
        ready, _, _ = select.select(held, [], [], 1)
        for s in ready:
            with contextlib.suppress(OSError):
                s.recv(1)
            s.close()
            held.remove(s)
            cut += 1
    assert cut >= 430
    for s in held:
        s.close()
    wait_until(lambda: works(browser), "a free place")


def works(browser):
    with contextlib.suppress(OSError):
        return browser.request("GET", "/api/v1/status").status == 200
    return False


def test_listeners_of_events_are_bounded(browser):
    streams = []
    for _ in range(60):
        tls = browser.tls()
        tls.sendall(f"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nCookie: pf_session={browser.cookie}\r\n\r\n".encode())
        streams.append(tls)
    codes = [s.recv(4096).split(b" ")[1] for s in streams]
    assert set(codes) <= {b"200", b"503"} and codes.count(b"200") < 60
    for s in streams:
        s.close()
    wait_until(lambda: works(browser), "room again")


def test_logging_in_at_once_is_one_after_the_other(browser):
    codes = []

    def guess():
        codes.append(Browser(browser.host).log_in().status)
    threads = [threading.Thread(target=guess) for _ in range(12)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert 200 in codes and set(codes) <= {200, 429}


def test_the_host_ends_while_a_password_is_hashed(host):
    body = json.dumps({"token": setup_token(host), "password": PASSWORD})
    with contextlib.closing(Browser(host).tls()) as tls:
        tls.sendall(f"POST /_auth/setup HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    f"Content-Length: {len(body)}\r\n\r\n{body}".encode())
        assert host.stop() == 0
