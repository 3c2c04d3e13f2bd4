"""A host and probes on loopback, inside the virtual machine, and what the kernel shows of the pads."""
import fcntl
import glob
import json
import os
import pathlib
import select
import signal
import struct
import subprocess
import threading
import time

WORK = pathlib.Path("/tmp/pads")
PORT = "9999"
LIMIT = 60

EVENT = struct.Struct("llHHi")
EV_KEY, EV_REL, EV_ABS, EV_MSC, EV_FF = 1, 2, 3, 4, 0x15
EVIOCGABS, EVIOCSFF, EVIOCSCLOCKID, FF_RUMBLE = 0x80184540, 0x40304580, 0x400445A0, 0x50
CLOCK_MONOTONIC = 1

XBOX_360, XBOX_ONE = "Microsoft X-Box 360 pad", "Microsoft X-Box One S pad"


def wait_for(what, name, limit=LIMIT):
    end = time.monotonic() + limit
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited in vain for {name}")


def all_nodes():
    """Pairs of the pads' event nodes: name, folder in /sys."""
    found = []
    for path in glob.glob("/sys/class/input/event*"):
        try:
            name = pathlib.Path(path, "device/name").read_text().strip()
        except OSError:
            continue
        if "X-Box" in name or "Punktfunk" in name:
            found.append((name, pathlib.Path(path)))
    return sorted(found, key=lambda pair: (pair[0], int(pair[1].name[5:])))


def node_of(name):
    return next((path for n, path in all_nodes() if n == name), None)


def hid_device(name):
    """The folder of a PlayStation pad in /sys."""
    for path in glob.glob("/sys/bus/hid/devices/*"):
        try:
            if f"HID_NAME={name}\n" in pathlib.Path(path, "uevent").read_text():
                return pathlib.Path(path)
        except OSError:  # it goes just now
            pass
    return None


