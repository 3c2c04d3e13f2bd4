"""The console from its first run on: one host, one owner, one browser; each test goes on where the one before it ended."""
import json
import pathlib
import os
import re
import shutil
import subprocess
import tempfile

import pytest
from playwright.sync_api import expect

import rig
import shots
from api import Api
from axe import serious

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = {"/": "Home", "/host": "Host", "/library": "Library", "/stats": "Performance", "/logs": "Logs",
         "/pairing": "Pairing", "/settings": "Settings"}
MOONLIGHT = pathlib.Path(os.environ.get("PF_MOONLIGHT", ROOT / "build-moonlight"))
PASSWORD = "correct horse battery"
LINGER_MS = 60000
expect.set_options(timeout=20000)


class Stage:
    """The host, its console, and the owner's tab."""

    def __init__(self, programs, browser):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="pf-test-"))
        self.folder.chmod(0o700)
        if rig.os.getuid() == 0:
            shutil.chown(self.folder, rig.NOBODY, rig.NOBODY)
        self.desktop = rig.Desktop(programs, self.folder)
        env = self.desktop.env | {"PUNKTFUNK_MONITOR_LINGER_MS": str(LINGER_MS)}
        where = f"127.0.0.1:{rig.free_port(rig.socket.SOCK_STREAM)}"
        args = ["--console-bind", where, "--gamestream", "--gamestream-bind", "127.0.0.1"]
        self.host = rig.Host(programs, self.folder, env, args=args).wait_ready()
        self.url, self.api, self.live = f"https://{where}", Api(self.host), None
        self.browser, self.probes, self.complaints = browser, [], []
        self.context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB", color_scheme="dark",
                                           ignore_https_errors=True, reduced_motion="reduce")
        self.page = self.context.new_page()
        self.page.on("console", self.heard)
        self.page.on("pageerror", lambda e: self.complaints.append(str(e)))

    def heard(self, message):
        # A refused sign-in is in the browser's console too; everything else is an error of ours.
        if message.type == "error" and not re.search("status of (401|503)", message.text):
            self.complaints.append(message.text)

    def open(self, path):
        self.page.goto(self.url + path)
        return self.page

    def go(self, name):
        """By the navigation, as people do."""
        self.page.get_by_role("navigation").get_by_role("link", name=name, exact=True).click()
        expect(self.page.get_by_role("heading", level=1, name=name)).to_be_visible()
        return self.page

    def card(self, title):
        return self.page.get_by_role("region", name=title, exact=True)

    def probe(self, *args, identity="client"):
        process = rig.Process(f"probe{len(self.probes)}", [
            self.host.programs / "punktfunk-probe", "--connect", f"127.0.0.1:{self.host.port}", "--identity",
            self.folder / identity, "--json", *args], self.host.env, self.folder)
        self.probes.append(process)
        return process

    def moonlight(self, pin):
        """A stock client that pairs and shows this PIN; what is returned waits for how that ended."""
        config = self.folder / "moonlight"
        with open(self.folder / "moonlight.log", "a") as log:
            child = subprocess.Popen([MOONLIGHT / "bin/python", ROOT / "tests/integration/moonlight_client.py", config, "127.0.0.1"],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
        child.stdin.write(json.dumps({"do": "pair", "pin": pin}) + "\n")
        child.stdin.flush()

        def result():
            said, _ = child.communicate(timeout=60)
            return json.loads(said.splitlines()[1])
        return result

    def setup_link(self):
        """What the host says at its first start."""
        said = rig.wait_until(lambda: re.search(r"https://\S+(/setup#[0-9a-f]{64})", self.host.process.text()), "the link")
        return self.url + said[1]  # it says the machine's address on the network, and this console listens on loopback

    def play(self):
        """Somebody plays, if nobody does: a client that the machine was too slow for has left."""
        if self.live and self.live.alive():
            return
        self.live = self.probe("--mode", "1280x720@60", "--seconds", "600", "--allow-loss")
        output = rig.wait_until(lambda: next(iter(self.desktop.in_use()), None), "the display of the session")
        self.desktop.pattern(output)

    def close(self):
        self.context.close()
        for process in self.probes:
            process.stop()
        self.host.stop()
        self.desktop.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture(scope="module")
def stage(programs, browser):
    made = Stage(programs, browser)
    yield made
    made.close()
    assert not made.complaints, made.complaints  # errors of scripts, and what the security policy forbade


def ended(process):
    rig.wait_until(lambda: not process.alive(), f"{process.name} to end: {process.text()}")
    return process.child.returncode


def test_nobody_gets_in_before_the_first_password(stage):
    page = stage.open("/login")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("no password yet")


def test_the_link_of_the_host_sets_the_password(stage):
    stage.page.goto("about:blank")
    page = stage.page
    page.goto(stage.setup_link())
    assert serious(page) == []
    page.get_by_label("New password").fill("short")
    page.get_by_label("The same again").fill("short")
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_role("alert")).to_contain_text("at least 8")
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same again").fill(PASSWORD)
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_role("heading", level=1, name="Home")).to_be_visible()
    expect(page.get_by_text("Nobody is playing")).to_be_visible()


