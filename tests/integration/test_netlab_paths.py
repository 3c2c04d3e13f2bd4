"""Addresses and sizes: IPv6, hosts with several addresses, strangers, narrow links. On frames of a real wire."""
import json
import re
import subprocess
import time

import lab
import pytest
from conftest import Process, wait_until

FRAMES = 60
DATA_PORT = 40123

# Sends punches to the host's data port from another address and prints how many datagrams came back.
STRANGER = """
import signal, socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[1], 0))
s.settimeout(0.002)
got = 0
stop = []
signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
while not stop:
    s.sendto(b"PFpunch1", (sys.argv[2], int(sys.argv[3])))
    try:
        s.recv(2048)
        got += 1
    except (TimeoutError, ConnectionRefusedError):
        pass
print(got, flush=True)
"""


def synthetic(start_host, env, link, *more, frames=FRAMES):
    return start_host(env, "punktfunk1-host", "--source", "synthetic", "--allow-tofu", "--frames", frames, *more,
                      netlab=link)


@pytest.mark.parametrize("address,shard,packet", [
    (lab.HOST4, 1408, 1500), (lab.HOST4_SECOND, 1408, 1500), (lab.HOST6, 1388, 1500), (lab.HOST6_SECOND, 1388, 1500),
], ids=["IPv4", "second-IPv4", "IPv6", "second-IPv6"])
def test_a_stream_from_the_address_that_was_dialled(netlab, start_host, bare_env, address, shard, packet):
    """The client's sockets take nothing from another address, so a whole stream is the proof."""
    link = netlab()
    dialled = f"[{address}]" if ":" in address else address
    report = synthetic(start_host, bare_env, link).probe(address=dialled)
    assert report.code == 0 and report.json["verified"] == FRAMES, report.text
    assert report.json["welcome"]["shard_payload"] == shard
    stats = link.stats()
    assert stats["down"]["largest"] == packet, "full frames on the wire, and none larger"
    assert stats["down"]["fragments"] == stats["up"]["fragments"] == 0


@pytest.mark.parametrize("address,shard", [(lab.HOST4, 1400 - 20 - 8 - 64), (lab.HOST6, 1400 - 40 - 8 - 64)],
                         ids=["IPv4", "IPv6"])
def test_a_narrow_link_gets_smaller_shards(netlab, start_host, bare_env, address, shard):
    link = netlab(mtu=1400)
    link.rule("down", mtu=1400)
    dialled = f"[{address}]" if ":" in address else address
    report = synthetic(start_host, bare_env, link).probe(address=dialled)
    assert report.code == 0 and report.json["verified"] == FRAMES, report.text
    assert report.json["welcome"]["shard_payload"] == shard
    stats = link.stats()["down"]
    assert stats["fragments"] == 0 and stats["largest"] == 1400
    # QUIC may look whether more fits; of the video nothing is too large.
    assert stats["too_large"] <= 20


@pytest.mark.parametrize("address", [lab.HOST4, f"[{lab.HOST6}]"], ids=["IPv4", "IPv6"])
def test_a_path_that_shrinks_in_mid_stream(netlab, start_host, bare_env, address):
    """Shards keep their size, so now the kernel cuts: fragments are better than no picture."""
    link, frames = netlab(), 150
    probe = synthetic(start_host, bare_env, link, frames=frames).start_probe(address=address)
    wait_until(lambda: link.stats()["down"]["datagrams"] > 1000, "the stream")
    assert link.stats()["down"]["fragments"] == 0
    lab.ip("-n", link.host, "link", "set", "host0", "mtu", "1400")
    out, _ = probe.child.communicate(timeout=30)
    report = json.loads(out)
    assert report["verified"] == frames, report
    assert link.stats()["down"]["fragments"] > 0


def test_a_data_port_that_is_taken_gives_way(netlab, start_host, bare_env):
    link = netlab()
    host = synthetic(start_host, bare_env, link, "--data-port", DATA_PORT)
    both = [host.start_probe(name=name) for name in ("first", "second")]
    reports = [host.finish_probe(probe) for probe in both]
    assert [r.json["verified"] for r in reports] == [FRAMES, FRAMES], reports[0].text + reports[1].text
    ports = {r.json["welcome"]["udp_port"] for r in reports}
    assert DATA_PORT in ports and len(ports) == 2


def test_punches_of_a_stranger_divert_nothing(netlab, start_host, bare_env, scratch):
    link = netlab()
    host = synthetic(start_host, bare_env, link, "--data-port", DATA_PORT)
    stranger = Process("stranger", ["/usr/bin/python3", "-c", STRANGER, lab.STRANGER4, lab.HOST4, DATA_PORT], bare_env,
                       scratch, netns=link.client)
    wait_until(lambda: link.stats()["up"]["datagrams"] > 20, "the stranger's first punches")
    report = host.probe()
    stranger.stop()
    assert report.code == 0 and report.json["verified"] == FRAMES, report.text
    assert report.json["welcome"]["udp_port"] == DATA_PORT
    assert stranger.text().strip() == "0"


def test_the_clock_is_answered_while_the_host_waits_for_the_punch(netlab, start_host, bare_env):
    """The client's first punch comes after its clock exchange: on a slow path this takes eight round trips."""
    link = netlab()
    link.rule("down", delay_ms=20)
    link.rule("up", delay_ms=20)
    report = synthetic(start_host, bare_env, link).probe()
    assert report.code == 0 and report.json["verified"] == FRAMES, report.text
    assert report.json["clock"]["valid"] and report.json["clock"]["rtt_ns"] >= 40_000_000


