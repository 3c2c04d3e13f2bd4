"""Input: what a client does arrives in a program on its own display, event by event."""
import contextlib
import itertools
import os
import re
import signal
import subprocess

import pytest

from conftest import Process, wait_until

SESSION = ("punktfunk1-host", "--source", "virtual", "--seconds", "0", "--allow-tofu", "--idle-timeout-ms", "2000")


class Watcher:
    """input_watcher on one output."""

    def __init__(self, desktop, output):
        output = desktop.client_name(output)
        self.process = Process(f"watcher-{output}", [desktop.programs / "input_watcher", output], desktop.env, desktop.scratch)
        desktop.clients.append(self.process)
        wait_until(lambda: "ready" in self.process.text(), f"the watcher on {output}")

    def timed(self):
        """[(event, ns)], whole lines only."""
        text = self.process.text()
        return [(m[1], int(m[2])) for m in re.finditer(r"^([a-z].*) (\d+)$", text[:text.rfind("\n") + 1], re.M)]

    def events(self, *kinds):
        return [event for event, _ in self.timed() if event.split()[0] in kinds]


def script(desktop, name, *lines, lead, head=(), tail=None):
    """Writes a script that begins after `lead`, each line 40 ms after the one before; `tail` seconds later it ends the session."""
    path, at, out = desktop.scratch / f"{name}.txt", lead, [*head, f"{lead - 500} abs 1 1 1280 720"]
    for line in lines:
        at += 40
        out.append(f"{at} {line}")
    if tail is not None:
        out.append(f"{at + int(1000 * tail)} end")
    path.write_text("\n".join(out) + "\n")
    path.chmod(0o644)
    return path, at / 1000


def go(*probes):
    """Their scripts begin."""
    for probe in probes:
        probe.child.send_signal(signal.SIGUSR1)


def outputs_after(desktop, before):
    return {n: m for n, m in desktop.in_use().items() if n not in before}


def start(desktop, host, name, lines, mode="1280x720@60", tail=1.5, extra=(), hold=False):
    """Starts a probe that plays the script once there is a watcher on its display, or with go() if that is to `hold`; returns both."""
    before = desktop.in_use()
    path, _ = script(desktop, name, *lines, lead=getattr(desktop, "lead_ms", 600), head=["0 wait"], tail=tail)
    probe = host.start_probe("--mode", mode, "--input", path, "--identity", desktop.scratch / f"identity-{name}", *extra, name=name)
    size = tuple(int(n) for n in re.findall(r"\d+", mode)[:2])
    output = wait_until(lambda: next((n for n, m in outputs_after(desktop, before).items() if m[:2] == size), None),
                        f"the display of {name}")
    watcher = Watcher(desktop, output)
    if not hold:
        go(probe)
    return probe, watcher


@pytest.fixture
def host(desktop, start_host):
    return start_host(desktop.env, *SESSION)


def test_pointer(desktop, host):
    probe, watcher = start(desktop, host, "pointer", [
        "abs 640 360 1280 720", "abs 1280 720 1280 720", "abs -5 -5 1280 720", "abs 320 180 640 360", "abs 5 5 0 720",
        "move -12 34", "button_down 2", "button_up 2", "button_down 3", "button_up 3", "button_up 1",
        "scroll 0 120", "scroll 0 30", "scroll 0 -30", "scroll 1 120", "scroll 1 -240"])
    report = host.finish_probe(probe)
    assert report.code == 0, report.text
    motions = watcher.events("motion", "enter")
    begin = max(i for i, e in enumerate(motions) if e.split()[1:] == ["640", "360"] and i < len(motions) - 4)
    assert motions[begin:] == ["motion 640 360", "motion 1279 719", "motion 0 0", "motion 640 360", "motion 628 394"]
    assert watcher.events("button") == ["button 274 1", "button 274 0", "button 273 1", "button 273 0"]
    assert watcher.events("axis") == ["axis 0 -15", "axis 0 -3.75", "axis 0 3.75", "axis 1 15", "axis 1 -30"]
    assert watcher.events("discrete") == ["discrete 0 -1", "discrete 1 1", "discrete 1 -2"]
    assert set(watcher.events("source")) == {"source 0"}


def test_keyboard(desktop, host):
    probe, watcher = start(desktop, host, "keyboard", [
        "key_down 0x10", "key_down 0x141", "key_up 0x41", "key_up 0xA0",
        "key_down 0x5B", "key_down 0x5B", "key_up 0x5B", "key_up 0x5B",
        "key_down 0x07", "text 0x21"])
    report = host.finish_probe(probe)
    assert report.code == 0, report.text
    expected = ["key 42 1", "key 30 1", "symbol A", "key 30 0", "key 42 0",
                "key 125 1", "key 125 0",  # a second release does not pass
                "key 2 1", "symbol !", "key 2 0"]
    # A repeated press passes up to Sway 1.9; later ones swallow it themselves.
    assert [event for event, _ in itertools.groupby(watcher.events("key", "symbol"))] == expected
    assert watcher.events("modifiers")[-1] == "modifiers 0 0 0 0"


