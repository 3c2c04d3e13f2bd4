"""A machine's own gamescope session, which the host takes over and gives back: gamescope-session-plus and SteamOS. The
user's systemd is a stand-in (fake-systemd) that does as it is told, and gamescope is the one of test_gamescope.py."""
import os
import pathlib
import re
import shutil
import signal
import subprocess

import pytest

from conftest import Process, as_user, wait_until
from gamescope import Gamescope
from test_crash import journals, recover
from test_displays import Tool
from test_gamescope import add_title, tools  # noqa: F401 (a fixture)
from test_input import SESSION

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
        for folder in ("running", "masked", "stopping"):
            (self.units / folder).mkdir(parents=True)
        for name in ("systemctl", "systemd-run", "loginctl"):
            shutil.copy(HERE / "fake-systemd", self.bin / name)
        plus, steamos = self.scratch / "share/gamescope-session-plus/gamescope-session-plus", self.scratch / "steamos"
        if self.kind == "plus":
            self.write(plus, "#!/bin/sh\n[ ! -e $FAKE_UNITS/blind ] || export FAKESCOPE_DEAF=1\nexec $GAMESCOPE_BIN --backend $BACKEND -W $SCREEN_WIDTH -H $SCREEN_HEIGHT "
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
        for pid in self.desktops():  # before what it runs in, which reaps it
            os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not self.desktops(), "the desktop to end")
        (self.units / "slow").unlink(missing_ok=True)
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
        looks = ("show-environment", "list-units", "show", "show-user", "show-session")
        return [line for line in lines if line.split()[1] not in looks]

    def forget_calls(self):
        (self.units / "calls").write_text("")

    def drop_ins(self):
        return list((self.scratch / ".config/systemd/user").rglob("*.conf"))

    def say_logins(self, *logins):
        """What logind is to say: (seat, class, type, desktop, state) of each."""
        names = ("Seat", "Class", "Type", "Desktop", "State")
        (self.units / "logins").write_text("\n".join("".join(f"{n}={v}\n" for n, v in zip(names, login)) for login in logins))

    def run_as_desktop(self, *words):
        """A process with the name of a compositor, below these words."""
        path = self.bin / "sway"
        if not path.exists():
            shutil.copy(shutil.which("sleep"), path)
        process = Process("sway", [*words, "sway", "1000"], self.env, self.scratch)
        self.clients.append(process)
        wait_until(self.desktops, "the desktop")

    def desktops(self):
        found = []
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if (entry / "comm").read_text() == "sway\n" and f"XDG_RUNTIME_DIR={self.runtime}".encode() in (
                        entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
            except OSError:
                pass
        return found

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


@pytest.mark.parametrize("pin", ["gamescope", "windowmaker"])  # undoing needs no desktop
@pytest.mark.parametrize("how", ["recover", "next start"])
def test_killed_host_is_undone(machine, tool, programs, start_host, how, pin):
    tool.acquire(0, "1280x720@60")
    tool.kill()
    machine.env["PUNKTFUNK_COMPOSITOR"] = pin
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
    machine.run_as_desktop()
    tool.ask("release 0")
    assert machine.running() == [] and not machine.masked() and not journals(machine)


def test_a_desktop_that_logind_tells_of_is_not_disturbed(machine, tool):
    tool.acquire(0, "1280x720@60")
    machine.say_logins(("seat0", "user", "wayland", "gamescope", "closing"), ("seat0", "user", "wayland", "KDE", "active"))
    tool.ask("release 0")
    assert machine.running() == [] and not machine.masked() and not journals(machine)


@pytest.mark.parametrize("logind", [True, False], ids=["logind", "no logind"])
def test_a_desktop_inside_a_gamescope_is_none(machine, tool, logind):
    """A nested one; logind knows only what it runs in, and without logind its ancestors tell."""
    tool.acquire(0, "1280x720@60")
    if logind:
        machine.say_logins(("seat0", "user", "wayland", "gamescope", "active"), ("", "manager", "unspecified", "", "active"))
        machine.run_as_desktop()
    else:
        machine.run_as_desktop("gamescope", "-W", "640", "-H", "480", "--")
    tool.ask("release 0")
    assert machine.is_as_before()


def test_another_gamescope_is_not_taken_for_it(machine):
    machine.run_foreign("-W", "640", "-H", "480")
    tool = Tool(machine)
    tool.acquire(0, "1280x720@60")
    tool.capture(0)
    assert tool.frames(0, 3)[0] == "1280x720"
    tool.close()


def test_mode_is_changed_in_place(machine, tool):
    tool.acquire(0, "1280x720@60")
    tool.capture(0)
    tool.ask("stop 0")
    machine.forget_calls()
    assert tool.ask("remode 0 800x600@30") == "changed 800x600@30000"
    assert machine.running() == [OURS if machine.kind == "plus" else TARGET]
    assert not [call for call in machine.calls() if "mask" in call]  # it was not given back in between
    tool.capture(0)
    assert tool.frames(0, 5)[0] == "800x600"
    tool.ask("stop 0")
    assert "is no possible mode" in tool.ask("remode 0 0x600@30")
    tool.capture(0)  # nothing has changed
    assert tool.frames(0, 3)[0] == "800x600"
    assert tool.ask("release 0") == "released"
    assert machine.is_as_before()


def test_kept_session_changes_for_the_next_client(machine):
    tool = Tool(machine, "60000")
    tool.acquire(0, "1280x720@60")
    tool.ask("release 0")
    machine.forget_calls()
    assert tool.acquire(1, "800x600@30")[2] == "reused"
    assert machine.running() == [OURS if machine.kind == "plus" else TARGET]
    assert not [call for call in machine.calls() if "mask" in call or PLUS in call]
    tool.capture(1)
    assert tool.frames(1, 3)[0] == "800x600"
    tool.close()
    assert machine.is_as_before()


def test_failed_change_of_mode_can_be_mended(plus):
    tool = Tool(plus)
    tool.acquire(0, "1280x720@60")
    (plus.units / "stubborn").touch()
    assert "Failed to start transient service unit" in tool.ask("remode 0 800x600@30")
    (plus.units / "stubborn").unlink()
    assert tool.ask("remode 0 1280x720@60") == "changed 1280x720@60000"
    tool.capture(0)
    assert tool.frames(0, 3)[0] == "1280x720"
    tool.close()
    assert plus.is_as_before()


def test_stream_changes_its_mode(machine, start_host, programs):
    machine.programs = programs
    host = start_host(machine.env, *SESSION)
    report = host.probe("--mode", "1280x720@60", "--remode", "800x600@30:2", "--seconds", 6, "--decode", "--quit")
    text = host.process.text()
    assert report.code == 0, report.text
    assert "now 800x600 at 30.000 Hz" in text and "is not possible" not in text, text
    wait_until(machine.is_as_before, "the session to be given back")
    host.stop()


def test_stream_keeps_its_mode_if_the_other_fails(plus, start_host, programs):
    plus.programs = programs
    host = start_host(plus.env, *SESSION)
    # Its units start three times: for the stream, in vain for the other mode, and again for the old one.
    starts = plus.units / "starts"
    starts.write_text("yes no yes\n")
    starts.chmod(0o666)
    report = host.probe("--mode", "1280x720@60", "--remode", "800x600@30:2", "--seconds", 6, "--decode", "--quit")
    text = host.process.text()
    assert report.code == 0, report.text
    assert "800x600 is not possible, the old mode goes on" in text, text
    assert "rebuilding" not in text and "now 800x600" not in text
    wait_until(plus.is_as_before, "the session to be given back")
    host.stop()


def test_stream_survives_a_killed_gamescope(machine, start_host, programs):
    """Without the machine's own session coming back in between."""
    machine.programs = programs
    host = start_host(machine.env, *SESSION)
    probe = host.start_probe("--mode", "1280x720@60", "--seconds", 8, "--decode", "--quit")
    wait_until(lambda: "streaming 1280x720" in host.process.text(), "the first picture")
    machine.forget_calls()
    os.kill(int(re.search(r"runs for the client node=\d+ pid=(\d+)", host.process.text())[1]), signal.SIGKILL)
    wait_until(lambda: "the picture is back" in host.process.text(), "the picture to come back")
    assert not [call for call in machine.calls() if "mask" in call]
    report = host.finish_probe(probe)
    assert report.code == 0, report.text
    wait_until(machine.is_as_before, "the session to be given back")
    host.stop()


@pytest.mark.parametrize("who", ["client", "host"])
def test_nobody_has_to_wait_for_its_picture(plus, start_host, programs, who):
    """Which may take 45 s, or never come."""
    plus.programs = programs
    (plus.units / "blind").touch()
    host = start_host(plus.env, *SESSION)
    probe = host.start_probe("--mode", "1280x720@60", "--seconds", 60)
    wait_until(lambda: plus.running() == [OURS], "the session of the client")
    if who == "client":
        probe.stop(signal.SIGKILL)
        wait_until(plus.is_as_before, "the session to be given back")
    assert host.stop() == 0
    assert plus.is_as_before()
    assert "offered no picture" not in host.process.text()


def test_others_do_not_wait_for_its_picture(plus, start_host, programs):
    """A display that does not depend on it is made meanwhile."""
    plus.programs = programs
    (plus.units / "blind").touch()
    host = start_host(plus.env, "serve", "--open")
    title = add_title(plus, host, "sleep 4321")
    host.start_probe("--mode", "1280x720@60", "--seconds", 60, name="first")
    wait_until(lambda: plus.running() == [OURS], "the session of the first client")
    report = host.probe("--mode", "800x600@60", "--launch", title, "--seconds", 3, "--quit", "--identity",
                        plus.scratch / "second", name="second")
    assert report.code == 0, report.text
    assert "streaming 800x600" in host.process.text() and "offered no picture" not in host.process.text()
    assert host.stop() == 0
    assert plus.is_as_before()


def test_session_that_ends_at_once_is_not_waited_for(plus):
    tool = Tool(plus)
    (plus.units / "dying").touch()
    assert "ended before it had a picture" in tool.ask("acquire 0 1280x720@60")
    assert plus.is_as_before()
    tool.close()


def test_recover_leaves_a_host_that_plays_alone(machine, tool, programs):
    """Also if another one died before, whose notes are about the same session."""
    tool.acquire(0, "1280x720@60")
    tool.kill()
    left = journals(machine)
    (machine.units / "deaf").touch()
    second = Tool(machine, name="second")  # which can undo nothing as it starts
    (machine.units / "deaf").unlink()
    assert journals(machine) == left
    second.acquire(0, "1280x720@60")
    second.capture(0)
    running, drop_ins = machine.running(), machine.drop_ins()
    machine.forget_calls()
    done = recover_with(programs, machine)
    assert done.returncode == 1 and "a host that runs uses it" in done.stdout
    assert not machine.calls() and (machine.running(), machine.drop_ins()) == (running, drop_ins)
    assert second.frames(0, 5)[0] == "1280x720"
    third = Tool(machine, name="third")  # nor does another host take it
    assert "another host of this user has the gamescope session" in third.ask("acquire 0 640x480@60")
    third.close()
    assert second.frames(0, 5)[0] == "1280x720"
    second.close()
    assert recover_with(programs, machine).returncode == 0
    assert machine.is_as_before()


def recover_with(programs, machine):
    tools, machine.programs = machine.programs, programs
    done = recover(machine)
    machine.programs = tools
    return done


def doctor(machine, programs, **env):
    return subprocess.run([programs / "punktfunk-host", "doctor"], env=machine.env | env, capture_output=True, text=True, timeout=30,
                          **as_user()).stdout


def test_failed_return_is_tried_again(machine, tool, programs):
    tool.acquire(0, "1280x720@60")
    assert "given back" not in doctor(machine, programs)
    (machine.units / "deaf").touch()
    tool.ask("release 0")
    assert journals(machine)
    assert "note     desktop      this machine's own gamescope session is still to be given back; the host that runs tries " \
        "again, at least once a minute" in doctor(machine, programs)
    assert "is still to be given back" in doctor(machine, programs, PUNKTFUNK_COMPOSITOR="windowmaker")
    tries = tool.process.text().count("is not given back yet")
    wait_until(lambda: tool.process.text().count("is not given back yet") > tries, "another try")
    (machine.units / "deaf").unlink()
    wait_until(machine.is_as_before, "the try that succeeds")
    assert "given back" not in doctor(machine, programs)
    (machine.units / "deaf").touch()
    (machine.units / "deaf").unlink()
    assert tool.acquire(0, "800x600@60")[2] == "new"
    (machine.units / "deaf").touch()
    tool.kill()
    assert "the host that took it has ended\n" + " " * 22 + "do: punktfunk-host recover" in doctor(machine, programs)
    (machine.units / "deaf").unlink()


def count_tries(tool):
    return tool.process.text().count("is not given back yet")


def test_return_is_tried_again_once_another_host_has_left(plus):
    """Which took the session over before it was given back, and does not know what was stopped before."""
    first, second = Tool(plus), Tool(plus, name="second")
    first.acquire(0, "1280x720@60")
    (plus.units / "lame").touch()
    assert first.ask("release 0") == "released"
    assert plus.running() == [] and count_tries(first)
    second.acquire(0, "800x600@60")
    (plus.units / "lame").unlink()
    wait_until(lambda: "not given back yet: another host of this user has it" in first.process.text(), "another try, in vain")
    assert plus.running() == [OURS]
    assert second.ask("release 0") == "released"
    wait_until(plus.is_as_before, "the first one's next try", limit=60)
    first.close()
    second.close()


def test_nothing_starts_beside_a_unit_that_is_slow_to_end(plus):
    tool = Tool(plus)
    tool.acquire(0, "1280x720@60")
    (plus.units / "slow").touch()
    plus.forget_calls()
    assert tool.ask("release 0") == "released"
    tries = count_tries(tool)
    assert tries
    wait_until(lambda: count_tries(tool) > tries or plus.running() != [OURS], "another try")
    assert plus.running() == [OURS] and plus.masked() == [PLUS]
    assert set(plus.calls()) == {f"systemctl stop {OURS}"}
    assert "could not be taken over" in tool.ask("acquire 1 800x600@60")  # nor does a second one of ours
    (plus.units / "slow").unlink()
    wait_until(plus.is_as_before, "the try that succeeds", limit=60)
    tool.close()


def test_ours_ends_first_whatever_was_left_before(plus):
    """What a return that failed halfway has left is older than the note about the next client's session."""
    tool = Tool(plus)
    tool.acquire(0, "1280x720@60")
    (plus.units / "lame").touch()
    tool.ask("release 0")
    assert journals(plus)
    tool.acquire(1, "800x600@60")
    (plus.units / "lame").unlink()
    plus.forget_calls()
    assert tool.ask("release 1") == "released"
    assert plus.calls() == [f"systemctl stop {OURS}", f"systemctl unmask --runtime {PLUS}", f"systemctl start {PLUS}"]
    assert plus.is_as_before()
    tool.close()


def test_status_tells_of_a_failed_return(plus, start_host, programs):
    plus.programs = programs
    host = start_host(plus.env, "serve", "--open")
    probe = host.start_probe("--mode", "1280x720@60", "--seconds", 60, "--quit")
    wait_until(lambda: "streaming 1280x720" in host.process.text(), "the first picture")

    def status():
        return subprocess.run([programs / "punktfunk-host", "status"], env=plus.env, capture_output=True, text=True,
                              timeout=30, **as_user()).stdout
    assert "left over" not in status()
    (plus.units / "deaf").touch()
    probe.stop(signal.SIGINT)
    wait_until(lambda: "left over  this machine's own gamescope session is still to be given back; the host tries again"
               in status(), "the host to say so", limit=60)
    (plus.units / "deaf").unlink()
    wait_until(plus.is_as_before, "the session to be given back", limit=60)
    assert "left over" not in status()
    assert host.stop() == 0


def test_what_fails_changes_nothing(plus):
    (plus.units / "stubborn").touch()
    tool = Tool(plus)
    assert tool.ask("acquire 0 1280x720@60") == (
        "error no display could be made: the gamescope session of this machine could not be taken over: "
        "systemd-run failed (1): Failed to start transient service unit")
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
