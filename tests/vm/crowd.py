"""Many pads, many events, and a user who may not make pads."""
import os
import shutil
import subprocess

from rig import EV_ABS, EV_KEY, LIMIT, WORK, XBOX_360, Host, Node, Rig, Session, all_nodes, wait_for, wait_until_pads_are_gone

FLOOD_MS = 2000
EACH_MS = 10  # 10 000 a second


def test_sixteen_pads_and_not_one_more():
    begin = [f"pad_arrival {pad} {(1, 2, 3, 4)[pad % 4]}" for pad in range(16)] + ["pad_button 0x1000 1 16"]
    session = Session(["pad_button 0x2000 1 0", "pad_button 0x2000 1 15", "pad_button 0x2000 0 0"], begin=begin, more_s=30)
    names = wait_for(lambda: (lambda all_: all_ if len(all_) >= 8 + 3 * 8 else None)([n for n, _ in all_nodes()]), "all pads")
    assert len([n for n in names if "X-Box" in n]) == 8, names
    assert "a gamepad is refused" in Rig.host.log()
    session.leave()
    wait_until_pads_are_gone()


def flood(kind, name):
    """Ten events in every millisecond, and where the pad stands at the end is right."""
    lines, at = [], 4500
    for ms in range(FLOOD_MS):
        for i in range(EACH_MS):
            n = ms * EACH_MS + i
            lines.append(f"{at + ms} " + (f"pad_button 0x1000 {n & 1} 0", f"pad_axis 0 {n % 30000} 0",
                                          f"motion 0 {n % 1000} 1 2 0 10000 0", f"pad_axis 4 {n % 256} 0")[n % 4])
    lines.append(f"{at + FLOOD_MS} pad_button 0x1000 0 0")
    lines.append(f"{at + FLOOD_MS + 1} pad_axis 1 32767 0")
    lines.append(f"{at + FLOOD_MS + 2000} pad_button 0x8 1 0")
    script = WORK / f"flood-{kind}.txt"
    script.write_text(f"500 pad_arrival 0 {kind}\n" + "\n".join(lines) + "\n")
    session = Session([], "--input", script, more_s=20)
    node = Node(name)
    seen = node.events_until((EV_ABS, 0x10, 1), limit=2 * LIMIT)
    assert seen[-1] == (EV_ABS, 0x10, 1), seen[-5:]
    buttons = [value for k, code, value in seen if (k, code) == (EV_KEY, 0x130)]
    assert buttons[-1] == 0, "the last release is not lost"
    effect = node.rumble(0x8000, 0x8000)
    wait_for(lambda: session.felt("rumble"), "rumble after the flood")
    node.play(effect, 0)
    node.close()
    print(f"# flood of {FLOOD_MS * EACH_MS} events on {name}: {len(seen)} kernel events")
    report = session.leave()
    assert report["close"]["code"] in (0, 0x51), report["close"]
    wait_until_pads_are_gone()


def test_a_flood_of_events_on_an_xbox_pad():
    flood(1, XBOX_360)


def test_a_flood_of_events_on_a_dualsense():
    flood(2, "Punktfunk DualSense 0")


def latency(kind, name, axis):
    values = [5000 + 50 * i for i in range(300)]
    session = Session([f"pad_axis 0 {v} 0" for v in values], begin=[f"pad_arrival 0 {kind}"], step_ms=11)
    node = Node(name)
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
    assert len(times) >= 50 and times[0] > 0, times
    print(f"# latency, datagram sent to kernel event, {name}: p50 {times[len(times) // 2]:.0f} µs, "
          f"p99 {times[len(times) * 99 // 100]:.0f} µs, n {len(times)} (emulated machine)")
    node.close()
    wait_until_pads_are_gone()


def test_latency_of_an_xbox_pad():
    latency(1, XBOX_360, lambda v: v)


def test_latency_of_a_dualsense():
    latency(2, "Punktfunk DualSense 0", lambda v: (v + 32768) >> 8)


def as_nobody(config):
    config.mkdir()
    os.chmod(WORK, 0o755)
    os.chown(config, 65534, 65534)
    shutil.chown(config, 65534, 65534)
    return Rig.env | {"PUNKTFUNK_CONFIG_DIR": str(config), "XDG_RUNTIME_DIR": str(config), "HOME": str(config)}


NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]


def test_without_permission_the_log_names_the_command():
    env = as_nobody(WORK / "nobody")
    host = Host("nobody", NOBODY, "9998", env)
    session = Session(["pad_button 0x1000 1 0"] * 5, "--gamepad", "dualsense", port="9998")
    report = session.end()
    assert report["exit_status"] == 0 if "exit_status" in report else session.probe.returncode == 0, report
    log = host.log()
    assert "a DualSense becomes an Xbox 360 pad" in log and "/dev/uhid: Permission denied; do: sudo " in log, log
    assert "no gamepad for now" in log and "/dev/uinput: Permission denied; do: sudo " in log, log
    assert not all_nodes()
    assert host.end() == 0, "the host ends as it should"
