"""What must not get through to the management API."""
import concurrent.futures
import contextlib
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import tempfile
import time

import pytest

import lab
from api import BASE, Api, dawdle
from conftest import as_user, wait_until
from test_mgmt_contract import World

WRITES = [("PUT", "/display/settings", {}), ("POST", "/native/pair/arm", {}), ("POST", "/library/custom", {"title": "X"}),
          ("DELETE", "/native/pair", None), ("POST", "/stats/capture/start", None), ("DELETE", "/session", None)]


@pytest.fixture
def api(bare_env, start_host):
    return Api(start_host(bare_env, "serve"))


@pytest.fixture(scope="module")
def world(programs):
    reason = lab.missing()
    if reason:
        pytest.skip(f"no second machine to ask from: {reason}")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="pf-security-"))
    folder.chmod(0o755)
    w = World(programs, folder)
    yield w
    w.close()
    shutil.rmtree(folder, ignore_errors=True)


# ---- pages of other sites ----

@pytest.mark.parametrize("method, path, body", WRITES)
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:{port}", "https://localhost:1"])
def test_foreign_origins_change_nothing(api, method, path, body, origin):
    headers = {"Origin": origin.format(port=api.host.mgmt)}
    before = api.get("/library"), api.get("/native/pair")["armed"], api.get("/stats/capture/status")["armed"]
    answer = api.request(method, path, body, headers=headers)
    assert answer.status == 403 and "error" in answer.json
    after = api.get("/library"), api.get("/native/pair")["armed"], api.get("/stats/capture/status")["armed"]
    assert before == after


def test_own_and_absent_origins_pass_and_foreign_hosts_do_not(api):
    own = {"Origin": f"https://localhost:{api.host.mgmt}", "Host": f"localhost:{api.host.mgmt}"}
    assert api.request("POST", "/native/pair/arm", {}, headers=own).status == 200
    assert api.request("POST", "/native/pair/arm", {}).status == 200
    assert api.request("GET", "/status", headers={"Host": "evil.example"}).status == 403
    assert api.request("GET", "/local/summary", token=None, headers={"Host": "evil.example"}).status == 403


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
                                          "application/jsonp", "text/json"])
@pytest.mark.parametrize("method, path, body", [w for w in WRITES if w[2] is not None])
def test_forms_are_no_json(api, method, path, body, content_type):
    assert api.request(method, path, body, content_type=content_type).status == 415


def test_no_answer_may_be_framed_sniffed_or_kept(api):
    for path in ("/status", "/openapi.json", "/logs"):
        headers = api.request("GET", path).headers
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["Cache-Control"] == "no-store"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "Access-Control-Allow-Origin" not in headers


# ---- size and pace ----

def raw(api, data, limit=30):
    """Sends the bytes; everything that comes back until the host closes."""
    with contextlib.closing(api.tls(timeout=limit)) as tls:
        with contextlib.suppress(OSError):
            tls.sendall(data)
        text = b""
        with contextlib.suppress(OSError):
            while data := tls.recv(65536):
                text += data
        return text


def test_large_requests_are_refused(api):
    body = b'{"title":"' + b"x" * (2 << 20) + b'"}'
    assert api.request("POST", "/library/custom", body).status == 413
    head = f"Authorization: Bearer {api.token}\r\nHost: localhost\r\nConnection: close\r\n"
    assert not raw(api, f"GET {BASE}/status HTTP/1.1\r\n{head}X: {'x' * 40000}\r\n\r\n".encode()).startswith(b"HTTP/1.1 200")
    assert not raw(api, f"GET {BASE}/{'a' * 40000} HTTP/1.1\r\n{head}\r\n".encode()).startswith(b"HTTP/1.1 200")
    claim = raw(api, f"POST {BASE}/library/custom HTTP/1.1\r\n{head}Content-Type: application/json\r\n"
                     "Content-Length: 99999999999999\r\n\r\n{}".encode())
    assert claim.startswith(b"HTTP/1.1 413"), claim
    assert api.request("GET", "/status").status == 200


def test_slow_requests_are_cut_off(api):
    """A byte now and then does not keep a connection: neither in the head nor before TLS."""
    with contextlib.closing(api.tls(timeout=60)) as tls, \
            contextlib.closing(socket.create_connection(("127.0.0.1", api.host.mgmt))) as silent:
        silent.settimeout(60)
        assert dawdle(tls, f"GET {BASE}/status HTTP/1.1\r\n".encode(), b"X: y\r\n")
        while silent.recv(1000):  # an alert may come first
            pass
    assert api.request("GET", "/status").status == 200


@pytest.mark.parametrize("port", ["mgmt", "console"])
def test_a_handshake_that_does_not_go_on_costs_nothing(api, port):
    """The host's loop sleeps meanwhile, and serves others."""
    stalled = [api.stall_in_handshake(getattr(api.host, port)) for _ in range(8)]
    assert api.request("GET", "/status").status == 200
    before, begun = api.host.cpu_seconds(), time.monotonic()
    time.sleep(2)
    share = (api.host.cpu_seconds() - before) / (time.monotonic() - begun)
    assert share < 0.4, f"{share:.0%} of a core"
    for each in stalled:
        each.close()


