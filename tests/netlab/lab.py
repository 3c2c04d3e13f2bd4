"""A loss laboratory: host and client in network namespaces of their own, and netlab_link as the wire between them.

    host namespace ── veth ── [netlab_link, in a third namespace] ── veth ── client namespace

"down" is what the host sends, "up" what the client sends. Offloads are off, so a datagram is a frame of the wire.
Needs root; everything is removed by close(), and what an earlier run that was killed left behind by the next one.
"""
import itertools
import json
import os
import pathlib
import re
import shutil
import subprocess

HOST4, HOST4_SECOND, CLIENT4, STRANGER4 = "10.77.0.1", "10.77.0.2", "10.77.0.10", "10.77.0.11"
HOST6, HOST6_SECOND, CLIENT6 = "fd77::1", "fd77::2", "fd77::10"
PORT = 9777  # of QUIC; namespaces of our own have no others
PREFIX = "pfnet-"
TOOLS = ("ip", "ethtool", "setpriv")
counter = itertools.count()


def missing():
    """Why there can be no laboratory here, or None."""
    if os.getuid() != 0:
        return "network namespaces need root"
    lacking = [t for t in TOOLS if not shutil.which(t)]
    if lacking:
        return f"{', '.join(lacking)} is not installed"
    probe = f"{PREFIX}{os.getpid()}-try"
    if ip("netns", "add", probe, check=False).returncode != 0:
        return "this kernel or container allows no network namespaces"
    veth = ip("-n", probe, "link", "add", "try0", "type", "veth", "peer", "name", "try1", check=False).returncode == 0
    ip("netns", "del", probe)
    return None if veth else "this kernel or container allows no veth interfaces"


def ip(*args, check=True):
    done = subprocess.run(["ip", *map(str, args)], capture_output=True, text=True, timeout=20)
    assert not check or done.returncode == 0, f"ip {' '.join(map(str, args))}: {done.stderr}"
    return done


def inside(ns, *args):
    """The command line that runs a program in the namespace, without root."""
    return ["ip", "netns", "exec", ns, "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *args]


def remove_leftovers():
    for name in re.findall(rf"^({PREFIX}(\d+)-\S+)", ip("netns", "list").stdout, re.MULTILINE):
        if not pathlib.Path(f"/proc/{name[1]}").exists():
            ip("netns", "del", name[0], check=False)


class Lab:
    def __init__(self, tools, seed=1, mtu=None):
        """tools: build folder with tests/netlab/netlab_link. mtu: of the host's and the client's interface."""
        remove_leftovers()
        base = f"{PREFIX}{os.getpid()}-{next(counter)}"
        self.host, self.middle, self.client = f"{base}-host", f"{base}-wire", f"{base}-client"
        self.link = None
        try:
            self.build(mtu)
            self.start_link(tools, seed)
        except BaseException:
            self.close()
            raise

    def build(self, mtu):
        for ns in (self.host, self.middle, self.client):
            ip("netns", "add", ns)
            ip("-n", ns, "link", "set", "lo", "up")
        self.run(self.middle, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
        self.add_end(self.host, "host0", mtu, [HOST4, HOST4_SECOND], [HOST6, HOST6_SECOND])
        self.add_end(self.client, "client0", mtu, [CLIENT4, STRANGER4], [CLIENT6])

    def add_end(self, ns, name, mtu, four, six):
        wire = f"to-{name}"
        ip("-n", self.middle, "link", "add", wire, "type", "veth", "peer", "name", name)
        for end in (wire, name):  # before the move: flags travel with the interface
            self.run(self.middle, "ethtool", "-K", end, "tx", "off", "sg", "off", "tso", "off", "gso", "off", "gro", "off",
                     "tx-udp-segmentation", "off")
        ip("-n", self.middle, "link", "set", name, "netns", ns)
        if mtu:
            ip("-n", ns, "link", "set", name, "mtu", mtu)
        for address in four:
            ip("-n", ns, "address", "add", address + "/24", "dev", name)
        for address in six:
            ip("-n", ns, "-6", "address", "add", address + "/64", "dev", name, "nodad")
        ip("-n", ns, "link", "set", name, "up")
        ip("-n", self.middle, "link", "set", wire, "up")

    def run(self, ns, *args):
        done = subprocess.run(["ip", "netns", "exec", ns, *map(str, args)], capture_output=True, text=True, timeout=20)
        assert done.returncode == 0, f"{' '.join(map(str, args))}: {done.stderr}"
        return done.stdout

    # ---- the wire ----

    def start_link(self, tools, seed):
        program = pathlib.Path(tools) / "tests/netlab/netlab_link"
        self.link = subprocess.Popen(["ip", "netns", "exec", self.middle, program, str(seed), "to-host0", "to-client0"],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.link.stdout.readline() == "ready\n", "netlab_link did not start"

    def say(self, line):
        self.link.stdin.write(line + "\n")
        self.link.stdin.flush()
        return self.link.stdout.readline().strip()

    def rule(self, direction, **rule):
        """rule("down", loss=0.05, delay_ms=10); what is not named is off."""
        words = [direction] + [f"{k}={v[0]}:{v[1]}" if isinstance(v, tuple) else f"{k}={v}" for k, v in rule.items()]
        answer = self.say(" ".join(words))
        assert answer == "ok", f"netlab_link on {words}: {answer}"

    def spare(self, port):
        """UDP from or to this port is not impaired."""
        assert self.say(f"spare {port}") == "ok"

    def stats(self):
        stats = json.loads(self.say("stats"))
        assert stats["failures"] == 0, f"the wire itself lost frames: {stats}"
        return stats

    def close(self):
        if self.link:
            self.link.stdin.close()
            try:
                self.link.wait(5)
            except subprocess.TimeoutExpired:
                self.link.kill()
                self.link.wait()
        for ns in (self.host, self.middle, self.client):
            ip("netns", "del", ns, check=False)
