"""A client that vanishes finds its display again; one that quits leaves nothing; when nobody comes, the display goes."""
import json
import os
import signal
import ssl
import time
import urllib.request

import pytest

from conftest import NOBODY, load_picture, psnr, wait_until

MODE = "1024x768@60"
SIZE = (1024, 768, 60000)
LINGER_S = 6  # long enough for a reconnect on a busy machine


@pytest.fixture
def host(desktop, start_host):
    """Counts a silent client as gone after a second; keeps its display for LINGER_S."""
    env = desktop.env | {"PUNKTFUNK_IDLE_TIMEOUT_MS": "1000", "PUNKTFUNK_MONITOR_LINGER_MS": str(LINGER_S * 1000)}
    return start_host(env, "serve", "--open")


def the_output(desktop):
    return wait_until(lambda: next((n for n, m in desktop.in_use().items() if m == SIZE), None), "the display")


def streaming(host, count):
    wait_until(lambda: host.process.text().count("streaming client=") >= count, f"stream number {count}")


def start_and_vanish(desktop, host, *args):
    """Streams, then ends without a word. Returns the name of the display."""
    probe = host.start_probe("--mode", MODE, "--seconds", "60", *args)
    output = the_output(desktop)
    streaming(host, 1)
    probe.stop(signal.SIGKILL)
    return output


