"""Whole-process tests: a real host, a real client and a real compositor (headless Sway).

Everything runs as an unprivileged user in folders of its own, because Sway refuses root. Build folders come from
the environment (PF_BUILD, PF_TOOLS) or are the ones that ./check makes.
"""
import dataclasses
import functools
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import numpy
import pytest
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/netlab"))

import lab

BUILD = pathlib.Path(os.environ.get("PF_BUILD", ROOT / "build-release"))
CLIENTS = pathlib.Path(os.environ.get("PF_CLIENTS", BUILD))  # for a host with sanitizers and clients without
TOOLS = pathlib.Path(os.environ.get("PF_TOOLS", ROOT / "build-integration"))
NOBODY = 65534
START_LIMIT = 30  # seconds for anything to come up; generous, because CI has two cores
PATIENCE = float(os.environ.get("PF_PATIENCE", 1))  # how many times longer all waits may take: on an emulated processor


def as_user():
    """Popen arguments that drop root."""
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.getuid() == 0 else {}


def wait_until(condition, what, limit=START_LIMIT):
    limit *= PATIENCE
    end = time.monotonic() + limit
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"waited {limit} s in vain for {what() if callable(what) else what}")


def free_port(kind):
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def keep_for_ci(command, said, code):
    """Appends a run of the probe, and what it found, to the file that ./check names."""
    if "PF_LOG" in os.environ:
        with open(os.environ["PF_LOG"], "a", encoding="utf-8") as log:
            log.write(f"{os.environ.get('PYTEST_CURRENT_TEST', '')}\n$ {command}\n{said.strip()}\nexit status {code}\n\n")


@pytest.fixture(scope="session")
def programs():
    """Copies of the built programs where the unprivileged user can reach them."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="pf-bin-"))
    folder.chmod(0o755)
    for source in (BUILD / "src/cli/punktfunk-host", CLIENTS / "client/punktfunk-probe",
                   TOOLS / "tests/integration/pattern_client", TOOLS / "tests/integration/input_watcher"):
        assert source.exists(), f"{source} is not built: run ./check integration"
        shutil.copy(source, folder)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def scratch():
    """A folder that the unprivileged user owns."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="pf-test-"))
    folder.chmod(0o700)
    if os.getuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


class Process:
    """A child with its output in a file; always ended by its own id."""

    def __init__(self, name, args, env, folder, netns=None, **options):
        """netns: a network namespace to run in."""
        self.name, self.args = name, " ".join(map(str, args))
        inside, drop = (lab.inside(netns), {}) if netns else ([], as_user())
        self.log = folder / f"{name}.log"
        self.log.touch()
        with open(self.log, "ab") as log:
            self.child = subprocess.Popen([*inside, *map(str, args)], env=env, cwd=folder, stderr=log,
                                          stdout=options.pop("stdout", log), stdin=options.pop("stdin", subprocess.DEVNULL),
                                          **drop, **options)

    def text(self):
        return self.log.read_text(errors="replace")

    def alive(self):
        return self.child.poll() is None

    def stop(self, sig=signal.SIGTERM, limit=10):
        if self.alive():
            self.child.send_signal(sig)
            try:
                self.child.wait(limit * PATIENCE)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        return self.child.returncode