class Node:
    """An event node, open as a game would have it."""

    def __init__(self, name):
        self.fd = wait_for(lambda: self._open(name), f"the node of {name}")
        fcntl.ioctl(self.fd, EVIOCSCLOCKID, struct.pack("i", CLOCK_MONOTONIC))

    def _open(self, name):
        try:
            self.sys = node_of(name)
            return self.sys and os.open(f"/dev/input/{self.sys.name}", os.O_RDWR | os.O_NONBLOCK)
        except FileNotFoundError:  # the node comes a little later than what is in /sys
            return None

    def value(self, axis):
        info = bytearray(24)
        fcntl.ioctl(self.fd, EVIOCGABS + axis, info)
        return struct.unpack_from("i", info)[0]

    def read(self, seconds):
        """Tuples (ns, type, code, value) that are there within that time."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return []
        try:
            data = os.read(self.fd, EVENT.size * 256)
        except OSError:  # the pad is gone
            time.sleep(0.05)
            return []
        return [(s * 10**9 + us * 1000, *rest) for s, us, *rest in EVENT.iter_unpack(data)]

    def events_until(self, last, types=(EV_KEY, EV_ABS), limit=LIMIT):
        """Events of these types until `last` came; a list, or a function of what was seen."""
        seen, end = [], time.monotonic() + limit
        done = last if callable(last) else lambda events: last in events
        while not done(seen) and time.monotonic() < end:
            seen += [e[1:] for e in self.read(1) if e[1] in types]
        return seen

    def rumble(self, strong, weak, length_ms=60000):
        effect = bytearray(struct.pack("=HhHHHHH2xHH28x", FF_RUMBLE, -1, 0, 0, 0, length_ms, 0, strong, weak))
        fcntl.ioctl(self.fd, EVIOCSFF, effect)
        effect_id = struct.unpack_from("h", effect, 2)[0]
        self.play(effect_id, 1)
        return effect_id

    def play(self, effect_id, times):
        os.write(self.fd, EVENT.pack(0, 0, EV_FF, effect_id, times))

    def close(self):
        if self.fd >= 0:
            os.close(self.fd)
        self.fd = -1


class Session:
    """A probe whose pads come with the lines of `begin`. `lines` follow each other after go(), those of `tail` slowly.

    A line "wait" is for another go()."""

    count = 0

    def __init__(self, lines, *args, begin=("pad_axis 0 0 0",), step_ms=100, tail=(), port=PORT):
        course = [f"200 {line}" for line in begin] + ["201 wait"]
        course += [f"{300 + int(step_ms * i)} {line}" for i, line in enumerate(lines)]
        course += [f"{800 + int(step_ms * len(lines)) + 200 * i} {line}" for i, line in enumerate(tail)]
        Session.count += 1
        script = WORK / f"script-{Session.count}.txt"
        script.write_text("\n".join(course) + "\n")
        self.probe = subprocess.Popen([Rig.clients / "client/punktfunk-probe", f"127.0.0.1:{port}", "--json", "--allow-loss",
                                       "--mode", "320x240@10", "--bitrate", "500", "--seconds", "600", "--input", script,
                                       "--identity", WORK / "identity", *args],
                                      stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=Rig.env)
        self.lines = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def go(self):
        """The test is ready for the lines."""
        self.probe.send_signal(signal.SIGUSR1)

    def _read(self):
        for line in self.probe.stdout:
            self.lines.append(line.strip())

    def felt(self, kind, pad=0):
        """What the client was told: lists of numbers behind the pad's index, repetitions left out."""
        found = []
        for line in list(self.lines):
            words = line.split()
            if words[:3] == ["feedback", kind, str(pad)]:
                value = words[3:7] if kind == "rumble" else words[3:]
                if not found or found[-1] != value:
                    found.append(value)
        return [[int(v) if i < 4 and len(v) < 8 else v for i, v in enumerate(value)] for value in found]

    def wait_felt(self, kind, value, pad=0):
        wait_for(lambda: value in self.felt(kind, pad), f"{kind} {value} of pad {pad}; there was {self.felt(kind, pad)}")

    def sent(self):
        """(ns, kind, code, x) of the events that the probe has sent."""
        rows = [line.split()[1:] for line in list(self.lines) if line.startswith("input ")]
        return [(int(r[4]), int(r[0]), int(r[1]), int(r[2])) for r in rows]

    def leave(self):
        """The test has seen enough; the probe's report."""
        assert self.probe.poll() is None, "the session went on until now"
        self.probe.terminate()
        self.probe.wait(LIMIT)
        self.reader.join(LIMIT)
        return json.loads([line for line in self.lines if line.startswith("{")][-1])


class Rig:
    programs = clients = tools = env = host = None

    @classmethod
    def start(cls, programs):
        WORK.mkdir()
        cls.programs = programs
        cls.clients = pathlib.Path(os.environ.get("PF_CLIENTS", programs))
        cls.tools = programs.parent / "build-integration/tests/integration"
        cls.env = os.environ | {"PUNKTFUNK_CONFIG_DIR": str(WORK / "config"), "XDG_RUNTIME_DIR": str(WORK), "HOME": str(WORK)}
        cls.host = Host("host", [], PORT)

    @classmethod
    def command(cls, *args, **more):
        return subprocess.Popen([cls.programs / "src/cli/punktfunk-host", *args], env=cls.env, text=True, **more)


class Host:
    def __init__(self, name, prefix, port, env=None, source="synthetic"):
        self.path = WORK / f"{name}.log"
        log = open(self.path, "w")
        self.process = subprocess.Popen([*prefix, Rig.programs / "src/cli/punktfunk-host", "punktfunk1-host", "--source", source,
                                         "--frames", "0", "--allow-tofu", "--port", port], stdout=log, stderr=log,
                                        env=env or Rig.env)
        wait_for(lambda: "listening" in self.log() or self.process.poll() is not None, "the host")

    def log(self):
        return self.path.read_text()

    def end(self):
        self.process.terminate()
        return self.process.wait(LIMIT)


def wait_until_pads_are_gone():
    wait_for(lambda: not all_nodes(), "the pads to go")
