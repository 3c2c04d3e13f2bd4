"""The web console of a running host: who gets in, and what gets through (management-and-operations.md 4)."""
import concurrent.futures
import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import tempfile

import pytest

import lab
from api import Answer, Api, connect_inside, dawdle
from conftest import NOBODY, Host, Process, as_user, wait_until

PASSWORD = "correct horse battery"
PAGES = ["/", "/host", "/library", "/stats", "/logs", "/pairing", "/settings"]


class Console:
    def __init__(self, host):
        self.host, self.port, self.cookie = host, host.console, None
        self.config = pathlib.Path(host.env["PUNKTFUNK_CONFIG_DIR"])

    def tls(self, timeout=30):
        return ssl._create_unverified_context().wrap_socket(socket.create_connection(("127.0.0.1", self.port), timeout))

    def request(self, method, path, body=None, *, cookie="", headers=None, content_type="application/json", timeout=30):
        """cookie: None sends none, "" that of the last login."""
        head = dict(headers or {})
        cookie = self.cookie if cookie == "" else cookie
        if cookie:
            head["Cookie"] = f"pf_session={cookie}"
        if body is not None:
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
            if content_type:
                head["Content-Type"] = content_type
        with contextlib.closing(self.tls(timeout)) as tls:
            connection = http.client.HTTPConnection("localhost", self.port)
            connection.sock = tls
            connection.request(method, path, body=body, headers=head)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())

    def call(self, name, body, **options):
        return self.request("POST", f"/_auth/{name}", body, **options)

    def log_in(self, password=PASSWORD):
        answer = self.call("login", {"password": password}, cookie=None)
        if answer.status == 200:
            self.cookie = re.match(r"pf_session=([^;]+)", answer.headers["Set-Cookie"])[1]
        return answer

    def token(self):
        return wait_until(lambda: re.findall(r"/setup#([0-9a-f]{64})", self.host.process.text()), "the link")[-1]

    def set_up(self):
        answer = self.call("setup", {"token": self.token(), "password": PASSWORD})
        assert answer.status == 200, answer
        self.cookie = re.match(r"pf_session=([^;]+)", answer.headers["Set-Cookie"])[1]
        return self

    def state(self, **options):
        return self.request("GET", "/_auth/state", **options).json


@pytest.fixture(scope="module")
def pages(programs):
    said = subprocess.run([programs / "punktfunk-host", "--version"], capture_output=True, text=True, timeout=30).stdout
    if "console: yes" not in said:
        pytest.skip("the host was built without the pages of the console")


@pytest.fixture
def start_console(pages, start_host):
    def start(env, *args):
        return Console(start_host(env, "serve", *args))

    return start


@pytest.fixture
def fresh(start_console, bare_env):
    """Nobody has chosen a password yet."""
    return start_console(bare_env)


@pytest.fixture
def own(fresh):
    """Somebody is logged in."""
    return fresh.set_up()