def test_signing_out_and_in(stage):
    page = stage.go("Settings")
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page).to_have_url(re.compile("/login$"))
    page = stage.open("/host")
    expect(page).to_have_url(re.compile(r"/login\?next=(%2F|/)host$"))
    assert serious(page) == []
    shots.take(page, "login")
    page.get_by_label("Password", exact=True).fill("wrong horse")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("not the password")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Host")).to_be_visible()


def test_first_paint(stage, capsys):
    page = stage.open("/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length > 0")  # told after the painting
    paints = page.evaluate("() => performance.getEntriesByType('paint').map((e) => [e.name, e.startTime])")
    size = page.evaluate("() => performance.getEntriesByType('resource').reduce((n, e) => n + e.encodedBodySize, 0)")
    with capsys.disabled():
        print(f"\nfirst paint on loopback: {json.dumps({k: round(v) for k, v in paints})} ms, {size} bytes", flush=True)
    assert dict(paints)["first-contentful-paint"] > 0


def test_a_device_pairs_with_the_pin_on_the_page(stage):
    page = stage.go("Pairing")
    page.get_by_role("button", name="Show a PIN").click()
    digits = page.locator("[data-pin]")
    expect(page.get_by_role("timer")).to_have_text(re.compile(r"^[12]:\d\d$"))
    shots.take(page, "pairing")
    probe = stage.probe("--pair", digits.get_attribute("data-pin"), "--name", "Living room")
    assert ended(probe) == 0, probe.text()
    expect(stage.card("Pair a device").get_by_text("Living room is paired.")).to_be_visible()
    expect(stage.card("Paired devices").get_by_text("Living room")).to_be_visible()


def test_a_device_that_knocked_is_approved(stage):
    page = stage.page
    knock = stage.probe("--name", "Tablet", "--mode", "640x360@30", "--frames", "3", "--quit", identity="tablet")
    waiting = stage.card("Waiting for approval")
    expect(waiting.get_by_text("Tablet")).to_be_visible()
    waiting.get_by_role("button", name="Approve").click()
    dialog = page.get_by_role("dialog")
    assert serious(page) == []
    dialog.get_by_label("Name", exact=True).fill("Kitchen tablet")
    dialog.get_by_role("button", name="Approve").click()
    assert ended(knock) == 0, knock.text()
    expect(stage.card("Paired devices").get_by_text("Kitchen tablet")).to_be_visible()
    expect(waiting).to_have_count(0)


def test_a_device_is_unpaired(stage):
    page, devices = stage.page, stage.card("Paired devices")
    devices.get_by_role("button", name="Unpair: Kitchen tablet").click()
    page.get_by_role("dialog").get_by_role("button", name="Unpair").click()
    expect(devices.get_by_text("Kitchen tablet")).to_have_count(0)
    expect(devices.get_by_text("Living room")).to_be_visible()


def test_a_live_session_is_recorded(stage):
    page = stage.go("Performance")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(stage.card("Recording").get_by_text("Recording").nth(1)).to_be_visible()
    stage.play()
    page = stage.go("Home")
    session = stage.card("Live sessions")
    expect(session.get_by_text("Streaming")).to_be_visible()
    expect(session.get_by_text("1280 × 720 · 60 Hz")).to_be_visible()
    expect(session.get_by_text("Latency in the host")).to_be_visible()
    rig.wait_until(lambda: page.locator(".spark-line").first.get_attribute("d").count("L") > 6, "a line of points")
    session.get_by_role("button", name="Request keyframe").click()
    expect(session.get_by_role("alert")).to_have_count(0)
    assert all(s["sent_kbps"] and s["latency_us"] for s in stage.api.get("/sessions"))
    shots.take(page, "home")


