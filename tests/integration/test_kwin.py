"""KDE Plasma, as far as a KWin without a graphics card goes: what is offered to whom, outputs, input."""
import pathlib
import shutil
import signal
import subprocess
import tempfile

import pytest

from conftest import TOOLS, Process, as_user, wait_until
from kde import Kde
from test_input import Watcher

PERMIT = "io.unom.Punktfunk.Host.desktop"
# Plasma brings one; KDE's index of applications has only what is in a menu, and KWin looks there.
MENU = """<!DOCTYPE Menu PUBLIC "-//freedesktop//DTD Menu 1.0//EN" "http://www.freedesktop.org/standards/menu-spec/1.0/menu.dtd">
<Menu><Name>Applications</Name><DefaultAppDirs/><Include><All/></Include></Menu>
"""


@pytest.fixture(scope="module")
def tools(programs):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="pf-tools-"))
    folder.chmod(0o755)
    shutil.copy(programs / "punktfunk-host", folder)
    for name in ("kwin_tool", "display_tool", "input_watcher"):
        if not (TOOLS / "tests/integration" / name).exists():
            pytest.skip(f"skipped, because {name} is not built (plasma-wayland-protocols)")
        shutil.copy(TOOLS / "tests/integration" / name, folder)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def desktop(tools, scratch):
    d = Kde(tools, scratch, outputs=2)
    yield d
    d.stop()


