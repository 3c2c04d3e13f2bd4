"""A headless Sway inside the virtual machine: displays for sessions. It reads no devices of the kernel, so that everything
that the tests see at an event node was put there by the host."""
import glob
import json
import os
import shutil
import subprocess

from rig import LIMIT, WORK, Host, Rig, wait_for

NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]  # Sway refuses root
PORT = "9997"
running = []


class Desktop:
    """Sway, and a host that gives its sessions displays there. Begins when it is first asked for, and stays."""

    one = None

    @classmethod
    def get(cls):
        if cls.one is None:
            cls.one = cls()
        return cls.one

    def __init__(self):
        runtime = WORK / "desktop"
        runtime.mkdir(mode=0o700)
        shutil.chown(runtime, 65534, 65534)
        config = WORK / "sway.conf"
        config.write_text("")
        env = Rig.env | {"XDG_RUNTIME_DIR": str(runtime), "HOME": str(runtime), "XDG_CURRENT_DESKTOP": "sway",
                         "XKB_DEFAULT_LAYOUT": "us"}
        self.sway = subprocess.Popen([*NOBODY, "sway", "-c", config], stdin=subprocess.DEVNULL,
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                     env=env | {"WLR_BACKENDS": "headless", "WLR_RENDERER": "pixman",
                                                "WLR_LIBINPUT_NO_DEVICES": "1"})
        running.append(self.sway)
        socket = wait_for(lambda: glob.glob(f"{runtime}/sway-ipc.*.sock"), "Sway")[0]
        display = wait_for(lambda: [p for p in glob.glob(f"{runtime}/wayland-*") if not p.endswith(".lock")], "Wayland")[0]
        self.env = env | {"WAYLAND_DISPLAY": os.path.basename(display), "SWAYSOCK": socket,
                          "PUNKTFUNK_COMPOSITOR": "sway", "PUNKTFUNK_CONFIG_DIR": str(WORK / "desktop-config"),
                          "PUNKTFUNK_INPUT_BACKEND": "uinput", "PUNKTFUNK_MONITOR_LINGER_MS": "0"}
        wait_for(self.outputs, "an answer of Sway")  # its socket is there long before
        self._host = None

    def outputs(self):
        answer = subprocess.run(["swaymsg", "-s", self.env["SWAYSOCK"], "-t", "get_outputs", "-r"], capture_output=True, text=True)
        return json.loads(answer.stdout) if answer.returncode == 0 else []

    def axes_of(self, x, y):
        """Where the kernel's axes of 65536 parts have this pixel of the session's display, among all outputs."""
        rects = [output["rect"] for output in self.outputs() if output["active"]]
        own = next(r for r in rects if (r["width"], r["height"]) == (320, 240))
        width, height = max(r["x"] + r["width"] for r in rects), max(r["y"] + r["height"] for r in rects)
        return -(-(own["x"] + x) * 65536 // width), -(-(own["y"] + y) * 65536 // height)

    def host(self):
        if self._host is None:
            self._host = Host("desktop-host", [], PORT, self.env, source="virtual")
        return self._host


def close_all():
    if Desktop.one and Desktop.one._host:
        assert Desktop.one._host.end() == 0, Desktop.one._host.log()[-4000:]
    for process in running:
        process.terminate()
        process.wait(LIMIT)
