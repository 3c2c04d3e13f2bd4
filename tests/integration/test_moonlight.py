"""A stock Moonlight client on a real desktop: it pairs, sees, hears, comes back and quits.

The client is moonlight-python as scripts/moonlight installs it (PF_MOONLIGHT, or build-moonlight); host and client have
network namespaces of their own, because the ports of GameStream are fixed.
"""
import base64
import io
import json
import os
import pathlib
import shutil
import subprocess
import xml.etree.ElementTree as xml

import lab
import numpy
import pytest
from conftest import NOBODY, ROOT, psnr, wait_until
from PIL import Image
from test_audio import RATE, read_wav, tone_of, write_tone
from test_launch import Title, is_colour
from test_pixels import wait_for_output
from test_reconnect import write_policy

NEEDS_QUIET = True

CLIENT = pathlib.Path(os.environ.get("PF_MOONLIGHT", ROOT / "build-moonlight"))
DRIVER = ROOT / "tests/integration/moonlight_client.py"


class Moonlight:
    """The client, by its driver."""

    def __init__(self, link, folder, name="moonlight"):
        # As root: it is the client, and the environment is in the folder of the build.
        self.log = open(folder / f"{name}.log", "w")
        self.child = subprocess.Popen(
            ["ip", "netns", "exec", link.client, CLIENT / "bin/python", DRIVER, folder / f"{name}-identity", lab.HOST4],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.first = self.answer()

    def answer(self):
        line = self.child.stdout.readline()
        assert line, pathlib.Path(self.log.name).read_text()
        return json.loads(line)

    def begin(self, do, **arguments):
        self.child.stdin.write(json.dumps({"do": do} | arguments) + "\n")
        self.child.stdin.flush()

    def try_(self, do, **arguments):
        self.begin(do, **arguments)
        return self.answer()

    def __call__(self, do, **arguments):
        answer = self.try_(do, **arguments)
        assert answer["ok"], answer
        return answer

    def frames(self, count, limit=60):
        wait_until(lambda: self("counts")["frames"] >= count, f"{count} decoded frames", limit)
        return self("counts")

    def kill(self):
        self.child.kill()
        self.child.wait()
        self.log.close()


@pytest.fixture
def play(netlab, desktop, start_host, programs, scratch):
    """A host that serves Moonlight, its network and everything around it."""
    if not (CLIENT / "bin/python").exists():
        pytest.skip(f"{CLIENT} is not there: scripts/moonlight makes it")
    clients = []

    class Play:
        def __init__(self):
            self.link = netlab(seed=20)
            self.desktop = desktop

        def start(self, *args, audio=False, linger_ms=0):
            if audio:
                desktop.start_audio()
            self.env = desktop.env | {"PUNKTFUNK_MONITOR_LINGER_MS": str(linger_ms)}
            self.host = start_host(self.env, "serve", "--gamestream", *args, netlab=self.link)
            wait_until(lambda: "Moonlight clients connect" in self.host.process.text(), "GameStream")
            return self

        def client(self, name="moonlight"):
            clients.append(Moonlight(self.link, scratch, name))
            return clients[-1]

        def enter_pin(self, pin, *more):
            """What the user does at the host."""
            return subprocess.run(lab.inside(self.link.host, programs / "punktfunk-host", "pair", "--gamestream", pin, *more),
                                  env=self.env, capture_output=True, text=True, timeout=60)

        def wait_for_request(self, number):
            wait_until(lambda: f"as request {number}:" in self.host.process.text(), f"request {number}")

        def pair(self, client, pin="0420"):
            before = self.host.process.text().count("wants to pair")
            client.begin("pair", pin=pin)
            wait_until(lambda: self.host.process.text().count("wants to pair") > before, "the request to pair")
            entered = self.enter_pin(pin)
            answer = client.answer()
            assert answer["ok"] and entered.returncode == 0, (answer, entered)

        def api(self, method, path):
            token = (scratch / "config/mgmt-token").read_text().strip().split("=")[-1]
            done = subprocess.run(
                ["ip", "netns", "exec", self.link.host, "python3", "-c", API, method,
                 f"https://127.0.0.1:{self.host.mgmt}/api/v1{path}", token],
                capture_output=True, text=True, timeout=60)
            assert done.returncode == 0, done.stderr
            status, _, body = done.stdout.partition("\n")
            return int(status), json.loads(body) if body else None

    yield Play()
    for client in clients:
        client.kill()


API = """
import ssl, sys, urllib.request, urllib.error
request = urllib.request.Request(sys.argv[2], method=sys.argv[1], headers={"Authorization": "Bearer " + sys.argv[3]})
context = ssl._create_unverified_context()
try:
    answer = urllib.request.urlopen(request, context=context, timeout=20)
except urllib.error.HTTPError as e:
    answer = e
print(answer.status)
print(answer.read().decode(), end="")
"""


def root_of(answer):
    return xml.fromstring(answer["text"])


# ---- pairing ----

def test_pairs_by_pin_only(play):
    play.start()
    client = play.client()
    assert client.first["paired"] is False
    for path in ("serverinfo", "applist", "launch?appid=1", "cancel"):
        root = root_of(client("https", path=path))
        assert root.get("status_code") == "401" and root.get("query") == "/" + path.split("?")[0]

    client.begin("pair", pin="1234")
    play.wait_for_request(1)
    entered = play.enter_pin("4321")
    assert client.answer()["error"] == "WrongPinError"
    assert entered.returncode == 1 and "wrong" in entered.stderr, entered
    assert root_of(client("https", path="applist")).get("status_code") == "401"

    play.pair(client)
    assert client("apps")["apps"] == [{"id": 1, "title": "Desktop"}]
    assert root_of(client("https", path="serverinfo")).findtext("PairStatus") == "1"
    assert root_of(client("http", path="serverinfo")).findtext("PairStatus") == "0"
    status, clients = play.api("GET", "/clients")
    assert status == 200 and [c["subject"] for c in clients] == ["CN=NVIDIA GameStream Client"]

    status, _ = play.api("DELETE", f"/clients/{clients[0]['fingerprint']}")
    assert status == 204
    assert root_of(client("https", path="serverinfo")).get("status_code") == "401"
    assert play.api("GET", "/clients") == (200, [])


def test_a_pin_is_for_the_request_that_was_named(play):
    play.start()
    mine = play.client("mine")
    mine.begin("pair", pin="1111")
    play.wait_for_request(1)
    # Stock clients all have the same id; this one comes from another address, so that both can wait.
    lab.ip("-n", play.link.client, "route", "replace", f"{lab.HOST4}/32", "dev", "client0", "src", lab.STRANGER4)
    other = play.client("other")
    other.begin("pair", pin="2222")
    play.wait_for_request(2)
    unclear = play.enter_pin("1111")
    assert unclear.returncode == 1 and "--request" in unclear.stderr, unclear
    assert lab.CLIENT4 in unclear.stdout and lab.STRANGER4 in unclear.stdout
    assert play.enter_pin("2222", "--request", "2").returncode == 0
    assert other.answer()["ok"]
    assert play.api("GET", "/pair")[1]["attempts"][0]["address"] == lab.CLIENT4
    mine.kill()
    wait_until(lambda: not play.api("GET", "/pair")[1]["pin_pending"], "the request of who left to go")
    assert len(play.api("GET", "/clients")[1]) == 1


# ---- playing ----

def unbroken_second(samples, hertz):
    """(Hz, dBFS) of each channel in the first second that has these tones throughout; a busy machine may lose packets."""
    heard = []
    for start in range(0, len(samples) - RATE + 1, RATE // 5):
        heard.append([tone_of(samples[start:start + RATE, channel]) for channel in range(len(hertz))])
        if all(abs(f - wanted) <= 2 and abs(level + 6.02) < 1 for (f, level), wanted in zip(heard[-1], hertz)):
            return heard[-1]
    raise AssertionError(f"no second of {hertz} Hz in {heard}")


@pytest.mark.parametrize("mode", [(1280, 720, 60), (1920, 1080, 30)], ids=lambda m: "{}x{}@{}".format(*m))
def test_plays_the_desktop(play, mode, record_property):
    width, height, fps = mode
    play.start(audio=True)
    client = play.client()
    play.pair(client)
    client("start", width=width, height=height, fps=fps)
    pattern = play.desktop.pattern(wait_for_output(play.desktop, mode))
    tone = play.desktop.scratch / "tone.wav"
    write_tone(tone, (440, 880))
    player = play.desktop.play(tone)
    counts = client.frames(300)
    assert counts["shapes"] == [[height, width, 3]]
    session = play.api("GET", "/sessions")[1][0]
    assert session["kind"] == "gamestream" and session["sent_fps"] > 0 and session["sent_kbps"] > 0 and session["latency_us"] > 0

    shot, expected, value = play.desktop.scratch / "shot.npy", pattern.picture(), 0

    def matches():
        nonlocal value
        client("picture", path=str(shot))
        value = psnr(numpy.load(shot).astype(numpy.float64), expected)
        return value >= 35
    wait_until(matches, f"the pattern at the client; PSNR {value:.1f} dB")
    record_property("psnr", value)
    print(f"{width}x{height}@{fps}: PSNR {value:.1f} dB, {counts['frames']} frames, {counts['keys']} key frames")

    heard = play.desktop.scratch / "heard.wav"
    assert client("listen", path=str(heard), seconds=6)["channels"] == 2
    player.stop()
    tones = unbroken_second(read_wav(heard), (440, 880))
    record_property("tones", str(tones))

    status, state = play.api("GET", "/status")
    assert status == 200 and state["video_streaming"] and state["audio_streaming"]
    assert (state["stream"]["width"], state["stream"]["height"], state["stream"]["fps"]) == mode
    assert state["stream"]["codec"] == "h264" and state["paired_clients"] == 1
    assert play.api("POST", "/session/idr")[0] == 202
    wait_until(lambda: client("counts")["keys"] > counts["keys"], "another key frame")

    assert root_of(client("https", path="serverinfo")).findtext("currentgame") == "1"
    client("stop")
    client("quit")
    assert root_of(client("https", path="serverinfo")).findtext("currentgame") == "0"
    play.desktop.wait_until_clean()
    assert play.api("GET", "/status")[1]["session"] is None


def test_comes_back_after_it_was_dropped(play):
    play.start(linger_ms=60000)
    client = play.client()
    play.pair(client)
    client("start", width=1280, height=720, fps=60)
    output = wait_for_output(play.desktop, (1280, 720, 60))
    client.frames(30)
    client.kill()  # no goodbye
    again = play.client()
    wait_until(lambda: not play.api("GET", "/status")[1]["video_streaming"], "the host to notice")
    assert root_of(again("https", path="serverinfo")).findtext("currentgame") == "1"
    again("start", width=1280, height=720, fps=60)  # it resumes: the host says what runs
    again.frames(60)
    assert list(play.desktop.in_use()) == [output], "the display that lingered is used again"
    again("stop")
    again("quit")
    wait_until(lambda: not play.desktop.in_use(), "the display to go at once, although displays linger")


def test_unpairing_cuts_the_session(play):
    play.start()
    client = play.client()
    play.pair(client)
    client("start", width=1280, height=720, fps=60)
    client.frames(30)
    fingerprint = play.api("GET", "/clients")[1][0]["fingerprint"]
    assert play.api("DELETE", f"/clients/{fingerprint}")[0] == 204
    wait_until(lambda: not client("state")["connected"], "the client to be cut off")
    assert client("state")["terminated"] is not None
    assert root_of(client("https", path="launch?appid=1")).get("status_code") == "401"
    play.desktop.wait_until_clean()
    assert play.host.process.alive()


def test_both_protocols_at_once_until_the_owner_stops_them(play):
    play.start("--open")
    client = play.client()
    play.pair(client)
    client("start", width=1280, height=720, fps=60)
    probe = play.host.start_probe("--mode", "640x480@30", "--seconds", "60")
    wait_until(lambda: len(play.desktop.in_use()) == 2, "both displays")
    wait_until(lambda: play.api("POST", "/session/idr")[0] == 202, "a stream")
    assert play.api("POST", "/stats/capture/start")[0] == 200
    before = client("counts")["frames"]
    client.frames(before + 60)
    sessions = {s["id"]: s["kind"] for s in play.api("GET", "/sessions")[1]}
    assert sorted(sessions.values()) == ["gamestream", "native"]
    wait_until(lambda: {s["session_id"] for s in play.api("GET", "/stats/capture/live")[1]["samples"]} == set(sessions),
               "samples of both sessions")
    status, meta = play.api("POST", "/stats/capture/stop")
    samples = play.api("GET", f"/stats/recordings/{meta['id']}")[1]["samples"]
    for number, kind in sessions.items():
        ours = [s for s in samples if s["session_id"] == number]
        stages = ["queue", "encode", "send"] if kind == "native" else ["capture", "encode", "packetize", "send"]
        assert ours and [s["name"] for s in ours[0]["stages"]] == stages
        assert any(s["mbps"] > 0 and s["fps"] + s["repeat_fps"] > 0 for s in ours)
    assert play.api("DELETE", "/session")[0] == 204
    wait_until(lambda: not client("state")["connected"], "Moonlight to be cut off")
    report = play.host.finish_probe(probe)
    assert report.json["frames"] > 0 and report.json["close"], report.text
    play.desktop.wait_until_clean()
    assert play.api("POST", "/session/idr")[0] == 409


# ---- the library ----

def png_of(colour, size):
    data = io.BytesIO()
    Image.new("RGB", size, colour).save(data, "PNG")
    return data.getvalue()


def give_library(scratch, programs):
    """Two titles of the owner's, one with a picture, a game of Steam with one, and an entry of apps.json."""
    def put(path, data):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_bytes(data)
        for each in [path, *path.parents[:len(path.relative_to(scratch).parts) - 1]]:
            if os.getuid() == 0:
                shutil.chown(each, NOBODY, NOBODY)
    window = f"exec {programs}/pattern_client anywhere"
    art = "data:image/png;base64," + base64.b64encode(png_of("red", (60, 90))).decode()
    put(scratch / "config/library.json", json.dumps([
        {"id": "0000000000aa", "title": "Green & blue", "art": {"portrait": art},
         "launch": {"kind": "command", "value": f"{window} 207070"}},
        {"id": "0000000000bb", "title": "Plain", "art": {}, "launch": {"kind": "command", "value": "true"}},
        {"id": "0000000000cc", "title": "Not here", "art": {}}]).encode())
    put(scratch / "config/apps.json", json.dumps([
        {"id": 1, "title": "Desktop"}, {"id": 7, "title": "Olive", "compositor": "sway", "cmd": f"{window} 707020"}]).encode())
    steam = scratch / ".local/share/Steam"
    put(steam / "steamapps/appmanifest_570.acf", b'"AppState"\n{\n"appid" "570"\n"name" "Dota 2"\n}\n')
    jpeg = io.BytesIO()
    Image.new("RGB", (600, 900), "blue").save(jpeg, "JPEG")
    put(steam / "appcache/librarycache/570/library_600x900.jpg", jpeg.getvalue())


def test_titles_are_listed_with_their_pictures_and_started(play, scratch, programs):
    give_library(scratch, programs)
    play.desktop.swaymsg("default_border", "none")
    play.start(linger_ms=60000)
    client = play.client()
    play.pair(client)
    wait_until(lambda: len(client("apps")["apps"]) > 2, "the titles of the library")
    titles = {a["title"]: a["id"] for a in client("apps")["apps"]}
    assert list(titles) == ["Desktop", "Olive", "Dota 2", "Green & blue", "Plain"]
    assert titles["Desktop"] == 1 and titles["Olive"] == 7 and titles["Dota 2"] == fnv("steam:570")
    assert titles["Green & blue"] == fnv("custom:0000000000aa")

    path = scratch / "art"
    assert client("art", app=titles["Green & blue"], path=str(path))["type"] == "image/png"
    assert path.read_bytes() == png_of("red", (60, 90))
    assert client("art", app=titles["Dota 2"], path=str(path))["type"] == "image/jpeg"
    assert Image.open(path).size == (600, 900)
    for drawn in ("Desktop", "Plain"):
        assert client("art", app=titles[drawn], path=str(path))["type"] == "image/png"
        assert Image.open(path).size == (300, 400)

    for name, colour in (("Green & blue", "207070"), ("Olive", "707020")):
        title = Title(play.desktop, colour)
        client("start", width=1280, height=720, fps=60, app=name)
        pid = title.pid()
        output = wait_for_output(play.desktop, (1280, 720, 60))
        wait_until(lambda: title.place() == (output, (1280, 720)), f"the window of {name}: {title.place()}")
        client.frames(30)
        shot = scratch / "shot.npy"

        def arrives():
            client("picture", path=str(shot))
            return is_colour(numpy.load(shot).astype(numpy.float64), colour)
        wait_until(arrives, f"the picture of {name} at the client")
        assert root_of(client("https", path="serverinfo")).findtext("currentgame") == str(titles[name])
        if name == "Olive":
            client.kill()  # no goodbye
            client = play.client()
            wait_until(lambda: not play.api("GET", "/status")[1]["video_streaming"], "the host to notice")
            client("start", width=1280, height=720, fps=60, app=name)  # it resumes
            client.frames(30)
            assert title.pids() == [pid]
        client("stop")
        client("quit")
        title.wait_gone()
        wait_until(lambda: not play.desktop.in_use(), "the display to go")
    assert play.host.process.text().count("started title=") == 2


def fnv(library_id):
    number = 2166136261
    for byte in library_id.encode():
        number = (number ^ byte) * 16777619 % 2**32
    return 0x40000000 | number & 0x3FFFFFFF
@pytest.mark.parametrize("conflict", ["reject", "steal"])
def test_a_second_device(play, conflict):
    """The owner's policy, as among clients of punktfunk/1 (test_reconnect.py); one game runs at a time."""
    play.start()
    write_policy(play.desktop, mode_conflict=conflict, topology="extend", keep_alive={"mode": "off"})
    first, second = play.client("first"), play.client("second")
    for client in (first, second):
        play.pair(client)
    first("start", width=1280, height=720, fps=60)
    first.frames(30)
    answer = second.try_("start", width=640, height=480, fps=60)
    if conflict == "reject":
        assert not answer["ok"] and "Another device plays" in answer["text"], answer
        before = first("counts")["frames"]
        first.frames(before + 30)
        assert [m[:2] for m in play.desktop.in_use().values()] == [(1280, 720)]
    else:
        assert answer["ok"], answer
        second.frames(30)
        wait_until(lambda: not first("state")["connected"], "the first client to be cut off")
        wait_until(lambda: [m[:2] for m in play.desktop.in_use().values()] == [(640, 480)], "its display to go")


# ---- starting ----

def refused(play, start_host, *args):
    host = start_host(play.desktop.env, "serve", "--gamestream", *args, ready=False, netlab=play.link)
    assert host.process.child.wait(30) == 1, host.process.text()
    errors = [line for line in host.process.text().splitlines() if " ERROR " in line]
    assert len(errors) == 1, host.process.text()
    return errors[0]


def test_a_public_address_is_refused(play, start_host):
    lab.ip("-n", play.link.host, "address", "add", "203.0.113.5/24", "dev", "host0")
    error = refused(play, start_host)
    assert "203.0.113.5" in error and "--gamestream-public" in error
    host = start_host(play.desktop.env, "serve", "--gamestream", "--gamestream-public", netlab=play.link)
    host.stop()
    host = start_host(play.desktop.env, "serve", "--gamestream", "--gamestream-bind", lab.HOST4, netlab=play.link)
    assert "GameStream runs" in host.process.text()


def test_a_taken_port_is_one_sentence(play, start_host):
    play.start()
    other = play.desktop.env | {"PUNKTFUNK_CONFIG_DIR": str(play.desktop.scratch / "other")}
    host = start_host(other, "serve", "--gamestream", "--native-port", "9778", ready=False, netlab=play.link)
    assert host.process.child.wait(30) == 1, host.process.text()
    errors = [line for line in host.process.text().splitlines() if " ERROR " in line]
    assert len(errors) == 1 and "47989" in errors[0] and "in use" in errors[0], host.process.text()
    assert play.host.process.alive()
