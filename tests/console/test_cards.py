"""The card of graphics cards, on a host that sees two of them."""
import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest
from playwright.sync_api import expect

import rig
from axe import serious

HERE = pathlib.Path(__file__).parent
PASSWORD = "correct horse battery"
expect.set_options(timeout=20000)


@pytest.fixture
def two_cards(programs, scratch):
    """A folder whose punktfunk-host runs where there are two graphics cards."""
    if subprocess.run(["unshare", "-rm", "true"], **rig.as_user(), check=False).returncode:
        pytest.skip("this kernel or container allows no mount namespaces to ordinary users")
    folder = scratch / "bin"
    folder.mkdir()
    shutil.copy(HERE / "with-cards", folder)
    start = folder / "punktfunk-host"
    start.write_text(f'#!/bin/sh\nexec {folder}/with-cards {programs}/punktfunk-host "$@"\n')
    start.chmod(0o755)
    return folder


@pytest.fixture
def host(two_cards, scratch):
    env = {"PATH": os.environ["PATH"], "HOME": str(scratch), "LANG": "C.UTF-8", "XDG_RUNTIME_DIR": str(scratch),
           "PUNKTFUNK_CONFIG_DIR": str(scratch / "config"), "PUNKTFUNK_MDNS": "0"}
    running = rig.Host(two_cards, scratch, env).wait_ready()
    yield running
    running.stop()


@pytest.fixture
def page(host, browser):
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB", ignore_https_errors=True)
    page = context.new_page()
    link = rig.wait_until(lambda: re.search(r"/setup#[0-9a-f]{64}", host.process.text()), "the link")[0]
    page.goto(f"https://127.0.0.1:{host.console}{link}")
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same again").fill(PASSWORD)
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_role("heading", level=1, name="Home")).to_be_visible()
    yield page
    context.close()


def test_the_owner_prefers_a_card_and_leaves_it_to_the_host_again(host, page, scratch):
    page.get_by_role("navigation").get_by_role("link", name="Host", exact=True).click()
    cards = page.get_by_role("region", name="Graphics card", exact=True)
    intel = cards.get_by_role("listitem").filter(has_text="8086-46a6-0")
    nvidia = cards.get_by_role("listitem").filter(has_text="10de-2684-0")
    expect(intel.get_by_text("Next session")).to_be_visible()
    nvidia.get_by_role("button", name=re.compile("^Prefer")).click()
    expect(nvidia.get_by_text("Preferred")).to_be_visible()
    expect(nvidia.get_by_text("Next session")).to_be_visible()
    expect(nvidia.get_by_role("button", name=re.compile("^Prefer"))).to_be_disabled()
    assert serious(page) == []
    stored = json.loads((scratch / "config/gpu-settings.json").read_text())
    assert stored["mode"] == "manual" and stored["gpu"]["vendor_id"] == 0x10de
    cards.get_by_role("button", name="Choose automatically").click()
    expect(nvidia.get_by_text("Preferred")).to_have_count(0)
    expect(intel.get_by_text("Next session")).to_be_visible()
    assert json.loads((scratch / "config/gpu-settings.json").read_text())["mode"] == "auto"
