"""The gamescope back end: spawned, attached to, broken. What is real here: PipeWire, EIS, host and client."""
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile

import pytest

from conftest import TOOLS, as_user, load_picture, wait_until
from gamescope import Gamescope, processes
from test_displays import Tool
from test_input import SESSION, go, script
from test_reconnect import api


@pytest.fixture(scope="module")
def tools():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="pf-tools-"))
    folder.chmod(0o755)
    shutil.copy(TOOLS / "tests/integration/display_tool", folder)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def bare(tools, scratch):
    d = Gamescope(tools, scratch)
    yield d
    d.stop()


@pytest.fixture
def desktop(programs, scratch):
    d = Gamescope(programs, scratch)
    yield d
    for log in sorted(scratch.glob("host*.log")):
        print(log.read_text(errors="replace")[-6000:])
    print(d.log()[-2000:])
    d.stop()


@pytest.fixture
def start_tool(bare):
    """start_tool(**environment) → a display_tool in it."""
    started = []

    def start(**env):
        bare.env |= env
        started.append(Tool(bare, name=f"display_tool{len(started)}"))
        return started[-1]
    yield start
    for tool in started:
        tool.kill()
        print(tool.process.text())


def has_libei(desktop):
    linked = subprocess.run(["ldd", desktop.programs / "punktfunk-host"], capture_output=True, text=True, check=True)
    return "libei.so" in linked.stdout


def needs_libei(desktop):
    if not has_libei(desktop):
        pytest.skip("skipped, because this machine has no libei")


# ---- spawned ----

HEAD = ["--backend", "headless", "-W", "1280", "-H", "720", "-r", "60", "--xwayland-count", "1", "--", "sh", "-c"]


@pytest.mark.parametrize("launch, app, words", [
    ("sleep 1234", "", ["sleep", "1234"]), ("", "sleep  77", ["sleep", "77"]), ("", " ", ["sleep", "infinity"])],
    ids=["launch", "app", "nothing"])
def test_spawned_with_its_command(bare, start_tool, launch, app, words):
    tool = start_tool(PUNKTFUNK_GAMESCOPE_APP=app, DISPLAY=":7", WAYLAND_DISPLAY="wayland-7")
    if launch:
        assert tool.ask(f"launch 0 {launch}") == "noted"
    output, _, age = tool.acquire(0, "1280x720@60")
    assert (output, age) == ("gamescope-1", "new")
    arguments = bare.arguments()
    assert arguments[0] == "gamescope" and arguments[1:len(HEAD) + 1] == HEAD
    assert arguments[-len(words) - 1:] == ["sh", *words]
    tool.capture(0)
    size, ms, _, oldest = tool.frames(0, 30)
    print(f"30 pictures of {size} in {ms:.0f} ms, the oldest {oldest:.1f} ms old")
    assert size == "1280x720"
    red = tool.picture(0)[0, :, 0]
    assert (red == 255).sum() == 1 and (red == 32).sum() == 1279  # one white column on grey
    wait_until(bare.relay().exists, "the name of the input socket")
    assert bare.relay().read_text() == "gamescope-0-ei"
    command = next(p for p in processes(bare.runtime) if pathlib.Path(f"/proc/{p}/cmdline").read_bytes() ==
                   "".join(f"{w}\0" for w in words).encode())
    environment = pathlib.Path(f"/proc/{command}/environ").read_bytes().split(b"\0")
    assert not [e for e in environment if e.startswith((b"DISPLAY=", b"WAYLAND_DISPLAY="))]
    assert tool.ask("release 0") == "released"
    assert not processes(bare.runtime) and not bare.relay().exists()
    bare.wait_until_clean()


def test_two_at_once(bare, start_tool):
    tool = start_tool()
    names = [tool.acquire(n, mode)[0] for n, mode in enumerate(["1280x720@60", "800x600@30"])]
    assert names == ["gamescope-1", "gamescope-2"]
    for n, size in enumerate(["1280x720", "800x600"]):
        tool.capture(n)
        assert tool.frames(n, 5)[0] == size
        wait_until(bare.relay(n + 1).exists, "the name of the input socket")
        assert bare.relay(n + 1).read_text() == f"gamescope-{n}-ei"
    tool.ask("release 0")
    assert not bare.relay(1).exists()
    wait_until(lambda: len(bare.nodes()) == 1, "the first node to go")
    assert tool.frames(1, 5)[0] == "800x600"
    assert tool.acquire(0, "640x480@60")[0] == "gamescope-1"  # the first number is free again
    tool.close()
    bare.wait_until_clean()


