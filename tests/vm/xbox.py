"""Xbox pads: the rows of docs/spec/input-audio-encode.md 10.1, from the datagram to the kernel's event."""
import pathlib

from rig import EV_ABS, EV_KEY, XBOX_360, XBOX_ONE, Node, Session, wait_for, wait_until_pads_are_gone

# What the pad does, and what the kernel says of it.
COURSE = [
    ("pad_button 0x1000 1 0", (EV_KEY, 0x130, 1)),
    ("pad_button 0x1000 1 0", None),
    ("pad_axis 0 12345 0", (EV_ABS, 0, 12345)),
    ("pad_axis 1 32767 0", (EV_ABS, 1, -32767)),
    ("pad_axis 1 -32768 0", (EV_ABS, 1, 32767)),
    ("pad_axis 4 200 0", (EV_ABS, 2, 200)),
    ("pad_axis 5 256 0", (EV_ABS, 5, 255)),
    ("pad_axis 2 -40000 0", (EV_ABS, 3, -32768)),
    ("pad_button 0x4 1 0", (EV_ABS, 0x10, -1)),
    ("pad_button 0x1 1 0", (EV_ABS, 0x11, -1)),
    ("pad_button 0x10000 1 0", (EV_KEY, 0x2C4, 1)),
    ("pad_button 0x4000 1 0", (EV_KEY, 0x133, 1)),
    ("pad_button 0x1000 0 0", (EV_KEY, 0x130, 0)),
    ("pad_button 0x8000 1 0", (EV_KEY, 0x134, 1)),
]


def check_table(session_of):
    """`session_of` makes the session of one protocol or another: the events are the same."""
    session = session_of([line for line, _ in COURSE])
    node = Node(XBOX_360)
    session.go()
    expected = [event for _, event in COURSE if event]
    seen = node.events_until(expected[-1])
    assert seen == expected, seen
    node.rumble(0xC000, 0x4000)
    session.wait_felt("rumble", [0xBFFF, 0x3FFF, 0, 0])
    node.close()
    session.wait_felt("rumble", [0, 0, 0, 0])
    report = session.leave()
    wait_until_pads_are_gone()
    return report


def test_xbox_events_are_those_of_the_table():
    report = check_table(Session)
    assert report["feedback"]["rumble"]["ttl_ms"] == 0, report["feedback"]


def test_xbox_one_rumbles():
    """Linux knows no trigger motors of pads: games reach the two big ones."""
    session = Session([], "--gamepad", "xboxone")
    node = Node(XBOX_ONE)
    assert pathlib.Path(node.sys, "device/id/product").read_text().strip() == "02ea"
    effect = node.rumble(0x8000, 0)
    session.wait_felt("rumble", [0x7FFF, 0, 0, 0])
    node.play(effect, 0)
    session.wait_felt("rumble", [0, 0, 0, 0])
    node.close()
    session.leave()
    wait_until_pads_are_gone()


def test_a_pad_that_is_unplugged_goes_at_once():
    """And another one may come in its place."""
    session = Session(["pad_state 0 7 0x1000 0 0 0 0 0 0", "pad_remove 0 8", "pad_arrival 0 4"])
    node = Node(XBOX_360)
    node.rumble(0x8000, 0)
    session.wait_felt("rumble", [0x7FFF, 0, 0, 0])
    session.go()
    wait_for(lambda: node.sys.exists() is False, "the pad to go")
    session.wait_felt("rumble", [0, 0, 0, 0])
    node.close()
    Node("Punktfunk DualShock 4 0").close()
    session.leave()
    wait_until_pads_are_gone()
