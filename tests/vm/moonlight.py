"""The same rows over GameStream: what a Moonlight client sends becomes the same events of the kernel.

The packets are made here, from the tables of docs/spec/gamestream.md 7; gamestream_client carries them.
"""
import struct
import subprocess
import threading
import time

import playstation
import seat
import xbox
from desktop import Desktop
from rig import LIMIT, WORK, Node, Rig, hid_device, wait_for, wait_until_pads_are_gone

KEY, KEY_ID = "000102030405060708090a0b0c0d0e0f", 7
PORTS = ["48010", "47999", "47998", "48000"]
TYPES = {1: 1, 2: 2}  # our kind → the client's: Xbox, PlayStation
CAPABILITIES = 0x01 | 0x02 | 0x08 | 0x10 | 0x20 | 0x80
SPEED, GRAVITY = 20.0, 10000 / 9.80665  # units of ours for °/s and m/s²


class Process:
    """A program of the tests that is talked to in lines."""

    def __init__(self, name, *args, env=None):
        self.log = open(WORK / f"{name}.err", "w")
        self.process = subprocess.Popen([Rig.tools / name, *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.log, text=True, env=env or Rig.env)
        self.lines = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.strip())

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def ask(self, line, *answers):
        before = len(self.lines)
        self.say(line)
        return wait_for(lambda: next((li for li in self.lines[before:] if li.startswith(answers)), None), f"{answers} after {line}")

    def end(self):
        self.process.stdin.close()
        return self.process.wait(LIMIT)


class GameStream:
    """The playing half of a host. Begins when it is first asked for, and stays."""

    one = None

    @classmethod
    def get(cls):
        if cls.one is None:
            cls.one = Process("gamestream_rig", WORK / "desktop-config", *PORTS, env=Desktop.get().env)
            wait_for(lambda: "ready" in cls.one.lines, "gamestream_rig")
        return cls.one


def packet(magic, body):
    return struct.pack(">I", 4 + len(body)) + struct.pack("<I", magic) + body


class Pads:
    """What a client keeps of its gamepads: every packet has a pad's whole state."""

    def __init__(self):
        self.states, self.mask = {}, 0

    def state(self, pad):
        s = self.states.setdefault(pad, {"buttons": 0, "axes": [0] * 6})
        a = s["axes"]
        return packet(0xC, struct.pack("<5HBB4h3H", 0x1A, pad, self.mask, 0x14, s["buttons"] & 0xFFFF, a[4], a[5], *a[:4],
                                       0x9C, s["buttons"] >> 16, 0x55))

    def button(self, bit, pressed, pad):
        self.state(pad)
        self.states[pad]["buttons"] = self.states[pad]["buttons"] | bit if pressed else self.states[pad]["buttons"] & ~bit
        return self.come(pad)

    def axis(self, axis, value, pad):
        self.state(pad)
        least, most = (-32768, 32767) if axis < 4 else (0, 255)
        self.states[pad]["axes"][axis] = max(least, min(most, value))
        return self.come(pad)

    def come(self, pad):
        self.mask |= 1 << pad
        return [(0x10 + pad, True, self.state(pad))]

    def arrive(self, pad, kind):
        self.mask |= 1 << pad
        arrival = packet(0x55000004, struct.pack("<BBHI", pad, TYPES[kind], CAPABILITIES, 0x3FFFFF))
        return [(0x10 + pad, True, arrival), *self.come(pad)]

    def remove(self, pad):
        self.mask &= ~(1 << pad)
        return [(0x10 + pad, True, self.state(pad))]


def mouse(magic, body):
    return [(3, True, packet(magic, body))]