def test_500_connections_do_not_stop_the_host(world):
    """Most are refused, from wherever they come; the owner gets through all the time."""
    api = world.api
    place = api.place("lan")

    def occupy(_):
        from api import connect_inside
        with contextlib.suppress(OSError):
            return connect_inside(*place)

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        sockets = [s for s in pool.map(occupy, range(500)) if s]
    assert len(sockets) > 100
    for _ in range(5):
        assert api.request("GET", "/status").status == 200
    for s in sockets:
        s.close()
    wait_until(lambda: api.request("GET", "/health", peer="lan", token=None).status == 200, "the API over the network")


# ---- paths ----

@pytest.mark.parametrize("path", [
    "/stats/recordings/..%2f..%2fmgmt-token", "/stats/recordings/%2e%2e", "/stats/recordings/..%2fmgmt-token",
    "/stats/recordings/..%2f..%2fmgmt-token/csv", "/library/art/..%2f..%2f..%2fetc%2fpasswd/portrait",
    "/library/art/steam:1%2f..%2f..%2fx/portrait", "/library/art/steam:570/..%2flogo", "/library/art/steam:570/%2e%2e",
    "/stats/recordings/%00", "/../../../etc/passwd", "/stats/../../mgmt-token", "/openapi.json/../../mgmt-token"])
def test_paths_lead_nowhere_else(api, path):
    for method in ("GET", "DELETE"):
        answer = api.request(method, path)
        assert answer.status in (404, 405), (method, path, answer)
        assert api.token.encode() not in answer.body and b"root:" not in answer.body
    assert (api.config / "mgmt-token").exists()


# ---- who asks ----

def test_the_token_counts_on_this_machine_only(world):
    for method, path, body in WRITES + [("GET", "/logs", None), ("GET", "/events", None)]:
        answer = world.api.request(method, path, body, peer="lan")
        assert answer.status == 401, (method, path, answer)


def test_a_certificate_reads_and_never_writes(world):
    document = world.api.get("/openapi.json")
    allowed = {"/host", "/compositors", "/status", "/clients", "/native/clients", "/library"}
    tried = 0
    for full, operations in document["paths"].items():
        path = full.removeprefix(BASE).replace("{fingerprint}", "0" * 64).replace("{kind}", "logo").replace("{id}", "1")
        for method in operations:
            if full in (f"{BASE}/health",) or path in allowed and method == "get" or path.startswith("/library/art/"):
                continue
            answer = world.api.request(method.upper(), path, {}, peer="lan", token=None, certificate=world.paired)
            assert answer.status == 401, (method, path, answer.status)
            tried += 1
    assert tried >= 25


def test_an_unpaired_device_loses_its_reading_at_once(world):
    pair = {"peer": "lan", "token": None, "certificate": world.paired}
    assert world.api.request("GET", "/status", **pair).status == 200
    assert world.api.request("DELETE", f"/native/clients/{world.paired.fingerprint}").status == 204
    assert world.api.request("GET", "/status", **pair).status == 401


def test_a_stolen_fingerprint_is_no_certificate(world):
    """Only who has the key passes the handshake with a certificate."""
    other = world.host.scratch / "mixed.pem"
    cert = world.paired.pem.read_text().split("-----BEGIN PRIVATE KEY")[0]
    key = "-----BEGIN PRIVATE KEY" + world.stranger.pem.read_text().split("-----BEGIN PRIVATE KEY")[1]
    other.write_text(cert + key)
    with pytest.raises(ssl.SSLError):
        ssl._create_unverified_context().load_cert_chain(other)  # and the library does not even send it


# ---- secrets on disk ----

def test_state_files_are_private(api):
    api.request("PUT", "/display/settings", {"preset": "hotdesk"})
    api.request("PUT", "/gpus/preference", {"mode": "auto"})
    api.request("POST", "/library/custom", {"title": "X"})
    api.request("POST", "/stats/capture/start")
    api.request("POST", "/stats/capture/stop")
    assert api.config.stat().st_mode & 0o777 == 0o700
    files = [p for p in api.config.rglob("*") if p.is_file()]
    assert {p.name for p in files} >= {"mgmt-token", "native-key.pem", "display-settings.json", "gpu-settings.json", "library.json"}
    for path in files:
        wanted = 0o644 if path.name == "mgmt-endpoint" else 0o600  # says nothing but a port
        assert path.stat().st_mode & 0o777 == wanted, path
    assert (api.config / "captures").stat().st_mode & 0o777 == 0o700
    assert len(api.token) == 64


def test_a_readable_token_file_is_closed_again(bare_env, scratch, start_host):
    host = start_host(bare_env, "serve")
    token = Api(host).token
    host.stop()
    (scratch / "config/mgmt-token").chmod(0o644)
    again = start_host(bare_env, "serve")
    assert Api(again).token == token
    assert (scratch / "config/mgmt-token").stat().st_mode & 0o777 == 0o600


def test_an_empty_token_ends_the_start(bare_env, scratch, programs):
    for args in (["--mgmt-token", ""], ["--mgmt-token", "  "]):
        done = subprocess.run([programs / "punktfunk-host", "serve", "--mgmt-bind", "127.0.0.1:0", *args], env=bare_env,
                              cwd=scratch, capture_output=True, text=True, timeout=20, **as_user())
        assert done.returncode == 1, done
