"""Every test mode of the reference client against our host."""
import json
import math
import re
import signal
import subprocess
import time

import pytest

from conftest import Process, load_picture, psnr, wait_until
from test_audio import write_tone
from test_discovery import network  # noqa: F401 (fixture)
from test_input import Watcher
from test_mic import Recorder, assert_tone
from test_pairing import arm, call
from test_pixels import wait_for_output

SYNTHETIC = ("punktfunk1-host", "--source", "synthetic")
VIRTUAL = ("punktfunk1-host", "--source", "virtual", "--allow-tofu", "--seconds")


def session_offer(said, field):
    return re.search(rf"session offer.*\b{field}=([^\s]+)", said.text)[1]


def pictures(path):
    """(width, height, decoded pictures) of each size in the file, in order; ffmpeg must find nothing to complain of."""
    done = subprocess.run(["ffprobe", "-v", "error", "-show_frames", "-select_streams", "v", "-show_entries",
                           "frame=width,height,key_frame", "-of", "json", str(path)], capture_output=True, text=True,
                          check=True, timeout=120)
    assert not done.stderr, done.stderr
    sizes = []
    for frame in json.loads(done.stdout)["frames"]:
        if not sizes or sizes[-1][:2] != [frame["width"], frame["height"]]:
            assert frame["key_frame"] == 1
            sizes.append([frame["width"], frame["height"], 0])
        sizes[-1][2] += 1
    return sizes


def last_picture(path, out):
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", str(path), "-update", "1", str(out)], check=True, timeout=120)
    return load_picture(out)


# ---- stream ----

def test_verification_frames(bare_env, start_host, peer):
    host = start_host(bare_env, *SYNTHETIC, "--allow-tofu", "--frames", "300")
    said = peer(bare_env).run(host)
    assert said.code == 0 and "verification PASSED" in said.text, said.text
    assert said.number("frames") == 300 and said.number("mismatched") == 0
    assert said.number("timing_samples") > 290  # 0xCF
    print(f"capture to received: p50 {said.number('lat_p50_us'):.0f} µs, p99 {said.number('lat_p99_us'):.0f} µs")


def test_a_file_that_ffmpeg_decodes(desktop, start_host, peer):
    host = start_host(desktop.env, *VIRTUAL, "8")
    out = desktop.scratch / "peer.h264"
    client = peer(desktop.env)
    process = client.start(host, "--mode", "1280x720x60", "--out", out)
    pattern = desktop.pattern(wait_for_output(desktop, (1280, 720, 60)))
    expected = pattern.picture()
    said = client.finish(process)
    assert said.code == 0 and "stream complete" in said.text, said.text
    assert session_offer(said, "codec") == '"h264"'
    [(width, height, count)] = pictures(out)
    assert (width, height) == (1280, 720) and count == said.number("frames") > 300
    value = psnr(last_picture(out, desktop.scratch / "last.png"), expected)
    print(f"{count} pictures decoded, PSNR of the last {value:.1f} dB")
    assert value >= 35
    desktop.wait_until_clean()


def test_remode(desktop, start_host, peer):
    host = start_host(desktop.env, *VIRTUAL, "8")
    out = desktop.scratch / "peer.h264"
    said = peer(desktop.env).run(host, "--mode", "1280x720x60", "--remode", "1920x1080x30:3", "--out", out)
    assert said.code == 0 and "mode switch ACCEPTED" in said.text, said.text
    (w1, h1, n1), (w2, h2, n2) = pictures(out)
    assert (w1, h1, w2, h2) == (1280, 720, 1920, 1080) and n1 > 60 and n2 > 60


def test_a_mode_that_cannot_be(desktop, start_host, peer):
    host = start_host(desktop.env, *VIRTUAL, "8")
    client = peer(desktop.env)
    assert client.run(host, "--mode", "4098x720x60").code == 1
    said = client.run(host, "--mode", "1280x720x60", "--remode", "4098x720x60:2")
    assert said.code == 0 and "mode switch REJECTED" in said.text, said.text


