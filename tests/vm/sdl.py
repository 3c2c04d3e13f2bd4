"""SDL, which most games use, takes each pad for what it is."""
import json
import os
import pathlib
import subprocess
import sys

from rig import WORK, Session, all_nodes, wait_for, wait_until_pads_are_gone

XBOX360, XBOXONE, PS4, PS5 = 1, 2, 4, 7  # SDL_GameControllerType
LOOKER = pathlib.Path(__file__).with_name("sdl_looker.py")
PADS = [("1", XBOX360), ("3", XBOXONE), ("2", PS5), ("4", PS4)]


def look(count):
    env = os.environ | {"SDL_JOYSTICK_HIDAPI": "0", "SDL_VIDEODRIVER": "dummy", "HOME": str(WORK),
                        "SDL_JOYSTICK_ALLOW_BACKGROUND_EVENTS": "1"}
    return subprocess.Popen([sys.executable, LOOKER, str(count)], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_sdl_knows_each_pad_by_its_mapping():
    begin = [f"pad_arrival {pad} {kind}" for pad, (kind, _) in enumerate(PADS)]
    buttons = ("0x1000", "0x4000", "0x200", "0x400")
    session = Session([f"pad_button {button} {down} {pad}" for button in buttons for down in (1, 0) for pad in range(4)],
                      begin=begin)
    wait_for(lambda: len(all_nodes()) >= 8, "all pads")
    sdl = look(len(PADS))
    assert sdl.stdout.readline().strip() == "open", "SDL finds them"
    session.go()
    found = [json.loads(sdl.stdout.readline()) for _ in PADS]
    assert sorted(pad["type"] for pad in found) == sorted(kind for _, kind in PADS), found
    for pad in found:
        # The lower button is A everywhere, the left one X, the right shoulder RB.
        assert pad["mapping"] and set(pad["pressed"]) == {"a", "x", "rightshoulder", "guide"}, pad
    for pad in range(len(PADS)):  # and all of them rumble
        wait_for(lambda: any(low >> 8 == 0x40 for low, *_ in session.felt("rumble", pad)), f"rumble of pad {pad}")
    sdl.stdin.close()
    assert sdl.wait(60) == 0
    session.leave()
    wait_until_pads_are_gone()