def test_node_is_found_without_its_line(bare, start_tool):
    """Beside another gamescope, whose node is not taken for ours."""
    bare.run_foreign("-W", "640", "-H", "480")
    tool = start_tool(FAKESCOPE_MUTE="1")
    tool.ask("launch 0 sleep 60")
    tool.acquire(0, "1280x720@60")
    tool.capture(0)
    assert tool.frames(0, 3)[0] == "1280x720"


def test_no_node_at_all(bare, start_tool):
    tool = start_tool(FAKESCOPE_DEAF="1")
    log = bare.runtime / "punktfunk-gamescope-1.log"
    assert tool.ask("acquire 0 1280x720@60") == (
        f"error no display could be made: gamescope offered no picture within 15 s; what it said is in {log}")
    assert "fakescope: pid" in log.read_text() and not processes(bare.runtime)


def test_nobody_has_to_wait_for_its_picture(desktop, start_host):
    """For the 15 s that a gamescope may take."""
    desktop.env["FAKESCOPE_DEAF"] = "1"
    host = start_host(desktop.env, *SESSION)
    host.start_probe("--mode", "1280x720@60", "--seconds", 60)
    wait_until(lambda: "gamescope" in processes(desktop.runtime).values(), "the gamescope")
    assert host.stop() == 0
    assert "offered no picture" not in host.process.text()
    assert not processes(desktop.runtime)


def test_gamescope_that_ends_at_once(bare, start_tool):
    tool = start_tool(FAKESCOPE_BRITTLE="1")
    log = bare.runtime / "punktfunk-gamescope-1.log"
    assert tool.ask("acquire 0 1280x720@60") == (
        f"error no display could be made: gamescope ended before it had a picture; what it said is in {log}")
    assert not processes(bare.runtime) and not bare.relay().exists()


@pytest.fixture
def stubborn(bare):
    """A command that survives SIGTERM and has left a daemon behind."""
    path = bare.bin / "stubborn"
    path.write_text("#!/bin/sh\ntrap '' TERM\nsetsid sleep 3600 &\nwhile :; do sleep 1; done\n")
    path.chmod(0o755)
    return "stubborn"


def test_stubborn_command_ends_with_its_display(bare, start_tool, stubborn):
    tool = start_tool()
    tool.ask(f"launch 0 {stubborn}")
    tool.acquire(0, "1280x720@60")
    wait_until(lambda: list(processes(bare.runtime).values()).count("sleep") == 2, "the daemon")
    tool.ask("release 0")
    assert not processes(bare.runtime)


def test_killed_host_leaves_nothing(bare, start_tool, stubborn):
    tool = start_tool()
    tool.ask(f"launch 0 {stubborn}")
    tool.acquire(0, "1280x720@60")
    wait_until(lambda: "sleep" in processes(bare.runtime).values(), "the command")
    assert bare.relay().exists()
    tool.kill()
    bare.wait_until_clean()


def test_dying_gamescope_ends_a_capture(bare, start_tool):
    tool = start_tool()
    tool.acquire(0, "1280x720@60")
    tool.capture(0)
    tool.tell("watch 0")
    os.kill(bare.fake_pid(), signal.SIGKILL)
    word, code, _ = tool.line().split()
    assert (word, int(code)) in (("failed", -19), ("failed", -32))  # ENODEV, EPIPE
    tool.ask("release 0")
    wait_until(lambda: not processes(bare.runtime), "its processes to go")


def test_kept_display_is_reused_while_it_lives(bare):
    tool = Tool(bare, 20000)
    assert tool.acquire(0, "1280x720@60")[2] == "new"
    tool.ask("release 0")
    assert tool.acquire(0, "1280x720@60")[2] == "reused"
    tool.ask("release 0")
    os.kill(bare.fake_pid(), signal.SIGKILL)
    wait_until(lambda: not processes(bare.runtime), "its processes to go")
    assert tool.acquire(0, "1280x720@60")[2] == "new"
    tool.close()
    bare.wait_until_clean()


# ---- attached to ----

def dead_socket(path):
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(str(path))