def test_wishes(desktop, start_host, peer):
    """What the host cannot do does not end the session: a codec, a compositor, a title, 10 bit and 4:4:4."""
    host = start_host(desktop.env, *VIRTUAL, "3")
    client = peer(desktop.env)
    said = client.run(host, "--codec", "hevc", "--compositor", "kwin", "--gamepad", "xboxone", "--launch", "steam:570",
                      "--bitrate", "5000", "--name", "Küche", PUNKTFUNK_CLIENT_10BIT="1", PUNKTFUNK_CLIENT_444="1")
    assert said.code == 0, said.text
    assert session_offer(said, "codec") == '"h264"' and session_offer(said, "compositor") == '"wlroots"'
    assert session_offer(said, "bit_depth") == "8" and session_offer(said, "chroma_444") == "false"


# ---- pairing ----

def pin_of(host):
    return re.search(r"\bPIN (\d{4})\b", host.process.text())[1]


def test_pair_then_pin(bare_env, start_host, peer):
    host = start_host(bare_env, *SYNTHETIC, "--frames", "60")
    client = peer(bare_env)
    pin = pin_of(host)
    said = client.run(host, "--pair", pin, "--name", "Reference")
    assert said.code == 0 and "PAIRED" in said.text, said.text
    assert said.text.count(host.fingerprint()) >= 1
    store = json.loads((host.scratch / "config/punktfunk1-paired.json").read_text())
    assert [c["name"] for c in store["clients"]] == ["Reference"]
    said = client.run(host, "--pin", host.fingerprint())
    assert said.code == 0 and "fingerprint pinned" in said.text and "verification PASSED" in said.text, said.text
    assert client.run(host, "--pin", "00" * 32).code == 1
    said = client.run(host, "--pin", "12")
    assert said.code == 2


def test_wrong_pin(bare_env, start_host, peer):
    host = start_host(bare_env, *SYNTHETIC, "--frames", "60")
    client = peer(bare_env)
    pin = pin_of(host)
    said = client.run(host, "--pair", f"{(int(pin) + 1) % 10000:04}")
    assert said.code == 1 and "pairing failed" in said.text, said.text
    assert client.run(host, "--pair", pin).code == 1, "one guess only"
    assert not (host.scratch / "config/punktfunk1-paired.json").exists()


def wait_for_pictures(host):
    """The reference client says nothing of them until its end."""
    wait_until(lambda: "streaming client=" in host.process.text(), "the stream")
    time.sleep(1)


def test_pair_command(desktop, start_host, peer):
    host = start_host(desktop.env, "serve")
    command, pin = arm(host)
    client = peer(desktop.env)
    assert client.run(host, "--pair", pin, "--name", "Phone").code == 0
    command.child.wait(10)
    assert command.child.returncode == 0 and "Phone" in command.text()
    process = client.start(host, "--pin", host.fingerprint(), "--mode", "1280x720x60")
    wait_for_pictures(host)
    # Removing the device ends the session.
    fingerprint = json.loads((host.scratch / "config/punktfunk1-paired.json").read_text())["clients"][0]["fingerprint"]
    call(host, "DELETE", f"/native/clients/{fingerprint}")
    said = client.finish(process)
    assert said.code == 0, said.text
    desktop.wait_until_clean()


def test_approval(desktop, start_host, peer):
    host = start_host(desktop.env, "serve")
    client = peer(desktop.env)
    process = client.start(host, "--mode", "1280x720x60", "--name", "Sofa")
    device = wait_until(lambda: call(host, "GET", "/native/pending"), "the device to knock")[0]
    assert device["name"] == "Sofa"
    call(host, "POST", f"/native/pending/{device['id']}/approve", {})
    wait_for_pictures(host)
    host.stop()
    said = client.finish(process)
    assert said.code == 0, said.text


# ---- side planes ----