def test_a_client_that_cannot_be_reached_for_a_while_is_not_fatal(netlab, start_host, bare_env):
    """What finds no way is lost and counted; then the stream goes on."""
    link, frames = netlab(), 200
    host = synthetic(start_host, bare_env, link, frames=frames)
    probe = host.start_probe("--allow-loss")
    wait_until(lambda: link.stats()["down"]["datagrams"] > 500, "the stream")
    lab.ip("-n", link.host, "route", "add", "unreachable", lab.CLIENT4 + "/32")  # EHOSTUNREACH
    time.sleep(0.3)
    lab.ip("-n", link.host, "route", "del", "unreachable", lab.CLIENT4 + "/32")
    lab.ip("-n", link.host, "link", "set", "host0", "down")  # ENETUNREACH, or ENETDOWN
    time.sleep(0.3)
    lab.ip("-n", link.host, "link", "set", "host0", "up")
    report = host.finish_probe(probe)
    assert report.json["close"]["code"] == 0 and report.json["mismatched"] == 0, report.text
    assert 20 < report.json["verified"] < frames
    dropped = wait_until(lambda: re.search(r"has ended .*units=(\d+) .*dropped=(\d+)", host.process.text()), "the end")
    assert int(dropped[1]) == frames and int(dropped[2]) > 100


def test_ipv6_is_announced_where_the_user_says_so(netlab, start_host, bare_env, programs, scratch):
    link = netlab()
    for ns, address in ((link.host, lab.HOST4), (link.host, lab.HOST4_SECOND), (link.client, lab.CLIENT4), (link.client, lab.STRANGER4)):
        lab.ip("-n", ns, "address", "del", address + "/24", "dev", "host0" if ns == link.host else "client0", check=False)
    env = {k: v for k, v in bare_env.items() if k != "PUNKTFUNK_MDNS"} | {
        "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent", "PUNKTFUNK_HOST_NAME": "Six", "PUNKTFUNK_MDNS_IPV6": "1"}
    host = start_host(env, "punktfunk1-host", "--allow-tofu", "--frames", FRAMES, netlab=link)

    def found():
        done = subprocess.run(lab.inside(link.client, str(programs / "punktfunk-probe"), "--discover", "2", "--json"),
                              env=env, cwd=scratch, capture_output=True, text=True, timeout=60)
        return {h["name"]: h for h in json.loads(done.stdout)["hosts"]}.get("Six")

    seen = wait_until(found, "the host in the list")
    assert ":" in seen["address"] and seen["port"] == host.port, seen
    report = host.probe(address=f"[{seen['address']}]")
    assert report.code == 0 and report.json["verified"] == FRAMES, report.text


# Garbage that begins like a client's first packet, from addresses and ports that nobody owns.
FLOOD = """
import os, random, socket, struct, sys
random.seed(1)
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
target = socket.inet_aton(sys.argv[1])
for i in range(int(sys.argv[2])):
    quic = bytearray(os.urandom(1200))
    quic[0] = 0xC0 | quic[0] & 0x0F
    quic[1:6] = b"\\0\\0\\0\\1\\x08"
    quic[14], quic[23], quic[24], quic[25] = 8, 0, 0x40 | (1200 - 26) >> 8, (1200 - 26) & 255
    source = socket.inet_aton(f"10.77.0.{random.randrange(100, 200)}")
    udp = struct.pack("!HHHH", random.randrange(1024, 65536), int(sys.argv[3]), 8 + len(quic), 0)
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28 + len(quic), 0, 0, 64, 17, 0, source, target)
    try:
        s.sendto(ip + udp + quic, (sys.argv[1], 0))
    except OSError:
        pass
"""


def datagrams_read(link):
    """UDP datagrams that programs in the host's namespace have taken, IPv4."""
    names, values = [line.split() for line in link.run(link.host, "cat", "/proc/net/snmp").splitlines() if line.startswith("Udp:")]
    return int(values[names.index("InDatagrams")])


def test_a_flood_from_addresses_nobody_owns_costs_little(netlab, start_host, bare_env):
    link, packets = netlab(), 20000
    host = synthetic(start_host, bare_env, link)
    assert host.probe().code == 0  # everything is warm
    rss, before, read = host.rss_kib(), link.stats(), datagrams_read(link)
    done = subprocess.run(["ip", "netns", "exec", link.client, "/usr/bin/python3", "-c", FLOOD, lab.HOST4, str(packets),
                           str(lab.PORT)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    after = link.stats()
    said = after["up"]["udp_bytes"] - before["up"]["udp_bytes"]
    answered = after["down"]["udp_bytes"] - before["down"]["udp_bytes"]
    grown, read = host.rss_kib() - rss, datagrams_read(link) - read
    print(f"{read} of {packets} datagrams read; "
          f"{said / 1e6:.1f} MB said, {answered / 1e6:.1f} MB answered, {grown} KiB more memory")
    assert said > packets * 1000 and read > packets // 20
    assert answered <= 3 * said
    assert grown < 32 * 1024
    report = host.probe()
    assert report.code == 0 and report.json["verified"] == FRAMES, report.text
