"""The subcommands that make pads without a client, and doctor."""
import os
import pathlib
import shutil
import socket
import subprocess

from crowd import NOBODY, as_nobody
from rig import EV_ABS, EV_KEY, LIMIT, WORK, XBOX_ONE, Node, Rig, hid_device, wait_for, wait_until_pads_are_gone


def check_command(words, name):
    """The pad sweeps its stick, presses its lower button, and what a game wants is printed."""
    output = WORK / "command.out"
    command = Rig.command(*words, "--seconds", "60", stdout=open(output, "w"), stderr=subprocess.STDOUT)
    node = Node(name)
    seen = node.events_until(lambda events: {(EV_KEY, 0x130, 0), (EV_KEY, 0x130, 1)} <= set(events)
                             and len({v for k, c, v in events if (k, c) == (EV_ABS, 0)}) > 10)
    assert (EV_KEY, 0x130, 1) in seen, seen
    node.rumble(0x8000, 0x4000)
    wait_for(lambda: "rumble low=32" in output.read_text(), output.read_text() or "rumble")
    if "Punktfunk" in name:
        wait_for(lambda: "light bar #0000" in output.read_text(), "the light bar")
    node.close()
    command.terminate()
    assert command.wait(LIMIT) == 0, output.read_text()
    wait_until_pads_are_gone()


def test_dualsense_test():
    check_command(["dualsense-test"], "Punktfunk DualSense 0")


def test_dualshock4_test():
    check_command(["dualshock4-test"], "Punktfunk DualShock 4 0")


def test_gamepad_test():
    check_command(["gamepad-test", "--kind", "xboxone"], XBOX_ONE)


def test_a_second_process_takes_another_address():
    """dualsense-test beside a host's pad: the kernel refuses two pads with one address."""
    first = Rig.command("dualsense-test", "--seconds", "60", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    Node("Punktfunk DualSense 0").close()
    wait_for(lambda: list(pathlib.Path("/sys/class/power_supply").glob("ps-controller-battery-*")), "its battery")
    second = Rig.command("dualsense-test", "--seconds", "60", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    Node("Punktfunk DualSense 1").close()
    assert hid_device("Punktfunk DualSense 1")
    for command in (first, second):
        command.terminate()
        assert command.wait(LIMIT) == 0
    wait_until_pads_are_gone()


def doctor(env, prefix=()):
    run = subprocess.run([*prefix, Rig.programs / "src/cli/punktfunk-host", "doctor"], env=env, capture_output=True, text=True)
    found = {}
    for line in run.stdout.splitlines():
        words = line.split()
        if words and words[0] in ("ok", "MISSING", "note"):
            what = next(w for w in ("compositor", "uinput", "uhid", "PipeWire", "D-Bus", "render node") if w in line)
            found[what] = line
        elif found and words[:1] == ["do:"]:
            found[what] += "\n" + line
    return run.returncode, found


def test_doctor_names_what_is_missing():
    status, found = doctor(Rig.env)
    assert status == 1 and len(found) == 6, found
    assert found["uinput"].startswith("ok") and found["uhid"].startswith("ok"), found
    assert found["compositor"].startswith("MISSING") and "do:" in found["compositor"]
    assert found["PipeWire"].startswith("MISSING") and "systemctl --user start pipewire" in found["PipeWire"], found
    assert found["D-Bus"].startswith("note") and "do:" in found["D-Bus"]


def test_doctor_names_the_permission():
    config = WORK / "doctor"
    env = as_nobody(config)
    status, found = doctor(env, NOBODY)
    assert status == 1 and "/dev/uhid: Permission denied" in found["uhid"], found
    assert "do: " in found["uhid"] and "udevadm trigger --sysname-match=uhid" in found["uhid"], found
    shutil.chown("/dev/uinput", group="games")
    os.chmod("/dev/uinput", 0o660)
    try:
        found = doctor(env, NOBODY)[1]
        assert "sudo usermod -aG games nobody" in found["uinput"], found
        members = NOBODY[:-1] + ["--groups", str(os.stat("/dev/uinput").st_gid)]
        assert doctor(env, members)[1]["uinput"].startswith("ok"), "after the command it is well"
    finally:
        os.chown("/dev/uinput", 0, 0)
        os.chmod("/dev/uinput", 0o600)


def test_doctor_finds_pipewire():
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(WORK / "pipewire-0"))
    server.listen()
    try:
        assert doctor(Rig.env)[1]["PipeWire"].startswith("ok")
    finally:
        server.close()
        os.unlink(WORK / "pipewire-0")