@pytest.fixture(scope="module")
def console(programs, pages):
    """The same, for tests that leave it as it was."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="pf-console-"))
    os.chown(folder, NOBODY, NOBODY)
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", "XDG_RUNTIME_DIR": str(folder),
           "PUNKTFUNK_CONFIG_DIR": str(folder / "config"), "PUNKTFUNK_MDNS": "0"}
    host = Host(programs, folder, env)
    yield Console(host.wait_ready()).set_up()
    host.stop()
    said = host.sanitizer()
    shutil.rmtree(folder, ignore_errors=True)
    assert not said, said


# ---- the first run ----

def test_without_a_password_nobody_gets_in(fresh):
    assert fresh.state() == {"configured": False, "signed_in": False}
    assert fresh.request("GET", "/api/v1/status").status == 503
    page = fresh.request("GET", "/")
    assert page.status == 503 and page.body.lower().startswith(b"<!doctype html")  # it says what to do
    assert fresh.request("GET", "/nothing").status == 503
    for path in ("/login", "/setup"):
        assert fresh.request("GET", path).status == 200
    for guess in ("", "x", PASSWORD):
        assert fresh.call("login", {"password": guess}).status == 503


def test_the_link_sets_the_password_once(fresh):
    token = fresh.token()
    good = {"token": token, "password": PASSWORD}
    assert fresh.call("setup", good | {"token": "0" * 64}).status == 403
    assert fresh.call("setup", good | {"token": ""}).status == 403
    assert fresh.call("setup", good | {"password": "short"}).status == 400
    assert fresh.call("setup", {"token": token}).status == 400
    assert fresh.call("setup", good, headers={"Origin": "https://evil.example"}).status == 403
    assert fresh.call("setup", good, content_type="text/plain").status == 415
    fresh.set_up()
    assert fresh.state() == {"configured": True, "signed_in": True}
    assert fresh.call("setup", good).status == 409
    assert not (fresh.config / "console-setup").exists()
    for name in ("console-password", "console-logins.json"):
        assert (fresh.config / name).stat().st_mode & 0o7777 == 0o600, name
    assert PASSWORD not in (fresh.config / "console-password").read_text()
    assert PASSWORD not in fresh.host.process.text()
    assert fresh.log_in("wrong").status == 401
    assert fresh.log_in().status == 200


def test_a_new_link_makes_the_former_one_void(fresh, programs):
    def link():
        return subprocess.run([programs / "punktfunk-host", "console-link", "--port", str(fresh.port)], env=fresh.host.env,
                              capture_output=True, text=True, timeout=30, **as_user())
    said = link()
    assert said.returncode == 0, said
    new = re.fullmatch(rf"https://[0-9.]+:{fresh.port}/setup#([0-9a-f]{{64}})\n", said.stdout)[1]
    assert fresh.call("setup", {"token": fresh.token(), "password": PASSWORD}).status == 403
    assert fresh.call("setup", {"token": new, "password": PASSWORD}).status == 200
    said = link()
    assert said.returncode == 1 and "has a password" in said.stderr and not said.stdout


def test_the_former_console_s_password_is_good(start_console, bare_env, scratch):
    config = scratch / "config"
    config.mkdir(mode=0o700)
    (config / "web-password").write_text("PUNKTFUNK_UI_PASSWORD=short\n")
    for path in (config, config / "web-password"):
        os.chown(path, scratch.stat().st_uid, scratch.stat().st_gid)
    console = start_console(bare_env)
    assert "/setup#" not in console.host.process.text()
    assert console.log_in("short").status == 200


# ---- who gets what ----

def test_strangers_are_sent_to_the_login(console):
    for path in PAGES + ["/nothing", "/index.html", "/API/v1/status", "/%61pi/v1/status"]:
        answer = console.request("GET", path, cookie=None)
        assert answer.status == 302 and answer.headers["Location"].startswith("/login?next=%2F"), path
    assert console.request("GET", "//evil.example/", cookie=None).headers["Location"] == "/login?next=%2F%2Fevil.example%2F"
    for path in ("/api", "/api/", "/api/v1/status", "/api/v1/openapi.json", "/api/v1/health", "/api/docs"):
        for method in ("GET", "POST", "PUT", "DELETE"):
            answer = console.request(method, path, cookie=None)
            assert answer.status == 401 and "error" in answer.json, (method, path)
    bearer = {"Authorization": f"Bearer {Api(console.host).token}"}
    assert console.request("GET", "/api/v1/status", cookie=None, headers=bearer).status == 401
    for cookie in ("", "x", "A" * 200, console.cookie[:-1], console.cookie + "A", "%00"):
        assert console.request("GET", "/api/v1/status", cookie=cookie or None).status == 401


def test_who_is_logged_in_may_do_everything(console):
    for path in PAGES:
        answer = console.request("GET", path)
        assert answer.status == 200 and answer.body.lower().startswith(b"<!doctype html"), path
        assert answer.headers["Cache-Control"] == "no-cache"
    assert console.request("GET", "/nothing").status == 404
    api = Api(console.host)
    for path in ("/status", "/host", "/native/clients", "/library", "/local/summary"):
        assert console.request("GET", f"/api/v1{path}").json == api.get(path), path
    made = console.request("POST", "/api/v1/library/custom", {"title": "X"})
    assert made.status == 201
    assert console.request("DELETE", f"/api/v1/library/custom/{made.json['id']}").status == 204
    assert console.request("POST", "/api/v1/library/custom", {"title": 1}).status == 422
    assert console.request("GET", "/api/v1/none").status == 404
    assert console.request("POST", "/api/v1/status").status == 405


def test_files_of_the_pages(console):
    page = console.request("GET", "/login", cookie=None)
    names = set(re.findall(r'"(/assets/[^"]+)"', page.body.decode()))
    assert names
    for name in names:
        plain = console.request("GET", name, cookie=None)
        packed = console.request("GET", name, cookie=None, headers={"Accept-Encoding": "gzip"})
        assert plain.status == packed.status == 200 and packed.headers["Content-Encoding"] == "gzip"
        assert len(packed.body) < len(plain.body) and "immutable" in plain.headers["Cache-Control"]
        again = console.request("GET", name, cookie=None, headers={"If-None-Match": plain.headers["ETag"]})
        assert again.status == 304 and not again.body
    for method in ("POST", "PUT", "DELETE"):
        answer = console.request(method, "/login", cookie=None)
        assert answer.status == 405 and answer.headers["Allow"] == "GET, HEAD"
    assert console.request("GET", "/_auth/login").headers["Allow"] == "POST"


@pytest.mark.parametrize("path", ["/assets/../../../etc/passwd", "/assets/..%2f..%2fmgmt-token", "/../mgmt-token",
                                  "/assets/%2e%2e/index.html", "/assets/", "/assets//etc/passwd", "/login/../host"])
def test_paths_lead_nowhere(console, path):
    for cookie in (None, ""):
        answer = console.request("GET", path, cookie=cookie)
        assert answer.status in (302, 404) and b"root:" not in answer.body


def test_every_answer_forbids_frames_scripts_of_others_and_sniffing(console):
    for path, cookie in (("/", ""), ("/", None), ("/login", None), ("/api/v1/status", ""), ("/api/v1/status", None),
                         ("/_auth/state", None), ("/nothing", ""), ("/favicon.svg", None)):
        headers = console.request("GET", path, cookie=cookie).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy, path
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] == "no-referrer", path
        assert "Access-Control-Allow-Origin" not in headers
    for path in ("/api/v1/status", "/_auth/state"):
        assert console.request("GET", path).headers["Cache-Control"] == "no-store"


# ---- pages of other sites ----

@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://localhost:{port}"},
                                     {"Origin": "https://localhost:1"}, {"Sec-Fetch-Site": "cross-site"},
                                     {"Sec-Fetch-Site": "same-site"}])
def test_pages_of_other_sites_change_nothing(console, headers):
    foreign = {name: value.format(port=console.port) for name, value in headers.items()}
    for method, path, body in (("POST", "/api/v1/library/custom", {"title": "X"}), ("POST", "/api/v1/native/pair/arm", {}),
                               ("DELETE", "/api/v1/session", None), ("POST", "/_auth/logout", {}),
                               ("POST", "/_auth/login", {"password": PASSWORD})):
        assert console.request(method, path, body, headers=foreign).status == 403, path
    assert console.request("GET", "/api/v1/native/pair").json["armed"] is False
    assert console.state()["signed_in"]
    ours = {"Origin": f"https://localhost:{console.port}", "Sec-Fetch-Site": "same-origin"}
    assert console.request("POST", "/api/v1/native/pair/arm", {}, headers=ours).status == 200
    assert console.request("DELETE", "/api/v1/native/pair", headers=ours).status == 204


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_forms_are_no_json(console, content_type):
    for path in ("/_auth/login", "/_auth/logout", "/_auth/setup", "/api/v1/library/custom"):
        assert console.request("POST", path, {"title": "X"}, content_type=content_type).status == 415


# ---- sessions ----

def test_the_cookie_is_out_of_reach_of_scripts_and_plain_http(console):
    attributes = {a.strip() for a in console.log_in().headers["Set-Cookie"].split(";")[1:]}
    assert attributes == {"Path=/", "Max-Age=604800", "HttpOnly", "Secure", "SameSite=Lax"}
    with contextlib.closing(socket.create_connection(("127.0.0.1", console.port), 20)) as plain:
        plain.sendall(b"GET /login HTTP/1.1\r\nHost: localhost\r\n\r\n")
        said = b""
        with contextlib.suppress(OSError):
            while data := plain.recv(4096):
                said += data
        assert b"200" not in said


def listen(console, cookie):
    tls = console.tls()
    tls.sendall(f"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nCookie: pf_session={cookie}\r\n\r\n".encode())
    text = b""
    while b"\r\n\r\n" not in text:
        text += tls.recv(4096)
    return tls, int(text.split()[1])


def until_closed(tls):
    with contextlib.suppress(OSError):
        while tls.recv(4096):
            pass


def test_a_stolen_cookie_ends_with_the_logout(console):
    stolen = console.cookie
    console.log_in()
    other = console.cookie
    tls, status = listen(console, stolen)
    assert status == 200
    answer = console.call("logout", {}, cookie=stolen)
    assert answer.status == 200 and "Max-Age=0" in answer.headers["Set-Cookie"]
    until_closed(tls)  # what was being listened to ends too
    assert console.request("GET", "/api/v1/status", cookie=stolen).status == 401
    assert console.request("GET", "/", cookie=stolen).status == 302
    assert console.request("GET", "/api/v1/status", cookie=other).status == 200


def test_logging_out_everywhere_and_restarts(own, start_console, bare_env):
    console = own
    first = console.cookie
    console.log_in()
    second = console.cookie
    console.call("logout", {}, cookie=first)
    console.host.stop()
    console = start_console(bare_env)
    assert console.request("GET", "/api/v1/status", cookie=first).status == 401
    assert console.request("GET", "/api/v1/status", cookie=second).status == 200
    console.log_in()
    assert console.call("logout", {"everywhere": True}).status == 200
    for cookie in (second, console.cookie):
        assert console.request("GET", "/api/v1/status", cookie=cookie).status == 401
    assert console.log_in().status == 200


def test_guessing_gets_slow(own):
    statuses = [own.log_in(f"guess {i}").status for i in range(6)]
    while statuses[-1] != 429 and len(statuses) < 12:  # a slow machine has waited already: the next wait is longer
        statuses.append(own.log_in("another guess").status)
    assert statuses[:6] == [401] * 6 and statuses[-1] == 429
    refused = own.call("login", {"password": "x"}, cookie=None)
    assert refused.status == 401 or int(refused.headers["Retry-After"]) >= 1
    assert own.request("GET", "/api/v1/status").status == 200  # who is in stays in
    wait_until(lambda: own.log_in().status == 200, "the wait to be over")
    assert [own.log_in(f"guess {i}").status for i in range(2)] == [401] * 2  # the right one was forgiven


def test_one_logs_in_after_the_other(own):
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        statuses = set(pool.map(lambda _: own.call("login", {"password": PASSWORD}, cookie=None).status, range(12)))
    assert 200 in statuses and statuses <= {200, 429}


def test_the_host_ends_while_a_password_is_hashed(fresh):
    body = json.dumps({"token": fresh.token(), "password": PASSWORD})
    with contextlib.closing(fresh.tls()) as tls:
        tls.sendall(f"POST /_auth/setup HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    f"Content-Length: {len(body)}\r\n\r\n{body}".encode())
        assert fresh.host.stop() == 0


# ---- size, pace, number ----

def test_large_and_broken_bodies_are_refused(console):
    assert console.call("login", b'{"password":"' + b"x" * 5000 + b'"}').status == 413
    assert console.call("login", b'{"password":"' + b"x" * 3000 + b'"}').status == 401
    for broken in (b"", b"{", b"[]", b'{"password":1}', b'{"password":"a","password":"b"}', b'{"password":"\\u0000"}', b"\xff"):
        assert console.call("login", broken).status == 400, broken
    with contextlib.suppress(OSError, http.client.HTTPException):  # cut on the way
        assert console.call("login", b"x" * (1 << 20)).status == 413
    assert console.request("POST", "/api/v1/library/custom", b'{"title":"' + b"x" * (2 << 20) + b'"}').status == 413
    with contextlib.suppress(OSError, http.client.HTTPException):
        assert console.request("GET", "/login", headers={"X": "x" * 40000}).status != 200
    assert console.request("GET", "/api/v1/status").status == 200


def test_slow_requests_are_cut_off(console):
    """A byte now and then does not keep a connection: neither in the head nor in the body, nor before TLS."""
    body = b"POST /_auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n"
    with contextlib.closing(console.tls(60)) as head, contextlib.closing(console.tls(60)) as late, \
            contextlib.closing(socket.create_connection(("127.0.0.1", console.port), 60)) as silent, \
            concurrent.futures.ThreadPoolExecutor(2) as pool:
        assert all(pool.map(lambda x: dawdle(*x), [(head, b"GET /login HTTP/1.1\r\n", b"X: y\r\n"), (late, body, b" ")]))
        while silent.recv(1000):  # an alert may come first
            pass
    assert console.request("GET", "/api/v1/status").status == 200


def test_without_an_address_both_families_are_listened_on(pages, programs, bare_env, scratch, netlab):
    """The API and the console at their own ports, from another machine and from this one."""
    link = netlab()
    host = Process("host", [programs / "punktfunk-host", "serve"], bare_env, scratch, netns=link.host)
    try:
        wait_until(lambda: "listening" in host.text(), "the host")
        for namespace, addresses in ((link.client, (lab.HOST4, lab.HOST6)), (link.host, ("127.0.0.1", "::1"))):
            for address in addresses:
                for port, path, status in ((47990, "/api/v1/health", 200), (47990, "/api/v1/status", 401), (47992, "/login", 200)):
                    raw = connect_inside(namespace, (address, port))
                    with contextlib.closing(ssl._create_unverified_context().wrap_socket(raw)) as tls:
                        tls.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
                        assert int(tls.recv(4096).split()[1]) == status, (address, port, path)
    finally:
        host.stop()


def test_listeners_are_bounded(own):
    streams = [listen(own, own.cookie) for _ in range(34)]
    assert [status for _, status in streams] == [200] * 32 + [503] * 2
    assert own.request("GET", "/api/v1/status").status == 200
    for tls, _ in streams:
        tls.close()


def test_500_connections_neither_stop_the_api_nor_a_stream(start_console, bare_env, desktop):
    console = start_console(desktop.env, "--open").set_up()
    probe = console.host.start_probe("--seconds", "6", "--mode", "640x480@30")
    wait_until(lambda: "streaming client=" in console.host.process.text(), "the stream")

    def occupy(_):
        with contextlib.suppress(OSError):
            return socket.create_connection(("127.0.0.1", console.port), 20)

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        sockets = [s for s in pool.map(occupy, range(500)) if s]
    assert len(sockets) > 100
    api = Api(console.host)
    for _ in range(10):
        assert api.request("GET", "/status").status == 200
    report = console.host.finish_probe(probe)
    assert report.code == 0 and report.json["frames_lost"] == 0, report.text
    for s in sockets:
        s.close()
    wait_until(lambda: console.log_in().status == 200, "the console after the crowd")