def test_attached(bare, start_tool):
    """To the one that runs, at its size; its input socket is the one that answers."""
    foreign = bare.run_foreign("-W", "1024", "-H", "600", "-r", "50")
    dead_socket(bare.runtime / "gamescope-9-ei")
    os.chown(bare.runtime / "gamescope-9-ei", 65534, 65534) if os.getuid() == 0 else None
    tool = start_tool()
    word, _, output, mode, age = tool.ask("acquire 0 1280x720@60").split()
    assert (output, mode, age) == ("gamescope", "1024x600@50000", "new")
    assert f"input={bare.runtime}/gamescope-0-ei" in tool.process.text()
    tool.capture(0)
    assert tool.frames(0, 5)[0] == "1024x600"
    tool.close()
    assert foreign.alive() and "gamescope" in bare.nodes()


@pytest.mark.parametrize("node, error", [
    ("auto", "no gamescope of this user runs to attach to; start one"),
    ("first", 'PUNKTFUNK_GAMESCOPE_NODE is "first", which is neither a node\'s number nor auto')])
def test_nothing_to_attach_to(bare, start_tool, node, error):
    tool = start_tool(PUNKTFUNK_GAMESCOPE_NODE=node)
    assert tool.ask("acquire 0 1280x720@60") == f"error no display could be made: {error}"


def test_attached_by_number(bare, start_tool):
    foreign = bare.run_foreign("-W", "640", "-H", "480")
    node = re.search(r"node ID: \S*m(\d+)", foreign.text())[1]
    tool = start_tool(PUNKTFUNK_GAMESCOPE_NODE=node)
    tool.ask("launch 0 sleep 5")  # the owner's word counts more
    assert tool.ask("acquire 0 640x480@60").startswith("acquired")
    tool.capture(0)
    assert tool.frames(0, 3)[0] == "640x480"


def test_another_picture_is_no_substitute(bare, start_tool):
    """PipeWire would link whoever asks for a node that is gone with any other."""
    bare.run_foreign("-W", "640", "-H", "480")
    tool = start_tool(PUNKTFUNK_GAMESCOPE_NODE="4000")
    assert tool.ask("acquire 0 640x480@60").startswith("acquired")
    assert tool.ask("capture 0 pipewire").startswith("error cannot capture: PipeWire"), tool.process.text()


# ---- with host and client ----

def test_probe_compositor(desktop, programs):
    def probe(*args, **env):
        return subprocess.run([programs / "punktfunk-host", "probe-compositor", *args], env=desktop.env | env,
                              capture_output=True, text=True, timeout=30, **as_user())
    found = probe()
    assert (found.returncode, found.stdout) == (0, "Gamescope ready\n"), found.stderr
    assert "may hang" not in found.stderr
    old = probe(FAKESCOPE_VERSION="gamescope: version 3.11.49+")
    assert old.returncode == 0
    assert "gamescope 3.11.49 may hang with PipeWire 1.6; install 3.16.22 or later" in old.stderr
    every = dict(line.split(None, 1) for line in probe("--all").stdout.splitlines())
    assert every["gamescope"] == "ready"
    (desktop.bin / "gamescope").unlink()
    if not shutil.which("gamescope"):
        gone = probe()
        assert gone.returncode == 1
        assert "gamescope is not installed; install gamescope 3.16.22 or later" in gone.stderr, gone.stderr


def test_stream(desktop, start_host):
    host = start_host(desktop.env, "serve", "--open")
    shot = desktop.scratch / "shot.png"
    probe = host.start_probe("--mode", "1280x720@60", "--seconds", 5, "--screenshot", shot, "--screenshot-at", 2)
    report = host.finish_probe(probe)
    assert report.code == 0, report.text + host.process.text()
    picture = load_picture(shot)
    assert picture.shape == (720, 1280, 3)
    line = picture[:, :, 1].mean(axis=0)
    assert line.max() > 150 and abs(float(line[[0, 1279]].min()) - 32) < 8  # a bright column on dark grey
    print(f"first decoded frame after {report.json['first_decoded_ms']:.0f} ms")
    if not has_libei(desktop):
        assert "this build cannot deliver input to gamescope: it was made without libei" in host.process.text()
    desktop.wait_until_clean()


def test_the_title_of_a_session_runs_inside(desktop, start_host):
    """Not beside it on the host's desktop, which may be none."""
    host = start_host(desktop.env, "serve", "--open")
    title = add_title(desktop, host, "sleep 4321 # 'one word'")
    report = host.probe("--mode", "1280x720@60", "--launch", title, "--seconds", 3)
    assert report.code == 0, report.text
    assert desktop.arguments()[-4:] == ["sh", "/bin/sh", "-c", "sleep 4321 # 'one word'"]
    assert "started title" not in host.process.text()