def test_touch_is_a_pointer(desktop, host):
    """The first finger is the pointer with its left button; another one does nothing, and ends with the session."""
    probe, watcher = start(desktop, host, "touch", [
        "touch_down 7 100 50 1280 720", "touch_down 8 600 600 1280 720", "touch_move 8 610 610 1280 720",
        "touch_move 7 640 360 1280 720", "touch_up 8", "touch_up 7",
        "touch_down 9 320 180 640 360", "touch_move 9 321 180 640 360"], tail=1)
    report = host.finish_probe(probe)
    assert report.code == 0, report.text
    wait_until(lambda: watcher.events("button").count("button 272 0") == 2, "the finger to be lifted")
    assert watcher.events("button") == ["button 272 1", "button 272 0"] * 2
    seen = [tuple(int(float(n)) for n in e.split()[1:]) for e in watcher.events("motion")]
    assert seen[-3:] == [(100, 50), (640, 360), (642, 360)]


# Letters of several scripts, a combining accent, symbols beyond 16 bits, and what the layout has with and without Shift.
TEXT = "aé中文한🙂👍e\u0301\u200dж!あZ🙂"


def test_text(desktop, host):
    """Any character arrives, held keys or not, and keys are what they were."""
    probe, watcher = start(desktop, host, "text", [
        "key_down 0x41", "key_up 0x41", *(f"text {ord(c):#x}" for c in TEXT), "text 0x0A", "text 0x09",
        "key_down 0x42", "key_up 0x42",
        "key_down 0x10", "text 0x78", "text 0x4E00", "key_down 0x43", "key_up 0x43", "key_up 0x10",
        "text 0x7", "text 0xD800", "text 0xFFFF", "text 0"])
    report = host.finish_probe(probe)
    assert report.code == 0, report.text
    typed = "".join(e.removeprefix("symbol ") for e in watcher.events("symbol"))
    assert typed == "a" + TEXT + "b" + "x一C"
    presses = [e for e in watcher.events("key") if e.endswith(" 1")]
    assert presses.count("key 28 1") == 1 and presses.count("key 15 1") == 1  # line end and tab
    assert len(presses) == 1 + len(TEXT) + 2 + 1 + 1 + 2 + 1
    assert watcher.events("modifiers")[-1] == "modifiers 0 0 0 0"


def test_more_text_than_a_keymap_holds(desktop, host):
    text = "".join(chr(0x4E00 + 3 * i) for i in range(450))
    path = desktop.scratch / "long.txt"
    path.write_text("0 wait\n" + "".join(f"{600 + i // 5} text {ord(c)}\n" for i, c in enumerate(text)) + "2600 end\n")
    path.chmod(0o644)
    probe = host.start_probe("--mode", "1280x720@60", "--input", path)
    output = wait_until(lambda: next(iter(outputs_after(desktop, ["HEADLESS-1"])), None), "the display")
    watcher = Watcher(desktop, output)
    go(probe)
    report = host.finish_probe(probe)
    assert report.code == 0, report.text
    assert "".join(e.removeprefix("symbol ") for e in watcher.events("symbol")) == text


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_what_is_held_comes_up_with_the_end_of_the_session(desktop, host, end):
    probe, watcher = start(desktop, host, "held", ["abs 640 360 1280 720", "key_down 0x10", "key_down 0x41",
                                                   "button_down 1"], tail=60)
    wait_until(lambda: "button 272 1" in watcher.events("button"), "the button")
    assert watcher.events("key")[-2:] == ["key 42 1", "key 30 1"]
    probe.stop(end)
    wait_until(lambda: "key 42 0" in watcher.events("key"), "the keys to come up")
    ups = [e for e in watcher.events("key", "button") if e in ("button 272 0", "key 30 0", "key 42 0")]
    assert ups == ["button 272 0", "key 30 0", "key 42 0"]
    wait_until(lambda: watcher.events("modifiers")[-1] == "modifiers 0 0 0 0", "no modifier to be held")


def test_sessions_do_not_mix(desktop, host):
    """Both type and move at the same time on the only seat of the desktop."""
    taps = 40
    def lines(vk, x):
        return ["abs 100 100 1280 720"] + [
            f"{what} {vk}" if what != "abs" else f"abs {x} {x} 1280 720" for _ in range(taps) for what in ("abs", "key_down", "key_up")]
    a, seen_a = start(desktop, host, "a", lines("0x41", 300), hold=True)
    b, seen_b = start(desktop, host, "b", lines("0x42", 200), mode="640x480@60", hold=True)
    go(a, b)
    for probe in (a, b):
        report = host.finish_probe(probe)
        assert report.code == 0, report.text
    for seen, own, other in ((seen_a, 30, 48), (seen_b, 48, 30)):
        keys = seen.events("key")
        assert not [k for k in keys if k.startswith(f"key {other} ")]
        assert keys.count(f"key {own} 1") == keys.count(f"key {own} 0") == taps