@pytest.mark.parametrize("cadence", [(), ("--mic-burst",)], ids=["smooth", "bursts"])
def test_mic(desktop, start_host, peer, cadence):
    desktop.start_audio()
    host = start_host(desktop.env, *VIRTUAL, "7")
    wait_until(lambda: desktop.audio_nodes("punktfunk-mic"), "the microphone")
    recorder = Recorder(desktop, "recorder")
    said = peer(desktop.env).run(host, "--mode", "640x480x30", "--mic-test", *cadence)
    assert said.code == 0, said.text
    samples = recorder.finish()
    assert_tone(samples)


@pytest.mark.parametrize("channels", [2, 6, 8])
def test_audio(desktop, start_host, peer, channels):
    desktop.start_audio()
    host = start_host(desktop.env, *VIRTUAL, "6")
    client = peer(desktop.env)
    process = client.start(host, "--mode", "640x480x30", "--audio-channels", channels)
    wait_until(lambda: desktop.default_sink().startswith("punktfunk-speaker-"), "the sink of the session")
    tone = desktop.scratch / "tone.wav"
    write_tone(tone, [440] * channels)
    desktop.play(tone)
    said = client.finish(process)
    assert said.code == 0, said.text
    decoded = re.search(r"audio decoded.*channels=(\d+) samples_per_channel=(\d+)", said.text)
    assert decoded and decoded.groups() == (str(channels), "240"), said.text
    assert said.number("audio_pkts") > 800
    kbits = said.number("audio_kb") * 8 / (said.number("audio_pkts") * 0.005)
    print(f"{said.number('audio_pkts'):.0f} packets, {kbits:.0f} kbit/s")


def watched(desktop, start_host, peer, flag):
    """The events that a program on the session's display saw during a test of input."""
    host = start_host(desktop.env, *VIRTUAL, "12")
    client = peer(desktop.env)
    process = client.start(host, "--mode", "1280x720x60", flag)
    watcher = Watcher(desktop, wait_for_output(desktop, (1280, 720, 60)))
    said = client.finish(process)
    assert said.code == 0 and f"{flag[2:]}: done" in said.text, said.text
    return watcher


