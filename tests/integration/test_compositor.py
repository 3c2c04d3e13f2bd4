"""The compositor dies, comes back under other names, or hangs, while clients stream."""
import fcntl
import re
import signal
import time

import pytest

from conftest import wait_until

MODE = "1024x768@60"
SIZE = (1024, 768, 60000)


def the_output(desktop):
    return wait_until(lambda: next((n for n, m in desktop.in_use().items() if m == SIZE), None), "the display")


def streaming(host, count=1):
    wait_until(lambda: host.process.text().count("streaming client=") >= count, f"stream number {count}")


def restart(desktop):
    """Kills Sway and starts another one, whose sockets have other names."""
    old = desktop.env["WAYLAND_DISPLAY"], desktop.env["SWAYSOCK"]
    desktop.kill()
    with open(desktop.runtime / f"{old[0]}.lock", "a") as taken:
        fcntl.flock(taken, fcntl.LOCK_EX | fcntl.LOCK_NB)  # as if something else had taken the name
        (desktop.runtime / old[0]).unlink()
        desktop.start()
    assert desktop.env["WAYLAND_DISPLAY"] != old[0] and desktop.env["SWAYSOCK"] != old[1]


def test_a_session_survives_the_restart(desktop, start_host):
    host = start_host(desktop.env, "serve", "--open")
    probe = host.start_probe("--mode", MODE, "--seconds", "14", "--decode")
    the_output(desktop)
    streaming(host)
    restart(desktop)
    the_output(desktop)
    wait_until(lambda: "the picture is back after" in host.process.text(), "the picture")
    gap = int(re.search(r"the picture is back after (\d+) ms", host.process.text())[1])
    print(f"the picture was back {gap} ms after the loss")
    report = host.finish_probe(probe)
    assert report.code == 0, report.text
    assert report.json["close"] is None or not report.json["close"]["by_host"]
    assert report.json["keyframes"] >= 2
    assert report.json["decode_errors"] == 0
    assert report.json["frames"] > (14 - gap / 1000 - 4) * 30  # half the rate, on a busy machine
    desktop.wait_until_clean()


def test_the_next_client_gets_the_new_compositor(desktop, start_host):
    """Kept displays of the dead one are forgotten."""
    host = start_host(desktop.env | {"PUNKTFUNK_MONITOR_LINGER_MS": "60000"}, "serve", "--open")
    report = host.probe("--mode", MODE, "--frames", "30")
    assert report.code == 0, report.text
    the_output(desktop)
    restart(desktop)
    assert not desktop.in_use()
    report = host.probe("--mode", MODE, "--frames", "30", "--quit")
    assert report.code == 0, report.text
    assert "display reused" not in host.process.text()
    desktop.wait_until_clean()


def test_clients_are_refused_while_there_is_none(desktop, start_host):
    host = start_host(desktop.env, "serve", "--open")
    desktop.kill()
    report = host.probe("--mode", MODE, "--seconds", "3")
    assert report.json["close"]["code"] == 0x68, report.text
    assert report.json["close"]["reason"]
    desktop.start()
    report = host.probe("--mode", MODE, "--frames", "30")
    assert report.code == 0, report.text


def test_a_hanging_compositor_holds_up_nobody_else(desktop, start_host):
    """Its sessions show the last picture; others are told why they get none; afterwards everything goes on."""
    host = start_host(desktop.env, "serve", "--open")
    pictures = desktop.scratch / "pictures.log"
    probe = host.start_probe("--mode", MODE, "--seconds", "14", "--log-colors", pictures, name="first")
    the_output(desktop)
    streaming(host)
    desktop.sway.child.send_signal(signal.SIGSTOP)
    try:
        started = time.monotonic_ns()
        gone = host.start_probe("--mode", "800x600@60", "--seconds", "3", "--identity", desktop.scratch / "second",
                                name="second")
        time.sleep(5)
        assert host.process.alive()
        assert probe.alive()
        ended = time.monotonic_ns()
    finally:
        desktop.sway.child.send_signal(signal.SIGCONT)
    host.finish_probe(gone)
    report = host.finish_probe(probe)
    assert report.code == 0, report.text
    seen = [int(line.split()[0]) for line in pictures.read_text().splitlines()]
    repeats = sum(started + 1e9 < at < ended for at in seen)  # of the last picture; what was on its way before is not counted
    print(f"{repeats} pictures of {len(seen)} in the last {(ended - started) / 1e9 - 1:.1f} s of the hang")
    assert repeats >= 10, report.text
    desktop.wait_until_clean()
    report = host.probe("--mode", MODE, "--frames", "30")
    assert report.code == 0, report.text
