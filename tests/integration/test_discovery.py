"""Hosts on the local network list themselves. In a network of our own, so that nothing is said on the real one."""
import ctypes
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess

import pytest
from conftest import ROOT, as_user, keep_for_ci, wait_until

CLONE_NEWNET = 0x40000000


def ip(*args):
    subprocess.run(["ip", *args], check=True)


@pytest.fixture
def network():
    """Moves this process, and what it starts, into a network with one cable, both ends of which are here."""
    libc = ctypes.CDLL(None, use_errno=True)
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    if libc.unshare(CLONE_NEWNET) != 0:
        os.close(home)
        pytest.skip(f"no network of our own can be made here: {os.strerror(ctypes.get_errno())}")
    try:
        ip("link", "set", "lo", "up")
        try:
            ip("link", "add", "here", "type", "veth", "peer", "name", "there")
        except subprocess.CalledProcessError:
            pytest.skip("this kernel has no veth")
        ip("address", "add", "10.123.0.1/24", "dev", "here")
        ip("link", "set", "here", "up")
        ip("link", "set", "there", "up")
        ip("route", "add", "default", "dev", "here")
        yield
    finally:
        libc.setns(home, CLONE_NEWNET)
        os.close(home)


@pytest.fixture
def env(bare_env):
    return {k: v for k, v in bare_env.items() if k != "PUNKTFUNK_MDNS"} | {
        "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent", "PUNKTFUNK_HOST_NAME": "Living Room"}


@pytest.fixture
def other(scratch):
    """What makes another host of an environment: two do not share a folder."""
    return {"PUNKTFUNK_CONFIG_DIR": str(scratch / "other-config")}


@pytest.fixture
def browse(programs, scratch, env):
    def run(seconds=2, *more):
        done = subprocess.run([programs / "punktfunk-probe", "--discover", str(seconds), *more], env=env, cwd=scratch,
                              capture_output=True, text=True, timeout=60, **as_user())
        keep_for_ci("punktfunk-probe --discover", done.stdout + done.stderr, done.returncode)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def hosts(seconds=2):
        return {h["name"]: h for h in json.loads(run(seconds, "--json"))["hosts"]}
    hosts.text = run
    return hosts


def test_everything_is_announced_until_the_host_ends(network, env, start_host, browse):
    host = start_host(env, "serve")
    found = wait_until(lambda: browse().get("Living Room"), "the host in the list")
    system = [line.split("=")[1].strip('"') for line in pathlib.Path("/etc/os-release").read_text().splitlines()
              if line.startswith("ID=")]
    # /sys shows the cards of the real machine, whatever network we are in.
    macs = found.pop("mac")
    assert len(macs) <= 4 and all(re.fullmatch("[0-9a-f]{2}(:[0-9a-f]{2}){5}", mac) for mac in macs), macs
    assert found == {
        "name": "Living Room", "target": socket.gethostname().split(".")[0] + ".local", "address": "10.123.0.1", "port": host.port,
        "fingerprint": host.fingerprint(), "pair": "required", "mgmt": host.mgmt,
        "id": (host.scratch / "config/uniqueid").read_text().strip(), "os": f"linux/{system[0]}"}
    table = browse.text(2).splitlines()
    assert len(table) == 2 and "Living Room" in table[1] and host.fingerprint() in table[1]

    assert host.stop(signal.SIGTERM) == 0
    assert browse() == {}, "it said goodbye"
    assert "no host" in browse.text(1)


