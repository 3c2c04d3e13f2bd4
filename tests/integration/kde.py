"""A headless KDE Plasma: KWin with D-Bus, PipeWire and WirePlumber of its own."""
import re
import shutil
import signal
import subprocess

import pytest

from conftest import PATIENCE, Desktop, Process, as_user, wait_until


def without_capabilities(programs):
    """KWin, where this user can run it. Debian 12's has a file capability that containers refuse, and capabilities
    hide from KWin who its clients are; a copy has none."""
    path = shutil.which("kwin_wayland")
    if not path:
        pytest.skip("skipped, because KWin is not installed")
    return shutil.copy(path, programs / "kwin_wayland")


class Kde(Desktop):
    """`outputs`: how many outputs are always there and stand for physical ones. `trusting`: every program is shown
    the restricted interfaces."""

    def __init__(self, programs, scratch, outputs=1, size=(1280, 720), trusting=True):
        self.count, self.size, self.trusting = outputs, size, trusting
        self.kwin_path = without_capabilities(programs)
        super().__init__(programs, scratch)

    def start(self):
        if not self.audio:
            self.start_audio()
        # Pinned: this machine may run other desktops of the same user.
        self.env |= {"XDG_CURRENT_DESKTOP": "KDE", "PUNKTFUNK_COMPOSITOR": "kwin"}
        env = self.env | {"LIBGL_ALWAYS_SOFTWARE": "1"}
        if self.trusting:
            env["KWIN_WAYLAND_NO_PERMISSION_CHECKS"] = "1"
        for stale in self.runtime.glob("wayland-*"):
            stale.unlink()
        width, height = self.size
        self.kwin = Process("kwin", [self.kwin_path, "--virtual", "--width", width, "--height", height, "--output-count",
                                     self.count, "--no-lockscreen", "--no-global-shortcuts", "--socket", "wayland-0"],
                            env, self.scratch)
        self.socket = self.runtime / "wayland-0"
        wait_until(self.socket.exists, "KWin's Wayland socket")
        self.env["WAYLAND_DISPLAY"] = self.socket.name
        wait_until(lambda: "'wl_output'" in self.info(), "KWin's outputs")

    def info(self):
        done = subprocess.run(["wayland-info"], env=self.env, capture_output=True, text=True, timeout=60 * PATIENCE,
                              **as_user())
        return done.stdout

    def listing(self):
        """name → (width, height, millihertz, x, y) of the outputs that are lit, as KWin tells its clients."""
        found = {}
        for block in re.split(r"^interface: ", self.info(), flags=re.M):
            name = re.search(r"^\tname: (\S+)$", block, re.M)
            mode = re.search(r"width: (\d+) px, height: (\d+) px, refresh: ([\d.]+) Hz,\s+flags: current", block)
            place = re.search(r"^\tx: (-?\d+), y: (-?\d+), scale: ", block, re.M)
            if block.startswith("'wl_output'") and name and mode and place:
                found[name[1]] = (int(mode[1]), int(mode[2]), round(float(mode[3]) * 1000), int(place[1]), int(place[2]))
        return found

    def outputs(self):
        """name → (width, height, millihertz)"""
        return {name: entry[:3] for name, entry in self.listing().items()}

    def in_use(self):
        return {n: m for n, m in self.outputs().items() if n.startswith("Virtual-punktfunk")}

    def kill(self):
        self.kwin.stop(signal.SIGKILL)

    def stop(self):
        for client in self.clients:
            client.stop()
        self.kwin.stop()
        self.stop_audio()
