"""pads.py PROGRAMS: gamepads on a real kernel. Runs inside the virtual machine (scripts/vm), as root; prints TAP.

A host and a probe of PROGRAMS talk over loopback; what the probe's pad does is read from the kernel's event nodes, and what
a game does there comes back to the probe. The expected values are those of docs/spec/input-audio-encode.md 10.1.
"""
import fcntl
import glob
import json
import os
import pathlib
import select
import struct
import subprocess
import sys
import time

PROGRAMS = pathlib.Path(sys.argv[1])
WORK = pathlib.Path("/tmp/pads")
PORT = "9999"
LEAD_MS = 5000  # for the node to be there and open before anything happens; emulation is slow
LIMIT = 60

EVENT = struct.Struct("llHHi")
EV_KEY, EV_ABS, EV_FF = 1, 3, 0x15
EVIOCSFF, FF_RUMBLE = 0x40304580, 0x50

# What the pad does, and what the kernel says of it.
COURSE = [
    ("pad_button 0x1000 1 0", (EV_KEY, 0x130, 1)),
    ("pad_button 0x1000 1 0", None),
    ("pad_axis 0 12345 0", (EV_ABS, 0, 12345)),
    ("pad_axis 1 32767 0", (EV_ABS, 1, -32767)),
    ("pad_axis 1 -32768 0", (EV_ABS, 1, 32767)),
    ("pad_axis 4 200 0", (EV_ABS, 2, 200)),
    ("pad_button 0x4 1 0", (EV_ABS, 0x10, -1)),
    ("pad_button 0x1 1 0", (EV_ABS, 0x11, -1)),
    ("pad_button 0x10000 1 0", (EV_KEY, 0x2C4, 1)),
    ("pad_button 0x4000 1 0", (EV_KEY, 0x133, 1)),
    ("pad_button 0x1000 0 0", (EV_KEY, 0x130, 0)),
    ("pad_button 0x8000 1 0", (EV_KEY, 0x134, 1)),
]


def wait_for(what, name):
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited in vain for {name}")


def nodes():
    """Names of the pads' event nodes."""
    found = {}
    for path in glob.glob("/sys/class/input/event*"):
        try:
            if "X-Box" in pathlib.Path(path, "device/name").read_text():
                found[os.path.basename(path)] = path
        except FileNotFoundError:
            pass
    return found


class Session:
    """A probe that plays a script, with the node of its pad open as a game would have it."""

    def __init__(self, name, lines, *args):
        script = WORK / f"{name}.txt"
        course = [f"{LEAD_MS + 100 * i} {line}" for i, line in enumerate(lines)]
        script.write_text("500 pad_axis 0 0 0\n" + "\n".join(course) + "\n")
        seconds = (LEAD_MS + 100 * len(lines)) // 1000 + 4
        self.probe = subprocess.Popen([PROGRAMS / "client/punktfunk-probe", f"127.0.0.1:{PORT}", "--json", "--allow-loss",
                                       "--seconds", str(seconds), "--input", script, "--identity", WORK / "identity", *args],
                                      stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=ENV)
        self.node, self.sys = wait_for(lambda: next(iter(nodes().items()), None), "the pad's node")
        self.fd = os.open(f"/dev/input/{self.node}", os.O_RDWR | os.O_NONBLOCK)

    def events_until(self, last):
        seen, end = [], time.monotonic() + LIMIT
        while last not in seen and time.monotonic() < end:
            if select.select([self.fd], [], [], 1)[0]:
                data = os.read(self.fd, EVENT.size * 64)
                seen += [e[2:] for e in EVENT.iter_unpack(data) if e[2] in (EV_KEY, EV_ABS)]
        return seen

    def play(self, strong, weak, length_ms):
        effect = bytearray(struct.pack("=HhHHHHH2xHH28x", FF_RUMBLE, -1, 0, 0, 0, length_ms, 0, strong, weak))
        fcntl.ioctl(self.fd, EVIOCSFF, effect)
        os.write(self.fd, EVENT.pack(0, 0, EV_FF, struct.unpack_from("h", effect, 2)[0], 1))

    def leave_game(self):
        os.close(self.fd)
        self.fd = -1

    def end(self):
        lines = [line for line in self.probe.communicate(timeout=LIMIT)[0].splitlines() if line.startswith("{")]
        if self.fd >= 0:
            self.leave_game()
        return json.loads(lines[-1])


def test_events_are_those_of_the_table():
    session = Session("course", [line for line, _ in COURSE])
    expected = [event for _, event in COURSE if event]
    seen = session.events_until(expected[-1])
    assert seen == expected, seen
    session.play(0xC000, 0x4000, 60000)
    report = session.end()
    rumble = report["feedback"]["rumble"]
    assert (rumble["low"], rumble["high"]) == (0xBFFF, 0x3FFF), report["feedback"]
    assert rumble["ttl_ms"] == 400


def test_the_pad_goes_with_the_session():
    wait_for(lambda: not nodes(), "the pad to go")


def test_a_game_that_ends_stops_the_rumble():
    session = Session("game", ["pad_button 0x1000 1 0"], "--gamepad", "xboxone")
    assert pathlib.Path(session.sys, "device/id/product").read_text().strip() == "02ea"
    session.play(0x8000, 0, 60000)
    time.sleep(1)
    session.leave_game()
    report = session.end()
    rumble = report["feedback"]["rumble"]
    assert report["datagrams"]["rumble"] >= 4 and (rumble["low"], rumble["high"], rumble["ttl_ms"]) == (0, 0, 0), report


def test_a_pad_that_is_unplugged_goes_at_once():
    session = Session("unplug", ["pad_state 0 7 0x1000 0 0 0 0 0 0", "pad_remove 0 8"])
    wait_for(lambda: not nodes(), "the pad to go")
    assert session.probe.poll() is None, "the session goes on"
    session.end()


WORK.mkdir()
ENV = os.environ | {"PUNKTFUNK_CONFIG_DIR": str(WORK / "config"), "XDG_RUNTIME_DIR": str(WORK), "HOME": str(WORK)}
log = open(WORK / "host.log", "w+")
host = subprocess.Popen([PROGRAMS / "src/cli/punktfunk-host", "punktfunk1-host", "--source", "synthetic", "--frames", "0",
                         "--allow-tofu", "--port", PORT], stdout=log, stderr=log, env=ENV)
wait_for(lambda: "listening" in (WORK / "host.log").read_text() or host.poll() is not None, "the host")
tests = [(name, run) for name, run in list(globals().items()) if name.startswith("test_")]
print(f"1..{len(tests)}")
failed = 0
for name, run in tests:
    try:
        run()
        print(f"ok {name}", flush=True)
    except Exception as error:  # whatever it is, the other tests shall run
        failed += 1
        print(f"not ok {name}: {error!r}", flush=True)
host.terminate()
host.wait(LIMIT)
if failed:
    print((WORK / "host.log").read_text())
sys.exit(failed > 0)