class Tool:
    """kwin_tool, one command at a time."""

    def __init__(self, desktop):
        self.process = Process("kwin_tool", [desktop.programs / "kwin_tool", desktop.socket], desktop.env, desktop.scratch,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        desktop.clients.append(self.process)
        assert self.line() == "ready"

    def line(self):
        line = self.process.child.stdout.readline().strip()
        assert line, self.process.text()
        return line

    def ask(self, command, expected=None):
        self.process.child.stdin.write(command + "\n")
        self.process.child.stdin.flush()
        answer = self.line()
        assert expected is None or answer == expected, answer + self.process.text()
        return answer

    def heads(self):
        """name → "on 1280x720@60000 0,0 1.00 1" """
        count = int(self.ask("list").split()[1])
        return dict(self.line().split(None, 1) for _ in range(count))

    def play(self, *events):
        for event in events:
            self.ask(f"play {event}", "played")


@pytest.fixture
def tool(desktop):
    return Tool(desktop)


# ---- what KWin offers, and to whom ----

def host(desktop, *args):
    return subprocess.run([desktop.programs / "punktfunk-host", *args], env=desktop.env, capture_output=True, text=True,
                          timeout=30, **as_user())


def of_kwin(desktop):
    every = dict(line.split(None, 1) for line in host(desktop, "probe-compositor", "--all").stdout.splitlines())
    return every["kwin"]


def test_detection(desktop):
    found = host(desktop, "probe-compositor")
    assert (found.returncode, found.stdout) == (0, "Kwin ready\n"), found.stderr
    assert of_kwin(desktop) == "ready"
    desktop.kill()
    assert "KWin does not answer on" in host(desktop, "probe-compositor").stderr


def test_permission(tools, scratch):
    """KWin knows its clients by an installed application; each thing that can be wrong with it has its sentence."""
    menu = scratch / ".config/menus/applications.menu"
    menu.parent.mkdir(parents=True)
    menu.write_text(MENU)
    desktop = Kde(tools, scratch, trusting=False)
    try:
        assert of_kwin(desktop).endswith(
            f"no installed application has Exec={tools}/punktfunk-host; install {PERMIT} in /usr/share/applications, "
            "then log out and in once")
        folder = scratch / ".local/share/applications"
        folder.mkdir(parents=True)
        text = (TOOLS / "packaging" / PERMIT).read_text().replace("Exec=/usr/local/bin", f"Exec={tools}")
        assert f"Exec={tools}/punktfunk-host\n" in text
        (folder / PERMIT).write_text(text.replace("zkde_screencast_unstable_v1,", ""))
        assert "does not list zkde_screencast_unstable_v1; add it" in of_kwin(desktop)
        (folder / PERMIT).write_text(text)
        desktop.kill()  # it remembers what it saw at the first look
        desktop.start()
        assert of_kwin(desktop) == "ready"
    finally:
        desktop.stop()


def test_a_kwin_that_makes_no_outputs_is_told_in_a_sentence(desktop):
    before = desktop.outputs()
    done = subprocess.run([desktop.programs / "display_tool"], env=desktop.env, capture_output=True, text=True,
                          input="acquire 0 1280x800@60\nrows\n", timeout=60, **as_user())
    answers = done.stdout.splitlines()
    if answers[1].startswith("acquired"):
        pytest.skip("skipped, because this KWin makes outputs")
    assert answers[0] == "ready kwin" and answers[2] == "rows 0"
    assert answers[1].startswith("error no display could be made: KWin made no virtual output (")
    assert answers[1].endswith("that takes Plasma 6 on a graphics card, or KWin 6.5.6 or later")
    assert desktop.outputs() == before


# ---- other outputs ----

@pytest.fixture
def arranged(tool):
    """Not KWin's own arrangement: the second output lies on the left, and is scaled."""
    tool.ask("place Virtual-1 0 0 1.5", "placed")
    tool.ask("place Virtual-0 854 40 1", "placed")
    before = tool.heads()
    assert before == {"Virtual-0": "on 1280x720@60000 854,40 1.00 1", "Virtual-1": "on 1280x720@60000 0,0 1.50 2"}
    return before


def test_exclusive_and_back(desktop, tool, arranged):
    tool.ask("take Virtual-1 exclusive", "taken")
    assert set(desktop.outputs()) == {"Virtual-1"}
    assert tool.heads()["Virtual-1"] == "on 1280x720@60000 0,0 1.50 1"
    journal = next((desktop.scratch / "config").glob("desktop-journal-*.json"))
    assert '"Virtual-0"' in journal.read_text()
    tool.ask("restore", "restored")
    assert tool.heads()["Virtual-0"] == arranged["Virtual-0"]
    assert not journal.exists()


def test_primary_and_back(desktop, tool, arranged):
    tool.ask("take Virtual-1 primary", "taken")
    assert [text.split()[0] + text[-1] for text in map(tool.heads().get, ("Virtual-0", "Virtual-1"))] == ["on2", "on1"]
    assert len(desktop.outputs()) == 2
    tool.ask("restore", "restored")
    assert tool.heads()["Virtual-0"] == arranged["Virtual-0"]


@pytest.mark.parametrize("how", ["recover", "next start"])
def test_recovery_after_a_crash(desktop, tool, arranged, how):
    tool.ask("take Virtual-1 exclusive", "taken")
    tool.process.stop(signal.SIGKILL)
    assert set(desktop.outputs()) == {"Virtual-1"}
    if how == "recover":
        done = host(desktop, "recover")
        assert done.returncode == 0, done.stderr
    else:
        subprocess.run([desktop.programs / "display_tool"], env=desktop.env, input="", text=True, timeout=30, check=True,
                       stdout=subprocess.DEVNULL, **as_user())
    assert Tool(desktop).heads()["Virtual-0"] == arranged["Virtual-0"]
    assert not list((desktop.scratch / "config").glob("desktop-journal-*.json"))


# ---- input ----

@pytest.fixture(params=["kwin", "libei"])
def watched(request, desktop, tool):
    """Input on the second output, which is scaled, and a program there. Both ways: fake input, and EIS."""
    tool.ask("place Virtual-1 1280 0 2", "placed")
    watcher = Watcher(desktop, "Virtual-1")  # 640x360 logical pixels
    answer = tool.ask(f"input Virtual-1 1280x720 {request.param}")
    if request.param == "libei" and ("no such way" in answer or "gives no connection for input" in answer):
        pytest.skip("skipped, because this build or this KWin has no EIS: " + answer)
    assert answer == "input"
    # With the first device the seat becomes one with a pointer, and KWin knows only then who listens to that.
    wait_until(lambda: watcher.events("seat")[-1:] == ["seat 7"], "the watcher to listen to pointer, keyboard and fingers")
    return watcher


def settle(tool, watcher):
    """A click of a button that no test uses shows that all before it has arrived."""
    tool.play("button_down 5", "button_up 5")
    wait_until(lambda: "button 276 0" in watcher.events("button"), "the click to arrive")


def test_pointer(request, tool, watched):
    tool.play("abs 640 360 1280 720", "abs 1280 720 1280 720", "abs -5 -5 1280 720", "abs 320 180 640 360",
              "move -12 34", "button_down 1", "button_up 1", "button_down 2", "button_up 2", "button_down 3", "button_up 3",
              "scroll 0 120", "scroll 0 30", "scroll 1 120", "scroll 1 -240", "move 4000 0", "move -1 0")
    settle(tool, watched)
    seen = [tuple(float(n) for n in e.split()[1:]) for e in watched.events("motion", "enter")]
    begin = seen.index((640 - 1, 360 - 1))  # KWin 5.27 keeps the pointer a pixel from the far edges
    assert seen[begin:begin + 4] == [(639, 359), (0, 0), (320, 180), (308, 214)], seen
    assert seen[-1][1] == 214 and 637.9 < seen[-1][0] < 639, seen
    assert watched.events("button")[:6] == [f"button {b} {s}" for b in (272, 274, 273) for s in (1, 0)]
    # Parts of notches that come by EIS are gathered by KWin, for programs that know whole ones only.
    parts = [] if "libei" in request.node.name else ["axis 0 -3.75"]
    assert watched.events("axis") == ["axis 0 -15", *parts, "axis 1 15", "axis 1 -30"]


def test_keyboard(tool, watched):
    tool.play("abs 640 360 1280 720", "button_down 1", "button_up 1", "key_down 0x10", "key_down 0x141", "key_up 0x41",
              "key_up 0xA0", "key_down 0x42", "key_up 0x42")
    wait_until(lambda: "key 48 0" in watched.events("key"), "the last key")
    assert watched.events("key", "symbol") == ["key 42 1", "key 30 1", "symbol A", "key 30 0", "key 42 0", "key 48 1",
                                               "symbol b", "key 48 0"]
    assert watched.events("modifiers")[-1] == "modifiers 0 0 0 0"


def test_touch(tool, watched):
    tool.play("touch_down 7 100 50 1280 720", "touch_down 8 600 600 1280 720", "touch_move 8 610 610 1280 720",
              "touch_move 7 640 360 1280 720", "touch_up 8", "touch_up 7", "touch_down 9 320 180 640 360")
    tool.ask("end", "ended")
    wait_until(lambda: len(watched.events("touch-up")) == 3, "all fingers to be lifted")
    seen = [e.split() for e in watched.events("touch-down", "touch-move", "touch-up")]
    first, second = seen[0][1], seen[1][1]
    assert [" ".join(e) for e in seen[:6]] == [
        f"touch-down {first} 50 25", f"touch-down {second} 300 300", f"touch-move {second} 305 305",
        f"touch-move {first} 320 180", f"touch-up {second}", f"touch-up {first}"]
    assert [" ".join([e[0], *e[2:]]) for e in seen[6:]] == ["touch-down 320 180", "touch-up"]


def test_what_is_held_comes_up_at_the_end(tool, watched):
    tool.play("abs 640 360 1280 720", "button_down 1", "key_down 0x10", "key_down 0x41")
    wait_until(lambda: "key 30 1" in watched.events("key"), "the keys")
    tool.ask("end", "ended")
    wait_until(lambda: {"key 42 0", "key 30 0"} <= set(watched.events("key")), "the keys to come up")
    assert watched.events("button") == ["button 272 1", "button 272 0"]
    assert watched.events("modifiers")[-1] == "modifiers 0 0 0 0"