def add_title(desktop, host, command):
    return "custom:" + api(desktop, host, "library/custom", {
        "title": "Inside", "launch": {"kind": "command", "value": command}})["id"]


def starts(desktop):
    """How often the title was started: each time adds a line."""
    path = desktop.scratch / "starts"
    return len(path.read_text().splitlines()) if path.exists() else 0


def counted(desktop, command):
    return f"echo started >>{desktop.scratch}/starts; {command}"


@pytest.mark.parametrize("end", ["exit 0", "exit 7", "kill -9 $$"], ids=["done", "error", "crash"])
def test_session_ends_with_its_title(desktop, start_host, end):
    """The display was the title's own; it is not started again."""
    host = start_host(desktop.env, "serve", "--open")
    finish = desktop.scratch / "finish"
    title = add_title(desktop, host, counted(desktop, f"while ! [ -e {finish} ]; do sleep 0.1; done; {end}"))
    probe = host.start_probe("--mode", "1280x720@60", "--launch", title, "--seconds", 60)
    wait_until(lambda: "streaming 1280x720" in host.process.text(), "the first picture")
    finish.touch()
    report = host.finish_probe(probe)
    assert "the title has ended" in report.text, report.text
    text = host.process.text()
    assert "what ran in gamescope has ended by itself" in text and "rebuilding" not in text
    desktop.wait_until_clean()
    assert starts(desktop) == 1
    finish.unlink()
    host.start_probe("--mode", "1280x720@60", "--launch", title, "--seconds", 60, name="again")
    wait_until(lambda: starts(desktop) == 2, "the title that is asked for again")


def test_title_that_ends_at_once(desktop, start_host):
    host = start_host(desktop.env, "serve", "--open")
    title = add_title(desktop, host, counted(desktop, "exit 3"))
    report = host.probe("--mode", "1280x720@60", "--launch", title, "--seconds", 30)
    assert report.code != 0 and "ended before there was a picture" in report.text, report.text
    assert starts(desktop) == 1
    desktop.wait_until_clean()


def test_session_survives_a_killed_gamescope(desktop, start_host):
    """Its display is made again, and with it the title that was in it."""
    host = start_host(desktop.env, "serve", "--open")
    title = add_title(desktop, host, counted(desktop, "sleep 4321"))
    probe = host.start_probe("--mode", "1280x720@60", "--launch", title, "--seconds", 10)
    wait_until(lambda: "streaming 1280x720" in host.process.text(), "the first picture")
    first = desktop.fake_pid()
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: "the picture is back" in host.process.text(), "the picture to come back")
    assert desktop.fake_pid() != first
    assert "gamescope has crashed output=gamescope-1 status=137" in host.process.text()
    report = host.finish_probe(probe)
    assert report.code == 0, report.text + host.process.text()
    assert starts(desktop) == 2
    desktop.wait_until_clean()


# ---- input ----

def play(desktop, start_host, lines, during=None, mode="1280x720@60"):
    """What reaches gamescope of a script."""
    needs_libei(desktop)
    host = start_host(desktop.env, *SESSION)
    path, _ = script(desktop, "input", *lines, lead=600, head=["0 wait"], tail=1.5)
    probe = host.start_probe("--mode", mode, "--input", path)
    wait_until(lambda: "input is delivered by=gamescope" in host.process.text(), "input")
    go(probe)
    if during:
        during(host)
    report = host.finish_probe(probe)
    assert report.code == 0, report.text + host.process.text()
    assert "input is delivered by=gamescope output=gamescope-1" in host.process.text(), host.process.text()
    wait_until(lambda: not processes(desktop.runtime), "gamescope to end")
    events = re.findall(r"^eis: (.*)$", desktop.log(), re.M)
    print(events)
    assert "client punktfunk-host" in events
    return events


def only(events, *kinds):
    return [e for e in events if e.split()[0] in kinds]


