"""Input through a real xdg-desktop-portal; the desktop's part of it, and the user, are portal_backend."""
import pathlib
import shutil
import subprocess

import pytest

from conftest import NOBODY, TOOLS, Process, as_user, wait_until
from gnome import Gnome
from test_input import SESSION, go, start
from test_mutter import has_eis, whole

PORTAL = pathlib.Path("/usr/libexec/xdg-desktop-portal")


class Portal:
    """The portal on a GNOME's bus, with its back end in a folder of its own."""

    def __init__(self, desktop):
        self.desktop = desktop
        self.folder = desktop.scratch / "portal"
        config = self.folder / "xdg-desktop-portal"
        config.mkdir(parents=True)
        program = self.folder / "portal_backend"
        shutil.copy(TOOLS / "tests/integration/portal_backend", program)
        (config / "pftest.portal").write_text("[portal]\nDBusName=org.freedesktop.impl.portal.desktop.pftest\n"
                                              "Interfaces=org.freedesktop.impl.portal.RemoteDesktop\nUseIn=gnome\n")
        (config / "portals.conf").write_text("[preferred]\ndefault=none\norg.freedesktop.impl.portal.RemoteDesktop=pftest\n")
        subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", self.folder], check=True)
        env = desktop.env | {"XDG_CONFIG_HOME": str(self.folder), "XDG_DESKTOP_PORTAL_DIR": str(config)}
        self.backend = Process("backend", [program], env, self.folder)
        wait_until(lambda: "ready" in self.backend.text(), "the portal's back end")
        # PipeWire may have made D-Bus start one that does not know this folder.
        self.portal = Process("portal", [PORTAL, "--replace"], env, desktop.scratch)
        desktop.clients += [self.portal, self.backend]
        wait_until(lambda: "2" in desktop.run("busctl", f"--address={env['DBUS_SESSION_BUS_ADDRESS']}", "--auto-start=no", "get-property",
                                              "org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop",
                                              "org.freedesktop.portal.RemoteDesktop", "version"), "the portal", 90)

    def user(self, does):
        """allow or refuse."""
        (self.folder / does).touch()

    def asked(self):
        return [line for line in self.backend.text().splitlines() if line in ("dialog", "known")]

    def stop(self):
        self.portal.stop()
        self.backend.stop()


@pytest.fixture
def desktop(programs, scratch):
    if not PORTAL.exists():
        pytest.skip("skipped, because xdg-desktop-portal is not installed")
    d = Gnome(programs, scratch)
    if not has_eis(programs):
        d.stop()
        pytest.skip("skipped, because this build or this Mutter has no EIS")
    yield d
    d.stop()


@pytest.fixture
def portal(desktop):
    p = Portal(desktop)
    yield p
    print(p.portal.text()[-3000:], p.backend.text())
    p.stop()


@pytest.fixture
def host(desktop, portal, start_host):
    return start_host(desktop.env | {"PUNKTFUNK_INPUT_BACKEND": "portal"}, *SESSION)


LINES = ["abs 640 360 1280 720", "abs 320 180 640 360", "move -12 34", "button_down 1", "button_up 1", "scroll 0 120",
         "key_down 0x41", "key_up 0x41"]


def test_the_user_is_asked_once(desktop, portal, host):
    probe, watcher = start(desktop, host, "first", LINES, hold=True)
    wait_until(lambda: "a dialog on the desktop waits for the user" in host.process.text(), "the line about the dialog")
    portal.user("allow")
    wait_until(lambda: "the portal lends keyboard and pointer" in host.process.text(), "the portal")
    go(probe)
    report = host.finish_probe(probe)
    assert report.code == 0, report.text
    assert whole(watcher.events("motion"))[-1] == "motion 628 394"
    assert watcher.events("button", "key", "axis") == ["button 272 1", "button 272 0", "axis 0 -10", "key 30 1", "key 30 0"]
    token = pathlib.Path(desktop.env["PUNKTFUNK_CONFIG_DIR"]) / "input-portal-token"
    assert token.stat().st_mode & 0o777 == 0o600
    wait_until(lambda: "closed" in portal.backend.text(), "the session to be closed")
    wait_until(lambda: not desktop.in_use(), "its display to go")  # the next one gets its name

    assert token.read_text().strip()
    probe, watcher = start(desktop, host, "second", LINES, mode="800x600@60")
    report = host.finish_probe(probe)
    assert report.code == 0, report.text
    assert watcher.events("key") == ["key 30 1", "key 30 0"]
    assert portal.asked() == ["dialog", "known"] and token.read_text().strip()


def test_a_user_who_refuses_is_left_in_peace(desktop, portal, host):
    portal.user("refuse")
    probe, watcher = start(desktop, host, "refused", LINES)
    report = host.finish_probe(probe)
    assert report.code == 0, report.text
    assert "the user refused to lend input" in host.process.text()
    assert portal.asked() == ["dialog"] and not watcher.events("key", "button")


def test_held_keys_come_up_with_the_session(desktop, portal, host):
    portal.user("allow")
    probe, watcher = start(desktop, host, "held", ["key_down 0x10", "key_down 0x41"], tail=60)
    wait_until(lambda: "key 30 1" in watcher.events("key"), "the key")
    probe.stop()
    wait_until(lambda: watcher.events("key")[-2:] == ["key 30 0", "key 42 0"], "the keys to come up")


def test_a_damaged_token_is_set_aside(desktop, portal, programs):
    config = pathlib.Path(desktop.env["PUNKTFUNK_CONFIG_DIR"])
    subprocess.run(["mkdir", "-p", config], check=True, **as_user())
    (config / "input-portal-token").write_bytes(b"two\nlines\0")
    subprocess.run(["chown", f"{NOBODY}:{NOBODY}", config / "input-portal-token"], check=True)
    portal.user("allow")
    test = Process("input-test", [programs / "punktfunk-host", "input-test", "--backend", "portal"], desktop.env, desktop.scratch)
    wait_until(lambda: not test.alive(), "input-test to end", 60)
    assert test.child.returncode == 0, test.text()
    assert (config / "input-portal-token.bad").read_bytes() == b"two\nlines\0"
    assert portal.asked() == ["dialog"]