class MoonlightSession:
    """Understands the lines that rig.Session does, as far as the protocol has words for them."""

    def __init__(self, lines, begin=("pad_axis 0 0 0",), step_ms=0):
        answer = GameStream.get().ask(f"launch 127.0.0.1 A {KEY} {KEY_ID} plain 320x240x10", "url", "refused")
        assert answer.startswith("url"), answer
        self.waiting, self.step_ms, self.pads = lines, step_ms, Pads()
        self.client = Process("gamestream_client", PORTS[0], KEY, "320", "240", "10")
        wait_for(lambda: "connected" in self.client.lines, "the control connection")
        self.play(begin)

    def go(self):
        end = self.waiting.index("wait") if "wait" in self.waiting else len(self.waiting)
        lines, self.waiting = self.waiting[:end], self.waiting[end + 1:]
        threading.Thread(target=self.play, args=(lines, self.step_ms / 1000)).start()

    def play(self, lines, pause=0):
        for line in lines:
            time.sleep(pause)
            for channel, reliable, data in self.packets(*line.split()):
                self.client.say(f"input {channel} {'reliable' if reliable else 'unreliable'} {data.hex()}")

    def packets(self, name, *words):
        n = [int(word, 0) for word in words]
        if name in ("key_down", "key_up"):
            return [(2, True, packet(3 if name == "key_down" else 4, struct.pack("<BHBH", 0, 0x8000 | n[0], 0, 0)))]
        if name in ("button_down", "button_up"):
            return mouse(8 if name == "button_down" else 9, bytes(n))
        if name == "move":
            return mouse(7, struct.pack(">hh", *n))
        if name == "abs":
            return mouse(5, struct.pack(">5h", n[0], n[1], 0, n[2] - 1, n[3] - 1))
        if name == "scroll":
            return mouse(0x55000001, struct.pack(">h", n[1])) if n[0] else mouse(0xA, struct.pack(">hhH", n[1], n[1], 0))
        if name in ("touch_down", "touch_move", "touch_up"):
            x, y = (n[1] / n[3], n[2] / n[4]) if len(n) > 1 else (0, 0)
            event = {"touch_down": 1, "touch_up": 2, "touch_move": 3}[name]
            return [(5, True, packet(0x55000002, struct.pack("<BBHI5f", event, 0, 0xFFFF, n[0], x, y, 0, 0, 0)))]
        if name == "pad_button":
            return self.pads.button(*n)
        if name == "pad_axis":
            return self.pads.axis(*n)
        if name == "pad_arrival":
            return self.pads.arrive(*n)
        if name == "pad_gone":
            return self.pads.remove(*n)
        if name == "touchpad":
            pad, finger, active, x, y = n
            return [(0x10 + pad, True, packet(0x55000005, struct.pack("<BBBBI3f", pad, 1 if active else 2, 0, 0, 40 + finger,
                                                                      x / 65535, y / 65535, 1 if active else 0)))]
        if name == "motion":
            motion = [(1, [v / GRAVITY for v in n[4:7]]), (2, [v / SPEED for v in n[1:4]])]
            return [(0x20 + n[0], False, packet(0x55000006, struct.pack("<BBH3f", n[0], kind, 0, *axes))) for kind, axes in motion]
        if name == "battery":
            return [(0x10 + n[0], True, packet(0x55000007, struct.pack("<BBBB", n[0], 3, n[1], 0)))]
        raise ValueError(name)

    def heard(self, kind):
        """The payloads of the host's messages of one type."""
        words = [line.split() for line in list(self.client.lines)]
        return [bytes.fromhex(w[2]) for w in words if w[:2] == ["message", f"{kind:04x}"]]

    def felt(self, kind, pad=0):
        """As rig.Session."""
        if kind == "rumble":
            told = [struct.unpack_from("<3H", m, 4) for m in self.heard(0x010B)]
            return [[low, high, 0, 0] for p, low, high in told if p == pad]
        if kind == "light_bar":
            return [list(m[2:5]) for m in self.heard(0x5502) if m[0] == pad]
        if kind == "trigger":
            told = [m for m in self.heard(0x5503) if m[0] == pad]
            return [[1, (m[4:5] + m[15:25]).hex()] if m[2] & 4 else [0, (m[3:4] + m[5:15]).hex()] for m in told]
        raise ValueError(kind)

    def wait_felt(self, kind, value, pad=0):
        wait_for(lambda: value in self.felt(kind, pad), f"{kind} {value} of pad {pad}; there was {self.felt(kind, pad)}")

    def leave(self):
        assert "gone" not in self.client.lines and self.client.end() == 0, self.client.lines[-5:]
        GameStream.get().ask("cancel A", "cancelled")
        wait_for(lambda: GameStream.get().ask("info", "info").startswith("info state=idle"), "the game to end")


def test_moonlight_xbox_events_are_those_of_the_table():
    xbox.check_table(MoonlightSession)


def test_moonlight_dualsense_events_are_those_of_the_table():
    playstation.check_table(MoonlightSession)


def test_moonlight_dualsense_motion():
    playstation.check_motion(playstation.DS, 2, MoonlightSession)


def test_moonlight_dualsense_touchpad():
    session = MoonlightSession(playstation.TOUCHES[:6], begin=["pad_arrival 0 2"])
    node = Node(f"{playstation.DS} Touchpad")
    session.go()
    playstation.check_touches(node, 1080)
    node.close()
    session.leave()
    wait_until_pads_are_gone()


def test_moonlight_dualsense_feels():
    """And a pad whose bit is cleared is unplugged at once; the state of a battery changes nothing."""
    session = MoonlightSession(["battery 0 55", "pad_gone 0"], begin=["pad_arrival 0 2"])
    device, nodes = playstation.check_bound(playstation.DS, "0CE6")
    enabled = wait_for(lambda: len(session.heard(0x5501)) >= 2 and session.heard(0x5501), "motion to be asked for")
    assert {struct.unpack("<HHB", m) for m in enabled} == {(0, 100, 1), (0, 100, 2)}, enabled
    playstation.check_what_games_want(session, device, nodes)
    session.go()
    wait_for(lambda: hid_device(playstation.DS) is None, "the pad to go")
    playstation.close(nodes)
    session.leave()
    wait_until_pads_are_gone()


def test_moonlight_keyboard_and_mouse():
    seat.check_table(lambda lines: MoonlightSession(lines, begin=()), seat.COURSE)


def test_moonlight_fingers():
    seat.check_fingers(lambda lines: MoonlightSession(lines, begin=()))