def api(desktop, host, path, body=None):
    """The management API, as the owner."""
    token = (desktop.scratch / "config" / "mgmt-token").read_text().strip().split("=")[-1]
    request = urllib.request.Request(f"https://127.0.0.1:{host.mgmt}/api/v1/{path}",
                                     data=None if body is None else json.dumps(body).encode(),
                                     headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with urllib.request.urlopen(request, context=context, timeout=20) as answer:
        return json.load(answer)


def test_vanished_client_gets_its_display_back(desktop, host):
    output = start_and_vanish(desktop, host)
    wait_until(lambda: "the stream has ended" in host.process.text(), "the host to miss the client")
    assert desktop.in_use() == {output: SIZE}
    report = host.probe("--mode", MODE, "--frames", "30", "--quit")
    assert report.code == 0, report.text
    assert "display reused" in host.process.text()
    assert host.process.text().count("display created") == 1
    desktop.wait_until_clean()


def test_reconnect_before_the_host_missed_the_client(desktop, host):
    """A newer client's second session stops the first, whose display it then takes."""
    output = start_and_vanish(desktop, host, "--replace")
    report = host.probe("--mode", MODE, "--frames", "30", "--replace")
    assert report.code == 0, report.text
    assert "a newer session of this client takes over" in host.process.text()
    assert "display reused" in host.process.text()
    assert host.process.text().count("display created") == 1
    assert desktop.in_use() == {output: SIZE}  # which lingers now
    desktop.wait_until_clean()


def test_nobody_comes_back(desktop, host):
    output = start_and_vanish(desktop, host)
    wait_until(lambda: "the stream has ended" in host.process.text(), "the host to miss the client")
    kept = api(desktop, host, "display/state")["displays"]  # it is not the end of the session that removes it
    assert [d["state"] for d in kept] == ["lingering"] and 0 < kept[0]["expires_in_ms"] <= LINGER_S * 1000
    assert desktop.in_use() == {output: SIZE}
    desktop.wait_until_clean()
    wait_until(lambda: host.process.text().count("display released") == 1, "the log to say so")


def test_a_quit_leaves_nothing(desktop, host):
    report = host.probe("--mode", MODE, "--frames", "30", "--quit")
    assert report.code == 0, report.text
    wait_until(lambda: not desktop.in_use(), "the display to go at once", limit=LINGER_S - 1)


def test_another_mode_gets_another_display(desktop, host):
    output = start_and_vanish(desktop, host)
    wait_until(lambda: "the stream has ended" in host.process.text(), "the host to miss the client")
    report = host.probe("--mode", "800x600@60", "--frames", "30", "--quit")
    assert report.code == 0, report.text
    assert output in desktop.in_use()
    assert "display reused" not in host.process.text()
    desktop.wait_until_clean()


def write_policy(desktop, **members):
    folder = desktop.scratch / "config"
    path = folder / "display-settings.json"
    path.write_text(json.dumps(members))
    if os.getuid() == 0:
        os.chown(path, NOBODY, NOBODY)


@pytest.mark.parametrize("conflict", ["reject", "join", "steal"])
def test_a_second_device(desktop, host, conflict):
    write_policy(desktop, mode_conflict=conflict, topology="extend", keep_alive={"mode": "off"})
    first = host.start_probe("--mode", MODE, "--seconds", "60", name="first")
    the_output(desktop)
    streaming(host, 1)
    second = host.probe("--mode", "800x600@60", "--frames", "30", "--identity", desktop.scratch / "second", name="second")
    if conflict == "reject":
        assert second.json["close"]["code"] == 0x42
        assert second.json["close"]["reason"].startswith("host busy: streaming 1024x768@60 to ")
        assert list(desktop.in_use().values()) == [SIZE]
    else:
        assert second.code == 0, second.text
        width = 1024 if conflict == "join" else 800
        assert (second.json["welcome"]["width"], second.json["picture_width"]) == (width, width)
    if conflict == "steal":
        wait_until(lambda: not first.alive(), "the first session to end")
    assert first.alive() == (conflict != "steal")
    first.stop(signal.SIGINT)
    desktop.wait_until_clean()


def test_the_settings_file_counts_from_the_next_end_on(desktop, host):
    write_policy(desktop, keep_alive={"mode": "off"}, topology="extend")
    report = host.probe("--mode", MODE, "--frames", "30")  # no --quit: the policy decides
    assert report.code == 0, report.text
    wait_until(lambda: not desktop.in_use(), "the display to go at once", limit=LINGER_S - 1)

    write_policy(desktop, keep_alive={"mode": "forever"}, topology="extend")
    report = host.probe("--mode", MODE, "--frames", "30", "--quit")
    assert report.code == 0, report.text
    wait_until(lambda: host.process.text().count("the stream has ended") == 2, "the end of the session")
    time.sleep(1)
    assert list(desktop.in_use().values()) == [SIZE]
    assert host.stop() == 0
    assert not desktop.in_use()  # nothing outlives the host


def windows(desktop):
    """Container id → output of every window."""
    def walk(node, output):
        output = node["name"] if node["type"] == "output" else output
        if node.get("app_id"):
            yield node["id"], output
        for child in node["nodes"] + node["floating_nodes"]:
            yield from walk(child, output)
    return dict(walk(desktop.swaymsg("-t", "get_tree"), None))


def test_windows_wait_for_their_client(desktop, host):
    """What was open on the display is there when the client comes back, and is seen at once; when nobody comes, the
    display goes and the windows are the desktop's."""
    first = host.start_probe("--mode", MODE, "--seconds", "60", name="first")
    output = the_output(desktop)
    streaming(host, 1)
    pattern = desktop.pattern(output)
    before = wait_until(lambda: windows(desktop), "the window")
    assert list(before.values()) == [output]
    active = api(desktop, host, "display/state")["displays"]
    assert [d["state"] for d in active] == ["active"]
    assert api(desktop, host, "display/release", {"slot": active[0]["slot"]}) == {"released": 0}
    assert api(desktop, host, "display/release", {}) == {"released": 0}

    first.stop(signal.SIGKILL)
    wait_until(lambda: "the stream has ended" in host.process.text(), "the host to miss the client")
    kept = api(desktop, host, "display/state")["displays"]
    assert [d["state"] for d in kept] == ["lingering"] and 0 < kept[0]["expires_in_ms"] <= LINGER_S * 1000
    assert windows(desktop) == before

    shot = desktop.scratch / "again.png"
    again = host.start_probe("--mode", MODE, "--seconds", "3", "--screenshot", shot, "--screenshot-at", "2", name="again")
    report = host.finish_probe(again)
    assert report.code == 0, report.text
    assert "display reused" in host.process.text()
    assert windows(desktop) == before
    assert psnr(load_picture(shot), pattern.picture()) >= 35
    print(f"reconnected: first frame after {report.json['first_frame_ms']:.0f} ms, "
          f"first picture after {report.json['first_decoded_ms']:.0f} ms")

    desktop.wait_until_clean()
    left = windows(desktop)
    assert left.keys() == before.keys()  # the window outlives its display,
    if desktop.can_unplug:
        assert list(left.values()) == ["HEADLESS-1"]  # on another one
    assert api(desktop, host, "display/state")["displays"] == []


def test_kept_display_is_released_on_demand(desktop, host):
    write_policy(desktop, keep_alive={"mode": "forever"}, topology="extend")
    report = host.probe("--mode", MODE, "--frames", "30")
    assert report.code == 0, report.text
    wait_until(lambda: "the stream has ended" in host.process.text(), "the end of the session")
    (kept,) = wait_until(lambda: [d for d in api(desktop, host, "display/state")["displays"] if d["state"] == "pinned"],
                         "the pinned display")
    assert kept["expires_in_ms"] is None
    assert api(desktop, host, "display/release", {"slot": kept["slot"] + 77}) == {"released": 0}
    assert api(desktop, host, "display/release", {"slot": kept["slot"]}) == {"released": 1}
    assert not desktop.in_use()
    assert api(desktop, host, "display/release", {"slot": kept["slot"]}) == {"released": 0}
