"""Hours in minutes: four clients that come, go, vanish, change their mode and lose packets; and a thousand visits.

SOAK_SECONDS and SOAK_CYCLES say how long (60 and 100). PF_BUILD may be a build with AddressSanitizer; its clients then
come from PF_CLIENTS. The host must not grow, keep a file, a thread or a display, or say anything of a sanitizer.
"""
import concurrent.futures
import json
import os
import random
import shutil
import signal
import subprocess
import threading
import time

import pytest

from health import Health
from integration import BUILD, Process, as_user, wait_until

SECONDS = float(os.environ.get("SOAK_SECONDS", 60))
CYCLES = int(os.environ.get("SOAK_CYCLES", 100))
SANITIZED = BUILD.name in ("build-asan", "build-tsan")
# Of memory that was freed some stays, more of it with a sanitizer's own; leaks are AddressSanitizer's business.
GROWTH_KIB = {"build-asan": 60_000, "build-tsan": 200_000}.get(BUILD.name, 12_000)
MODES = ["640x360@30", "480x270@30", "320x240@60", "640x480@30", "432x240@30"]
ROUND_S = 10

os.environ.setdefault("ASAN_OPTIONS", "detect_leaks=1:quarantine_size_mb=8:malloc_context_size=12")


class Sound:
    """A PipeWire of the desktop's own, so that sessions have sound; without one installed they have none."""

    def __init__(self, desktop):
        self.desktop = desktop
        self.daemon = None
        if shutil.which("pipewire") and shutil.which("pw-dump"):
            self.daemon = Process("pipewire", ["pipewire"], desktop.env, desktop.scratch)
            wait_until((desktop.runtime / "pipewire-0").exists, "PipeWire's socket")

    def nodes(self):
        if not self.daemon:
            return []
        dump = subprocess.run(["pw-dump"], env=self.desktop.env, capture_output=True, text=True, timeout=20, **as_user())
        objects, _ = json.JSONDecoder().raw_decode(dump.stdout)  # news may follow
        return sorted(o["info"]["props"].get("node.name", "?") for o in objects
                      if o["type"] == "PipeWire:Interface:Node"
                      and o["info"]["props"].get("node.name") != "punktfunk-mic")  # one for the host's whole life

    def wait_until(self, nodes):
        try:
            wait_until(lambda: self.nodes() == nodes, "PipeWire's nodes", limit=15)
        except AssertionError as e:
            raise AssertionError(f"there were {nodes}, now there are {self.nodes()}") from e


@pytest.fixture
def sound(desktop):
    s = Sound(desktop)
    yield s
    if s.daemon:
        s.daemon.stop()


def outcome(host):
    """Ends the host, which also looks for leaks then; the sanitizer's words, if any."""
    code = host.stop()
    assert not host.sanitizer(), host.sanitizer()
    assert code == 0, f"exit status {code}\n{host.process.text()[-3000:]}"


class Visitor(threading.Thread):
    """One client, again and again, until the time is over."""

    def __init__(self, host, scratch, number, end):
        super().__init__()
        self.host, self.end, self.number = host, end, number
        self.identity = scratch / f"visitor{number}"
        self.random = random.Random(number)
        self.visits = self.frames = 0
        self.problems = []

    def start_probe(self):
        dice = self.random
        args = ["--identity", self.identity, "--name", f"visitor {self.number}", "--mode", dice.choice(MODES),
                "--remode", f"{dice.choice(MODES)}:{dice.uniform(2, 5):.1f}", "--seconds", str(dice.randint(6, ROUND_S)),
                "--drop", "2", "--seed", str(dice.randint(1, 1000)), "--allow-loss"]
        args += dice.choice([[], ["--quit"], ["--replace"], ["--replace", "--quit"]])
        return self.host.start_probe(*args, name=f"visitor{self.number}")

    def visit(self):
        probe = self.start_probe()
        self.visits += 1
        if self.random.random() < 0.3:  # vanishes in the middle
            time.sleep(self.random.uniform(0.2, 6))
            probe.stop(signal.SIGKILL)
            return
        report = self.host.finish_probe(probe, 120)
        self.frames += report.json.get("frames", 0)
        if report.code:
            self.problems.append(f"{report.text[-1500:]}\nthe host by then:\n{self.host.process.text()[-4000:]}")

    def run(self):
        try:
            while time.monotonic() < self.end and self.host.process.alive():
                self.visit()
        except Exception as e:  # pylint: disable=broad-except
            self.problems.append(repr(e))


