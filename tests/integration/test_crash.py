"""What a host that was killed has changed on the desktop is undone: by `recover`, by the next start. Two monitors of a
Sway that runs in windows of another one play the physical ones."""
import json
import os
import pathlib
import shutil
import signal
import subprocess

import pytest

from conftest import NOBODY, START_LIMIT, Desktop, Nested, Process, as_user, wait_until

MODE = "1024x768@60"
SIZE = (1024, 768, 60000)


def journals(desktop):
    return sorted(p.name for p in (desktop.scratch / "config").glob("desktop-journal-*.json*"))


def write_policy(desktop, **members):
    folder = desktop.scratch / "config"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / "display-settings.json"
    path.write_text(json.dumps(members))
    if os.getuid() == 0:
        shutil.chown(folder, NOBODY, NOBODY)
        shutil.chown(path, NOBODY, NOBODY)


def recover(desktop):
    done = subprocess.run([desktop.programs / "punktfunk-host", "recover"], env=desktop.env, cwd=desktop.scratch,
                          capture_output=True, text=True, timeout=START_LIMIT, **as_user())
    print(done.stdout, done.stderr)
    return done


@pytest.fixture
def monitors(desktop):
    """A Sway with a headless output and two monitors, arranged in no ordinary way."""
    if not desktop.can_unplug:
        pytest.skip("skipped, because this Sway cannot disable outputs")
    inner = Nested(desktop, windows=2)
    inner.env["PUNKTFUNK_CONFIG_DIR"] = str(inner.scratch / "config")
    inner.swaymsg("--", "output", "WL-1", "mode", "--custom", "1280x800", "position", "200", "150",
                  "scale", "1.25", "transform", "90")
    inner.swaymsg("--", "output", "WL-2", "mode", "--custom", "900x700", "position", "2000", "-40")
    inner.swaymsg("focus", "output", "WL-2")
    wait_until(lambda: inner.listing()["WL-2"]["focused"] and inner.listing()["WL-1"]["transform"] == "90",
               "the arrangement")
    write_policy(inner, topology="exclusive", keep_alive={"mode": "off"})
    yield inner
    inner.stop()


def start_streaming(monitors, start_host):
    host = start_host(monitors.env, "serve", "--open")
    probe = host.start_probe("--mode", MODE, "--seconds", "60")
    wait_until(lambda: "streaming client=" in host.process.text(), "the stream")
    assert SIZE in monitors.outputs().values()
    assert not {"WL-1", "WL-2"} & set(monitors.outputs())
    return host, probe


def test_an_ordinary_end_brings_the_monitors_back(monitors, start_host):
    before = monitors.listing()
    host, probe = start_streaming(monitors, start_host)
    probe.stop(signal.SIGINT)
    wait_until(lambda: not journals(monitors), "an empty journal")
    assert monitors.listing() == before
    host.stop()
    assert monitors.listing() == before


@pytest.mark.parametrize("how", ["recover", "next start"])
def test_a_killed_host_is_undone(monitors, start_host, how):
    before = monitors.listing()
    host, probe = start_streaming(monitors, start_host)
    assert journals(monitors) == [f"desktop-journal-{host.process.child.pid}.json"]
    held = recover(monitors)
    assert held.returncode == 0 and "a host runs" in held.stdout and SIZE in monitors.outputs().values()
    host.stop(signal.SIGKILL)
    probe.stop(signal.SIGKILL)
    assert not {"WL-1", "WL-2"} & set(monitors.outputs())  # dark, until somebody does something
    if how == "recover":
        assert recover(monitors).returncode == 0
        assert monitors.listing() == before
        assert recover(monitors).stdout == "nothing to undo\n"
    else:
        start_host(monitors.env, "serve", "--open")
    assert monitors.listing() == before
    assert not journals(monitors)


def test_monitor_that_was_unplugged_meanwhile(monitors, start_host):
    host, probe = start_streaming(monitors, start_host)
    host.stop(signal.SIGKILL)
    probe.stop(signal.SIGKILL)
    monitors.swaymsg("--", "output", "WL-2", "unplug")
    wait_until(lambda: "WL-2" not in monitors.listing(), "WL-2 to go")
    assert recover(monitors).returncode == 0
    assert set(monitors.outputs()) == {"HEADLESS-1", "WL-1"}
    assert not journals(monitors)


def test_compositor_that_died_as_well(desktop, start_host):
    """Nothing of it is left to undo, and its successor is not touched."""
    host = start_host(desktop.env, "serve", "--open")
    probe = host.start_probe("--mode", MODE, "--seconds", "60")
    wait_until(lambda: desktop.in_use(), "the display")
    host.stop(signal.SIGKILL)
    probe.stop(signal.SIGKILL)
    assert journals(desktop)
    desktop.kill()
    pathlib.Path(desktop.env["SWAYSOCK"]).unlink(missing_ok=True)
    desktop.start()
    before = desktop.listing()
    assert recover(desktop).returncode == 0
    assert desktop.listing() == before
    assert not journals(desktop)


def test_compositor_that_hangs(desktop, start_host):
    """What cannot be undone now stays on file until it can."""
    host = start_host(desktop.env, "serve", "--open")
    probe = host.start_probe("--mode", MODE, "--seconds", "60")
    wait_until(lambda: desktop.in_use(), "the display")
    host.stop(signal.SIGKILL)
    probe.stop(signal.SIGKILL)
    desktop.sway.child.send_signal(signal.SIGSTOP)
    try:
        assert recover(desktop).returncode == 1
        assert journals(desktop)
    finally:
        desktop.sway.child.send_signal(signal.SIGCONT)
    assert recover(desktop).returncode == 0
    assert not desktop.in_use()


def test_damaged_journal(desktop, start_host):
    write_policy(desktop)
    path = desktop.scratch / "config" / "desktop-journal-77.json"
    path.write_text("{\"version\": 1, \"bo")
    shutil.chown(path, NOBODY, NOBODY)
    host = start_host(desktop.env, "serve", "--open")
    assert "is damaged and was set aside" in host.process.text()
    assert journals(desktop) == ["desktop-journal-77.json.bad"]


def test_default_sink_after_a_reboot(desktop, start_host):
    """The host is killed, and PipeWire and its session manager end before anybody could undo it: what remembers the
    user's sink then is the journal alone."""
    desktop.start_audio()
    desktop.make_sink("living-room")
    desktop.choose_sink("living-room")
    host = start_host(desktop.env, "serve", "--open")
    probe = host.start_probe("--mode", "640x480@30", "--seconds", "20")
    wait_until(lambda: desktop.configured_sink().startswith("punktfunk-speaker-"), "the sink of the session")
    saved = desktop.scratch / ".local/state/wireplumber/default-nodes"
    wait_until(lambda: saved.exists() and "punktfunk-speaker-" in saved.read_text(), "WirePlumber to save it")
    host.stop(signal.SIGKILL)
    probe.stop(signal.SIGKILL)
    desktop.stop_audio(signal.SIGKILL)
    assert recover(desktop).returncode == 1  # nobody answers
    desktop.start_audio()
    wait_until(lambda: desktop.configured_sink().startswith("punktfunk-speaker-"), "what WirePlumber remembers")
    assert recover(desktop).returncode == 0
    wait_until(lambda: desktop.configured_sink() == "living-room", "the user's sink")
    assert not [name for name in journals(desktop) if str(host.process.child.pid) in name]
