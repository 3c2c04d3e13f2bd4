"""The clock is set, and the machine sleeps and wakes, under a host with live sessions (clock_shim.c)."""
import json
import re
import shutil
import signal
import ssl
import struct
import time
import urllib.request

import pytest

from conftest import TOOLS, wait_until

DAY = 24 * 3600
MODE = "1024x768@60"
SIZE = (1024, 768, 60000)


class Clocks:
    def __init__(self, scratch):
        shim = scratch / "clock_shim.so"
        shutil.copy(TOOLS / "tests/integration/clock_shim.so", shim)
        shim.chmod(0o755)
        self.path = scratch / "clocks"
        self.set()
        self.path.chmod(0o644)
        self.env = {"LD_PRELOAD": str(shim), "PF_CLOCK_SHIM": str(self.path)}

    def set(self, real=0, boot=0):
        """Moves the clocks ahead (seconds), in place: the host has the file mapped."""
        with open(self.path, "r+b" if self.path.exists() else "wb") as f:
            f.write(struct.pack("=qq", int(real * 1e9), int(boot * 1e9)))

    def sleep(self, seconds):
        """What a program sees when it wakes up: CLOCK_MONOTONIC has stood still."""
        self.set(real=seconds, boot=seconds)


@pytest.fixture
def clocks(scratch):
    return Clocks(scratch)


def start(start_host, env, clocks, **more):
    """A host with moved clocks, whose clients have the real ones."""
    host = start_host(env | clocks.env | more, "serve", "--open")
    host.env = env
    return host


def stamps(host):
    """The days in the host's log, in order."""
    return list(dict.fromkeys(re.findall(r"^(\d{4}-\d\d-\d\d)T", host.process.text(), re.M)))


def streaming(host, count=1):
    wait_until(lambda: host.process.text().count("streaming client=") >= count, f"stream number {count}")


def test_sessions_do_not_notice_that_the_clock_is_set(desktop, start_host, clocks):
    host = start(start_host, desktop.env, clocks)
    probe = host.start_probe("--mode", MODE, "--seconds", "6")
    streaming(host)
    time.sleep(1)
    clocks.set(real=DAY)
    time.sleep(1.5)
    clocks.set(real=-DAY)
    time.sleep(1.5)
    report = host.finish_probe(probe)
    assert report.code == 0, report.text
    assert report.json["frames_lost"] == 0
    assert report.json["frames"] > 6 * 60 * 0.75
    # Every stamp is of the session's own clock: a jump would show as a day of latency.
    assert report.json["latency_us"]["max"] < 10e6
    assert report.json["host_us"]["max"] < 10e6
    assert len(stamps(host)) >= 2, "the host has not seen the clock move"
    # New sessions as well: their clock starts with the wrong day and is only ever compared with itself.
    report = host.probe("--mode", MODE, "--frames", "60")
    assert report.code == 0, report.text
    assert abs(report.json["clock"]["offset_ns"] / 1e9 + DAY) < 60


def test_waking_up_ends_no_session(desktop, start_host, clocks):
    host = start(start_host, desktop.env, clocks)
    probe = host.start_probe("--mode", MODE, "--seconds", "8")
    streaming(host)
    host.process.child.send_signal(signal.SIGSTOP)  # 3 s of the sleep itself, less than the idle timeout
    time.sleep(3)
    clocks.sleep(DAY)
    host.process.child.send_signal(signal.SIGCONT)
    report = host.finish_probe(probe)
    assert report.code == 0, report.text
    assert report.json["frames"] > (8 - 3) * 60 * 0.7
    desktop.wait_until_clean()


def test_a_display_lingers_as_long_as_it_should(desktop, start_host, clocks):
    host = start(start_host, desktop.env, clocks, PUNKTFUNK_MONITOR_LINGER_MS="4000")
    report = host.probe("--mode", MODE, "--frames", "30")
    assert report.code == 0, report.text
    wait_until(lambda: "the stream has ended" in host.process.text(), "the end of the session")
    left = time.monotonic()
    clocks.sleep(DAY)
    time.sleep(1)
    assert list(desktop.in_use().values()) == [SIZE]
    clocks.set(real=-DAY, boot=DAY)
    desktop.wait_until_clean()
    assert 2 < time.monotonic() - left < 30


def call(host, scratch, method, path, body=None):
    token = (scratch / "config/mgmt-token").read_text().strip().split("=")[-1]
    request = urllib.request.Request(f"https://127.0.0.1:{host.mgmt}/api/v1{path}", method=method,
                                     data=None if body is None else json.dumps(body).encode(),
                                     headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with urllib.request.urlopen(request, context=context, timeout=10) as answer:
        return json.load(answer)


def test_a_pin_does_not_survive_the_night(bare_env, start_host, scratch, clocks):
    """Setting the clock neither opens nor closes a pairing window; time asleep counts."""
    host = start_host(bare_env | clocks.env, "serve")
    call(host, scratch, "POST", "/native/pair/arm", {"ttl_secs": 120})
    clocks.set(real=DAY)
    assert call(host, scratch, "GET", "/native/pair")["armed"]
    clocks.set(real=-DAY)
    status = call(host, scratch, "GET", "/native/pair")
    assert status["armed"] and 100 < status["expires_in_secs"] <= 120
    clocks.sleep(8 * 3600)
    assert not call(host, scratch, "GET", "/native/pair")["armed"]
