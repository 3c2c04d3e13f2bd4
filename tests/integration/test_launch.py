"""Titles of the library: started in the display of their session, there again for who comes back, ended with it."""
import os
import pathlib
import signal

import numpy
import pytest

from conftest import load_picture, wait_until
from test_reconnect import api

MODE = "1024x768@60"


class Title:
    """A window of one colour."""

    def __init__(self, desktop, color):
        self.desktop, self.color = desktop, color

    def pids(self):
        """Of all processes that show it."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            try:
                words = (entry / "cmdline").read_bytes().decode().split("\0") if entry.name.isdigit() else [""]
            except OSError:
                continue
            if words and words[0].endswith("pattern_client") and words[1:3] == ["anywhere", self.color]:
                found.append(int(entry.name))
        return found

    def pid(self):
        return wait_until(lambda: next(iter(self.pids()), None), f"the title {self.color}")

    def place(self):
        """Output and size of its window."""
        def walk(node, output):
            output = node["name"] if node.get("type") == "output" else output
            if node.get("pid") in pids and node["rect"]["width"] > 64:
                yield output, (node["rect"]["width"], node["rect"]["height"])
            for child in node.get("nodes", []) + node.get("floating_nodes", []):
                yield from walk(child, output)
        pids = self.pids()
        return next(walk(self.desktop.swaymsg("-t", "get_tree"), None), (None, None))

    def wait_gone(self):
        wait_until(lambda: not self.pids(), f"the title {self.color} to end")


class Entry(Title):
    """One that an entry of the owner's starts."""

    def __init__(self, desktop, host, color, command=None):
        super().__init__(desktop, color)
        command = command or f"exec {desktop.programs}/pattern_client anywhere {color}"
        self.id = "custom:" + api(desktop, host, "library/custom", {
            "title": f"Colour {color}", "launch": {"kind": "command", "value": command}})["id"]


@pytest.fixture
def serve(desktop, start_host):
    def start(linger_ms=60000):
        desktop.swaymsg("default_border", "none")  # a window is as large as its display
        env = desktop.env | {"PUNKTFUNK_IDLE_TIMEOUT_MS": "1000", "PUNKTFUNK_MONITOR_LINGER_MS": str(linger_ms),
                             "NOTIFY_SOCKET": "/nowhere"}
        return start_host(env, "serve", "--open")
    return start


def is_colour(picture, color, tolerance=12):
    wanted = numpy.array([int(color[i:i + 2], 16) for i in (0, 2, 4)], dtype=numpy.float64)
    return numpy.abs(numpy.mean(picture, axis=(0, 1)) - wanted).max() <= tolerance


def said(host, text, count=1):
    wait_until(lambda: host.process.text().count(text) >= count, f"{text!r} in the log")


def test_a_title_is_shown_found_again_and_ended(desktop, serve):
    host = serve()
    title = Entry(desktop, host, "3060a0")
    probe = host.start_probe("--mode", MODE, "--seconds", "60", "--launch", title.id)
    pid = title.pid()
    output = wait_until(lambda: next(iter(desktop.in_use()), None), "the display")
    wait_until(lambda: title.place() == (output, (1024, 768)), f"its window on {output}, not {title.place()}")
    environment = pathlib.Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    assert f"SWAYSOCK={desktop.env['SWAYSOCK']}" in environment
    assert not [e for e in environment if e.startswith(("PUNKTFUNK_", "NOTIFY_SOCKET"))]

    probe.stop(signal.SIGKILL)  # without a word
    said(host, "the stream has ended")
    shot = desktop.scratch / "shot.png"
    report = host.probe("--mode", MODE, "--seconds", "4", "--launch", title.id, "--screenshot", shot, "--screenshot-at", "2",
                        "--quit")
    assert report.code == 0, report.text
    assert is_colour(load_picture(shot), title.color)
    title.wait_gone()
    text = host.process.text()
    assert "display reused" in text and "the client comes back to" in text
    assert text.count("started title=") == 1 and f"pid={os.getpid()}" not in text
    said(host, "has ended client=")
    desktop.wait_until_clean()


def test_a_title_ends_with_its_display(desktop, serve):
    host = serve(linger_ms=500)
    title = Entry(desktop, host, "a03060")
    probe = host.start_probe("--mode", MODE, "--seconds", "60", "--launch", title.id)
    title.pid()
    probe.stop(signal.SIGKILL)
    title.wait_gone()
    desktop.wait_until_clean()
    said(host, "has ended client=")
    title_again = host.probe("--mode", MODE, "--frames", "60", "--launch", title.id, "--quit")
    assert title_again.code == 0, title_again.text
    assert host.process.text().count("started title=") == 2  # it is a new session