def test_input(desktop, start_host, peer):
    watcher = watched(desktop, start_host, peer, "--input-test")
    keys = watcher.events("key")
    assert keys.count("key 30 1") == keys.count("key 30 0") == 8
    seen = {tuple(int(float(n)) for n in e.split()[1:]) for e in watcher.events("motion")}
    assert {(i * 8, i * 720 // 160) for i in range(1, 160)} <= seen, "the sweep over the display"
    assert {(i * 8 + 12, i * 720 // 160) for i in range(0, 8)} <= seen, "and steps beside it"


def test_touch(desktop, start_host, peer):
    watcher = watched(desktop, start_host, peer, "--touch-test")
    assert watcher.events("button") == ["button 272 1", "button 272 0"] * 3
    seen = [tuple(float(n) for n in e.split()[1:]) for e in watcher.events("motion")]
    radii = [math.hypot(x - 640, y - 360) for x, y in seen if (x, y) != (0, 0)]
    assert len(radii) > 150 and all(abs(r - 180) < 2 for r in radii[1:]), radii  # the first is where the pointer was
    for x, y in ((820, 360), (640, 540), (460, 360), (640, 180)):
        assert any(math.hypot(x - a, y - b) < 2 for a, b in seen), (x, y)


def test_rich_input(desktop, start_host, peer):
    """Pads are made where the kernel lets us; without, the session goes on."""
    host = start_host(desktop.env | {"PUNKTFUNK_GAMEPAD": "dualsense"}, *VIRTUAL, "11")
    said = peer(desktop.env).run(host, "--mode", "640x480x30", "--rich-input-test")
    assert said.code == 0 and "rich-input-test: done" in said.text, said.text


def test_feedback(bare_env, start_host, peer):
    host = start_host(bare_env | {"PUNKTFUNK_TEST_FEEDBACK": "1"}, *SYNTHETIC, "--allow-tofu", "--frames", "200")
    said = peer(bare_env).run(host)
    assert said.code == 0, said.text
    for hid in ("Led { pad: 0, r: 10, g: 20, b: 30 }", "PlayerLeds { pad: 0, bits: 4 }",
                "Trigger { pad: 0, which: 1, effect: [33, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10] }"):
        assert hid in said.text, said.text
    assert said.number("rumble_pkts") > 3


@pytest.mark.parametrize("kbps", [100_000, 1_000_000, 3_000_000])
def test_speed_test(desktop, start_host, peer, kbps):
    host = start_host(desktop.env, *VIRTUAL, "7")
    said = peer(desktop.env).run(host, "--mode", "1280x720x60", "--speed-test", f"{kbps}:1000")
    assert said.code == 0 and "SPEED TEST complete" in said.text, said.text
    sent, arrived = said.number("wire_pkts_sent"), said.number("wire_pkts_recv")
    print(f"{said.number('delivered_mbps'):.0f} of {kbps // 1000} Mbit/s delivered, {arrived:.0f} of {sent:.0f} packets, "
          f"{said.number('send_dropped'):.0f} dropped by the host")
    if kbps == 100_000:
        assert arrived >= 0.95 * sent and said.number("delivered_mbps") >= 90
    assert said.number("frames") > 100


def test_discover(network, bare_env, start_host, peer):
    env = {k: v for k, v in bare_env.items() if k != "PUNKTFUNK_MDNS"} | {
        "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent", "PUNKTFUNK_HOST_NAME": "Living-Room"}
    host = start_host(env, "serve")
    said = peer(env).run(None, "--discover", "4")
    row = re.search(r"^ +(\S+) +(\S+):(\d+) +pair=(\S+) +fp=([0-9a-f]{16})", said.text, re.M)
    assert row, said.text
    name, address, *rest = row.groups()
    assert name == "Living-Room" and rest == [str(host.port), "required", host.fingerprint()[:16]]
    assert address in ("10.123.0.1", "127.0.0.1")  # on the same machine it hears both, and prints any of them


# ---- several at once, and one that vanishes ----

def test_four_at_once(desktop, start_host, peer):
    host = start_host(desktop.env, *VIRTUAL, "8")
    client = peer(desktop.env)
    modes = ["1280x720x60", "800x600x30", "640x480x60", "1024x768x30"]
    files = [desktop.scratch / f"{mode}.h264" for mode in modes]
    processes = []
    for mode, path in zip(modes, files):
        processes.append(client.start(host, "--mode", mode, "--out", path))
        wait_until(lambda: "session offer" in processes[-1].text(), "the session")
    sizes = {tuple(map(int, mode.split("x")[:2])) for mode in modes}
    wait_until(lambda: {m[:2] for m in desktop.in_use().values()} == sizes, "four displays")
    for process, path, mode in zip(processes, files, modes):
        said = client.finish(process)
        assert said.code == 0, said.text
        [(width, height, count)] = pictures(path)
        assert f"{width}x{height}" == mode.rsplit("x", 1)[0] and count == said.number("frames")
    desktop.wait_until_clean()


def test_a_client_that_vanished_gets_its_display_back(desktop, start_host, peer):
    host = start_host(desktop.env | {"PUNKTFUNK_MONITOR_LINGER_MS": "30000", "PUNKTFUNK_IDLE_TIMEOUT_MS": "2000"},
                      *VIRTUAL, "4")
    client = peer(desktop.env)
    process = client.start(host, "--mode", "1280x720x60")
    output = wait_for_output(desktop, (1280, 720, 60))
    wait_until(lambda: "streaming client=" in host.process.text(), "the stream")
    process.stop(signal.SIGKILL)
    wait_until(lambda: "was silent for too long" in host.process.text(), "the host to miss it")
    said = client.run(host, "--mode", "1280x720x60")
    assert said.code == 0, said.text
    assert "display reused" in host.process.text()
    assert list(desktop.in_use()) == [output]