@pytest.fixture
def moonlight(network, scratch):
    """moonlight() → [name, address, port] of what a stock Moonlight client finds (scripts/moonlight makes its environment);
    a host once for each of its addresses, the one on the loopback interface too."""
    python = pathlib.Path(os.environ.get("PF_MOONLIGHT", ROOT / "build-moonlight")) / "bin/python"
    if not python.exists():
        pytest.skip(f"{python} is not there: scripts/moonlight makes it")
    look = ("import json, sys; from moonlight_python import MoonlightClient; "
            "found = MoonlightClient(sys.argv[1]).discover(3); "
            "print(json.dumps([[s.hostname, s.address, s.http_port] for s in found]))")

    announced = "import json; from moonlight_python.discovery import discover_mdns; print(json.dumps(discover_mdns(3)))"

    def run(program=look):
        done = subprocess.run([python, "-c", program, scratch / "moonlight"], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
    run.addresses = lambda: run(announced)  # whether anybody listens there or not
    return run


@pytest.mark.parametrize("through", ["daemon", "responder"])
def test_moonlight_finds_the_host(request, moonlight, env, start_host, browse, through):
    if through == "daemon":
        env = request.getfixturevalue("bus_env")
        request.getfixturevalue("daemon").start()
    host = start_host(env, "serve", "--gamestream")
    announced_by(host, DAEMON if through == "daemon" else OWN)
    wait_until(lambda: ["Living Room", "10.123.0.1", 47989] in moonlight(), "the second service")
    wait_until(lambda: "Living Room" in browse(), "the first service")
    assert host.stop() == 0
    assert moonlight.addresses() == []


@pytest.mark.parametrize("args", [(), ("--gamestream", "--no-mdns")], ids=["off", "quiet"])
def test_moonlight_is_not_lured(moonlight, env, other, start_host, browse, args):
    start_host(env | {"PUNKTFUNK_HOST_NAME": "Quiet"}, "serve", *args)
    start_host(env | other, "punktfunk1-host")
    wait_until(lambda: "Living Room" in browse(), "the host that is announced")
    assert moonlight.addresses() == []


def test_the_host_disappears_while_a_client_looks(network, env, start_host, programs, scratch, browse):
    host = start_host(env, "punktfunk1-host", "--allow-tofu")
    wait_until(lambda: "Living Room" in browse(), "the host in the list")
    search = subprocess.Popen([programs / "punktfunk-probe", "--discover", "6", "--json"], env=env, cwd=scratch,
                              stdout=subprocess.PIPE, text=True, **as_user())
    seen = browse(3)["Living Room"]
    assert seen["pair"] == "optional" and seen["mgmt"] is None
    host.stop()
    assert json.loads(search.communicate(timeout=30)[0])["hosts"] == []


def test_two_hosts_of_one_name(network, env, other, start_host, browse):
    first = start_host(env, "punktfunk1-host")
    wait_until(lambda: "Living Room" in browse(), "the first host")
    second = start_host(env | other, "punktfunk1-host")
    hosts = wait_until(lambda: (h := browse()) and len(h) == 2 and h, "both hosts")
    assert set(hosts) == {"Living Room", "Living Room #2"}
    assert {h["port"] for h in hosts.values()} == {first.port, second.port}


@pytest.mark.parametrize("how", ["option", "variable"])
def test_may_be_switched_off(network, env, other, start_host, browse, how):
    more = {"PUNKTFUNK_MDNS": "0"} if how == "variable" else {}
    quiet = start_host(env | more, "punktfunk1-host", *(["--no-mdns"] if how == "option" else []))
    start_host(env | other | {"PUNKTFUNK_HOST_NAME": "Loud"}, "punktfunk1-host")
    wait_until(lambda: "Loud" in browse(), "the host that is announced")
    assert set(browse()) == {"Loud"}
    assert "discovery" not in quiet.process.text()


def test_no_network_is_no_reason_to_stop(network, env, start_host):
    ip("link", "set", "here", "down")
    ip("link", "set", "lo", "down")
    ip("link", "set", "lo", "up")
    host = start_host(env, "punktfunk1-host", "--source", "synthetic", "--allow-tofu", "--frames", "30")
    assert host.probe("--seconds", "3").code == 0


@pytest.fixture
def start_avahi(network, scratch):
    """start_avahi(configuration) → a private Avahi daemon without D-Bus."""
    daemon = shutil.which("avahi-daemon", path="/usr/sbin:/usr/bin")
    if not daemon:
        pytest.skip("avahi-daemon is not installed")
    if pathlib.Path("/run/avahi-daemon/pid").exists():
        pytest.skip("avahi-daemon runs already and can run only once")
    children = []

    def start(server=""):
        config, path = scratch / "avahi.conf", scratch / "avahi.log"
        config.write_text(f"[server]\nenable-dbus=no\n{server}\n")
        with open(path, "w") as log:
            children.append(subprocess.Popen([daemon, "-f", config, "--no-drop-root", "--no-chroot", "--no-rlimits"],
                                             stderr=log))
        wait_until(lambda: "startup complete" in path.read_text(), "the daemon")
    yield start
    for child in children:
        assert child.poll() is None
        child.terminate()
        child.wait(10)


def test_beside_the_avahi_daemon(start_avahi, env, start_host, browse):
    """The daemon of most desktops has the same port; both responders must be heard."""
    start_avahi()
    host = start_host(env, "punktfunk1-host")
    found = wait_until(lambda: browse().get("Living Room"), "the host in the list")
    assert (found["address"], found["port"]) == ("10.123.0.1", host.port)
    host.stop()
    assert browse() == {}


def test_contested_address_is_said_once(start_avahi, env, start_host):
    """A daemon that calls the machine by another name contests our addresses."""
    start_avahi("host-name=another")
    host = start_host(env, "punktfunk1-host")
    wait_until(lambda: "cannot be announced" in host.process.text(), "a word about it")
    assert host.process.text().count("WARN  discovery") == 1
    assert host.stop() == 0



# ---- through the daemon, over a message bus of our own ----


@pytest.fixture
def bus(scratch):
    """The address of a private message bus that everybody may use."""
    daemon = shutil.which("dbus-daemon")
    if not daemon:
        pytest.skip("dbus-daemon is not installed")
    config, sock = scratch / "bus.conf", scratch / "bus"
    config.write_text(f"""<busconfig><listen>unix:path={sock}</listen><auth>EXTERNAL</auth>
        <policy context="default"><allow user="*"/><allow own="*"/>
        <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/></policy></busconfig>""")
    buses = []

    def start():
        buses.append(subprocess.Popen([daemon, f"--config-file={config}", "--nofork"], **as_user()))
        wait_until(sock.exists, "the message bus")

    def stop():
        buses[-1].terminate()
        buses[-1].wait(10)
        sock.unlink(missing_ok=True)

    start()
    yield type("Bus", (), {"address": f"unix:path={sock}", "start": staticmethod(start), "stop": staticmethod(stop)})
    stop()


@pytest.fixture
def daemon(network, bus, scratch):
    """Starts and stops an Avahi daemon on that bus."""
    program = shutil.which("avahi-daemon", path="/usr/sbin:/usr/bin")
    if not program:
        pytest.skip("avahi-daemon is not installed")
    children = []

    class Daemon:
        def start(self, publish=""):
            config, path = scratch / "avahi.conf", scratch / "avahi.log"
            config.write_text(f"[server]\n[publish]\n{publish}\n")
            with open(path, "w") as log:
                # In a /run of its own: only one daemon may run on a machine.
                children.append(subprocess.Popen(
                    ["unshare", "--mount", "sh", "-c",
                     f"mkdir -p /run/avahi-daemon && mount -t tmpfs none /run/avahi-daemon && exec {program} -f {config} "
                     "--no-drop-root --no-chroot --no-rlimits"],
                    stderr=log, env=os.environ | {"DBUS_SYSTEM_BUS_ADDRESS": bus.address}))
            wait_until(lambda: "startup complete" in path.read_text(), "the daemon")

        def stop(self, sig=signal.SIGTERM):
            if children and children[-1].poll() is None:
                children[-1].send_signal(sig)
                children[-1].wait(10)

    d = Daemon()
    yield d
    d.stop()


@pytest.fixture
def bus_env(env, bus):
    return env | {"DBUS_SYSTEM_BUS_ADDRESS": bus.address}


def announced_by(host, who, times=1):
    wait_until(lambda: host.process.text().count(f"({who})") >= times, f"the host to be announced {who}")


DAEMON, OWN = "by Avahi's daemon", "by its own responder"


def test_the_daemon_announces(daemon, bus_env, start_host, browse):
    daemon.start()
    host = start_host(bus_env, "punktfunk1-host")
    announced_by(host, DAEMON)
    found = wait_until(lambda: browse().get("Living Room"), "the host in the list")
    assert (found["address"], found["port"], found["fingerprint"]) == ("10.123.0.1", host.port, host.fingerprint())
    assert found["target"] == socket.gethostname().split(".")[0] + ".local"
    assert OWN not in host.process.text()
    assert host.stop() == 0
    assert browse() == {}


def test_a_taken_name_in_the_daemon(daemon, bus_env, other, start_host, browse):
    daemon.start()
    first = start_host(bus_env, "punktfunk1-host")
    announced_by(first, DAEMON)
    second = start_host(bus_env | other, "punktfunk1-host")
    announced_by(second, DAEMON)
    hosts = wait_until(lambda: (h := browse()) and len(h) == 2 and h, "both hosts")
    assert hosts["Living Room"]["port"] == first.port and hosts["Living Room #2"]["port"] == second.port


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGKILL])
def test_the_daemon_comes_and_goes(daemon, bus_env, start_host, browse, sig):
    host = start_host(bus_env, "punktfunk1-host")
    announced_by(host, OWN)
    daemon.start()
    announced_by(host, DAEMON)
    daemon.stop(sig)
    announced_by(host, OWN, 2)
    wait_until(lambda: browse().get("Living Room", {}).get("port") == host.port, "the host in the list")
    daemon.start()
    announced_by(host, DAEMON, 2)
    wait_until(lambda: browse().get("Living Room", {}).get("port") == host.port, "the host in the list again")
    assert host.stop() == 0
    assert browse() == {}


def test_a_daemon_that_takes_no_services(daemon, bus_env, start_host, browse):
    daemon.start("disable-user-service-publishing=yes")
    host = start_host(bus_env, "punktfunk1-host")
    announced_by(host, OWN)
    wait_until(lambda: "Living Room" in browse(), "the host in the list")
    assert DAEMON not in host.process.text()


def test_the_message_bus_restarts(daemon, bus, bus_env, start_host, browse):
    daemon.start()
    host = start_host(bus_env, "punktfunk1-host")
    announced_by(host, DAEMON)
    bus.stop()
    announced_by(host, OWN)
    daemon.stop()
    bus.start()
    daemon.start()
    announced_by(host, DAEMON, 2)
    assert "Living Room" in browse()