def settle(desktop, host, health, before):
    """The host at rest again, as it was after its first visit."""
    try:
        desktop.wait_until_clean()
    except AssertionError as e:
        raise AssertionError(f"{e}; {health.look()}\n{host.process.text()[-8000:]}") from e
    def at_rest():
        now = health.look()
        symbolizer = 2 if SANITIZED else 0  # pipes to it, once there was something to look up
        return now.fds <= before.fds + symbolizer and now.threads <= before.threads
    try:
        wait_until(at_rest, "the host to close what it opened", limit=30)
    except AssertionError as e:
        raise AssertionError(f"{e}: {before} → {health.samples[-1]}\n" + "\n".join(health.files())) from e
    assert host.process.alive()


def test_four_visitors(desktop, sound, start_host, scratch):
    env = desktop.env | {"PUNKTFUNK_IDLE_TIMEOUT_MS": "2000", "PUNKTFUNK_MONITOR_LINGER_MS": "3000",
                         "ASAN_OPTIONS": os.environ["ASAN_OPTIONS"]}
    nodes = sound.nodes()
    host = start_host(env, "serve", "--open")
    assert host.probe("--mode", MODES[0], "--frames", "60", "--quit").code == 0
    desktop.wait_until_clean()
    sound.wait_until(nodes)
    health = Health(host.process.child.pid)
    before = health.look()

    visitors = [Visitor(host, scratch, i, time.monotonic() + SECONDS) for i in range(4)]
    for v in visitors:
        v.start()
    while any(v.is_alive() for v in visitors):
        assert host.process.alive(), host.process.text()[-6000:]
        health.look()
        time.sleep(1)
    for v in visitors:
        v.join()
    assert not [p for v in visitors for p in v.problems], "\n".join(p for v in visitors for p in v.problems)[-12000:]
    settle(desktop, host, health, before)
    sound.wait_until(nodes)
    print(f"{sum(v.visits for v in visitors)} visits, {sum(v.frames for v in visitors)} frames; {health.describe()}")
    assert health.look().rss_kib - before.rss_kib < GROWTH_KIB, health.describe()
    if SECONDS >= 300:
        print(f"peaks grew by {health.growth_kib():.0f} KiB")
        assert health.growth_kib() < GROWTH_KIB, health.describe()
    outcome(host)


def cycles(host, scratch, count, health, *args):
    """`count` visits, four at a time; every tenth client vanishes."""
    def visit(i):
        probe = host.start_probe("--identity", scratch / f"cycler{i % 4}", *args, name=f"cycle{i % 4}")
        if i % 10 == 9:
            time.sleep(0.05 + i % 7 * 0.05)
            probe.stop(signal.SIGKILL)
            return None
        report = host.finish_probe(probe, 120)
        return None if report.code == 0 else report.text
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for i, problem in enumerate(pool.map(visit, range(count))):
            assert problem is None, f"visit {i}: {problem}"
            if i % 20 == 0:
                health.look()


@pytest.mark.parametrize("source", ["synthetic", "virtual"])
def test_many_visits(desktop, sound, start_host, scratch, source):
    count = CYCLES if source == "synthetic" else max(CYCLES // 10, 10)
    env = desktop.env | {"PUNKTFUNK_IDLE_TIMEOUT_MS": "1000", "ASAN_OPTIONS": os.environ["ASAN_OPTIONS"]}
    nodes = sound.nodes()
    host = start_host(env, "punktfunk1-host", "--source", source, "--allow-tofu", "--frames", "3")
    args = ["--mode", MODES[0], "--frames", "3", "--quit"]
    started = time.monotonic()
    health = Health(host.process.child.pid)
    cycles(host, scratch, 8, health, *args)
    desktop.wait_until_clean()
    time.sleep(3)  # the longest that anything of the warm-up may take to go
    before = health.look()
    cycles(host, scratch, count, health, *args)
    settle(desktop, host, health, before)
    sound.wait_until(nodes)
    print(f"{count} visits in {time.monotonic() - started:.0f} s; {health.describe()}")
    assert health.look().rss_kib - before.rss_kib < GROWTH_KIB, health.describe()
    outcome(host)
