"""Who gets in: PIN pairing, pinning, refusals."""
import json
import re
import signal
import ssl
import subprocess
import time
import urllib.request

import pytest

from conftest import Process, wait_until


def arm(host):
    """Runs `punktfunk-host pair` and returns it with the PIN it shows."""
    command = Process("pair", [host.programs / "punktfunk-host", "pair", "--mgmt-port", host.mgmt], host.env, host.scratch)
    match = wait_until(lambda: re.search(r"\b(\d{4})\b", command.text()), "the PIN")
    return command, match[1]


def test_pair_then_pin(bare_env, start_host):
    host = start_host(bare_env, "punktfunk1-host", "--source", "synthetic", "--frames", "30")
    refused = host.probe("--seconds", "3")
    assert refused.code not in (0, 2)


def test_pair_command_and_stream(desktop, start_host):
    host = start_host(desktop.env, "serve")
    command, pin = arm(host)
    paired = host.probe("--pair", pin, "--name", "Test Phone")
    assert paired.code == 0, paired.text
    command.child.wait(10)
    assert command.child.returncode == 0
    assert "Test Phone" in command.text()

    fingerprint = host.fingerprint()
    report = host.probe("--pin", fingerprint, "--mode", "1280x720@60", "--seconds", "2")
    assert report.code == 0, report.text
    assert report.json["frames"] > 0

    store = desktop.scratch / "config/punktfunk1-paired.json"
    assert store.stat().st_mode & 0o777 == 0o600
    wrong = host.probe("--pin", "00" * 32, "--seconds", "2")
    assert wrong.code not in (0, 2)


def test_wrong_pin_closes_the_window(desktop, start_host):
    host = start_host(desktop.env, "serve")
    command, pin = arm(host)
    wrong = f"{(int(pin) + 1) % 10000:04}"
    assert host.probe("--pair", wrong).code not in (0, 2)
    command.child.wait(10)
    assert command.child.returncode == 1
    again = host.probe("--pair", pin)
    assert again.code not in (0, 2), "one online guess only"
    store = desktop.scratch / "config/punktfunk1-paired.json"
    assert not store.exists() or '"fingerprint"' not in store.read_text()


def call(host, method, path, body=None):
    """One call of the management API with the token of the host's configuration folder."""
    token = (host.scratch / "config/mgmt-token").read_text().strip().removeprefix("PUNKTFUNK_MGMT_TOKEN=")
    request = urllib.request.Request(f"https://127.0.0.1:{host.mgmt}/api/v1{path}", method=method,
                                     data=None if body is None else json.dumps(body).encode(),
                                     headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
    with urllib.request.urlopen(request, context=ssl._create_unverified_context(), timeout=10) as answer:
        return json.loads(answer.read() or b"null")


@pytest.mark.parametrize("verdict", ["approve", "deny"])
def test_a_parked_device_waits_for_a_verdict(desktop, start_host, verdict):
    """It is let in, or sent away, as soon as somebody says so; the log tells how soon."""
    host = start_host(desktop.env, "serve")
    probe = host.start_probe("--mode", "1280x720@60", "--seconds", "2", "--wait", "60", "--name", "Sofa")
    device = wait_until(lambda: call(host, "GET", "/native/pending"), "the device to knock")[0]
    assert device["name"] == "Sofa"
    time.sleep(1)
    assert probe.child.poll() is None, "it waits"
    said = time.monotonic()
    call(host, "POST", f"/native/pending/{device['id']}/{verdict}", {} if verdict == "approve" else None)
    report = host.finish_probe(probe)
    if verdict == "deny":
        print(f"sent away {1000 * (time.monotonic() - said):.0f} ms after the verdict")
        assert report.code == 100 and report.json["close"]["by_host"], report.text
        return
    assert report.code == 0, report.text
    print(f"welcome, stream of 2 s and end {1000 * (time.monotonic() - said):.0f} ms after the verdict")
    assert report.json["frames"] > 0
    assert not call(host, "GET", "/native/pending")
    assert [c["name"] for c in call(host, "GET", "/native/clients")] == ["Sofa"]
    assert host.probe("--seconds", "2").code == 0, "it is paired now"


def test_interrupted_pair_command_disarms(desktop, start_host):
    host = start_host(desktop.env, "serve")
    command, pin = arm(host)
    command.stop(signal.SIGINT)
    assert host.probe("--pair", pin).code not in (0, 2)


def test_pair_without_host(programs, bare_env, scratch):
    from conftest import as_user
    done = subprocess.run([programs / "punktfunk-host", "pair", "--mgmt-port", "1"], env=bare_env, capture_output=True,
                          text=True, timeout=20, **as_user())
    assert done.returncode == 1
    assert "host" in done.stderr and len(done.stderr.strip().splitlines()) <= 3
