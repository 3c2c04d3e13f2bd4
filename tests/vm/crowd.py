"""Many pads, many events, and a user who may not make pads."""
import shutil

from rig import EV_ABS, EV_KEY, LIMIT, WORK, XBOX_360, XBOX_ONE, Host, Node, Rig, Session, all_nodes, wait_for, wait_until_pads_are_gone

EVENTS, RATE = 20000, 10000


def test_sixteen_pads_and_not_one_more():
    begin = [f"pad_arrival {pad} {(1, 2, 3, 4)[pad % 4]}" for pad in range(16)] + ["pad_button 0x1000 1 16"]
    session = Session(["pad_button 0x2000 1 0"], begin=begin)
    names = wait_for(lambda: (lambda all_: all_ if len(all_) >= 8 + 3 * 8 else None)([n for n, _ in all_nodes()]), "all pads")
    assert len([n for n in names if "X-Box" in n]) == 8, names
    wait_for(lambda: "a gamepad is refused" in Rig.host.log(), "a word about the seventeenth")
    for pad in range(16):  # the driver lights those of the PlayStation
        wait_for(lambda: pad % 2 == 0 or session.felt("light_bar", pad), f"the light of pad {pad}")
    last = Node(XBOX_360)
    session.go()
    assert (EV_KEY, 0x131, 1) in last.events_until((EV_KEY, 0x131, 1))
    last.close()
    session.leave()
    wait_until_pads_are_gone()


def flood(kind, name):
    """Ten events in every millisecond, and where the pad stands at the end is right."""
    lines = []
    for n in range(EVENTS):
        lines.append((f"pad_button 0x1000 {n >> 2 & 1} 0", f"pad_axis 0 {n % 30000} 0", f"motion 0 {n % 1000} 1 2 0 10000 0",
                      f"pad_axis 4 {n % 256} 0")[n % 4])
    # Datagrams of a flood may get lost, so the end is said more than once.
    tail = 3 * ["pad_button 0x1000 0 0"] + 10 * ["pad_button 0x8 1 0", "pad_button 0x8 0 0"]
    session = Session(lines, begin=[f"pad_arrival 0 {kind}"], step_ms=1000 / RATE, tail=tail)
    node = Node(name)
    session.go()
    seen = node.events_until((EV_ABS, 0x10, 1), limit=2 * LIMIT)
    assert (EV_ABS, 0x10, 1) in seen, seen[-5:]
    buttons = [value for k, code, value in seen if (k, code) == (EV_KEY, 0x130)]
    assert not buttons or buttons[-1] == 0, "the last release is not lost"
    effect = node.rumble(0x8000, 0x8000)
    wait_for(lambda: session.felt("rumble"), "rumble after the flood")
    node.play(effect, 0)
    node.close()
    sent = [row[0] for row in session.sent()]
    print(f"# flood on {name}: {EVENTS} events asked for at {RATE} a second, sent in {(sent[-1] - sent[1]) / 1e9:.1f} s; "
          f"{len(seen)} kernel events")
    session.leave()
    wait_until_pads_are_gone()


def test_a_flood_of_events_on_an_xbox_pad():
    flood(1, XBOX_360)


def test_a_flood_of_events_on_a_dualsense():
    flood(2, "Punktfunk DualSense 0")


def test_strange_events_do_no_harm():
    """Pads, axes, buttons, kinds, surfaces and fingers that there are not, and values that do not fit."""
    big, small = 2**31 - 1, -2**31
    strange = [f"{what} {code} {value} {pad}" for what in ("pad_button", "pad_axis") for code in (0, 5, 6, 99, 2**32 - 1)
               for value in (big, small, 0) for pad in (0, 1, 16, 255, 2**32 - 1)]
    strange += [f"pad_arrival {pad} {kind}" for pad in (0, 1, 15, 16, 255) for kind in (0, 5, 7, 99, 2**32 - 1)]
    strange += [f"pad_remove {pad} {seq}" for pad in (7, 16, 255) for seq in (0, 255)]
    strange += [f"touchpad {pad} {finger} {active} 65535 65535" for pad in (0, 16, 255) for finger in (0, 1, 255) for active in (0, 1, 255)]
    strange += [f"touchpad_ex {pad} {surface} 255 255 -32768 32767 65535" for pad in (0, 16) for surface in (0, 1, 2, 255)]
    strange += [f"motion {pad} -32768 32767 -32768 32767 -32768 32767" for pad in (0, 16, 255)]
    strange += ["pad_remove 1 1", "pad_remove 15 1"] * 2
    session = Session(strange, begin=["pad_arrival 0 2"], step_ms=4, tail=5 * ["pad_button 0x8 1 0", "pad_button 0x8 0 0"])
    node = Node("Punktfunk DualSense 0")
    session.go()
    assert (EV_ABS, 0x10, 1) in node.events_until((EV_ABS, 0x10, 1))
    node.close()
    session.leave()
    wait_until_pads_are_gone()


