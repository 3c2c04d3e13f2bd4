"""A headless GNOME: Mutter with D-Bus, PipeWire and WirePlumber of its own."""
import json
import shutil
import signal

import pytest

from conftest import Desktop, Process, wait_until

DISPLAY_CONFIG = "org.gnome.Mutter.DisplayConfig"


class Gnome(Desktop):
    """`monitor`: "1024x768" for a monitor that is always there and stands for a physical one; None for none."""

    lead_ms = 3000  # for Mutter, which draws on the CPU, to give the focus to a window that is there

    def __init__(self, programs, scratch, monitor=None):
        if not shutil.which("mutter"):
            pytest.skip("skipped, because Mutter is not installed")
        self.monitor = monitor
        super().__init__(programs, scratch)

    def start(self):
        if not self.audio:
            self.start_audio()
        # Pinned: this machine may run other desktops of the same user.
        self.env |= {"XDG_CURRENT_DESKTOP": "GNOME", "PUNKTFUNK_COMPOSITOR": "mutter"}
        extra = ["--virtual-monitor", self.monitor] if self.monitor else []
        for stale in self.runtime.glob("wayland-*"):
            stale.unlink()
        self.mutter = Process("mutter", ["mutter", "--wayland", "--headless", "--no-x11", *extra],
                              self.env | {"LIBGL_ALWAYS_SOFTWARE": "1"}, self.scratch)
        display = wait_until(lambda: next(self.runtime.glob("wayland-[0-9]"), None), "Mutter's Wayland socket")
        self.env["WAYLAND_DISPLAY"] = display.name
        wait_until(lambda: self.call("GetCurrentState"), "Mutter on D-Bus")

    def call(self, method, *args):
        answer = self.run("busctl", f"--address={self.env['DBUS_SESSION_BUS_ADDRESS']}", "--json=short", "call",
                          DISPLAY_CONFIG, "/" + DISPLAY_CONFIG.replace(".", "/"), DISPLAY_CONFIG, method, *args)
        return json.loads(answer)["data"] if answer else None

    def outputs(self):
        """connector → (width, height, millihertz) of the monitors that are lit."""
        _, monitors, logical, _ = self.call("GetCurrentState")
        lit = {spec[0] for entry in logical for spec in entry[5]}
        modes = {spec[0]: next((m for m in modes if m[6].get("is-current")), None) for spec, modes, _ in monitors}
        return {name: (m[1], m[2], round(m[3] * 1000)) for name, m in modes.items() if m and name in lit}

    def primary(self):
        return next((entry[5][0][0] for entry in self.call("GetCurrentState")[2] if entry[4]), None)

    def arrangement(self):
        """connector → (x, y, scale, is primary) of the monitors that are lit."""
        return {spec[0]: tuple(entry[:3]) + (entry[4],) for entry in self.call("GetCurrentState")[2] for spec in entry[5]}

    def scales(self, output):
        """The scales that the monitor may have at its mode."""
        return next(m[5] for spec, modes, _ in self.call("GetCurrentState")[1] if spec[0] == output
                    for m in modes if m[6].get("is-current"))

    def choose_scale(self, output, scale):
        """As a user does in the settings, where this is the only monitor."""
        serial, monitors, _, _ = self.call("GetCurrentState")
        mode = next(m[0] for spec, modes, _ in monitors if spec[0] == output for m in modes if m[6].get("is-current"))
        self.call("ApplyMonitorsConfig", "uua(iiduba(ssa{sv}))a{sv}", serial, 1, 1, 0, 0, scale, 0, "true", 1, output, mode, 0, 0)
        wait_until(lambda: self.arrangement()[output][2] == scale, f"the scale {scale}; there is {self.arrangement()}")

    def in_use(self):
        return {n: m for n, m in self.outputs().items() if "{}x{}".format(*m[:2]) != self.monitor}

    def client_name(self, output):
        """Mutter 43 tells its clients no names of outputs, so they go by the size."""
        # While Mutter rearranges its monitors one of them may be off for a moment.
        width, height, _ = wait_until(lambda: self.outputs().get(output), f"{output} to be lit")
        return f"{width}x{height}"

    def kill(self):
        self.mutter.stop(signal.SIGKILL)

    def stop(self):
        for client in self.clients:
            client.stop()
        self.mutter.stop()
        self.stop_audio()
