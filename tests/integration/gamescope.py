"""Where gamescope is started, without a desktop: a D-Bus, PipeWire and WirePlumber of its own, and a stand-in called
gamescope first in PATH (fakescope.c): the real one needs a GPU."""
import os
import pathlib
import re
import shutil
import socket

import pytest

from conftest import TOOLS, Desktop, Process, wait_until


def processes(runtime):
    """pid → its name, of all that run with this runtime folder and are gamescope's: itself, its guard, its commands."""
    found = {}
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            environment = (entry / "environ").read_bytes()
            name = (entry / "comm").read_text().strip()
            state = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            continue
        ours = f"XDG_RUNTIME_DIR={runtime}".encode() in environment.split(b"\0")
        if ours and state != "Z" and (b"PUNKTFUNK_GAMESCOPE_EI=" in environment or name == "gamescope"):
            found[int(entry.name)] = name
    return found


class Gamescope(Desktop):
    protocol = "pipewire"

    def __init__(self, programs, scratch):
        fake = TOOLS / "tests/integration/fakescope"
        if not fake.exists():
            pytest.skip("skipped, because this build has no PipeWire")
        self.bin = scratch / "bin"
        self.bin.mkdir(mode=0o755)
        shutil.copy(fake, self.bin / "gamescope")
        shutil.chown(self.bin, 65534, 65534) if os.getuid() == 0 else None
        super().__init__(programs, scratch)

    def start(self):
        self.start_audio()
        self.env |= {"PATH": f"{self.bin}:{self.env['PATH']}", "PUNKTFUNK_COMPOSITOR": "gamescope",
                     "FAKESCOPE_ARGV": str(self.scratch / "arguments")}

    def stop(self):
        for client in self.clients:
            client.stop()
        self.stop_audio()

    def run_foreign(self, *args):
        """A gamescope that the host did not start."""
        process = Process("foreign", ["gamescope", *args], self.env, self.scratch)
        self.clients.append(process)
        wait_until(lambda: "node ID" in process.text(), "the foreign gamescope's node")
        return process

    def arguments(self):
        return (self.scratch / "arguments").read_text().splitlines()

    def log(self, number=1):
        path = self.runtime / f"punktfunk-gamescope-{number}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def fake_pid(self, number=1):
        return int(wait_until(lambda: re.search(r"fakescope: pid (\d+)", self.log(number)), "the stand-in")[1])

    def relay(self, number=1):
        return self.runtime / f"punktfunk-gamescope-{number}-ei"

    def nodes(self):
        return self.audio_nodes("gamescope")

    def sockets(self):
        """Input sockets with somebody behind them; a killed gamescope leaves its file."""
        def answers(path):
            with socket.socket(socket.AF_UNIX) as s:
                return s.connect_ex(str(path)) == 0
        return sorted(p.name for p in self.runtime.glob("gamescope-*-ei") if answers(p))

    def is_clean(self):
        return not processes(self.runtime) and not self.nodes() and not self.relay().exists() and not self.sockets()

    def wait_until_clean(self):
        wait_until(self.is_clean, f"gamescope to go; there are {processes(self.runtime)}, {self.nodes()}, {self.sockets()}")