@pytest.mark.parametrize("width,theme", [(390, "dark"), (1280, "light"), (2560, "dark")])
def test_every_page_with_a_live_session(stage, width, theme):
    """No serious issue for whoever does not see or point well, nothing beside the screen, in any size."""
    stage.play()
    page = stage.page
    page.set_viewport_size({"width": width, "height": 844 if width < 500 else 800 if width < 2000 else 1440})
    page.emulate_media(color_scheme=theme)
    for path, name in PAGES.items():
        stage.open(path)
        expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()
        expect(page.get_by_role("main").get_by_text("Loading…")).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} is wider than {width}"
        assert serious(page) == [], f"{path} at {width}, {theme}"
        if width == 390 and path == "/":
            shots.take(page, "phone")
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 1280, "height": 800})


def test_the_narrowest_phone(stage):
    stage.page.set_viewport_size({"width": 360, "height": 740})
    for path in PAGES:
        stage.open(path)
        expect(stage.page.get_by_role("heading", level=1)).to_be_visible()
        assert stage.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    stage.open("/")
    stage.page.get_by_role("button", name="More").click()
    stage.page.get_by_role("navigation").get_by_role("link", name="Logs").click()
    expect(stage.page.get_by_role("heading", level=1, name="Logs")).to_be_visible()
    stage.page.set_viewport_size({"width": 1280, "height": 800})


def test_the_recording_is_viewed(stage):
    page = stage.open("/stats")
    expect(stage.card("Right now").locator("canvas").first).to_be_visible()
    page.get_by_role("button", name="Stop and save").click()
    detail = stage.card("Recording in detail")
    expect(detail.get_by_text("1280 × 720 · 60 Hz")).to_be_visible()
    expect(detail.locator("canvas")).to_have_count(3)
    expect(detail.get_by_role("rowheader", name="Encode")).to_be_visible()
    detail.get_by_role("radio", name="p99").check()
    expect(detail.get_by_text("Latency by stage (p99)").first).to_be_visible()
    assert serious(page) == []
    detail.scroll_into_view_if_needed()
    shots.take(page, "performance")
    with page.expect_download() as got:
        page.get_by_role("link", name=re.compile("^CSV")).click()
    assert pathlib.Path(got.value.path()).read_text().startswith("t_ms,")


def test_two_recordings_are_compared(stage):
    page = stage.page
    stage.play()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(stage.card("Right now").locator("canvas").first).to_be_visible()
    page.get_by_role("button", name="Stop and save").click()
    marks = page.get_by_role("button", name=re.compile("^Compare the recording"))
    expect(marks).to_have_count(2)
    for i in range(2):
        marks.nth(i).click()
    comparison = stage.card("Comparison")
    expect(comparison.locator("canvas")).to_have_count(1)
    comparison.get_by_role("radio", name="Throughput").check()
    expect(comparison.get_by_role("rowheader", name=re.compile("^B: "))).to_be_visible()
    assert serious(page) == []


def test_a_moonlight_client_pairs_with_the_pin_typed_on_the_page(stage):
    """A stock client shows a PIN; the owner types a wrong one first."""
    page = stage.go("Pairing")
    moonlight = stage.card("Moonlight")
    expect(moonlight.get_by_text("No Moonlight device waits")).to_be_visible()
    for typed, said in (("4321", "That was not the PIN"), ("1234", "The device is paired")):
        result = stage.moonlight("1234")
        moonlight.get_by_label("PIN from Moonlight").fill(typed)
        assert serious(page) == []
        moonlight.get_by_role("button", name="Send PIN").click()
        expect(moonlight.get_by_text(said)).to_be_visible()
        assert result()["ok"] is (typed == "1234")
    devices = stage.card("Paired devices")
    expect(devices.get_by_text("Moonlight", exact=True)).to_be_visible()
    assert len(stage.api.get("/clients")) == 1


