"""The API's document: valid, and true of a live host, which schemathesis asks whatever the document allows."""
import os
import re
import subprocess

import pytest

from api import Api
from conftest import ROOT

VENV = ROOT / "build-venv/bin"
EXAMPLES = os.environ.get("PF_API_EXAMPLES", "30")

pytestmark = pytest.mark.skipif(not (VENV / "schemathesis").exists(),
                                reason="build-venv is not there: run scripts/test-venv")


def test_document_is_valid(programs, tmp_path):
    document = tmp_path / "openapi.json"
    document.write_bytes(subprocess.run([programs / "punktfunk-host", "openapi"], capture_output=True, check=True,
                                        timeout=20).stdout)
    done = subprocess.run([VENV / "openapi-spec-validator", document], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "OK" in done.stdout, done.stdout + done.stderr


def test_host_does_what_the_document_says(bare_env, start_host, tmp_path):
    host = start_host(bare_env, "serve")
    done = subprocess.run(
        [VENV / "schemathesis", "--config-file", ROOT / "tests/integration/schemathesis.toml", "run",
         f"https://127.0.0.1:{host.mgmt}/api/v1/openapi.json", "--checks", "all", "--seed", "1", "--max-examples", EXAMPLES,
         "-H", f"Authorization: Bearer {Api(host).token}"],
        cwd=tmp_path, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout[-12000:] + host.process.text()[-2000:]
    tested = re.search(r"Tested: (\d+)", done.stdout)
    assert tested and int(tested[1]) >= 40, done.stdout[-3000:]
    assert host.process.alive()
