"""Host and client across a bad network: what parity promises is kept, and what it cannot repair is asked for again."""
import math
import re
import time

import lab
import pytest
import theory
from conftest import load_picture, psnr, wait_until

SHARDS = 47  # of a synthetic frame: 64 KiB in shards of 1408 bytes


def synthetic(start_host, env, link, frames, pin=None, debug=False):
    env = env | ({"PUNKTFUNK_FEC_PCT": str(pin)} if pin is not None else {})
    env |= {"RUST_LOG": "info,native=debug"} if debug else {}
    return start_host(env, "punktfunk1-host", "--source", "synthetic", "--allow-tofu", "--frames", frames, netlab=link)


# ---- parity against theory ----

@pytest.mark.parametrize("loss,percent", [(0.02, 0), (0.05, 5), (0.10, 10), (0.10, 20), (0.20, 20)])
def test_recovered_frames_follow_the_binomial_distribution(netlab, start_host, bare_env, loss, percent):
    link, frames = netlab(seed=7), 200
    link.spare(lab.PORT)  # so that nothing but the data plane suffers
    link.rule("down", loss=loss)
    report = synthetic(start_host, bare_env, link, frames, pin=percent).probe("--allow-loss").json
    stats = link.stats()["down"]
    assert stats["fragments"] == 0
    parity = theory.parity_shards(SHARDS, percent)
    assert report["parity"] == [[report["parity"][0][0], SHARDS, parity]], "the pinned percentage is what is sent"
    assert stats["datagrams"] == frames * (SHARDS + parity)
    expected = theory.whole_at_random(SHARDS, parity, loss)
    measured = report["verified"] / frames
    print(f"loss {loss:.0%}, parity {percent} %: {measured:.3f} of the frames, theory {expected:.3f}")
    assert report["mismatched"] == 0
    assert measured == pytest.approx(expected, abs=theory.slack(expected, frames))


def test_bursts_follow_theirs(netlab, start_host, bare_env):
    link, frames, enter, leave, percent = netlab(seed=8), 200, 0.01, 0.25, 20
    link.spare(lab.PORT)
    link.rule("down", burst=(enter, leave))
    report = synthetic(start_host, bare_env, link, frames, pin=percent).probe("--allow-loss").json
    expected = theory.whole_in_bursts(SHARDS, theory.parity_shards(SHARDS, percent), enter, leave)
    measured = report["verified"] / frames
    print(f"bursts of 4: {measured:.3f} of the frames, theory {expected:.3f}")
    # A burst that reaches into the next frame ties neighbours together: half as much again for that.
    assert measured == pytest.approx(expected, abs=1.5 * theory.slack(expected, frames))


@pytest.mark.parametrize("rule", [
    {"reorder": 0.05, "hold_ms": 5},
    {"duplicate": 0.05},
    {"jitter_ms": 20},
    {"rate_kbps": 60000, "queue_bytes": 1 << 20, "delay_ms": 5},
], ids=["reorder-5%", "duplicate-5%", "jitter-20ms", "60-Mbit/s"])
def test_disorder_costs_no_frame(netlab, start_host, bare_env, rule):
    link, frames = netlab(seed=9), 150
    link.rule("down", **rule)
    link.rule("up", **rule)
    report = synthetic(start_host, bare_env, link, frames, pin=10).probe("--allow-loss").json
    stats = link.stats()["down"]
    assert stats["lost"] == stats["lost_in_queue"] == 0
    assert report["verified"] == frames, report
    for name, counter in (("reorder", "reordered"), ("duplicate", "duplicated")):
        if name in rule:
            assert stats[counter] > 0.03 * stats["datagrams"]


# ---- parity that adapts ----

def want(ppm):
    """docs/spec/punktfunk1-data.md 7.4"""
    return min(max(math.ceil(ppm * 1.4 / 10000) + 1, 1), 50)


def test_adaptive_parity_rises_at_once_and_falls_by_a_point(netlab, start_host, bare_env):
    link = netlab(seed=10)
    link.spare(lab.PORT)
    link.rule("down", loss=0.05)
    host = synthetic(start_host, bare_env, link, frames=700, debug=True)
    probe = host.start_probe("--allow-loss")

    def percents():
        return [int(p) for p in re.findall(r"parity_percent=(\d+)", host.process.text())]

    wait_until(lambda: len(percents()) >= 4, "four reports")
    link.rule("down")
    report = host.finish_probe(probe).json
    seen = percents()
    print(f"percent after each report: {seen}; on the wire: {report['parity']}")
    # 5 % loss asks for 8 % alone, for up to 15 % if a frame was beyond parity. 750 ms of it scatter by a point or two.
    assert want(50_000) == 8 and want(100_000) == 15
    assert want(35_000) <= max(seen) <= want(125_000), seen
    for before, after in zip(seen, seen[1:]):
        assert after >= before - 1, f"it fell by more than a point: {seen}"
    quiet = seen[seen.index(max(seen)):][-5:]
    assert quiet == [max(quiet[0] - i, 1) for i in range(5)], f"without loss it falls by a point a report: {seen}"
    # What the packets say is what the reports led to.
    allowed = {theory.parity_shards(SHARDS, p) for p in [10, *seen]}
    assert all(data == SHARDS and parity in allowed for _, data, parity in report["parity"])
    assert len(report["parity"]) >= 3


def test_a_pinned_percentage_ignores_reports(netlab, start_host, bare_env):
    link = netlab(seed=11)
    link.rule("down", loss=0.1)
    report = synthetic(start_host, bare_env, link, frames=150, pin=33).probe("--allow-loss").json
    assert report["loss_reports"]["sent"] >= 2 and report["loss_reports"]["max_ppm"] > 50_000
    assert [change[1:] for change in report["parity"]] == [[SHARDS, theory.parity_shards(SHARDS, 33)]]
    assert report["welcome"]["fec_percent"] == 33


def test_a_real_picture_comes_back_after_loss_beyond_parity(netlab, desktop, start_host):
    link = netlab(seed=12)
    link.spare(lab.PORT)
    host = start_host(desktop.env | {"PUNKTFUNK_FEC_PCT": "5"}, "punktfunk1-host", "--source", "virtual", "--allow-tofu",
                      "--seconds", "60", netlab=link)
    shot = desktop.scratch / "after.png"
    probe = host.start_probe("--mode", "1280x720@60", "--seconds", "12", "--allow-loss", "--decode", "--screenshot", shot,
                             "--screenshot-at", "11")
    pattern = desktop.pattern(wait_until(lambda: next(iter(desktop.in_use()), None), "the output"))
    pattern.send("animate")
    time.sleep(2)
    link.rule("down", loss=0.25)
    time.sleep(3)
    link.rule("down")
    pattern.fill("406080")
    expected = pattern.picture()
    report = host.finish_probe(probe)
    assert link.stats()["down"]["lost"] > 0
    assert report.json["keyframe_requests"] > 0 and report.json["keyframes"] >= 2, report.text
    assert report.json["decode_errors_at_end"] == 0, report.text
    assert psnr(load_picture(shot), expected) >= 35
