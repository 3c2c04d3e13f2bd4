"""The web console in a real browser: Chromium, driven by Playwright, against a real host with a real client."""
import os
import pathlib
import shutil
import sys

import pytest
from playwright.sync_api import sync_playwright

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/integration"))

import importlib.util

# pytest names every conftest.py alike; the one of the whole-process tests is loaded under a name of its own.
spec = importlib.util.spec_from_file_location("rig", ROOT / "tests/integration/conftest.py")
rig = importlib.util.module_from_spec(spec)
sys.modules["rig"] = rig
spec.loader.exec_module(rig)
programs, scratch, desktop, start_host = rig.programs, rig.scratch, rig.desktop, rig.start_host

CHROMIUM = os.environ.get("PF_CHROMIUM", shutil.which("chromium"))


@pytest.fixture(scope="session")
def browser():
    assert CHROMIUM, "chromium is not installed: run ./check console"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
        yield browser
        browser.close()
