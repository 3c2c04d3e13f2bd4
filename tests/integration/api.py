"""Requests to the management API of a host, from its own machine or from another one (a network namespace)."""
import concurrent.futures
import contextlib
import ctypes
import dataclasses
import hashlib
import http.client
import json
import os
import pathlib
import socket
import ssl
import subprocess
import time

import lab

CLONE_NEWNET = 0x40000000
BASE = "/api/v1"


def connect_inside(namespace, address, timeout=10):
    """A TCP connection made in the namespace (None: ours): a socket stays where it was created."""
    if not namespace:
        return socket.create_connection(address, timeout)

    def work():
        libc = ctypes.CDLL(None, use_errno=True)
        with open(f"/var/run/netns/{namespace}") as ns:
            assert libc.setns(ns.fileno(), CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
        return socket.create_connection(address, timeout)

    with concurrent.futures.ThreadPoolExecutor(1) as thread:  # the thread, and its namespace, end here
        return thread.submit(work).result()


def dawdle(tls, begin, drop):
    """Sends `begin`, then `drop` again and again; True if the host closed the connection within 60 s."""
    tls.sendall(begin)
    for _ in range(120):
        try:
            tls.sendall(drop)
        except OSError:
            return True
        time.sleep(0.5)
    return False


@dataclasses.dataclass
class Certificate:
    pem: pathlib.Path  # certificate and key
    fingerprint: str


def make_certificate(folder, name):
    pem, cert, key = folder / f"{name}.pem", folder / f"{name}.crt", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=test",
                    "-keyout", key, "-out", cert], check=True, capture_output=True, timeout=60)
    pem.write_bytes(cert.read_bytes() + key.read_bytes())
    der = ssl.PEM_cert_to_DER_cert(cert.read_text())
    return Certificate(pem, hashlib.sha256(der).hexdigest())


@dataclasses.dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


class Api:
    """host: a conftest.Host that serves."""

    def __init__(self, host):
        self.host = host
        self.config = host.scratch / "config"

    @property
    def token(self):
        return (self.config / "mgmt-token").read_text().strip().removeprefix("PUNKTFUNK_MGMT_TOKEN=")

    def place(self, peer):
        """(namespace, address) for a peer: loopback, loopback6 or lan."""
        if peer == "lan":
            return self.host.clients, (lab.HOST4, self.host.mgmt)
        return self.host.netns, ("::1" if peer == "loopback6" else "127.0.0.1", self.host.mgmt)

    def tls(self, peer="loopback", certificate=None, timeout=10):
        """A connection that has done its handshake."""
        context = ssl._create_unverified_context()
        if certificate:
            context.load_cert_chain(certificate.pem)
        raw = connect_inside(*self.place(peer), timeout)
        return context.wrap_socket(raw)

    def request(self, method, path, body=None, *, peer="loopback", token="", certificate=None, headers=None,
                content_type="application/json", base=BASE, timeout=20):
        """token: None sends none, "" the right one. body: bytes or str as they are, else JSON."""
        head = dict(headers or {})
        if token is not None:
            head.setdefault("Authorization", f"Bearer {token or self.token}")
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        if body is not None and content_type:
            head["Content-Type"] = content_type
        with contextlib.closing(self.tls(peer, certificate, timeout)) as tls:
            connection = http.client.HTTPConnection("localhost", self.host.mgmt)
            connection.sock = tls
            connection.request(method, base + path, body=body, headers=head)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())

    def stall_in_handshake(self, port):
        """A connection whose handshake was begun and will never go on."""
        out = ssl.MemoryBIO()
        with contextlib.suppress(ssl.SSLWantReadError):
            ssl._create_unverified_context().wrap_bio(ssl.MemoryBIO(), out).do_handshake()
        raw = socket.create_connection(("127.0.0.1", port), 20)
        raw.sendall(out.read())
        return raw

    def get(self, path, **options):
        answer = self.request("GET", path, **options)
        assert answer.status == 200, (path, answer)
        return answer.json
