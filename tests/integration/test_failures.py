"""What goes wrong is said in one sentence and never takes the host with it."""
import os
import random
import signal
import socket
import subprocess
import time

from conftest import Host, as_user, wait_until


def run_host(programs, env, *args):
    return subprocess.run([programs / "punktfunk-host", *map(str, args)], env=env, capture_output=True, text=True,
                          timeout=30, **as_user())


def last_error(done):
    lines = [line for line in done.stderr.splitlines() if "ERROR" in line or line.startswith("error")]
    return lines[-1] if lines else ""


def test_port_in_use(programs, bare_env):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("0.0.0.0", 0))
        port = taken.getsockname()[1]
        done = run_host(programs, bare_env, "punktfunk1-host", "--port", port)
    assert done.returncode == 1
    assert str(port) in last_error(done) and "in use" in last_error(done)


def test_management_port_in_use(programs, bare_env):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run_host(programs, bare_env, "serve", "--native-port", 0, "--mgmt-bind", f"127.0.0.1:{port}")
    assert done.returncode == 1
    assert str(port) in last_error(done)


def test_two_hosts_do_not_share_a_folder(programs, bare_env, start_host, scratch):
    """They would overwrite each other's paired devices; with a folder of its own a second one runs."""
    first = start_host(bare_env, "serve")
    for command in (["serve", "--native-port", 0, "--mgmt-bind", "127.0.0.1:0"], ["punktfunk1-host", "--port", 0]):
        done = run_host(programs, bare_env, *command)
        assert done.returncode == 1
        assert "another host" in last_error(done) and str(scratch / "config") in last_error(done)
    second = start_host(bare_env | {"PUNKTFUNK_CONFIG_DIR": str(scratch / "other")}, "punktfunk1-host")
    assert first.process.alive() and second.process.alive()
    first.stop(signal.SIGKILL)  # a host that died holds nothing
    assert start_host(bare_env, "serve").process.alive()


def test_no_compositor(bare_env, start_host):
    host = start_host(bare_env, "serve", "--open")
    report = host.probe("--seconds", "3")
    assert report.json["close"]["code"] == 0x68
    assert "desktop session" in report.json["close"]["reason"]
    assert host.process.alive()


def test_test_host_does_not_start_without_a_compositor(programs, bare_env):
    done = run_host(programs, bare_env, "punktfunk1-host", "--port", 0, "--source", "virtual")
    assert done.returncode == 1
    # Another desktop of this user, in a runtime folder of its own, is of no use either.
    assert "compositor" in last_error(done) or "no sway session" in last_error(done)


def test_no_encoder(programs, desktop):
    for command in (["serve", "--native-port", 0, "--mgmt-bind", "127.0.0.1:0"],
                    ["punktfunk1-host", "--port", 0, "--source", "virtual"]):
        done = run_host(programs, desktop.env | {"PUNKTFUNK_ENCODER": "nvenc"}, *command)
        assert done.returncode == 1
        assert "encoder" in last_error(done) and "nvenc" in last_error(done)


def test_unknown_flag_names_the_nearest(programs, bare_env):
    done = run_host(programs, bare_env, "serve", "--mgmt-bnd", "x")
    assert done.returncode == 1 and "--mgmt-bind" in done.stderr
    done = run_host(programs, bare_env, "serv")
    assert done.returncode == 1 and "serve" in done.stderr


def test_help_and_version(programs, bare_env):
    assert run_host(programs, bare_env).returncode == 0
    version = run_host(programs, bare_env, "--version")
    assert version.returncode == 0 and version.stdout.startswith("punktfunk-host ")
    for command in ("serve", "punktfunk1-host", "probe-compositor", "pair"):
        done = run_host(programs, bare_env, command, "--help")
        assert done.returncode == 0 and "usage" in (done.stdout + done.stderr).lower(), command


def test_damaged_state_is_reported_and_kept(bare_env, start_host, scratch):
    config = scratch / "config"
    config.mkdir(mode=0o700)
    (config / "punktfunk1-paired.json").write_text("{ this is not JSON")
    if os.getuid() == 0:
        for path in (config, config / "punktfunk1-paired.json"):
            os.chown(path, 65534, 65534)
    host = start_host(bare_env, "punktfunk1-host")
    assert "punktfunk1-paired.json" in host.process.text()
    assert (config / "punktfunk1-paired.json.bad").read_text() == "{ this is not JSON"


def test_garbage_on_the_port(bare_env, start_host):
    host = start_host(bare_env, "punktfunk1-host", "--source", "synthetic", "--allow-tofu", "--frames", "30")
    rng = random.Random(7)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for _ in range(2000):
            first = bytes([rng.choice([0x00, 0x40, 0xC0, 0xC3, 0xE0, 0xFF])])
            version = rng.choice([b"\0\0\0\1", b"\0\0\0\0", rng.randbytes(4)])
            s.sendto(first + version + rng.randbytes(rng.randrange(0, 1400)), ("127.0.0.1", host.port))
    time.sleep(0.2)
    assert host.process.alive(), host.process.text()
    report = host.probe()
    assert report.code == 0, report.text


def test_second_client_waits_for_the_permit(bare_env, start_host):
    host = start_host(bare_env, "punktfunk1-host", "--source", "synthetic", "--allow-tofu", "--frames", "120",
                      "--max-concurrent", "1")
    first, second = host.start_probe(name="first"), host.start_probe(name="second")
    reports = [host.finish_probe(p) for p in (first, second)]
    assert [r.code for r in reports] == [0, 0], [r.text for r in reports]


def test_max_sessions_ends_the_host(bare_env, start_host):
    host = start_host(bare_env, "punktfunk1-host", "--source", "synthetic", "--allow-tofu", "--frames", "30",
                      "--max-sessions", "2")
    assert host.probe().code == 0
    assert host.probe().code == 0
    wait_until(lambda: not host.process.alive(), "the host to end after two sessions")
    assert host.process.child.returncode == 0


def test_terminated_host_ends_sessions_and_exits_0(desktop, start_host):
    host = start_host(desktop.env, "serve", "--open")
    probe = host.start_probe("--mode", "1280x720@60", "--seconds", "30")
    wait_until(desktop.in_use, "the output")
    assert host.stop() == 0
    desktop.wait_until_clean()
    host.finish_probe(probe, 20)


def test_idle_host_is_small(desktop, start_host):
    host: Host = start_host(desktop.env, "serve")
    time.sleep(1)
    rss = host.rss_kib()
    print(f"idle RSS {rss / 1024:.1f} MiB")
    assert rss < 40 * 1000