def test_each_session_has_its_own(desktop, serve, scratch):
    """Both start while the focus may be on either display; each window comes to its own."""
    host = serve()
    titles = [Entry(desktop, host, "208020"), Entry(desktop, host, "802080")]
    modes, probes = ["1024x768@60", "800x600@60"], []
    for i, title in enumerate(titles):
        probes.append(host.start_probe("--mode", modes[i], "--seconds", "60", "--launch", title.id, "--identity",
                                       scratch / f"client{i}", name=f"probe{i}"))
    wait_until(lambda: sorted(m[:2] for m in desktop.in_use().values()) == [(800, 600), (1024, 768)], "both displays")
    outputs = {m[:2]: n for n, m in desktop.in_use().items()}
    for title, size in zip(titles, [(1024, 768), (800, 600)]):
        wait_until(lambda: title.place() == (outputs[size], size), f"the window {title.color}: {title.place()}")
    first = titles[1].pid()
    probes[0].stop(signal.SIGTERM)
    probes[0].stop()
    assert titles[1].pids() == [first]
    host.stop()
    for title in titles:
        assert not title.pids(), "a host that ends takes its titles along"


def test_windows_come_to_the_display_whatever_has_the_focus(desktop, serve):
    host = serve()
    title = Entry(desktop, host, "707020", command=f"sleep 1; swaymsg focus output HEADLESS-1; "
                                                   f"{desktop.programs}/pattern_client anywhere 707020 & wait")
    host.start_probe("--mode", MODE, "--seconds", "60", "--launch", title.id)
    output = wait_until(lambda: next(iter(desktop.in_use()), None), "the display")
    wait_until(lambda: title.place() == (output, (1024, 768)), f"its window on {output}, not {title.place()}")
    said(host, "of its windows brought to")


def test_windows_follow_to_a_new_mode(desktop, serve):
    host = serve()
    title = Entry(desktop, host, "306030")
    probe = host.start_probe("--mode", MODE, "--seconds", "60", "--launch", title.id, "--remode", "800x600@60:2")
    pid = title.pid()
    wait_until(lambda: title.place()[1] == (1024, 768), f"its window: {title.place()}")
    first = title.place()[0]
    wait_until(lambda: title.place()[1] == (800, 600) and title.place()[0] != first, f"its window: {title.place()}")
    wait_until(lambda: list(desktop.in_use()) == [title.place()[0]], "the first display to go")
    assert title.pids() == [pid]
    probe.stop()


def test_nothing_stays_behind_a_killed_host(desktop, serve):
    """Not even what detached itself and does not listen to SIGTERM."""
    host = serve()
    title = Entry(desktop, host, "207070", command="trap '' TERM; (setsid sh -c \"trap '' TERM; "
                                                   f"exec {desktop.programs}/pattern_client anywhere 207070\" &); exit 3")
    host.start_probe("--mode", MODE, "--seconds", "60", "--launch", title.id)
    pid = title.pid()
    wait_until(lambda: title.place()[0], "its window")  # it has said what it says: no broken pipe ends it
    assert "has ended" not in host.process.text(), "what it left running is the title"
    host.stop(signal.SIGKILL)
    wait_until(lambda: not title.pids(), f"process {pid} to end")


def test_what_cannot_be_started_leaves_the_stream_alone(desktop, serve):
    host = serve()
    ended = Entry(desktop, host, "000000", command="echo hello from the title; exit 7")
    for i, (launch, words) in enumerate([("steam:570; rm -rf ~", "the library has no title"), ("custom:none", "no title"),
                                         (ended.id, "has ended by itself")]):
        report = host.probe("--mode", MODE, "--frames", "60", "--launch", launch, "--quit", name=f"probe{i}")
        assert report.code == 0 and report.json["frames"] >= 60, report.text
        said(host, words)
    assert "hello from the title" in host.process.text() and "status=7" in host.process.text()
    assert host.process.text().count("started title=") == 1
    missing = Entry(desktop, host, "000001", command="/no/such/program")
    report = host.probe("--mode", MODE, "--frames", "60", "--launch", missing.id, "--quit")
    assert report.code == 0, report.text
    said(host, "status=127")
