"""PlayStation pads on the kernel's own driver: the rows of docs/spec/input-audio-encode.md 10.2 and 10.3."""
import glob
import os
import pathlib

from rig import EV_ABS, EV_KEY, EV_MSC, Node, Session, all_nodes, hid_device, wait_for, wait_until_pads_are_gone

DS, DS4 = "Punktfunk DualSense 0", "Punktfunk DualShock 4 0"
KEYS = [0x130, 0x131, 0x133, 0x134, 0x136, 0x137, 0x138, 0x139, 0x13A, 0x13B, 0x13C, 0x13D, 0x13E]
MT_SLOT, MT_X, MT_Y, MT_ID = 0x2F, 0x35, 0x36, 0x39
MSC_TIMESTAMP = 5


def abs_of(events, code):
    return [value for kind, c, value in events if kind == EV_ABS and c == code]


def leds(device, pattern):
    return sorted(glob.glob(f"{device}/leds/*{pattern}"))


def text(path):
    return pathlib.Path(path).read_text().strip()


def uevent(device):
    return dict(line.split("=", 1) for line in text(device / "uevent").splitlines())


def check_bound(name, product):
    """The kernel's driver has it, with everything that it gives a pad."""
    nodes = [Node(name), Node(f"{name} Motion Sensors"), Node(f"{name} Touchpad")]
    device = hid_device(name)
    assert os.path.basename(os.readlink(device / "driver")) == "playstation"
    assert f":054C:{product}." in device.name
    assert glob.glob(f"{device}/hidraw/hidraw*")
    supply = glob.glob(f"{device}/power_supply/ps-controller-battery-*")[0]
    assert text(f"{supply}/capacity") == "100" and text(f"{supply}/status") == "Full"
    assert supply.endswith(uevent(device)["HID_UNIQ"].lower()), (supply, uevent(device))
    bits = 0
    for i, word in enumerate(reversed(text(nodes[0].sys / "device/capabilities/key").split())):
        bits |= int(word, 16) << 64 * i
    assert [k for k in range(0x100, 0x200) if bits >> k & 1] == KEYS
    return device, nodes


def close(nodes):
    for node in nodes:
        node.close()


def check_what_games_want(session, device, nodes):
    """Colour, rumble and trigger effects come to the client."""
    bar = leds(device, ":rgb:indicator")[0]
    pathlib.Path(bar, "multi_intensity").write_text("17 34 51")
    pathlib.Path(bar, "brightness").write_text("255")
    session.wait_felt("light_bar", [17, 34, 51])

    effect = nodes[0].rumble(0xFFFF, 0x8000)
    session.wait_felt("rumble", [0xFF00, 0x8000, 0, 0])
    nodes[0].play(effect, 0)
    session.wait_felt("rumble", [0, 0, 0, 0])

    raw = os.open("/dev/" + os.path.basename(glob.glob(f"{device}/hidraw/hidraw*")[0]), os.O_RDWR)
    report = bytearray(48)
    report[0], report[1] = 0x02, 0x0C
    report[11:22] = bytes([0x25, *range(1, 11)])
    report[22:33] = bytes([0x21, *range(11, 21)])
    os.write(raw, report)
    session.wait_felt("trigger", [1, "25" + bytes(range(1, 11)).hex()])
    session.wait_felt("trigger", [0, "21" + bytes(range(11, 21)).hex()])
    os.close(raw)


def test_dualsense_binds_and_lights_up():
    session = Session([], begin=["pad_arrival 0 2"])
    device, nodes = check_bound(DS, "0CE6")
    assert text(f"{leds(device, ':rgb:indicator')[0]}/multi_index") == "red green blue"
    players = leds(device, ":white:player-*")
    assert len(players) == 5, players
    session.wait_felt("light_bar", [0, 0, 128])  # what the driver shows at first
    session.wait_felt("player_leds", [4])
    check_what_games_want(session, device, nodes)
    pathlib.Path(players[2], "brightness").write_text("0")
    session.wait_felt("player_leds", [0])
    pathlib.Path(players[2], "brightness").write_text("1")
    wait_for(lambda: session.felt("player_leds")[-1] == [4], "player 3's light")
    close(nodes)
    session.leave()
    wait_until_pads_are_gone()


DUALSENSE = [  # every line with what is new on the gamepad node
    ("pad_button 0x1000 1 0", [(EV_KEY, 0x130, 1)]),
    ("pad_button 0x400 1 0", [(EV_KEY, 0x13C, 1)]),
    ("pad_axis 4 200 0", [(EV_ABS, 2, 200), (EV_KEY, 0x138, 1)]),
    ("pad_axis 0 32767 0", [(EV_ABS, 0, 255)]),
    ("pad_button 0x8 1 0", [(EV_ABS, 0x10, 1)]),
    ("pad_button 0x4000 1 0", [(EV_KEY, 0x134, 1)]),
    ("pad_button 0x8000 1 0", [(EV_KEY, 0x133, 1)]),
    ("pad_button 0x200000 1 0", []),  # mute is the driver's own
    ("pad_axis 1 32767 0", [(EV_ABS, 1, 0)]),
    ("pad_button 0x20 1 0", [(EV_KEY, 0x13A, 1)]),
    ("pad_button 0x10 1 0", [(EV_KEY, 0x13B, 1)]),
    ("pad_button 0x10 0 0", [(EV_KEY, 0x13B, 0)]),
]


def check_table(session_of):
    session = session_of([line for line, _ in DUALSENSE], begin=["pad_arrival 0 2"])
    node = Node(DS)
    node.events_until((EV_KEY, 0x130, 0), limit=1)  # what the first report brings
    more = node.events_until((EV_KEY, 0x130, 0), limit=1)
    assert not more, ("a pad at rest says nothing more", more)
    session.go()
    seen = node.events_until((EV_KEY, 0x13B, 0))
    assert sorted(seen) == sorted(e for _, events in DUALSENSE for e in events), seen
    node.close()
    session.leave()
    wait_until_pads_are_gone()


