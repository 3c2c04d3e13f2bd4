"""What a client's display is known by, and where the owner put it, survive a restart of the host: on Sway and on GNOME."""
import os
import signal

import pytest

from conftest import NOBODY, Desktop, wait_until
from gnome import Gnome
from test_reconnect import api, write_policy

CLIENTS = {"first": "1024x768@60", "second": "800x600@60"}
# Beside each other but not in a row: GNOME refuses gaps, and counts from the first corner.
PLACES = {"1": {"x": 4000, "y": 200}, "2": {"x": 5024, "y": 0}}
POLICY = {"keep_alive": {"mode": "off"}, "identity": "per-client", "layout": {"mode": "manual", "positions": PLACES}}


@pytest.fixture(params=[Desktop, Gnome], ids=["sway", "gnome"])
def desktop(request, programs, scratch):
    d = request.param(programs, scratch)
    yield d
    d.stop()


def places(desktop):
    """output → place, as the compositor tells it."""
    if isinstance(desktop, Gnome):
        return {name: entry[:2] for name, entry in desktop.arrangement().items()}
    return {name: (o["rect"]["x"], o["rect"]["y"]) for name, o in desktop.listing().items() if name in desktop.in_use()}


def of_client(desktop, name):
    """Where the display of this client lies."""
    width, height = CLIENTS[name].split("@")[0].split("x")
    return next((places(desktop).get(o) for o, m in desktop.in_use().items() if m[:2] == (int(width), int(height))), None)


def difference(desktop):
    first, second = of_client(desktop, "first"), of_client(desktop, "second")
    return first and second and (second[0] - first[0], second[1] - first[1])


def connect(desktop, host, name):
    before = host.process.text().count("streaming client=")
    probe = host.start_probe("--mode", CLIENTS[name], "--seconds", "60", "--identity", desktop.scratch / f"client-{name}",
                             name=f"{name}-{host.port}")
    wait_until(lambda: host.process.text().count("streaming client=") > before, f"the stream of the {name} client")
    return probe


def rows(desktop, host):
    """mode → (identity slot, x, y)"""
    return {d["mode"]: (d["identity_slot"], d["x"], d["y"]) for d in api(desktop, host, "display/state")["displays"]}


EXPECTED = {"1024x768@60": (1, 4000, 200), "800x600@60": (2, 5024, 0)}


def test_places_and_slots_survive_a_restart(desktop, start_host):
    # Without a host yet: it finds the settings of its owner.
    config = desktop.scratch / "config"
    config.mkdir(mode=0o700)
    if os.getuid() == 0:
        os.chown(config, NOBODY, NOBODY)
    write_policy(desktop, **POLICY)
    for order in (["first", "second"], ["second", "first"]):
        host = start_host(desktop.env, "serve", "--open")
        probes = [connect(desktop, host, name) for name in order]
        assert rows(desktop, host) == EXPECTED
        wait_until(lambda: difference(desktop) == (1024, -200), f"the layout by hand; there is {places(desktop)}")
        for probe in probes:
            probe.stop(signal.SIGINT)
        wait_until(lambda: not desktop.in_use(), "the displays to go")
        assert host.stop() == 0