@pytest.mark.parametrize("offset", [None, 100], ids=["region without end", "region of the output"])
def test_pointer(desktop, start_host, offset):
    """Raw pixels in the endless region of gamescope; inside of it where a region is one."""
    if offset:
        desktop.env["FAKESCOPE_REGION"] = str(offset)
    events = play(desktop, start_host, [
        "abs 640 360 1280 720", "abs 1280 720 1280 720", "abs -5 -5 1280 720", "abs 320 180 640 360", "move -12 34",
        "button_down 1", "button_up 1", "button_down 2", "button_up 2", "button_down 3", "button_up 3",
        "scroll 0 120", "scroll 0 30", "scroll 1 120", "scroll 1 -240"])
    x = offset or 0
    assert only(events, "abs")[-4:] == [f"abs {640 + x:.1f} 360.0", f"abs {1280 + x:.1f} 720.0", f"abs {x:.1f} 0.0",
                                        f"abs {640 + x:.1f} 360.0"]
    assert only(events, "rel") == ["rel -12.0 34.0"]
    assert only(events, "button") == [f"button {b} {s}" for b in (272, 274, 273) for s in (1, 0)]
    assert only(events, "discrete") == ["discrete 0 -120", "discrete 0 -30", "discrete 120 0", "discrete -240 0"]


def test_keyboard_and_text(desktop, start_host):
    events = play(desktop, start_host, [
        "key_down 0x10", "key_down 0x141", "key_up 0x41", "key_up 0xA0", "key_down 0x5B", "key_down 0x5B", "key_up 0x5B",
        "text 0x21", "text 0x7A", "text 0x20AC", "key_down 0x10", "text 0x61", "key_up 0x10"])
    assert only(events, "key") == [f"key {k}" for k in (
        "42 1", "30 1", "30 0", "42 0", "125 1", "125 0", "42 1", "2 1", "2 0", "42 0", "44 1", "44 0",
        "42 1", "42 0", "30 1", "30 0", "42 1", "42 0")]


def test_held_keys_are_let_go(desktop, start_host):
    events = play(desktop, start_host, ["key_down 0x41", "button_down 1"])
    assert only(events, "key", "button") == ["key 30 1", "button 272 1", "button 272 0", "key 30 0"]


@pytest.mark.parametrize("screen", [True, False], ids=["touch screen", "pointer only"])
def test_touch(desktop, start_host, screen):
    if screen:
        desktop.env["FAKESCOPE_TOUCH"] = "1"
    events = play(desktop, start_host, [
        "touch_down 7 100 50 1280 720", "touch_down 8 600 600 1280 720", "touch_move 7 640 360 1280 720", "touch_up 7",
        "touch_up 8"])
    if screen:
        assert only(events, "touch") == ["touch down 100.0 50.0", "touch down 600.0 600.0", "touch move 640.0 360.0",
                                         "touch up", "touch up"]
    else:
        assert only(events, "abs")[-2:] == ["abs 100.0 50.0", "abs 640.0 360.0"]
        assert only(events, "button") == ["button 272 1", "button 272 0"]


def at(desktop, host, event, sig):
    """Sends gamescope a signal once it has seen the event."""
    wait_until(lambda: f"eis: {event}\n" in desktop.log(), event)
    os.kill(desktop.fake_pid(), sig)


LONG = ["key_down 0x41", *["move 1 0"] * 40, "key_up 0x41", "key_down 0x42", "key_up 0x42"]


def test_paused_devices_get_nothing(desktop, start_host):
    """What was held is not held any more: the server let go of it."""
    def during(host):
        at(desktop, host, "key 30 1", signal.SIGUSR1)
        wait_until(lambda: "eis: paused" in desktop.log(), "the pause")
        at(desktop, host, "paused", signal.SIGUSR1)
    events = play(desktop, start_host, LONG, during)
    assert only(events, "paused", "resumed") == ["paused", "resumed"]
    assert only(events, "key") == ["key 30 1", "key 48 1", "key 48 0"]
    assert events.index("resumed") < events.index("key 48 1")


@pytest.mark.parametrize("sig, word", [(signal.SIGUSR2, "another seat"), (signal.SIGHUP, "hung up")],
                         ids=["seat", "connection"])
def test_input_comes_back(desktop, start_host, sig, word):
    """On another seat, or over another connection."""
    lines = ["key_down 0x41", *["move 1 0"] * 90, "key_up 0x41", "key_down 0x42", "key_up 0x42"]
    events = play(desktop, start_host, lines, lambda host: at(desktop, host, "key 30 1", sig))
    assert only(events, "key") == ["key 30 1", "key 48 1", "key 48 0"]
    assert events.index(word) < events.index("key 48 1")
    assert events.count("client punktfunk-host") == (2 if sig == signal.SIGHUP else 1)
