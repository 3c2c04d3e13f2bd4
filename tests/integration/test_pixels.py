"""The client sees what the desktop shows, at exactly the mode it asked for."""
import re
import signal

import pytest
from conftest import load_picture, psnr, wait_until

MODES = [(1280, 720, 60), (1920, 1080, 30), (1366, 768, 60)]


def mode_text(mode):
    return "{}x{}@{}".format(*mode)


def wait_for_output(desktop, mode):
    wanted = (mode[0], mode[1], mode[2] * 1000)

    def created():
        return next((n for n, m in desktop.in_use().items() if m == wanted), None)
    return wait_until(created, f"an output of {mode_text(mode)}")


@pytest.mark.parametrize("mode", MODES, ids=mode_text)
def test_picture_and_exact_mode(desktop, start_host, mode, record_property):
    host = start_host(desktop.env, "serve", "--open")
    shot = desktop.scratch / "shot.png"
    probe = host.start_probe("--mode", mode_text(mode), "--seconds", "8", "--screenshot", shot, "--screenshot-at", "6")
    output = wait_for_output(desktop, mode)
    pattern = desktop.pattern(output)
    expected = pattern.picture()
    report = host.finish_probe(probe)
    assert report.code == 0, report.text
    assert report.json["frames"] > 0
    value = psnr(load_picture(shot), expected)
    record_property("psnr", value)
    print(f"{mode_text(mode)}: PSNR {value:.1f} dB, first decoded frame after {report.json['first_decoded_ms']:.0f} ms")
    assert value >= 35
    desktop.wait_until_clean()


def test_gpu_buffers_that_are_not_to_be_had(desktop, start_host):
    """Wanted on a desktop without a GPU, they are done without."""
    host = start_host(desktop.env | {"PUNKTFUNK_ZEROCOPY": "1"}, "serve", "--open")
    report = host.probe("--mode", "1280x720@60", "--seconds", "3", "--decode")
    assert report.code == 0, report.text
    assert report.json["picture_width"] == 1280


def test_colour_change_is_seen(desktop, start_host):
    host = start_host(desktop.env, "serve", "--open")
    colors = desktop.scratch / "colors.log"
    probe = host.start_probe("--mode", "1280x720@60", "--seconds", "9", "--log-colors", colors)
    pattern = desktop.pattern(wait_for_output(desktop, MODES[0]))
    wait_until(lambda: colors.exists() and colors.stat().st_size > 0, "decoded frames")
    delays = []
    for wanted in ("c03030", "30a040", "3050c0", "c0c0c0", "404040"):
        committed = pattern.fill(wanted)

        def seen():
            for line in colors.read_text().splitlines():
                at, rgb = line.split()[:2]
                near = all(abs(int(rgb[i:i + 2], 16) - int(wanted[i:i + 2], 16)) <= 12 for i in (0, 2, 4))
                if near and int(at) >= committed:
                    return int(at)
            return None
        delays.append((wait_until(seen, f"the colour {wanted} at the client", 10) - committed) / 1e6)
    report = host.finish_probe(probe)
    assert report.code == 0, report.text
    print("desktop change to decoded frame, ms:", ", ".join(f"{d:.1f}" for d in delays))


def test_mode_change_in_mid_stream(desktop, start_host):
    host = start_host(desktop.env, "serve", "--open")
    shot = desktop.scratch / "shot.png"
    probe = host.start_probe("--mode", "1280x720@60", "--remode", "1600x900@50:2", "--seconds", "8",
                             "--screenshot", shot, "--screenshot-at", "7")
    wait_for_output(desktop, MODES[0])
    output = wait_for_output(desktop, (1600, 900, 50))
    pattern = desktop.pattern(output)
    expected = pattern.picture()
    report = host.finish_probe(probe)
    assert report.code == 0, report.text
    assert psnr(load_picture(shot), expected) >= 35
    desktop.wait_until_clean()


def test_two_clients_at_different_modes(desktop, start_host):
    host = start_host(desktop.env, "serve", "--open")
    probes = [host.start_probe("--mode", mode_text(m), "--seconds", "6", "--screenshot", desktop.scratch / f"{i}.png",
                               "--screenshot-at", "5", name=f"probe{i}") for i, m in enumerate(MODES[::2])]
    outputs = [wait_for_output(desktop, m) for m in MODES[::2]]
    assert len(set(outputs)) == 2
    patterns = [desktop.pattern(o) for o in outputs]
    patterns[1].fill("305080")
    expected = [p.picture() for p in patterns]
    for i, probe in enumerate(probes):
        report = host.finish_probe(probe)
        assert report.code == 0, report.text
        assert psnr(load_picture(desktop.scratch / f"{i}.png"), expected[i]) >= 35
    desktop.wait_until_clean()


@pytest.mark.parametrize("mode", ["1281x720@60", "1280x721@60", "8192x4096@60", "0x0@60"])
def test_refused_modes(desktop, start_host, mode):
    host = start_host(desktop.env, "serve", "--open")
    report = host.probe("--mode", mode, "--seconds", "2")
    assert report.code not in (0, 2), report.text
    assert report.json["close"]["code"] == 0x68
    assert report.json["close"]["reason"]
    assert not desktop.in_use()
    assert host.process.alive()


def test_killed_host_leaves_nothing_after_restart(desktop, start_host):
    host = start_host(desktop.env, "serve", "--open")
    probe = host.start_probe("--mode", "1280x720@60", "--seconds", "20")
    wait_for_output(desktop, MODES[0])
    host.stop(signal.SIGKILL)
    probe.stop()
    start_host(desktop.env, "serve", "--open")
    desktop.wait_until_clean()


def test_killed_compositor_does_not_end_the_host(desktop, start_host):
    host = start_host(desktop.env, "serve", "--open")
    probe = host.start_probe("--mode", "1280x720@60", "--seconds", "60")
    wait_for_output(desktop, MODES[0])
    desktop.kill()
    wait_until(lambda: re.search(r"(?i) WARN .*(compositor|picture|capture|sway)", host.process.text()),
               lambda: f"a word about the compositor:\n{host.process.text()}")
    assert host.process.alive()
    probe.stop()


def test_probe_compositor(desktop, programs, bare_env):
    import subprocess

    from conftest import as_user
    found = subprocess.run([programs / "punktfunk-host", "probe-compositor"], env=desktop.env, capture_output=True,
                           text=True, timeout=20, **as_user())
    assert (found.returncode, found.stdout) == (0, "Wlroots ready\n"), found.stderr
    none = subprocess.run([programs / "punktfunk-host", "probe-compositor"], env=bare_env, capture_output=True,
                          text=True, timeout=20, **as_user())
    assert none.returncode == 1 and none.stdout == ""
