"""Keyboard and mouse of the kernel, the last resort: the rows of docs/spec/input-audio-encode.md 10.4 as events of their nodes.
"""
import subprocess

from crowd import NOBODY
from desktop import PORT, Desktop
from rig import EV_ABS, EV_KEY, EV_MSC, EV_REL, LIMIT, WORK, Node, Rig, Session, wait_for, wait_until_pads_are_gone

KEYBOARD, MOUSE, POINTER, TOUCH = (f"Punktfunk {name}" for name in ("Keyboard", "Mouse", "Pointer", "Touchscreen"))
HI_RES, WHEEL, HWHEEL_HI_RES, HWHEEL = 0x0B, 0x08, 0x0C, 0x06
SLOT, MT_X, MT_Y, TRACKING, TOUCHED = 0x2F, 0x35, 0x36, 0x39, 0x14A
LEFT, MIDDLE = (0, 0), (160, 120)  # pixels of the session's display, which lies beside others

# What the client does, and what which node says of it.
COURSE = [
    ("key_down 0x41", KEYBOARD, [(EV_MSC, 4, 30), (EV_KEY, 30, 1)]),
    ("key_down 0x5B", KEYBOARD, [(EV_MSC, 4, 125), (EV_KEY, 125, 1)]),
    ("key_up 0x5B", KEYBOARD, [(EV_MSC, 4, 125), (EV_KEY, 125, 0)]),
    ("key_up 0x41", KEYBOARD, [(EV_MSC, 4, 30), (EV_KEY, 30, 0)]),
    ("button_down 2", MOUSE, [(EV_KEY, 0x112, 1)]),
    ("button_up 2", MOUSE, [(EV_KEY, 0x112, 0)]),
    ("button_down 5", MOUSE, [(EV_KEY, 0x114, 1)]),
    ("button_up 5", MOUSE, [(EV_KEY, 0x114, 0)]),
    ("move 4 -6", MOUSE, [(EV_REL, 0, 4), (EV_REL, 1, -6)]),
    ("scroll 0 120", MOUSE, [(EV_REL, HI_RES, 120), (EV_REL, WHEEL, 1)]),
    ("scroll 0 30", MOUSE, [(EV_REL, HI_RES, 30)]),
    ("button_down 1", MOUSE, [(EV_KEY, 0x110, 1)]),
    ("scroll 0 90", MOUSE, [(EV_REL, HI_RES, 90), (EV_REL, WHEEL, 1)]),
    ("scroll 1 120", MOUSE, [(EV_REL, HWHEEL_HI_RES, 120), (EV_REL, HWHEEL, 1)]),
    ("abs 160 120 320 240", POINTER, [(EV_ABS, 0, MIDDLE), (EV_ABS, 1, MIDDLE)]),
    ("abs 5 5 0 240", POINTER, []),
    ("abs 0 0 320 240", POINTER, [(EV_ABS, 0, LEFT), (EV_ABS, 1, LEFT)]),
    ("button_up 1", MOUSE, [(EV_KEY, 0x110, 0)]),
    ("key_down 0x42", KEYBOARD, [(EV_MSC, 4, 48), (EV_KEY, 48, 1)]),
]
# The touchscreen comes with the first finger, so that nobody can see all of that one: it lies there when the test opens the
# node, and these follow.
EARLY = "touch_down 1 10 10 320 240"
FINGERS = [
    ("touch_down 7 160 120 320 240", [(EV_ABS, SLOT, 1), (EV_ABS, MT_X, MIDDLE), (EV_ABS, MT_Y, MIDDLE)]),
    ("touch_move 7 0 120 320 240", [(EV_ABS, MT_X, LEFT)]),
    ("touch_up 7", [(EV_ABS, TRACKING, -1)]),
    ("touch_up 1", [(EV_ABS, SLOT, 0), (EV_ABS, TRACKING, -1), (EV_KEY, TOUCHED, 0)]),
    ("touch_down 8 0 120 320 240", [(EV_ABS, MT_X, LEFT), (EV_ABS, MT_Y, MIDDLE), (EV_KEY, TOUCHED, 1)]),
    ("touch_up 8", [(EV_ABS, TRACKING, -1), (EV_KEY, TOUCHED, 0)]),
]


def probe(lines):
    """Starts with an event that means nothing, so that no gamepad comes."""
    Desktop.get().host()
    return Session(lines, begin=["key_down 0x07"], port=PORT)


def in_place(events):
    """Pixels become what the axes say of them, now that the display is there."""
    def value(code, at):
        return Desktop.get().axes_of(*at)[code in (1, MT_Y)] if isinstance(at, tuple) else at
    return [(kind, code, value(code, at)) for kind, code, at in events]


