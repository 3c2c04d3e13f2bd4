"""A machine's own gamescope session, which the host takes over and gives back: gamescope-session-plus and SteamOS. The
user's systemd is a stand-in (fake-systemd) that does as it is told, and gamescope is the one of test_gamescope.py."""
import os
import pathlib
import shutil
import signal
import subprocess

import pytest

from conftest import Process, as_user, wait_until
from gamescope import Gamescope
from test_crash import journals, recover
from test_displays import Tool
from test_gamescope import tools  # noqa: F401 (a fixture)

PLUS, OURS, TARGET = "gamescope-session-plus@steam.service", "punktfunk-gamescope.service", "gamescope-session.target"
HERE = pathlib.Path(__file__).parent


class Machine(Gamescope):
    """With a session of its own, which runs."""

    def __init__(self, programs, scratch, kind):
        self.kind, self.unit = kind, PLUS if kind == "plus" else TARGET
        self.units = scratch / "units"
        super().__init__(programs, scratch)

    def write(self, path, text):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def start(self):
        super().start()
        for folder in ("running", "masked"):
            (self.units / folder).mkdir(parents=True)
        for name in ("systemctl", "systemd-run"):
            shutil.copy(HERE / "fake-systemd", self.bin / name)
        plus, steamos = self.scratch / "share/gamescope-session-plus/gamescope-session-plus", self.scratch / "steamos"
        if self.kind == "plus":
            self.write(plus, "#!/bin/sh\nexec $GAMESCOPE_BIN --backend $BACKEND -W $SCREEN_WIDTH -H $SCREEN_HEIGHT "
                             "-- sh -c 'exec sleep infinity' $1\n")
        else:
            self.write(steamos, "")
        self.env |= {"FAKE_UNITS": str(self.units), "XDG_DATA_DIRS": f"/nowhere:{self.scratch}/share",
                     "PUNKTFUNK_STEAMOS_SESSION": str(steamos)}
        if os.getuid() == 0:
            for path in [self.units, *self.units.rglob("*"), *(self.scratch / "share").rglob("*")]:
                shutil.chown(path, 65534, 65534)
        self.systemctl("start", self.unit)
        wait_until(self.nodes, "the picture of the machine's own session")
        self.forget_calls()

    def stop(self):
        for unit in self.running():
            self.systemctl("stop", unit)
        super().stop()

    def systemctl(self, *words):
        subprocess.run([self.bin / "systemctl", "--user", *words], env=self.env, check=True, timeout=30, **as_user())

    def running(self):
        return sorted(p.name for p in (self.units / "running").iterdir())

    def masked(self):
        return sorted(p.name for p in (self.units / "masked").iterdir())

    def calls(self):
        """What it was asked, without what changes nothing."""
        lines = [line.replace(" --user", "", 1) for line in (self.units / "calls").read_text().splitlines()]
        return [line for line in lines if line.split()[1] not in ("show-environment", "list-units")]

    def forget_calls(self):
        (self.units / "calls").write_text("")

    def drop_ins(self):
        return list((self.scratch / ".config/systemd/user").rglob("*.conf"))

    def is_as_before(self):
        leftovers = [*self.runtime.glob("punktfunk-gs*"), *self.runtime.glob("punktfunk-gamescope-bin"), *self.drop_ins()]
        return self.running() == [self.unit] and not self.masked() and not leftovers and not journals(self)


@pytest.fixture(params=["plus", "steamos"])
def machine(request, tools, scratch):  # noqa: F811
    m = Machine(tools, scratch, request.param)
    yield m
    print((m.units / "calls").read_text())
    m.stop()


@pytest.fixture
def plus(tools, scratch):  # noqa: F811
    m = Machine(tools, scratch, "plus")
    yield m
    m.stop()


@pytest.fixture
def tool(machine):
    t = Tool(machine)
    yield t
    t.kill()
    print(t.process.text())


def test_taken_over_and_given_back(machine, tool):
    output, _, age = tool.acquire(0, "1280x720@60")
    assert (output, age) == ("gamescope", "new") and "route=manage" in tool.process.text()
    assert f"input={machine.runtime}/gamescope-0-ei" in tool.process.text()
    run = machine.runtime
    if machine.kind == "plus":
        assert machine.running() == [OURS] and machine.masked() == [PLUS]
        assert machine.calls() == [
            f"systemctl mask --runtime {PLUS}", f"systemctl stop {PLUS}",
            "systemd-run --collect --unit=punktfunk-gamescope --property=UnsetEnvironment=DISPLAY WAYLAND_DISPLAY "
            "--setenv=BACKEND=headless --setenv=SCREEN_WIDTH=1280 --setenv=SCREEN_HEIGHT=720 --setenv=PF_HZ=60 "
            f"--setenv=GAMESCOPE_BIN={run}/punktfunk-gamescope-bin --setenv=DRM_MODE=cvt --setenv=CUSTOM_REFRESH_RATES=60 "
            f"-- {machine.scratch}/share/gamescope-session-plus/gamescope-session-plus steam"]
        assert machine.arguments() == ["gamescope", "--nested-refresh", "60", "--backend", "headless", "-W", "1280", "-H",
                                       "720", "--", "sh", "-c", "exec sleep infinity", "steam"]
    else:
        assert machine.calls() == ["systemctl daemon-reload", f"systemctl restart {TARGET}"]
        assert [p.name for p in machine.drop_ins()] == ["zz-punktfunk-headless.conf"]
        assert "UnsetEnvironment=DISPLAY WAYLAND_DISPLAY" in machine.drop_ins()[0].read_text()
        assert machine.arguments() == ["gamescope", "--backend", "headless", "-W", "1280", "-H", "720", "-r", "60", "-e",
                                       "--", "sh", "-c", 'exec sleep "$1"', "-W", "infinity"]
    tool.capture(0)
    assert tool.frames(0, 5)[0] == "1280x720"
    assert journals(machine)
    machine.forget_calls()
    assert tool.ask("release 0") == "released"
    assert machine.is_as_before()
    assert machine.calls() == ([f"systemctl stop {OURS}", f"systemctl unmask --runtime {PLUS}", f"systemctl start {PLUS}"]
                               if machine.kind == "plus" else ["systemctl daemon-reload", f"systemctl restart {TARGET}"])
    wait_until(lambda: machine.arguments()[1:2] in (["-W"], ["--generate-drm-mode"]), "the machine's own again")
    assert tool.acquire(1, "800x600@30")[2] == "new"  # and the next client
    tool.close()
    assert machine.is_as_before()