def test_rumble_of_a_pad_that_goes():
    """A game still rumbles a pad that the client has taken away; the other one goes on."""
    session = Session(["pad_remove 0 1"], begin=["pad_arrival 0 1", "pad_arrival 1 3"],
                      tail=5 * ["pad_button 0x1000 1 1", "pad_button 0x1000 0 1"])
    goes, stays = Node(XBOX_360), Node(XBOX_ONE)
    effect = goes.rumble(0x8000, 0x4000)
    wait_for(lambda: session.felt("rumble"), "rumble of the first pad")
    session.go()
    gone = False
    while not gone:
        try:
            goes.play(effect, 1)
        except OSError:
            gone = True
    goes.close()
    assert (EV_KEY, 0x130, 1) in stays.events_until((EV_KEY, 0x130, 1))
    stays.rumble(0x2000, 0x1000)
    wait_for(lambda: session.felt("rumble", 1), "rumble of the second pad")
    stays.close()
    session.leave()
    wait_until_pads_are_gone()


def latency(kind, name, axis):
    values = [-30000 + 200 * i for i in range(300)]
    session = Session([f"pad_axis 0 {v} 0" for v in values], begin=[f"pad_arrival 0 {kind}"], step_ms=11)
    node = Node(name)
    session.go()
    first = {}
    shown = {v: axis(v) for v in values}
    while shown[values[-1]] not in first:
        events = node.read(30)
        assert events, "the pad is silent"
        for ns, k, code, value in events:
            if (k, code) == (EV_ABS, 0):
                first.setdefault(value, ns)
    session.leave()
    times, done = [], set()
    for ns, k, code, x in session.sent():
        if (k, code) == (8, 0) and x in shown and shown[x] in first and shown[x] not in done:
            done.add(shown[x])
            times.append((first[shown[x]] - ns) / 1000)
    times.sort()
    assert len(times) >= 10 and times[0] > 0, times  # the others were overtaken
    print(f"# latency, datagram sent to kernel event, {name}: p50 {times[len(times) // 2]:.0f} µs, "
          f"p99 {times[len(times) * 99 // 100]:.0f} µs, n {len(times)} (emulated machine)")
    node.close()
    wait_until_pads_are_gone()


def test_latency_of_an_xbox_pad():
    latency(1, XBOX_360, lambda v: v)


def test_latency_of_a_dualsense():
    latency(2, "Punktfunk DualSense 0", lambda v: (v + 32768) >> 8)


NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]


def as_nobody(config):
    config.mkdir()
    shutil.chown(config, 65534, 65534)
    return Rig.env | {"PUNKTFUNK_CONFIG_DIR": str(config), "XDG_RUNTIME_DIR": str(config), "HOME": str(config)}


def test_without_permission_the_log_names_the_command():
    env = as_nobody(WORK / "nobody")
    host = Host("nobody", NOBODY, "9998", env)
    session = Session([], "--gamepad", "dualsense", port="9998")
    wait_for(lambda: "no gamepad for now" in host.log(), "a word about the pad")
    assert session.leave()["exit"] == 0, "the stream is unharmed"
    log = host.log()
    assert "a DualSense becomes an Xbox 360 pad" in log and "/dev/uhid: Permission denied; do: sudo " in log, log
    assert "no gamepad for now" in log and "/dev/uinput: Permission denied; do: sudo " in log, log
    assert not all_nodes()
    assert host.end() == 0, "the host ends as it should"
