"""GNOME: the client gets a monitor of exactly its mode in a real Mutter, and sees what is on it."""
import pathlib
import shutil
import signal
import subprocess
import tempfile

import pytest

from conftest import TOOLS, as_user, load_picture, psnr, wait_until
from gnome import Gnome
from test_displays import Tool, shows
from test_pixels import mode_text, wait_for_output


@pytest.fixture
def desktop(programs, scratch):
    d = Gnome(programs, scratch)
    yield d
    d.stop()


@pytest.fixture(scope="module")
def tools():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="pf-tools-"))
    folder.chmod(0o755)
    for name in ("display_tool", "pattern_client"):
        shutil.copy(TOOLS / "tests/integration" / name, folder)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def bare(request, tools, scratch):
    """Mutter for display_tool, with a monitor that is always there if a test asks so."""
    d = Gnome(tools, scratch, getattr(request, "param", None))
    d.protocol = "pipewire"
    yield d
    d.stop()


@pytest.fixture
def tool(bare):
    t = Tool(bare)
    yield t
    t.kill()
    print(t.process.text())


# ---- with host and client ----

def start_probe(desktop, host, name, mode, seconds, *extra):
    """Returns the probe, its screenshot and the pattern on its monitor."""
    shot = desktop.scratch / f"{name}.png"
    probe = host.start_probe("--mode", mode_text(mode), "--seconds", seconds, "--screenshot", shot, "--screenshot-at",
                             seconds - 1, *extra, name=name)
    return probe, shot


def check(host, probe, shot, expected):
    report = host.finish_probe(probe)
    assert report.code == 0, report.text
    value = psnr(load_picture(shot), expected)
    print(f"PSNR {value:.1f} dB, first decoded frame after {report.json['first_decoded_ms']:.0f} ms")
    assert value >= 35


@pytest.mark.parametrize("mode", [(1280, 800, 90), (1366, 768, 60)], ids=mode_text)
def test_picture_and_exact_mode(desktop, start_host, mode):
    host = start_host(desktop.env, "serve", "--open")
    assert desktop.outputs() == {}
    probe, shot = start_probe(desktop, host, "probe", mode, 7)
    pattern = desktop.pattern(wait_for_output(desktop, mode))
    check(host, probe, shot, pattern.picture())
    wait_until(lambda: desktop.outputs() == {}, "the monitor to go")


def test_two_clients_at_different_modes(desktop, start_host):
    host = start_host(desktop.env, "serve", "--open")
    modes = [(1280, 720, 60), (1024, 768, 75)]
    probes = [start_probe(desktop, host, f"probe{i}", mode, 10) for i, mode in enumerate(modes)]
    patterns = [desktop.pattern(wait_for_output(desktop, mode)) for mode in modes]
    assert len(desktop.outputs()) == 2
    patterns[1].fill("305080")
    for (probe, shot), pattern in zip(probes, patterns):
        check(host, probe, shot, pattern.picture())
    wait_until(lambda: desktop.outputs() == {}, "the monitors to go")


def test_mode_change_in_mid_stream(desktop, start_host):
    host = start_host(desktop.env, "serve", "--open")
    probe, shot = start_probe(desktop, host, "probe", (1280, 720, 60), 10, "--remode", "1600x900@50:3")
    wait_for_output(desktop, (1280, 720, 60))
    output = wait_for_output(desktop, (1600, 900, 50))
    wait_until(lambda: list(desktop.outputs()) == [output], "the old monitor to go")
    check(host, probe, shot, desktop.pattern(output).picture())
    wait_until(lambda: desktop.outputs() == {}, "the monitor to go")


def test_killed_host_leaves_nothing(desktop, start_host):
    host = start_host(desktop.env, "serve", "--open")
    probe = host.start_probe("--mode", "1280x720@60", "--seconds", "30")
    wait_for_output(desktop, (1280, 720, 60))
    host.stop(signal.SIGKILL)
    wait_until(lambda: desktop.outputs() == {}, "the monitor to go with its host")
    probe.stop()


def test_session_survives_a_killed_mutter(desktop, start_host):
    host = start_host(desktop.env, "serve", "--open")
    probe, shot = start_probe(desktop, host, "probe", (1280, 720, 60), 16)
    wait_until(lambda: "streaming 1280x720" in host.process.text(), "the first picture")
    desktop.kill()
    wait_until(lambda: "capture ended" in host.process.text(), "the host to notice")
    desktop.start()
    output = wait_for_output(desktop, (1280, 720, 60))
    check(host, probe, shot, desktop.pattern(output).picture())


def test_probe_compositor(desktop, programs):
    def probe(*args):
        return subprocess.run([programs / "punktfunk-host", "probe-compositor", *args], env=desktop.env,
                              capture_output=True, text=True, timeout=30, **as_user())
    found = probe()
    assert (found.returncode, found.stdout) == (0, "Mutter ready\n"), found.stderr
    desktop.kill()
    gone = probe()
    assert gone.returncode == 1 and "log in to GNOME" in gone.stderr, gone.stderr


# ---- display and capture alone ----

def test_frames_come_with_changes_only(bare, tool):
    output, _, _ = tool.acquire(0, "1280x720@60")
    pattern = bare.pattern(output)
    tool.capture(0)
    shows(tool, 0, pattern)
    tool.ask("count 0 500")
    assert tool.ask("count 0 1000") == "count 0"
    pattern.send("animate")
    size, ms, cpu, oldest = tool.frames(0, 60)
    print(f"60 pictures in {ms:.0f} ms, {cpu:.0f} µs CPU each, the oldest {oldest:.1f} ms old")
    tool.close()
    assert bare.outputs() == {}


def test_kept_monitor_is_reused(bare):
    tool = Tool(bare, 20000)
    output, slot, age = tool.acquire(0, "1280x800@59.94")
    assert age == "new" and bare.outputs() == {output: (1280, 800, 59940)}
    pattern = bare.pattern(output)
    tool.capture(0)
    tool.ask("release 0")
    again, new_slot, age = tool.acquire(0, "1280x800@59.94")
    assert (again, age) == (output, "reused") and new_slot > slot
    tool.capture(0)
    shows(tool, 0, pattern)
    tool.close()
    assert bare.outputs() == {}


@pytest.mark.parametrize("bare", ["1024x768"], indirect=True)
def test_exclusive_leaves_the_monitors_of_others_alone(bare, tool):
    before = bare.outputs()
    physical = next(iter(before))
    first, _, _ = tool.acquire(0, "1280x720@60")
    assert set(bare.outputs()) == {first} and bare.primary() == first
    second, _, _ = tool.acquire(1, "800x600@75")
    assert {first, second} <= set(bare.outputs())
    for n in (0, 1):
        tool.capture(n)
    tool.ask("release 0")
    assert second in bare.outputs() and first not in bare.outputs()
    tool.ask("release 1")
    wait_until(lambda: bare.outputs() == before, f"monitor {physical} to be as before")


def test_killed_mutter_ends_a_capture(bare, tool):
    tool.acquire(0, "1280x720@60")
    tool.capture(0)
    tool.tell("watch 0")
    bare.kill()
    word, code, ms = tool.line().split()
    assert (word, code) == ("failed", "-19")  # ENODEV
    assert tool.ask("release 0") == "released"
    assert "error no display could be made: GNOME" in tool.ask("acquire 1 1280x720@60")