def test_only_one_client_has_it(machine, tool):
    tool.acquire(0, "1280x720@60")
    assert "is another client's now" in tool.ask("acquire 1 800x600@60")
    tool.capture(0)
    assert tool.frames(0, 3)[0] == "1280x720"
    tool.close()


@pytest.mark.parametrize("how", ["recover", "next start"])
def test_killed_host_is_undone(machine, tool, programs, start_host, how):
    tool.acquire(0, "1280x720@60")
    tool.kill()
    assert journals(machine) and not machine.is_as_before()
    machine.programs = programs
    if how == "recover":
        done = recover(machine)
        assert done.returncode == 0 and "undone" in done.stdout
        assert recover(machine).stdout == "nothing to undo\n"
    else:
        start_host(machine.env, "serve", "--open")
        wait_until(lambda: not journals(machine), "the journal to be worked off")
    assert machine.is_as_before()


def test_systemd_that_does_not_answer_after_a_crash(machine, tool, programs):
    """What cannot be undone now stays on file until it can."""
    tool.acquire(0, "1280x720@60")
    tool.kill()
    machine.programs = programs
    (machine.units / "deaf").touch()
    assert recover(machine).returncode == 1 and journals(machine)
    (machine.units / "deaf").unlink()
    assert recover(machine).returncode == 0
    assert machine.running() == [machine.unit] and not journals(machine)


def test_a_desktop_is_not_disturbed(machine, tool):
    """The user has logged in to one meanwhile."""
    tool.acquire(0, "1280x720@60")
    shutil.copy(shutil.which("sleep"), machine.bin / "sway")
    desktop = Process("sway", ["sway", "1000"], machine.env, machine.scratch)
    machine.clients.append(desktop)
    wait_until(lambda: pathlib.Path(f"/proc/{desktop.child.pid}/comm").read_text() == "sway\n", "the desktop")
    tool.ask("release 0")
    assert machine.running() == [] and not machine.masked() and not journals(machine)


def test_what_fails_changes_nothing(plus):
    (plus.units / "stubborn").touch()
    tool = Tool(plus)
    assert tool.ask("acquire 0 1280x720@60") == (
        "error no display could be made: the gamescope session of this machine could not be taken over: "
        "systemd-run --collect failed (1): Failed to start transient service unit")
    assert plus.is_as_before()
    tool.close()


def test_a_title_has_a_gamescope_of_its_own(plus):
    tool = Tool(plus)
    tool.ask("launch 0 sleep 77")
    assert tool.acquire(0, "1280x720@60")[0] == "gamescope-1"
    assert not plus.calls()
    tool.close()


def test_probe_compositor(plus, programs):
    def probe(**env):
        done = subprocess.run([programs / "punktfunk-host", "probe-compositor"], env=plus.env | env, capture_output=True,
                              text=True, timeout=30, **as_user())
        return done.returncode, done.stdout + done.stderr
    assert probe()[0] == probe(PUNKTFUNK_GAMESCOPE_MANAGED="1")[0] == 0
    bare = {"XDG_DATA_DIRS": "/nowhere"}
    assert probe(**bare)[0] == 0  # a gamescope of our own
    for wish in ({"PUNKTFUNK_GAMESCOPE_MANAGED": "1"}, {"PUNKTFUNK_GAMESCOPE_SESSION": "steam"}):
        status, text = probe(**bare, **wish)
        assert status == 1 and "this machine has no gamescope session to take over" in text, text
    (plus.units / "deaf").touch()
    assert probe()[0] == 0  # as if there were none
    status, text = probe(PUNKTFUNK_GAMESCOPE_MANAGED="yes")
    assert status == 1 and ("the gamescope session of this machine cannot be taken over: the user's systemd does not answer "
                            "(systemctl show-environment failed (1): Failed to connect to bus: No medium found)") in text, text
    assert probe(PUNKTFUNK_GAMESCOPE_MANAGED="0")[0] == 0
    (plus.units / "deaf").unlink()
    assert not plus.calls()
