"""Loss between host and client: parity repairs what it can, a key frame the rest."""
import re
import time

import pytest
from conftest import load_picture, psnr, wait_until


def stream(start_host, bare_env, *args, frames=300):
    host = start_host(bare_env, "punktfunk1-host", "--source", "synthetic", "--allow-tofu", "--frames", str(frames))
    return host.probe(*args)


def test_no_loss(bare_env, start_host):
    report = stream(start_host, bare_env, frames=120)
    assert report.code == 0, report.text
    assert report.json["verified"] == 120
    latency = report.json["latency_us"]
    print(f"capture to received: p50 {latency['p50']} µs, p95 {latency['p95']} µs, p99 {latency['p99']} µs")


@pytest.mark.parametrize("loss", [["--drop", "5"], ["--drop-burst", "3:100"]], ids=["random-5%", "bursts-of-3"])
def test_parity_repairs(bare_env, start_host, loss):
    report = stream(start_host, bare_env, *loss, "--seed", "1", "--allow-loss")
    assert report.json["mismatched"] == 0
    # 47 data and 5 parity shards in a frame at first, more once the client has reported the loss: nearly all recover.
    assert report.json["verified"] >= 270, report.text
    assert report.json["fec_recovered"] > 100


def test_beyond_parity_asks_for_a_key_frame(desktop, start_host):
    """Without parity every lost packet costs a frame; key frames bring the picture back."""
    host = start_host(desktop.env | {"PUNKTFUNK_FEC_PCT": "0"}, "serve", "--open")
    shot = desktop.scratch / "after.png"
    probe = host.start_probe("--mode", "1280x720@60", "--seconds", "10", "--drop-burst", "2:150", "--seed", "3",
                             "--allow-loss", "--decode", "--screenshot", shot, "--screenshot-at", "9")
    pattern = desktop.pattern(wait_until(lambda: next(iter(desktop.in_use()), None), "the output"))
    pattern.send("animate")
    time.sleep(5)
    pattern.fill("406080")
    expected = pattern.picture()
    report = host.finish_probe(probe)
    assert report.json["packets"]["dropped_on_purpose"] > 0, report.text
    assert report.json["keyframe_requests"] > 0, report.text
    assert report.json["keyframes"] >= 2
    assert report.json["decode_errors_at_end"] == 0
    assert psnr(load_picture(shot), expected) >= 35


def test_beyond_parity_goes_around_what_is_lost(desktop, start_host):
    """A client that can ask for it gets pictures that refer to what it has: no key frames, and the picture is right."""
    host = start_host(desktop.env | {"PUNKTFUNK_FEC_PCT": "0"}, "serve", "--open")
    shot = desktop.scratch / "after.png"
    probe = host.start_probe("--mode", "1280x720@60", "--seconds", "10", "--drop-burst", "2:50", "--seed", "3",
                             "--allow-loss", "--repair", "--decode", "--screenshot", shot, "--screenshot-at", "9")
    pattern = desktop.pattern(wait_until(lambda: next(iter(desktop.in_use()), None), "the output"))
    pattern.send("animate")
    time.sleep(5)
    pattern.fill("406080")
    expected = pattern.picture()
    report = host.finish_probe(probe)
    assert report.json["packets"]["dropped_on_purpose"] > 0, report.text
    assert report.json["anchors"] >= report.json["repair_requests"] / 2 >= 2, report.text
    assert report.json["keyframes"] < report.json["anchors"], report.text
    assert report.json["decode_errors_at_end"] == 0
    assert psnr(load_picture(shot), expected) >= 35


def test_adaptive_parity_follows_the_reports(bare_env, start_host):
    env = bare_env | {"RUST_LOG": "info,native=debug"}
    host = start_host(env, "punktfunk1-host", "--source", "synthetic", "--allow-tofu", "--frames", "250")
    host.probe("--drop", "10", "--seed", "2", "--allow-loss")
    percents = [int(p) for p in re.findall(r"parity_percent=(\d+)", host.process.text())]
    assert max(percents) >= 14, percents
