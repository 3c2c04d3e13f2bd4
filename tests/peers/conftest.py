"""The reference client and host, as real peers. Both are built outside of this repository (see CONTRIBUTING.md):
PF_REFERENCE_PROBE and PF_REFERENCE_HOST say where they are, PF_PEER_LOGS where what they print is kept."""
import importlib.util
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import pytest

_path = pathlib.Path(__file__).resolve().parents[1] / "integration/conftest.py"
sys.path.insert(0, str(_path.parent))
_spec = importlib.util.spec_from_file_location("integration", _path)
integration = importlib.util.module_from_spec(_spec)
sys.modules["integration"] = integration
_spec.loader.exec_module(integration)

from integration import *  # noqa: E402, F401, F403 (its fixtures, and what its test modules import from "conftest")
from integration import NOBODY, Process  # noqa: E402


def binary(variable):
    path = os.environ.get(variable)
    if not path:
        pytest.skip(f"{variable} names no program")
    return pathlib.Path(path)


class Said:
    """What one run of a peer printed, and how it ended."""

    def __init__(self, code, text):
        self.code, self.text = code, text

    def number(self, field):
        """The last one: the offer of a session has some of the names that its summary has."""
        return float(re.findall(rf"\b{field}=\"?(-?[0-9.]+)", self.text)[-1])


class Peer:
    """The reference client against a host of ours, with a home and an identity of its own."""

    def __init__(self, program, env, scratch):
        self.program, self.scratch = program, scratch
        home = scratch / "peer"
        home.mkdir(exist_ok=True)
        if os.getuid() == 0:
            shutil.chown(home, NOBODY, NOBODY)
        self.env = env | {"HOME": str(home), "NO_COLOR": "1", "RUST_LOG": "info"}
        self.runs = []

    def start(self, host, *args, **variables):
        name = f"reference-{len(self.runs)}"
        where = ["--connect", f"127.0.0.1:{host.port}"] if host else []
        process = Process(name, [self.program, *where, *args], self.env | variables, self.scratch)
        self.runs.append((process, " ".join(map(str, args))))
        return process

    def finish(self, process, limit=60):
        try:
            code = process.child.wait(limit)
        except subprocess.TimeoutExpired as e:
            process.stop()
            raise AssertionError(f"the reference client did not end:\n{process.text()}") from e
        return Said(code, process.text())

    def run(self, host, *args, limit=60, **variables):
        return self.finish(self.start(host, *args, **variables), limit)


@pytest.fixture
def peer(request, scratch):
    """peer(env) → a Peer; what it and the hosts printed is kept."""
    program = binary("PF_REFERENCE_PROBE")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="pf-peer-"))
    folder.chmod(0o755)
    copy = pathlib.Path(shutil.copy(program, folder))
    peers = []

    def make(env):
        peers.append(Peer(copy, env, scratch))
        return peers[-1]

    yield make
    keep = os.environ.get("PF_PEER_LOGS")
    if keep:
        name = re.sub(r"[^\w.-]+", "_", request.node.name)
        with open(pathlib.Path(keep) / f"{name}.log", "w", encoding="utf-8") as log:
            for process, args in (run for each in peers for run in each.runs):
                log.write(f"$ punktfunk-probe {args}\n{process.text()}exit status {process.child.poll()}\n\n")
            for path in sorted(scratch.glob("host*.log")):
                log.write(f"---- {path.name}\n{path.read_text(errors='replace')}\n")
    shutil.rmtree(folder)
