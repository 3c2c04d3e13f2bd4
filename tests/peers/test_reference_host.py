"""Our client at the reference host, and the two hosts with each other's files."""
import json
import os
import pathlib
import re
import shutil
import socket
import tempfile

import pytest

from conftest import Host, Process, binary, free_port, wait_until
from test_discovery import network  # noqa: F401 (fixture: the reference host cannot be kept from announcing itself)


class ReferenceHost(Host):
    """punktfunk1-host of the reference; takes the same clients as ours."""

    def __init__(self, program, programs, scratch, env, *args):  # pylint: disable=super-init-not-called
        self.programs, self.scratch, self.env = programs, scratch, env
        self.clients, self.address, self.port = None, "127.0.0.1", free_port(socket.SOCK_DGRAM)
        self.process = Process("reference-host", [program, "punktfunk1-host", "--port", self.port, *args],
                               env | {"NO_COLOR": "1"}, scratch)

    def wait_ready(self):
        def ready():
            assert self.process.alive(), f"the host ended:\n{self.process.text()}"
            return "accepting sessions" in self.process.text()
        wait_until(ready, "the reference host")
        return self

    def pin(self):
        return re.search(r"to pair: (\d{4})\b", self.process.text())[1]


@pytest.fixture
def reference(network, programs, scratch, bare_env):  # noqa: F811
    program = binary("PF_REFERENCE_HOST")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="pf-peer-"))
    folder.chmod(0o755)
    copy = pathlib.Path(shutil.copy(program, folder))
    hosts = []

    def start(*args):
        hosts.append(ReferenceHost(copy, programs, scratch, bare_env, *args))
        return hosts[-1].wait_ready()

    yield start
    for host in hosts:
        host.stop()
    shutil.rmtree(folder)
    keep = os.environ.get("PF_PEER_LOGS")
    if keep:
        name = os.environ["PYTEST_CURRENT_TEST"].split("::")[1].split()[0]
        shutil.copy(scratch / "reference-host.log", pathlib.Path(keep) / f"host-{name}.log")


def test_verification_frames(reference):
    host = reference("--source", "synthetic", "--frames", "200", "--allow-tofu")
    report = host.probe()
    assert report.code == 0, report.text
    assert report.json["verified"] == 200 and report.json["mismatched"] == 0
    latency = report.json["latency_us"]
    print(f"capture to received: p50 {latency['p50']} µs, p99 {latency['p99']} µs")


def test_loss_is_repaired(reference):
    host = reference("--source", "synthetic", "--frames", "200", "--allow-tofu")
    report = host.probe("--drop", "3", "--seed", "1", "--allow-loss")
    assert report.json["mismatched"] == 0 and report.json["fec_recovered"] > 50, report.text
    assert report.json["verified"] >= 190, report.text


def test_remode_and_speed_test(reference):
    host = reference("--source", "synthetic", "--frames", "400", "--allow-tofu")
    report = host.probe("--remode", "1920x1080@60:2", "--seconds", "4", "--frames", "400")
    assert report.json["remode"]["accepted"], report.text
    report = host.probe("--speed-test", "50000:500", "--allow-loss")
    test = report.json["speed_test"]
    assert test["answered"] and test["packets_received"] >= 0.9 * test["wire_packets_sent"], report.text


def test_pairing(reference):
    host = reference("--source", "synthetic", "--frames", "60")
    paired = host.probe("--pair", host.pin(), "--name", "Ours")
    assert paired.code == 0, paired.text
    report = host.probe("--pin", host.fingerprint())
    assert report.code == 0 and report.json["verified"] == 60, report.text


def test_wrong_pin(reference):
    host = reference("--source", "synthetic", "--frames", "60")
    wrong = f"{(int(host.pin()) + 1) % 10000:04}"
    assert host.probe("--pair", wrong).code not in (0, 2)


def test_our_host_takes_over_from_the_reference(reference, start_host, bare_env):
    """Same files: the same fingerprint, and the paired device needs no PIN."""
    host = reference("--source", "synthetic", "--frames", "30")
    assert host.probe("--pair", host.pin(), "--name", "Ours").code == 0
    fingerprint = host.fingerprint()
    host.stop()
    ours = start_host(bare_env, "punktfunk1-host", "--source", "synthetic", "--frames", "30")
    assert ours.fingerprint() == fingerprint
    report = ours.probe("--pin", fingerprint)
    assert report.code == 0 and report.json["verified"] == 30, report.text


def test_the_reference_takes_over_from_our_host(reference, start_host, bare_env):
    """It makes an identity of its own beside ours, and knows the paired device."""
    ours = start_host(bare_env, "punktfunk1-host", "--source", "synthetic", "--frames", "30")
    pin = re.search(r"\bPIN (\d{4})\b", ours.process.text())[1]
    assert ours.probe("--pair", pin, "--name", "Ours").code == 0
    fingerprint = ours.fingerprint()
    ours.stop()
    host = reference("--source", "synthetic", "--frames", "30")
    report = host.probe("--pin", host.fingerprint())
    assert report.code == 0 and report.json["verified"] == 30, report.text
    store = json.loads((host.scratch / "config/punktfunk1-paired.json").read_text())
    assert [c["name"] for c in store["clients"]] == ["Ours"]
    host.stop()
    again = start_host(bare_env, "punktfunk1-host", "--source", "synthetic", "--frames", "30")
    assert again.fingerprint() == fingerprint
