"""The commands that ask a running host from a shell."""
import json
import re
import subprocess

import pytest

from api import Api
from conftest import as_user, wait_until


def run(host, *args):
    return subprocess.run([host.programs / "punktfunk-host", *args], env=host.env, cwd=host.scratch, capture_output=True,
                          text=True, timeout=20, **as_user())


def shown(host, *args):
    done = run(host, *args)
    assert done.returncode == 0, done
    return done.stdout


def test_commands_show_a_stream(desktop, start_host):
    host = start_host(desktop.env | {"PUNKTFUNK_MONITOR_LINGER_MS": "60000"}, "serve", "--open")
    assert "no client is connected" in shown(host, "sessions")
    assert "there is no virtual display" in shown(host, "displays")
    probe = host.start_probe("--mode", "1280x720@60", "--seconds", "30", "--name", "Sofa")
    wait_until(lambda: "streaming" in shown(host, "sessions"), "the stream")
    line = shown(host, "sessions").splitlines()[1]
    assert "Sofa" in line and "1280x720@60" in line and "h264" in line
    assert json.loads(shown(host, "sessions", "--json"))[0]["name"] == "Sofa"
    assert re.search(r"stream +1280x720@60, h264", shown(host, "status"))
    assert json.loads(shown(host, "status", "--json"))["video_streaming"] is True
    assert re.search(r"active +wlroots +HEADLESS-\d+ +\S+ +1 +\d+ s", shown(host, "displays"))
    assert run(host, "sessions", "--stop").returncode == 0
    wait_until(lambda: "lingering" in shown(host, "displays"), "the display to be kept")
    probe.child.wait(20)
    slot = json.loads(shown(host, "displays", "--json"))["displays"][0]["slot"]
    assert "released 1" in shown(host, "displays", "--release", str(slot))
    assert "there is no virtual display" in shown(host, "displays")
    assert "released 0" in shown(host, "displays", "--release-all")


def test_devices_are_listed_approved_and_removed(bare_env, start_host):
    host = start_host(bare_env, "serve")
    assert "no device is paired" in shown(host, "devices")
    probe = host.start_probe("--wait", "60", "--name", "Sofa", "--seconds", "1")
    wait_until(lambda: "waiting" in shown(host, "devices"), "the device")
    device = json.loads(shown(host, "devices", "--json"))[0]
    assert run(host, "devices", "--approve", str(device["id"])).returncode == 0
    wait_until(lambda: re.search(r"Sofa +punktfunk +paired", shown(host, "devices")), "the device to be paired")
    assert run(host, "devices", "--unpair", device["fingerprint"]).returncode == 0
    assert "no device is paired" in shown(host, "devices")
    gone = run(host, "devices", "--unpair", device["fingerprint"])
    assert gone.returncode == 1 and "error:" in gone.stderr
    probe.stop()


def test_logs_are_shown(bare_env, start_host):
    host = start_host(bare_env, "serve")
    assert re.search(r"INFO +host: listening", shown(host, "logs"))
    lines = [json.loads(line) for line in shown(host, "logs", "--json", "--level", "warn").splitlines()]
    assert lines and {line["level"] for line in lines} <= {"WARN", "ERROR"}
    assert run(host, "logs", "--level", "loud").returncode == 1


@pytest.mark.parametrize("command", ["status", "devices", "displays", "sessions", "logs"])
def test_without_a_host_they_say_so(bare_env, start_host, command):
    host = start_host(bare_env, "serve")
    host.stop()
    done = run(host, command)
    assert done.returncode == 1 and "no host runs here" in done.stderr and not done.stdout


def test_library_is_the_same_in_shell_and_api(bare_env, start_host):
    host = start_host(bare_env, "serve")
    api = Api(host)
    api.request("POST", "/library/custom", {"title": "Chess", "launch": {"kind": "command", "value": "chess"}})
    steam = host.scratch / ".local/share/Steam/steamapps"
    steam.mkdir(parents=True)
    (steam / "appmanifest_570.acf").write_text('"AppState"\n{\n\t"appid"\t\t"570"\n\t"name"\t\t"Dota 2"\n}\n')
    titles = json.loads(shown(host, "library"))
    assert [t["title"] for t in titles] == ["Chess", "Dota 2"] and titles == api.get("/library")


def test_a_title_can_be_started(bare_env, start_host):
    host = start_host(bare_env, "serve")
    made = Api(host).request("POST", "/library/custom", {"title": "Hello", "launch": {
        "kind": "command", "value": "echo hello $((1 + 1)); exit 3"}}).json
    done = run(host, "library", "--launch", f"custom:{made['id']}")
    assert (done.returncode, done.stdout) == (3, "hello 2\n")
    for id in ("custom:ffffffffffff", "steam:570; rm -rf ~", ""):
        gone = run(host, "library", "--launch", id)
        assert gone.returncode == 1 and "no title" in gone.stderr