def test_dualsense_events_are_those_of_the_table():
    check_table(Session)


def check_motion(name, kind, session_of=Session):
    session = session_of(["motion 0 20 -40 2000 0 10000 -5000"] * 12, begin=[f"pad_arrival 0 {kind}"], step_ms=50)
    node = Node(f"{name} Motion Sensors")
    session.go()
    turn = {(EV_ABS, 3, 1024), (EV_ABS, 4, -2048), (EV_ABS, 5, 102400), (EV_ABS, 2, -4096)}
    events = node.events_until(lambda seen: turn <= set(seen), types=(EV_ABS,))
    assert turn <= set(events), events
    # No more of it comes: the pad lies still, but it does not float.
    wait_for(lambda: [node.value(axis) for axis in (3, 4, 5)] == [0, 0, 0], "the turn to end")
    assert [node.value(axis) for axis in (0, 1, 2)] == [0, 8192, -4096]
    # The sensors' clock is real time: microseconds, as far as an emulated kernel can tell.
    stamps = []
    while len(stamps) < 2 or stamps[-1][1] - stamps[0][1] < 2000000:
        stamps += [(ns, value) for ns, k, code, value in node.read(10) if (k, code) == (EV_MSC, MSC_TIMESTAMP)]
    ratio = (stamps[-1][1] - stamps[0][1]) * 1000 / (stamps[-1][0] - stamps[0][0])
    assert 0.8 < ratio < 1.25, ratio
    node.close()
    session.leave()
    wait_until_pads_are_gone()


def test_dualsense_motion_has_unit_scale():
    check_motion(DS, 2)


def test_dualshock4_motion_has_unit_scale():
    check_motion(DS4, 4)


TOUCHES = [
    "touchpad 0 0 1 32768 32768",
    "touchpad 0 1 1 65535 65535",
    "touchpad 0 0 0 32768 32768",
    "touchpad 0 1 0 0 0",
    "pad_button 0x100000 1 0",
    "pad_button 0x100000 0 0",
    "touchpad_ex 0 2 0 3 0 0 100",
    "touchpad_ex 0 2 0 0 0 0 0",
]


def check_touches(node, height, touches=2, clicks=1):
    seen = node.events_until(lambda events: events.count((EV_KEY, 0x110, 0)) == clicks)
    xs, ys, ids = abs_of(seen, MT_X), abs_of(seen, MT_Y), abs_of(seen, MT_ID)
    assert xs[:2] == [960, 1919] and ys[:2] == [height // 2, height - 1], seen
    # Each touch has a number of its own.
    assert ids.count(-1) == touches and len(set(ids)) == touches + 1, ids
    assert seen.count((EV_KEY, 0x110, 1)) == clicks, seen
    return xs


def check_touchpad(name, kind, height):
    session = Session(TOUCHES, begin=[f"pad_arrival 0 {kind}"])
    node = Node(f"{name} Touchpad")
    session.go()
    xs = check_touches(node, height, touches=3, clicks=2)
    assert 1440 in xs[2:], xs  # the right pad's middle is that of the right half
    node.close()
    session.leave()
    wait_until_pads_are_gone()


def test_dualsense_touchpad():
    check_touchpad(DS, 2, 1080)


def test_dualshock4_touchpad():
    check_touchpad(DS4, 4, 942)


def test_dualshock4_binds_plays_and_feels():
    session = Session(["pad_button 0x1000 1 0", "pad_axis 4 77 0", "pad_button 0x1000 0 0"], begin=["pad_arrival 0 4"])
    device, nodes = check_bound(DS4, "09CC")
    session.wait_felt("light_bar", [0, 0, 64])
    nodes[0].events_until((EV_KEY, 0x130, 0), limit=1)
    session.go()
    seen = nodes[0].events_until((EV_KEY, 0x130, 0))
    assert sorted(seen) == [(EV_KEY, 0x130, 0), (EV_KEY, 0x130, 1), (EV_KEY, 0x138, 1), (EV_ABS, 2, 77)], seen
    effect = nodes[0].rumble(0xFFFF, 0x8000)
    session.wait_felt("rumble", [0xFF00, 0x8000, 0, 0])
    nodes[0].play(effect, 0)
    session.wait_felt("rumble", [0, 0, 0, 0])
    for colour, value in (("red", "17"), ("green", "34"), ("blue", "51")):
        pathlib.Path(leds(device, f":{colour}")[0], "brightness").write_text(value)
    session.wait_felt("light_bar", [17, 34, 51])
    close(nodes)
    session.leave()
    wait_until_pads_are_gone()


def test_two_dualsense_at_once():
    session = Session([], "--gamepad", "dualsense", begin=["pad_axis 0 0 0", "pad_axis 0 0 1"])
    both = [Node("Punktfunk DualSense 0"), Node("Punktfunk DualSense 1")]
    devices = [hid_device(f"Punktfunk DualSense {i}") for i in range(2)]
    addresses = {uevent(device)["HID_UNIQ"] for device in devices}
    assert len(addresses) == 2, addresses
    for pad, (low, high) in enumerate(((0x4000, 0), (0, 0x6000))):
        both[pad].rumble(low, high)
        session.wait_felt("rumble", [low, high, 0, 0], pad)
    assert session.felt("rumble", 0)[-1][:2] == [0x4000, 0], session.felt("rumble", 0)
    assert len([n for n, _ in all_nodes() if "Motion" in n]) == 2
    close(both)
    session.leave()
    wait_until_pads_are_gone()