def test_a_display_is_seen_kept_and_released(stage):
    stage.play()
    page = stage.go("Host")
    displays = stage.card("Virtual displays")
    expect(displays.get_by_text("1280 × 720 · 60 Hz")).to_be_visible()
    expect(displays.get_by_text("In use")).to_be_visible()
    expect(displays.get_by_role("button", name="Release")).to_have_count(0)
    shots.take(page, "host")
    stage.live.stop()
    expect(displays.get_by_text("Kept", exact=True)).to_be_visible()
    timer = displays.get_by_role("timer")
    expect(timer).to_have_text(re.compile(r"^(0:[0-5]\d|1:00)$"))
    before = timer.inner_text()
    expect(timer).not_to_have_text(before)
    displays.get_by_role("button", name="Release: 1280 × 720 · 60 Hz").click()
    expect(displays.get_by_text("No virtual display")).to_be_visible()
    stage.desktop.wait_until_clean()


def test_the_display_policy_is_changed(stage):
    settings = stage.card("Display settings")
    settings.get_by_role("radio", name="Hot desk").check()
    expect(settings.get_by_text("For 300 seconds")).to_be_visible()
    settings.get_by_role("button", name="Save").click()
    expect(settings.get_by_text("Saved.")).to_be_visible()
    stored = json.loads((stage.folder / "config/display-settings.json").read_text())
    assert stored["preset"] == "hotdesk"
    settings.get_by_role("radio", name="Custom").check()
    settings.get_by_label("Seconds", exact=True).fill("42")
    settings.get_by_label("Other monitors").select_option("extend")
    settings.get_by_role("button", name="Save").click()
    expect(settings.get_by_text("For 42 seconds")).to_be_visible()
    rig.wait_until(lambda: json.loads((stage.folder / "config/display-settings.json").read_text())["keep_alive"]
                   == {"mode": "duration", "seconds": 42}, "the policy on disk")


def test_a_title_is_added_changed_and_deleted(stage):
    page = stage.go("Library")
    expect(page.get_by_text("No titles yet")).to_be_visible()
    for title in ("Chess", "Tower of Time", "Quake", "Open Sea", "Night Drive"):
        page.get_by_role("button", name="Add a title").click()
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_label("Title")).to_be_focused()
        dialog.get_by_label("Title").fill(title)
        dialog.get_by_label("Command").fill("true")
        dialog.get_by_role("button", name="Save").click()
        expect(page.get_by_role("heading", level=2, name=title)).to_be_visible()
    assert serious(page) == []
    page.get_by_role("button", name="Edit Chess").click()
    page.get_by_role("dialog").get_by_label("Title").fill("Chess II")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=2, name="Chess II")).to_be_visible()
    shots.take(page, "library")
    page.get_by_role("button", name="Delete Chess II").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", level=2, name="Chess II")).to_have_count(0)


def test_events_come_without_polling(stage):
    """Something that another client of the API does is seen at once: the library is not polled within these seconds."""
    expect(stage.page.get_by_text("Live", exact=True)).to_be_visible()
    stage.api.request("POST", "/library/custom", {"title": "From elsewhere"})
    expect(stage.page.get_by_role("heading", level=2, name="From elsewhere")).to_be_visible(timeout=10000)


def test_the_log_is_followed_filtered_and_saved(stage):
    page = stage.go("Logs")
    expect(page.get_by_text("listening").first).to_be_visible()
    page.get_by_label("Search").fill("core ABI")
    expect(page.get_by_text(re.compile("^1 line$"))).to_be_visible()
    with page.expect_download() as got:
        page.get_by_role("button", name="Download").click()
    assert "core ABI" in pathlib.Path(got.value.path()).read_text()
    page.get_by_label("Search").fill("")
    page.get_by_label("At least").select_option("ERROR")
    expect(page.get_by_text("listening")).to_have_count(0)


def test_german_and_light(stage):
    page = stage.go("Settings")
    page.get_by_role("main").get_by_role("radio", name="Deutsch").check()
    expect(page.get_by_role("heading", level=1, name="Einstellungen")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "de"
    page.get_by_role("main").get_by_role("radio", name="Hell").check()
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    page.reload()
    expect(page.get_by_role("heading", level=1, name="Einstellungen")).to_be_visible()
    assert serious(page) == []
    page.set_viewport_size({"width": 360, "height": 740})
    for path in PAGES:
        stage.open(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_the_keyboard_alone(stage):
    page = stage.page
    page.set_viewport_size({"width": 1280, "height": 800})
    stage.open("/")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    for _ in range(10):  # back over the languages, seven pages and the mark
        page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Host")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
