"""Virtual displays and their capture on a real Sway, below the host: registry, sway back end, both copy protocols."""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

import pytest

from conftest import TOOLS, Desktop, Nested, Process, load_picture, psnr, wait_until


class Tool:
    """display_tool, one command at a time."""

    def __init__(self, desktop, *args, name="display_tool"):
        self.desktop = desktop
        self.process = Process(name, [desktop.programs / "display_tool", *args], desktop.env, desktop.scratch,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.greeting = self.line()

    def line(self):
        line = self.process.child.stdout.readline().strip()
        assert line, self.process.text()
        return line

    def tell(self, command):
        self.process.child.stdin.write(command + "\n")
        self.process.child.stdin.flush()

    def ask(self, command):
        self.tell(command)
        return self.line()

    def acquire(self, number, mode, *options):
        """The output's name and the slot; the mode must be exact."""
        word, slot, output, achieved, age = self.ask(f"acquire {number} {','.join((mode, *options))}").split()
        size, hertz = mode.split("@")
        assert (word, achieved) == ("acquired", f"{size}@{round(float(hertz) * 1000)}")
        return output, int(slot), age

    def capture(self, number):
        """Starts it; the first picture has come then."""
        answer = self.ask(f"capture {number} {self.desktop.protocol}")
        if "lacks" in answer or "has no capture back end" in answer:
            pytest.skip(f"skipped, because {answer[6:]}")
        assert answer.startswith("capturing"), answer

    def frames(self, number, count):
        """count, size, milliseconds, CPU µs a frame, oldest stamp in ms"""
        word, got, size, ms, cpu, oldest = self.ask(f"frames {number} {count}").split()
        assert word == "frames" and int(got) == count, (got, self.process.text())
        return size, float(ms), float(cpu), float(oldest)

    def picture(self, number):
        path = self.desktop.scratch / f"captured-{number}.ppm"
        assert self.ask(f"dump {number} {path}").startswith("dumped"), self.process.text()
        return load_picture(path)

    def close(self):
        """End of input: the tool cleans up and ends."""
        self.process.child.stdin.close()
        assert self.process.child.wait(20) == 0, self.process.text()

    def kill(self):
        self.process.stop(signal.SIGKILL)


def shows(tool, number, pattern):
    """Waits until the captured picture is the pattern's. Drawn again each time: with two new outputs Sway 1.7 can
    leave out a window's first picture, on the screen as well as in the capture."""
    def same():
        pattern.send("pattern")
        pattern.answer()
        return psnr(tool.picture(number), pattern.picture()) > 60
    wait_until(same, f"the pattern on display {number}")


@pytest.fixture(scope="module")
def tools():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="pf-tools-"))
    folder.chmod(0o755)
    for name in ("display_tool", "pattern_client"):
        shutil.copy(TOOLS / "tests/integration" / name, folder)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(params=["wlr-screencopy", "ext-image-copy-capture"])
def desktop(request, tools, scratch):
    d = Desktop(tools, scratch)
    d.protocol = request.param
    yield d
    d.stop()


@pytest.fixture
def start_tool(desktop):
    started = []

    def start(*args):
        started.append(Tool(desktop, *args, name=f"display_tool{len(started)}"))
        return started[-1]

    yield start
    for tool in started:
        tool.kill()
        print(tool.process.text())


@pytest.mark.parametrize("mode", ["1280x720@60", "1920x1080@30", "1366x768@60", "1280x800@59.94", "2560x1440@119.88"])
def test_picture_at_mode(desktop, start_tool, mode):
    tool = start_tool()
    output, _, _ = tool.acquire(0, mode)
    width, height = map(int, mode.split("@")[0].split("x"))
    assert desktop.in_use() == {output: (width, height, round(float(mode.split("@")[1]) * 1000))}
    pattern = desktop.pattern(output)
    tool.capture(0)
    shows(tool, 0, pattern)
    assert tool.ask("release 0") == "released"
    assert desktop.in_use() == {}


def test_frames_come_with_changes_only(desktop, start_tool):
    tool = start_tool()
    output, _, _ = tool.acquire(0, "1280x720@60")
    tool.capture(0)
    tool.ask("count 0 300")  # the first request that waits for changes may deliver one more
    assert tool.ask("count 0 500") == "count 0"
    pattern = desktop.pattern(output)
    tool.ask("count 0 300")
    before = tool.picture(0)
    pattern.fill("336699")
    tool.frames(0, 1)
    time.sleep(0.2)
    assert psnr(tool.picture(0), before) < 30
    pattern.send("animate")
    size, ms, cpu, oldest = tool.frames(0, 60)
    assert size == "1280x720"
    print(f"60 pictures in {ms:.0f} ms, {cpu:.0f} µs CPU each, the oldest {oldest:.1f} ms old")


def test_mode_changes_while_capturing(desktop, start_tool):
    """The owner may change it, for example."""
    tool = start_tool()
    output, _, _ = tool.acquire(0, "1280x720@60")
    pattern = desktop.pattern(output)
    tool.capture(0)
    pattern.send("animate")
    for mode in ("1920x1080@30", "640x480@60", "1366x768@59.94"):
        size = mode.split("@")[0]
        desktop.swaymsg(f"output {output} mode --custom {mode}Hz")
        wait_until(lambda: tool.frames(0, 1)[0] == size, f"frames of {size}")
        assert tool.frames(0, 5)[0] == size
    tool.close()
    assert desktop.in_use() == {}