def test_input_follows_a_change_of_mode(desktop, host):
    probe, _ = start(desktop, host, "remode", ["abs 600 300 800 600", "key_down 0x41", "key_up 0x41"], tail=2,
                     extra=("--remode", "800x600@60:1"), hold=True)
    output = wait_until(lambda: next((n for n, m in desktop.in_use().items() if m[:2] == (800, 600)), None), "the new display")
    watcher = Watcher(desktop, output)
    go(probe)
    report = host.finish_probe(probe)
    assert report.code == 0, report.text
    assert [e for e in watcher.events("motion", "enter") if e.split()[1:] == ["600", "300"]], watcher.process.text()
    assert watcher.events("key") == ["key 30 1", "key 30 0"]


@contextlib.contextmanager
def cores_awake():
    """A machine that runs a game has no core that sleeps. Waking one costs more than all that is measured here, in
    virtual machines most of all."""
    spinners = [subprocess.Popen(["chrt", "--idle", "0", "sh", "-c", "while :; do :; done"]) for _ in os.sched_getaffinity(0)]
    try:
        yield
    finally:
        for each in spinners:
            each.kill()
            each.wait()


@pytest.mark.parametrize("cores", ["as they are", "awake"])
def test_latency(desktop, host, cores):
    with cores_awake() if cores == "awake" else contextlib.nullcontext():
        measure_latency(desktop, host, cores)


def measure_latency(desktop, host, cores):
    count = 100
    probe, watcher = start(desktop, host, "latency", ["abs 10 10 1280 720"] + ["button_down 3", "button_up 3"] * (count // 2))
    report = host.finish_probe(probe)
    sent = [int(m[1]) for m in re.finditer(r"^input [45] .* (\d+)$", report.text, re.M)]
    wait_until(lambda: len(watcher.events("button")) >= count, "the last click")
    got = [ns for event, ns in watcher.timed() if event.startswith("button ")]  # never merged
    assert len(sent) == len(got) == count, (len(sent), len(got))
    waits = sorted((b - a) / 1e6 for a, b in zip(sent, got))
    assert waits[0] > 0
    print(f"\ninput datagram to Wayland event, cores {cores}: p50 {waits[count // 2]:.2f} ms, p99 {waits[count * 99 // 100]:.2f} ms")


def test_reference_test_of_the_probe(desktop, host):
    """--input-test: a square, a sweep over the display, A now and then; pads are no injector's business."""
    before = desktop.in_use()
    probe = host.start_probe("--input-test", "--seconds", "10")
    output = wait_until(lambda: next(iter(outputs_after(desktop, before)), None), "the display")
    watcher = Watcher(desktop, output)
    report = host.finish_probe(probe)
    assert report.code == 0, report.text
    assert watcher.events("key").count("key 30 1") == 8
    positions = [tuple(float(n) for n in e.split()[1:]) for e in watcher.events("motion")]
    assert (632, 355) in [(int(x), int(y)) for x, y in positions] and max(x for x, _ in positions) >= 1272
    assert not watcher.events("button")


def test_touch_test_of_the_probe(desktop, host):
    """--touch-test: one finger draws a square around the middle, lifted at each corner."""
    before = desktop.in_use()
    probe = host.start_probe("--touch-test", "--seconds", "10")
    output = wait_until(lambda: next(iter(outputs_after(desktop, before)), None), "the display")
    watcher = Watcher(desktop, output)
    report = host.finish_probe(probe)
    assert report.code == 0, report.text
    assert watcher.events("button") == ["button 272 1", "button 272 0"] * 4
    seen = {tuple(int(float(n)) for n in e.split()[1:]) for e in watcher.events("motion", "enter")}
    assert {(320, 180), (960, 180), (960, 540), (320, 540)} <= seen


def test_command_input_test(desktop, programs):
    watcher = Watcher(desktop, "HEADLESS-1")
    test = Process("input-test", [programs / "punktfunk-host", "input-test", "--output", "HEADLESS-1"], desktop.env, desktop.scratch)
    wait_until(lambda: not test.alive(), "input-test to end")
    assert test.child.returncode == 0, test.text()
    assert watcher.events("key").count("key 30 1") == 8 and watcher.events("key").count("key 30 0") == 8
    assert watcher.events("button").count("button 272 1") == 8
    assert len(watcher.events("motion")) >= 150


def test_command_input_test_without_a_desktop(programs, bare_env, scratch):
    test = Process("input-test", [programs / "punktfunk-host", "input-test"], bare_env, scratch)
    wait_until(lambda: not test.alive(), "input-test to end")
    assert test.child.returncode == 1
    assert "no desktop was found" in test.text()