class Desktop:
    """A headless Sway."""

    def __init__(self, programs, scratch):
        self.programs, self.scratch = programs, scratch
        self.runtime = scratch / "xdg"
        self.runtime.mkdir(mode=0o700)
        if os.getuid() == 0:
            os.chown(self.runtime, NOBODY, NOBODY)
        self.env = {"PATH": os.environ["PATH"], "HOME": str(scratch), "LANG": "C.UTF-8",
                    "XDG_RUNTIME_DIR": str(self.runtime), "XDG_CURRENT_DESKTOP": "sway",
                    "PUNKTFUNK_CONFIG_DIR": str(scratch / "config"), "PUNKTFUNK_MDNS": "0",
                    "PUNKTFUNK_MONITOR_LINGER_MS": "0"}  # test_reconnect.py is about displays that stay
        for name in ("ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS", "PIPEWIRE_DLCLOSE", "PUNKTFUNK_ENCODER", "RUST_LOG"):
            if name in os.environ:
                self.env[name] = os.environ[name]
        self.clients, self.audio = [], []
        self.start()

    def start(self):
        env = {k: v for k, v in self.env.items() if k not in ("SWAYSOCK", "WAYLAND_DISPLAY")}
        env |= {"WLR_BACKENDS": "headless", "WLR_RENDERER": "pixman", "WLR_LIBINPUT_NO_DEVICES": "1"}
        self.sway = Process("sway", ["sway", "-c", "/dev/null"], env, self.scratch)
        pid = self.sway.child.pid
        sock = wait_until(lambda: next(self.runtime.glob(f"sway-ipc.*.{pid}.sock"), None), "Sway's socket")
        display = wait_until(lambda: next(self.runtime.glob("wayland-[0-9]"), None), "the Wayland socket")
        self.env |= {"SWAYSOCK": str(sock), "WAYLAND_DISPLAY": display.name}
        wait_until(lambda: self.outputs(), "Sway's first output")

    def swaymsg(self, *args):
        done = subprocess.run(["swaymsg", "-r", *args], env=self.env, capture_output=True, text=True, timeout=10, **as_user())
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    def outputs(self):
        """name → (width, height, millihertz) of the active outputs."""
        listing = self.swaymsg("-t", "get_outputs")
        return {o["name"]: (o["current_mode"]["width"], o["current_mode"]["height"], o["current_mode"]["refresh"])
                for o in listing if o.get("active")}

    def listing(self):
        """name → all that Sway says of the output and that can be arranged."""
        keys = ("active", "focused", "rect", "current_mode", "scale", "transform", "current_workspace")
        return {o["name"]: {k: o.get(k) for k in keys} for o in self.swaymsg("-t", "get_outputs")}

    @functools.cached_property
    def can_unplug(self):
        """Sway 1.7 cannot remove an output: the host makes it 64x64 and uses it again (README)."""
        return self.swaymsg("-t", "get_version")["minor"] >= 8 or self.swaymsg("-t", "get_version")["major"] > 1

    def in_use(self):
        """Outputs beside Sway's own first one; parked ones do not count where Sway cannot remove them."""
        return {n: m for n, m in self.outputs().items()
                if n != "HEADLESS-1" and (self.can_unplug or m[:2] != (64, 64))}

    def wait_until_clean(self):
        wait_until(lambda: not self.in_use(), f"the host's outputs to go; there are {self.in_use()}")

    def client_name(self, output):
        """What the test programs are told to find it."""
        return output

    def pattern(self, output):
        client = Pattern(self, self.client_name(output))
        self.clients.append(client)
        return client

    def kill(self):
        self.sway.stop(signal.SIGKILL)

    def stop(self):
        for client in self.clients:
            client.stop()
        self.stop_audio()
        self.sway.stop()

    # ---- audio: a D-Bus, PipeWire and WirePlumber of its own ----

    def start_audio(self):
        bus = self.runtime / "bus"
        self.env["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={bus}"
        if not bus.exists():
            self.audio.append(Process("dbus", ["dbus-daemon", "--session", "--nofork", "--nopidfile",
                                               f"--address={self.env['DBUS_SESSION_BUS_ADDRESS']}"], self.env, self.scratch))
            wait_until(bus.exists, "D-Bus")
        (self.runtime / "pipewire-0").unlink(missing_ok=True)
        self.audio.append(Process("pipewire", ["pipewire"], self.env, self.scratch))
        wait_until((self.runtime / "pipewire-0").exists, "PipeWire")
        self.audio.append(Process("wireplumber", ["wireplumber"], self.env, self.scratch))
        wait_until(lambda: "default" in self.run("pw-metadata", "0"), "WirePlumber")

    def stop_audio(self, sig=signal.SIGTERM):
        """D-Bus stays."""
        for process in reversed(self.audio[1:] if sig == signal.SIGKILL else self.audio):
            process.stop(sig)
            self.audio.remove(process)

    def run(self, *args):
        return subprocess.run([str(a) for a in args], env=self.env, capture_output=True, text=True,
                              timeout=10 * PATIENCE, **as_user()).stdout

    def audio_metadata(self, key):
        found = re.search(rf"key:'{re.escape(key)}' value:'.*?\"name\":\s*\"([^\"]*)\"", self.run("pw-metadata", "0"))
        return found[1] if found else ""

    def default_sink(self):
        return self.audio_metadata("default.audio.sink")

    def configured_sink(self):
        return self.audio_metadata("default.configured.audio.sink")

    def audio_nodes(self, prefix):
        names = re.findall(r'node\.name = "([^"]*)"', self.run("pw-cli", "ls", "Node"))
        return [n for n in names if n.startswith(prefix)]

    def make_sink(self, name):
        """A sink that stays, as a sound card's does."""
        self.run("pw-cli", "create-node", "adapter", "{ factory.name=support.null-audio-sink media.class=Audio/Sink "
                 f"node.name={name} object.linger=true audio.position=[ FL FR ] }}")
        wait_until(lambda: self.audio_nodes(name), f"the sink {name}")

    def choose_sink(self, name):
        self.run("pw-metadata", "0", "default.configured.audio.sink", json.dumps({"name": name}), "Spa:String:JSON")
        wait_until(lambda: self.default_sink() == name, f"the sink {name} to be the default")

    def play(self, path):
        player = Process(f"play-{path.stem}", ["pw-play", "--latency", "100ms", path], self.env, self.scratch)
        self.clients.append(player)
        return player


class Nested(Desktop):
    """A Sway with a headless output and windows of another Sway as its physical monitors, WL-1, …"""

    def __init__(self, outer, windows=1):
        self.outer, self.windows = outer, windows
        folder = outer.scratch / "inner"
        folder.mkdir(mode=0o700)
        if os.getuid() == 0:
            shutil.chown(folder, 65534, 65534)
        super().__init__(outer.programs, folder)
        self.protocol = getattr(outer, "protocol", None)

    def start(self):
        # Side by side they would be resized while they start, which Sway 1.10 does not survive as a client.
        self.outer.swaymsg("for_window", "[app_id=\".*\"]", "floating", "enable")
        env = self.env | {"WLR_BACKENDS": "headless,wayland", "WLR_RENDERER": "pixman", "WLR_WL_OUTPUTS": str(self.windows),
                          "WAYLAND_DISPLAY": str(self.outer.runtime / self.outer.env["WAYLAND_DISPLAY"])}
        self.sway = Process("sway", ["sway", "-c", "/dev/null"], env, self.scratch)
        sock = wait_until(lambda: next(self.runtime.glob("sway-ipc.*.sock"), None), "the inner Sway's socket")
        display = wait_until(lambda: next(self.runtime.glob("wayland-[0-9]"), None), "its Wayland socket")
        self.env |= {"SWAYSOCK": str(sock), "WAYLAND_DISPLAY": display.name}
        wait_until(lambda: f"WL-{self.windows}" in self.outputs(), "the inner Sway's windows")


class Pattern:
    """pattern_client on one output."""

    def __init__(self, desktop, output):
        self.desktop = desktop
        self.process = Process(f"pattern-{output}", [desktop.programs / "pattern_client", output], desktop.env,
                               desktop.scratch, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.answer().startswith("shown")

    def answer(self):
        line = self.process.child.stdout.readline()
        assert line, self.process.text()
        return line.strip()

    def send(self, line):
        self.process.child.stdin.write(line + "\n")
        self.process.child.stdin.flush()

    def fill(self, color):
        """Fills the output; returns the CLOCK_MONOTONIC of the commit in ns."""
        self.send(f"fill {color}")
        return int(self.answer().split()[1])

    def picture(self):
        path = self.desktop.scratch / "expected.ppm"
        self.send(f"dump {path}")
        assert self.answer().startswith("dumped")
        return load_picture(path)

    def stop(self):
        self.process.stop()


def load_picture(path):
    return numpy.asarray(Image.open(path).convert("RGB"), dtype=numpy.float64)


def psnr(a, b):
    assert a.shape == b.shape, f"sizes differ: {a.shape} and {b.shape}"
    error = numpy.mean((a - b) ** 2)
    return 99.0 if error == 0 else 10 * numpy.log10(255 ** 2 / error)


@dataclasses.dataclass
class Report:
    """What one run of punktfunk-probe said."""
    code: int
    json: dict
    text: str


class Host:
    """punktfunk-host in the given desktop (or none)."""

    def __init__(self, programs, scratch, env, command="serve", args=(), name="host", netlab=None):
        """netlab: a lab.Lab in whose host namespace it runs, with its clients in the other; else all on loopback."""
        self.programs, self.scratch, self.env = programs, scratch, env
        self.netns, self.clients = (netlab.host, netlab.client) if netlab else (None, None)
        self.address = lab.HOST4 if netlab else "127.0.0.1"
        self.port = lab.PORT if netlab else free_port(socket.SOCK_DGRAM)
        self.mgmt, self.console = free_port(socket.SOCK_STREAM), free_port(socket.SOCK_STREAM)
        where = (["--native-port", self.port, "--mgmt-bind", f"127.0.0.1:{self.mgmt}",
                  "--console-bind", f"127.0.0.1:{self.console}"] if command == "serve"
                 else ["--port", self.port])
        self.process = Process(name, [programs / "punktfunk-host", command, *where, *args], env, scratch,
                               netns=self.netns)

    def wait_ready(self):
        def ready():
            assert self.process.alive(), f"the host ended:\n{self.process.text()}"
            return re.search(r"listening", self.process.text())
        wait_until(ready, "the host's first line")
        return self

    def fingerprint(self):
        return re.search(r"\b([0-9a-f]{64})\b", self.process.text())[1]

    def start_probe(self, *args, name="probe", address=None):
        return Process(name, [self.programs / "punktfunk-probe", "--connect", f"{address or self.address}:{self.port}",
                              "--identity", self.scratch / "client", "--json", *args], self.env, self.scratch,
                       netns=self.clients, stdout=subprocess.PIPE, text=True)

    def finish_probe(self, process, limit=60):
        try:
            out, _ = process.child.communicate(timeout=limit * PATIENCE)
        except subprocess.TimeoutExpired:
            process.stop(signal.SIGKILL)
            raise AssertionError(f"the probe did not end:\n{process.text()}\nhost:\n{self.process.text()[-3000:]}")
        lines = [line for line in out.splitlines() if line.startswith("{")]
        keep_for_ci(process.args, lines[-1] if lines else process.text(), process.child.returncode)
        return Report(process.child.returncode, json.loads(lines[-1]) if lines else {}, out + process.text())

    def probe(self, *args, limit=60, name="probe", address=None):
        report = self.finish_probe(self.start_probe(*args, name=name, address=address), limit)
        return report

    def stop(self, sig=signal.SIGTERM):
        return self.process.stop(sig)

    def sanitizer(self):
        """What a sanitizer that the host was built with has found; empty without one."""
        found = re.search(r"(==\d+==ERROR|WARNING: ThreadSanitizer|runtime error:).*", self.process.text(), re.S)
        return found[0][:6000] if found else ""

    def cpu_seconds(self):
        """Of all its threads, since it began."""
        fields = pathlib.Path(f"/proc/{self.process.child.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss_kib(self):
        return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{self.process.child.pid}/status").read_text())[1])


@pytest.fixture
def desktop(programs, scratch):
    d = Desktop(programs, scratch)
    yield d
    d.stop()


@pytest.fixture
def start_host(programs, scratch):
    """start_host(env, command, *args) → a running Host; all end with the test."""
    hosts = []

    def start(env, command, *args, ready=True, netlab=None):
        host = Host(programs, scratch, env, command, args, name=f"host{len(hosts)}", netlab=netlab)
        hosts.append(host)
        return host.wait_ready() if ready else host

    yield start
    for host in hosts:
        host.stop()
    for host in hosts:
        assert not host.sanitizer(), host.sanitizer()


@pytest.fixture
def netlab():
    """A bad network (tests/netlab/lab.py): netlab(seed=…) → a lab.Lab."""
    reason = lab.missing()
    if reason:
        pytest.skip(f"no loss laboratory: {reason}")
    labs = []

    def make(**options):
        labs.append(lab.Lab(TOOLS, **options))
        return labs[-1]

    yield make
    for each in labs:
        each.close()


@pytest.fixture
def bare_env(scratch):
    """An environment without any desktop."""
    return {"PATH": os.environ["PATH"], "HOME": str(scratch), "LANG": "C.UTF-8",
            "XDG_RUNTIME_DIR": str(scratch), "PUNKTFUNK_CONFIG_DIR": str(scratch / "config"),
            "PUNKTFUNK_MDNS": "0"}  # nothing is announced on the real network