def test_two_displays_at_once(desktop, start_tool):
    tool = start_tool()
    first, _, _ = tool.acquire(0, "1280x720@60")
    second, _, _ = tool.acquire(1, "800x600@75")
    assert desktop.in_use() == {first: (1280, 720, 60000), second: (800, 600, 75000)}
    patterns = desktop.pattern(first), desktop.pattern(second)
    for n in (0, 1):
        tool.capture(n)
        shows(tool, n, patterns[n])
    assert tool.ask("release 0") == "released"
    assert desktop.in_use() == {second: (800, 600, 75000)}
    patterns[1].send("animate")
    tool.frames(1, 10)
    tool.close()
    assert desktop.in_use() == {}


def test_released_output_ends_a_capture(desktop, start_tool):
    """Somebody else removes the output."""
    tool = start_tool()
    output, _, _ = tool.acquire(0, "1280x720@60")
    tool.capture(0)
    tool.tell("watch 0")
    version = desktop.swaymsg("-t", "get_version")
    if (version["major"], version["minor"]) < (1, 8):
        pytest.skip("skipped, because this Sway cannot remove outputs")
    desktop.swaymsg("--", "output", output, "unplug")
    word, code, ms = tool.line().split()
    assert (word, code) == ("failed", "-19")  # ENODEV
    print(f"noticed after {ms} ms")


def test_killed_compositor(desktop, start_tool):
    tool = start_tool()
    tool.acquire(0, "1280x720@60")
    tool.capture(0)
    tool.tell("watch 0")
    time.sleep(0.2)
    desktop.kill()
    word, code, ms = tool.line().split()
    assert (word, code) == ("failed", "-104")  # ECONNRESET
    print(f"noticed after {ms} ms")
    assert tool.ask("acquire 1 1280x720@60").startswith("error no display could be made: sway has ended")
    assert tool.ask("release 0") == "released"
    tool.close()


def test_killed_host_leaves_nothing(desktop, start_tool):
    tool = start_tool()
    left, _, _ = tool.acquire(0, "1280x720@60")
    tool.acquire(1, "1024x768@60")
    tool.capture(0)
    tool.kill()
    assert left in desktop.in_use()
    second = start_tool()
    assert desktop.in_use() == {}
    second.acquire(0, "1366x768@60")
    second.capture(0)
    second.close()
    assert desktop.in_use() == {}


def test_live_host_keeps_its_displays(desktop, start_tool):
    tool = start_tool()
    output, _, _ = tool.acquire(0, "1280x720@60")
    start_tool().close()
    assert desktop.in_use() == {output: (1280, 720, 60000)}


def test_lingering_display_is_reused(desktop, start_tool):
    tool = start_tool(1500)
    output, slot, age = tool.acquire(0, "1280x720@60")
    assert age == "new"
    tool.ask("release 0")
    again, new_slot, age = tool.acquire(0, "1280x720@60")
    assert (again, age) == (output, "reused") and new_slot > slot
    tool.capture(0)
    tool.ask("release 0")
    assert desktop.in_use()
    wait_until(lambda: not desktop.in_use(), "the end of the linger time", limit=10)
    assert tool.ask("rows") == "rows 0"


def test_exclusive_switches_monitors_off_and_on(desktop):
    version = desktop.swaymsg("-t", "get_version")
    if (version["major"], version["minor"]) < (1, 8):
        pytest.skip("skipped, because this Sway cannot disable outputs")
    inner = Nested(desktop)
    tool = Tool(inner)
    try:
        output, _, _ = tool.acquire(0, "1280x720@60")
        assert set(inner.outputs()) == {"HEADLESS-1", output}
        other, _, _ = tool.acquire(1, "800x600@60")
        assert set(inner.outputs()) == {"HEADLESS-1", output, other}
        assert tool.ask("release 0") == "released"  # the duty to switch it on again goes to the other display
        assert set(inner.outputs()) == {"HEADLESS-1", other}
        assert tool.ask("release 1") == "released"
        assert set(inner.outputs()) == {"HEADLESS-1", "WL-1"}
    finally:
        tool.kill()
        inner.stop()


def test_impossible_mode_is_refused(desktop, start_tool):
    tool = start_tool()
    assert "no possible mode" in tool.ask("acquire 0 0x720@60")
    assert "no possible mode" in tool.ask("acquire 0 99999x720@60")
    tool.acquire(0, "1280x720@60")
    assert len(desktop.in_use()) == 1


def test_displays_do_not_pile_up(desktop, start_tool):
    tool = start_tool()
    for _ in range(10):
        tool.acquire(0, "1280x720@60")
        tool.capture(0)
        assert tool.ask("release 0 quit") == "released"
    assert len(desktop.outputs()) <= 2
    # Where one stays (Sway 1.7), the next client's first picture waits for its frame to be over: not for a second.
    # (Sway's own first output has no rate at all from 1.8 on.)
    ours = {name: mode for name, mode in desktop.outputs().items() if name != "HEADLESS-1"}
    assert all(mode[2] >= 30000 for mode in ours.values())
    assert desktop.can_unplug == (not ours)