def read_until(nodes, last):
    """name → its events without SYN_REPORT, until `last` (name, event) came."""
    seen = {name: [] for name in nodes}
    def done():
        for name, node in nodes.items():
            seen[name] += [e[1:] for e in node.read(0.01) if e[1] != 0]
        return last[1] in seen[last[0]]
    wait_for(done, f"{last}; there was {seen}")
    return seen


def check_table(session_of, course):
    session = session_of([line for line, *_ in course])
    nodes = {name: Node(name) for name in (KEYBOARD, MOUSE, POINTER)}
    session.go()
    seen = read_until(nodes, (course[-1][1], course[-1][2][-1]))
    for name in nodes:
        expected = in_place([event for _, where, events in course if where == name for event in events])
        if name == MOUSE:  # moves and turns of the wheel that meet in the queue are merged
            assert [e for e in seen[name] if e[0] == EV_KEY] == [e for e in expected if e[0] == EV_KEY], seen
            for code in {c for k, c, _ in expected if k == EV_REL}:
                assert sum(v for k, c, v in seen[name] if (k, c) == (EV_REL, code)) == \
                    sum(v for k, c, v in expected if (k, c) == (EV_REL, code)), (code, seen)
        else:
            assert seen[name] == expected, (name, seen)
        nodes[name].close()
    session.leave()
    wait_until_pads_are_gone()  # with the key held down, and the session over


def test_seat_events_are_those_of_the_table():
    check_table(probe, [*COURSE[:2], ("key_down 0x5B", KEYBOARD, [(EV_MSC, 4, 125), (EV_KEY, 125, 2)]), *COURSE[2:]])


def check_fingers(session_of):
    session = session_of([EARLY, "wait", *(line for line, _ in FINGERS)])
    Node(KEYBOARD).close()
    session.go()
    node = Node(TOUCH)
    session.go()
    seen = node.events_until(lambda events: events.count((EV_KEY, TOUCHED, 0)) == 2)
    expected = in_place([event for _, events in FINGERS for event in events])
    assert expected[0] in seen, seen
    later = seen[seen.index(expected[0]):]
    assert [e for e in later if e[1] in (SLOT, MT_X, MT_Y, TOUCHED) or e == (EV_ABS, TRACKING, -1)] == expected, seen
    node.close()
    session.leave()
    wait_until_pads_are_gone()


def test_seat_fingers_are_those_of_a_touchscreen():
    check_fingers(probe)


def test_seat_text_is_typed_by_keys_or_by_its_number():
    session = probe(["key_down 0x10", "text 0x61", "key_up 0x10", "text 0x21", "text 0xE4", "text 0xD800", "text 0x0A"])
    keyboard = Node(KEYBOARD)
    session.go()
    seen = read_until({KEYBOARD: keyboard}, (KEYBOARD, (EV_KEY, 28, 0)))[KEYBOARD]
    keyboard.close()
    shift, ctrl = 42, 29
    number = [(ctrl, 1), (shift, 1), (22, 1), (22, 0), (18, 1), (18, 0), (5, 1), (5, 0), (shift, 0), (ctrl, 0)]  # U E 4
    assert [(code, value) for kind, code, value in seen if kind == EV_KEY] == [
        (shift, 1), (shift, 0), (30, 1), (30, 0), (shift, 1), (shift, 0), (shift, 1), (2, 1), (2, 0), (shift, 0), *number,
        (28, 1), (28, 0)], seen
    session.leave()
    wait_until_pads_are_gone()


def test_seat_input_test():
    """The command needs neither client nor desktop; without permission it names the command that helps."""
    env = Rig.env | {"XDG_RUNTIME_DIR": str(WORK / "nowhere")}
    words = [Rig.programs / "src/cli/punktfunk-host", "input-test", "--backend", "uinput"]
    refused = subprocess.run([*NOBODY, *words], env=env | {"HOME": "/nonexistent"}, capture_output=True, text=True)
    assert refused.returncode == 1 and "/dev/uinput: Permission denied; do: sudo " in refused.stderr, refused
    command = subprocess.Popen(words, env=env, stderr=subprocess.DEVNULL)
    nodes = {name: Node(name) for name in (KEYBOARD, MOUSE)}
    seen = read_until(nodes, (MOUSE, (EV_REL, 1, -12)))
    assert {(EV_KEY, 30, 1), (EV_KEY, 30, 0)} <= set(seen[KEYBOARD]) and (EV_KEY, 0x110, 1) in seen[MOUSE], seen
    assert {(EV_REL, 0, 12), (EV_REL, 1, 12), (EV_REL, 0, -12)} <= set(seen[MOUSE]), seen
    for node in nodes.values():
        node.close()
    assert command.wait(LIMIT) == 0
    wait_until_pads_are_gone()
