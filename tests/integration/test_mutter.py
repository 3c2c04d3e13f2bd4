"""GNOME: the client gets a monitor of exactly its mode in a real Mutter, and sees what is on it."""
import itertools
import json
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

import pytest

from conftest import TOOLS, Process, as_user, load_picture, psnr, wait_until
from gnome import Gnome
from test_displays import Tool, shows
from test_input import SESSION, Watcher, go, start
from test_launch import Entry
from test_pixels import mode_text, wait_for_output


@pytest.fixture
def desktop(programs, scratch):
    d = Gnome(programs, scratch)
    yield d
    d.stop()


@pytest.fixture(scope="module")
def tools():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="pf-tools-"))
    folder.chmod(0o755)
    for name in ("display_tool", "pattern_client", "input_watcher"):
        shutil.copy(TOOLS / "tests/integration" / name, folder)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def bare(request, tools, scratch):
    """Mutter for display_tool, with a monitor that is always there if a test asks so."""
    d = Gnome(tools, scratch, getattr(request, "param", None))
    d.protocol = "pipewire"
    yield d
    d.stop()


@pytest.fixture
def tool(bare):
    t = Tool(bare)
    yield t
    t.kill()
    print(t.process.text())


# ---- with host and client ----

def start_probe(desktop, host, name, mode, seconds, *extra):
    """Returns the probe, its screenshot and the pattern on its monitor."""
    shot = desktop.scratch / f"{name}.png"
    probe = host.start_probe("--mode", mode_text(mode), "--seconds", seconds, "--screenshot", shot, "--screenshot-at",
                             seconds - 3,  # counted from the first picture
                             "--identity", desktop.scratch / f"identity-{name}", *extra, name=name)
    return probe, shot


def check(host, probe, shot, expected):
    report = host.finish_probe(probe)
    assert report.code == 0, report.text + host.process.text()
    assert load_picture(shot).shape == expected.shape, host.process.text()
    value = psnr(load_picture(shot), expected)
    print(f"PSNR {value:.1f} dB, first decoded frame after {report.json['first_decoded_ms']:.0f} ms")
    assert value >= 35


@pytest.mark.parametrize("mode", [(1280, 800, 90), (1366, 768, 60)], ids=mode_text)
def test_picture_and_exact_mode(desktop, start_host, mode):
    host = start_host(desktop.env, "serve", "--open")
    assert desktop.outputs() == {}
    probe, shot = start_probe(desktop, host, "probe", mode, 8)
    pattern = desktop.pattern(wait_for_output(desktop, mode))
    check(host, probe, shot, pattern.picture())
    wait_until(lambda: desktop.outputs() == {}, "the monitor to go")


def test_a_title_is_started_and_ended(desktop, start_host):
    """The host itself was not told where the desktop is."""
    env = {k: v for k, v in desktop.env.items() if k != "WAYLAND_DISPLAY"}
    host = start_host(env, "serve", "--open")
    title = Entry(desktop, host, "703010", command=f"env; {desktop.programs}/pattern_client anywhere 703010; echo it went")
    report = host.probe("--mode", "1280x720@60", "--seconds", "4", "--launch", title.id, "--quit")
    assert report.code == 0, report.text
    title.wait_gone()
    wait_until(lambda: "has ended client=" in host.process.text(), "its end")
    text = host.process.text()
    assert f"{title.id}: WAYLAND_DISPLAY={desktop.env['WAYLAND_DISPLAY']}" in text, text
    assert "no compositor" not in text and text.count("started title=") == 1
    assert "it went" not in text, "it ran until it was ended"


def test_two_clients_at_different_modes(desktop, start_host):
    host = start_host(desktop.env, "serve", "--open")
    modes = [(1280, 720, 60), (1024, 768, 75)]
    probes = []
    for i, mode in enumerate(modes):  # one after the other: Mutter moves windows about when a monitor comes
        probes.append(start_probe(desktop, host, f"probe{i}", mode, 14 - 2 * i))
        wait_until(lambda: "streaming {}x{}".format(*mode) in host.process.text(), "the first picture")
    outputs = [wait_for_output(desktop, mode) for mode in modes]
    assert len(set(outputs)) == 2, host.process.text()
    patterns = [desktop.pattern(output) for output in outputs]
    patterns[1].fill("305080")
    # A window may be on another monitor first.
    for mode, pattern in zip(modes, patterns):
        wait_until(lambda: pattern.picture().shape[1::-1] == mode[:2], "the pattern to cover its monitor")
    expected = [pattern.picture() for pattern in patterns]
    for (probe, shot), picture in zip(probes, expected):
        check(host, probe, shot, picture)
    wait_until(lambda: desktop.outputs() == {}, "the monitors to go")


def test_mode_change_in_mid_stream(desktop, start_host):
    host = start_host(desktop.env, "serve", "--open")
    probe, shot = start_probe(desktop, host, "probe", (1280, 720, 60), 10, "--remode", "1600x900@50:3")
    wait_for_output(desktop, (1280, 720, 60))
    output = wait_for_output(desktop, (1600, 900, 50))
    wait_until(lambda: list(desktop.outputs()) == [output], "the old monitor to go")
    check(host, probe, shot, desktop.pattern(output).picture())
    wait_until(lambda: desktop.outputs() == {}, "the monitor to go")


def test_killed_host_leaves_nothing(desktop, start_host):
    host = start_host(desktop.env, "serve", "--open")
    probe = host.start_probe("--mode", "1280x720@60", "--seconds", "30")
    wait_for_output(desktop, (1280, 720, 60))
    host.stop(signal.SIGKILL)
    wait_until(lambda: desktop.outputs() == {}, "the monitor to go with its host")
    probe.stop()


def test_session_survives_a_killed_mutter(desktop, start_host):
    host = start_host(desktop.env, "serve", "--open")
    probe, shot = start_probe(desktop, host, "probe", (1280, 720, 60), 16)
    wait_until(lambda: "streaming 1280x720" in host.process.text(), "the first picture")
    desktop.kill()
    wait_until(lambda: "capture ended" in host.process.text(), "the host to notice")
    desktop.start()
    output = wait_for_output(desktop, (1280, 720, 60))
    check(host, probe, shot, desktop.pattern(output).picture())


def test_probe_compositor(desktop, programs):
    def probe(*args):
        return subprocess.run([programs / "punktfunk-host", "probe-compositor", *args], env=desktop.env,
                              capture_output=True, text=True, timeout=30, **as_user())
    found = probe()
    assert (found.returncode, found.stdout) == (0, "Mutter ready\n"), found.stderr
    every = dict(line.split(None, 1) for line in probe("--all").stdout.splitlines())
    assert every["mutter"] == "ready"
    assert every["wlroots"].startswith("not available: PUNKTFUNK_COMPOSITOR asks for mutter; unset it")
    assert set(every) == {"kwin", "gamescope", "mutter", "wlroots"}
    desktop.kill()
    gone = probe()
    assert gone.returncode == 1 and "log in to GNOME" in gone.stderr, gone.stderr


# ---- input ----

def has_eis(programs):
    """Both this build and this Mutter."""
    known = subprocess.run([programs / "punktfunk-host", "version"], capture_output=True, text=True, timeout=10).stdout
    mutter = subprocess.run(["mutter", "--version"], capture_output=True, text=True, timeout=10).stdout
    return re.search(r"\blibei\b", known) and int(re.search(r"\d+", mutter)[0]) >= 45


@pytest.fixture(params=["mutter", "libei"])
def session_host(request, desktop, programs, start_host):
    """Both ways of input: calls over D-Bus, and EIS."""
    if request.param == "libei" and not has_eis(programs):
        pytest.skip("skipped, because this build or this Mutter has no EIS")
    host = start_host(desktop.env | {"PUNKTFUNK_INPUT_BACKEND": request.param}, *SESSION)
    yield host
    assert f"input is delivered by={request.param}" in host.process.text()


def whole(events):
    """Without fractions of pixels, which only EIS has."""
    return [" ".join(word.split(".")[0] for word in event.split()) for event in events]


def test_the_best_way_of_input_is_chosen(desktop, start_host):
    host = start_host(desktop.env, *SESSION)
    probe = host.start_probe("--mode", "1280x720@60", "--seconds", "20")
    wait_until(lambda: "input is delivered by=mutter output=Meta-0" in host.process.text(), "input")
    probe.stop()


def test_pointer(request, desktop, session_host):
    probe, watcher = start(desktop, session_host, "pointer", [
        "abs 640 360 1280 720", "abs 1280 720 1280 720", "abs -5 -5 1280 720", "abs 320 180 640 360",
        "move -12 34", "button_down 1", "button_up 1", "button_down 2", "button_up 2", "button_down 3", "button_up 3",
        "scroll 0 120", "scroll 1 120", "scroll 0 30", "scroll 1 -240", "move 4000 0", "key_down 0x41", "key_up 0x41", "move -1 0"])  # the keys keep the moves apart
    report = session_host.finish_probe(probe)
    assert report.code == 0, report.text
    motions = whole(watcher.events("motion", "enter"))
    assert "motion 1279 719" in motions, motions
    begin = motions.index("motion 1279 719") - 1
    places = [m for m, _ in itertools.groupby(motions[begin:])]  # a pointer at the edge moves without moving until Mutter 47
    # The end of its devices may bring another "enter".
    assert [p for p in places if not p.startswith("enter")] == ["motion 640 360", "motion 1279 719", "motion 0 0", "motion 640 360", "motion 628 394",
                      "motion 1279 394", "motion 1278 394"]
    assert watcher.events("button") == [f"button {b} {s}" for b in (272, 274, 273) for s in (1, 0)]
    parts = ["axis 0 -2.5"] if "mutter]" in request.node.name else []  # by EIS they are saved up for a whole notch
    assert watcher.events("axis") == ["axis 0 -10", "axis 1 10", *parts, "axis 1 -10", "axis 1 -10"]


def test_keyboard_and_text(desktop, session_host):
    probe, watcher = start(desktop, session_host, "keyboard", [
        "key_down 0x10", "key_down 0x141", "key_up 0x41", "key_up 0xA0", "key_down 0x5B", "key_up 0x5B",
        "text 0x21", "text 0x7A"])
    report = session_host.finish_probe(probe)
    assert report.code == 0, report.text
    # Until Mutter 49 it keeps the Windows key to itself.
    assert [e for e in watcher.events("key", "symbol") if not e.startswith("key 125 ")] == [
        "key 42 1", "key 30 1", "symbol A", "key 30 0", "key 42 0",
        "key 42 1", "key 2 1", "symbol !", "key 2 0", "key 42 0", "key 44 1", "symbol z", "key 44 0"]
    assert watcher.events("modifiers")[-1] == "modifiers 0 0 0 0"


def test_touch(desktop, session_host):
    probe, watcher = start(desktop, session_host, "touch", [
        "touch_down 7 100 50 1280 720", "touch_down 8 600 600 1280 720", "touch_move 8 610 610 1280 720",
        "touch_move 7 640 360 1280 720", "touch_up 8", "touch_up 7", "touch_down 9 320 180 640 360"], tail=1)
    report = session_host.finish_probe(probe)
    assert report.code == 0, report.text
    wait_until(lambda: len(watcher.events("touch-up")) == 3, "all fingers to be lifted")
    seen = [e.split() for e in watcher.events("touch-down", "touch-move", "touch-up")]
    fingers = {7: seen[0][1], 8: seen[1][1]}
    assert [" ".join(e) for e in seen[:6]] == [
        f"touch-down {fingers[7]} 100 50", f"touch-down {fingers[8]} 600 600", f"touch-move {fingers[8]} 610 610",
        f"touch-move {fingers[7]} 640 360", f"touch-up {fingers[8]}", f"touch-up {fingers[7]}"]
    assert [" ".join([e[0], *e[2:]]) for e in seen[6:]] == ["touch-down 640 360", "touch-up"]


def test_input_of_two_sessions(desktop, session_host):
    """Each has its own monitor; the one pointer of the desktop goes to whoever moves it."""
    lines = [f"abs {x} 9 1280 720" for x in range(100, 140)] + ["move 5 5", "button_down 1", "button_up 1"]
    # The first one lasts longer: a window whose monitor goes comes to the other one, and covers what is there.
    first, seen_first = start(desktop, session_host, "first", lines, tail=15)
    second, seen_second = start(desktop, session_host, "second", lines, mode="800x600@60")
    for probe in (second, first):
        report = session_host.finish_probe(probe)
        assert report.code == 0, report.text
    for seen, last in ((seen_first, "144 14"), (seen_second, "91 12")):
        assert seen.events("button") == ["button 272 1", "button 272 0"]
        before = whole(itertools.takewhile(lambda e: e != "button 272 1", seen.events("motion", "button")))
        assert before[-1] == f"motion {last}", seen.process.text()


def test_two_sessions_hold_the_same(desktop, session_host):
    """Mutter counts: what both hold goes down with the first press and comes up with the last release."""
    press, pause = ["button_down 1", "key_down 0x41"], ["key_up 0x42"] * 15  # of a key that is not held
    first, seen_first = start(desktop, session_host, "first", [
        "abs 640 360 1280 720", *press, *pause * 2, "key_up 0x41", *pause * 2, "button_up 1"], tail=3, hold=True)
    second, seen_second = start(desktop, session_host, "second", [
        *pause, *press, *pause * 2, "key_up 0x41", "button_up 1"], mode="800x600@60", tail=3, hold=True)
    go(first, second)
    reports = [session_host.finish_probe(probe) for probe in (first, second)]
    for report in reports:
        assert report.code == 0, report.text
    seen = sorted((ns, event) for watcher in (seen_first, seen_second) for event, ns in watcher.timed()
                  if re.match(r"button 272|key 30 ", event))
    assert [event for _, event in seen] == ["button 272 1", "key 30 1", "key 30 0", "button 272 0"]
    # The second lets go of the key last, the first of the button.
    for at, what, last in ((seen[2][0], f"1 {0x41}", 1), (seen[3][0], "5 1", 0)):
        told = [int(re.search(rf"^input {what} .* (\d+)$", report.text, re.M)[1]) for report in reports]
        assert told[last] > told[1 - last] and at > told[last]


def test_command_input_test(desktop, programs):
    """Without a client, into a display that is there for the time of the test."""
    test = Process("input-test", [programs / "punktfunk-host", "input-test"], desktop.env, desktop.scratch)
    output = wait_until(lambda: next(iter(desktop.in_use()), None), "its display")
    watcher = Watcher(desktop, output)
    wait_until(lambda: not test.alive(), "input-test to end", 30)
    assert test.child.returncode == 0, test.text()
    assert watcher.events("key").count("key 30 1") == 8
    assert watcher.events("button").count("button 272 0") >= 7  # the window may not know the pointer at the first
    assert len(watcher.events("motion")) >= 150
    wait_until(lambda: not desktop.in_use(), "the display to go")


# ---- display and capture alone ----

def test_frames_come_with_changes_only(bare, tool):
    output, _, _ = tool.acquire(0, "1280x720@60")
    pattern = bare.pattern(output)
    tool.capture(0)
    shows(tool, 0, pattern)
    tool.ask("count 0 500")
    assert tool.ask("count 0 1000") == "count 0"
    pattern.send("animate")
    size, ms, cpu, oldest = tool.frames(0, 60)
    print(f"60 pictures in {ms:.0f} ms, {cpu:.0f} µs CPU each, the oldest {oldest:.1f} ms old")
    tool.close()
    assert bare.outputs() == {}


def test_kept_monitor_is_reused(bare):
    tool = Tool(bare, 20000)
    output, slot, age = tool.acquire(0, "1280x800@59.94")
    assert age == "new" and bare.outputs() == {output: (1280, 800, 59940)}
    pattern = bare.pattern(output)
    tool.capture(0)
    tool.ask("release 0")
    again, new_slot, age = tool.acquire(0, "1280x800@59.94")
    assert (again, age) == (output, "reused") and new_slot > slot
    tool.capture(0)
    shows(tool, 0, pattern)
    tool.close()
    assert bare.outputs() == {}


@pytest.mark.parametrize("where", ["in the picture", "beside it"])
def test_cursor_is_in_the_picture(bare, tool, where):
    """Painted by Mutter, or by us where it comes as metadata."""
    output = tool.ask("acquire 0 1280x720@60" + (",apart" if where == "beside it" else "")).split()[2]
    Watcher(bare, output)  # its cursor is a red square
    tool.capture(0)
    for x, y in ((900, 500), (300, 200)):
        def is_there():
            # Again and again: Mutter 48 draws a cursor that changes under a pointer at rest only when that moves.
            for at in (x + 1, x):
                assert tool.ask(f"point 0 {at},{y}") == "pointed"
            tool.ask("count 0 100")
            red = tool.picture(0)[:, :, 0] > 200
            return red.sum() == 24 * 24 and red[y:y + 24, x:x + 24].all()
        wait_until(is_there, f"the cursor at {x},{y}")


@pytest.mark.parametrize("bare", ["1024x768"], indirect=True)
def test_exclusive_holds_until_the_last_display_goes(bare, tool):
    before, arranged = bare.outputs(), bare.arrangement()
    modes = ["1280x720@60", "800x600@75", "1024x600@50"]
    names = []
    for n, mode in enumerate(modes):
        names.append(tool.acquire(n, mode)[0])
        tool.capture(n)
        assert list(bare.outputs()) == names, "in the order of their birth, and nothing else is lit"
        assert bare.primary() == names[0]
    assert [bare.arrangement()[name][:2] for name in names] == [(0, 0), (1280, 0), (2080, 0)]
    # The one that led goes: another one leads, and the monitor of others stays dark.
    tool.ask("release 0")
    assert list(bare.outputs()) == names[1:] and bare.primary() == names[1]
    assert [bare.arrangement()[name][:2] for name in names[1:]] == [(0, 0), (800, 0)]
    tool.ask("release 2")
    assert list(bare.outputs()) == [names[1]]
    pattern = bare.pattern(names[1])
    shows(tool, 1, pattern)
    pattern.stop()
    tool.ask("release 1")
    wait_until(lambda: bare.outputs() == before and bare.arrangement() == arranged, f"{arranged} as before")


@pytest.mark.parametrize("bare", ["1024x768"], indirect=True)
def test_exclusive_survives_a_creation_that_is_cancelled(bare, tool):
    """Its monitor comes and goes, and with each Mutter drops the arrangement."""
    first, _, _ = tool.acquire(0, "1280x720@60")
    tool.capture(0)
    begin = time.monotonic()
    tool.acquire(1, "800x600@75")
    whole = (time.monotonic() - begin) * 1000
    tool.ask("release 1")
    arranged = bare.arrangement()
    assert list(arranged) == [first]
    cancelled = 0
    for ms in [1, 2, 4, 8, 16] + [round(whole * tenths / 10) for tenths in range(1, 9)]:
        answer = tool.ask(f"acquire 1 800x600@75,cancel={max(1, ms)}")
        if answer.startswith("error"):
            assert "nobody waits for it any more" in answer
            cancelled += 1
        else:  # it was too late
            tool.ask("release 1")
        assert bare.arrangement() == arranged, (ms, answer)
    assert cancelled, f"made in {whole:.0f} ms"
    print(f"{cancelled} cancelled, made in {whole:.0f} ms")


@pytest.mark.parametrize("bare", ["1024x768"], indirect=True)
def test_primary_leaves_the_others_lit(bare, tool):
    before = bare.arrangement()
    physical = next(iter(before))
    first, _, _ = tool.acquire(0, "1280x720@60", "primary")
    second, _, _ = tool.acquire(1, "800x600@75", "primary")
    assert bare.primary() == first and {n: a[:2] for n, a in bare.arrangement().items()} == {
        first: (0, 0), second: (1280, 0), physical: (2080, 0)}
    tool.ask("release 0")
    assert bare.primary() == second and {n: a[:2] for n, a in bare.arrangement().items()} == {
        second: (0, 0), physical: (800, 0)}
    tool.ask("release 1")
    wait_until(lambda: bare.arrangement() == before, f"{before} as before")


@pytest.mark.parametrize("bare", ["1024x768"], indirect=True)
def test_places_chosen_by_hand(bare, tool):
    before = bare.arrangement()
    physical = next(iter(before))
    first, _, _ = tool.acquire(0, "1280x720@60", "at=0:600")
    second, _, _ = tool.acquire(1, "800x600@75", "at=240:0")
    assert {n: a[:2] for n, a in bare.arrangement().items()} == {first: (0, 600), second: (240, 0)}
    # Where Mutter would refuse the place, a row.
    third, _, _ = tool.acquire(2, "640x480@60", "at=9000:9000")
    assert {n: a[:2] for n, a in bare.arrangement().items()} == {first: (0, 0), second: (1280, 0), third: (2080, 0)}
    tool.ask("release 2")
    assert {n: a[:2] for n, a in bare.arrangement().items()} == {first: (0, 600), second: (240, 0)}
    for n in (0, 1):
        tool.ask(f"release {n}")
    wait_until(lambda: bare.arrangement() == before, f"{before} as before")
    # Beside a monitor that is not touched.
    below, _, _ = tool.acquire(3, "640x480@60", "extend", "at=0:768")
    assert bare.arrangement()[physical] == before[physical] and bare.arrangement()[below][:2] == (0, 768)


def scale_of(desktop, output):
    return round(desktop.arrangement()[output][2], 3)


def test_the_users_scale_comes_back_with_the_monitor(bare):
    config = bare.scratch / "config"
    subprocess.run(["mkdir", config], check=True, **as_user())
    tool = Tool(bare)
    mode = "1920x1080@30"
    output, _, _ = tool.acquire(0, mode)
    scales = bare.scales(output)
    if scales == [1.0]:
        pytest.skip("skipped, because this Mutter knows no other scale than 1 here")
    assert 2.0 in scales and scale_of(bare, output) == 1
    bare.choose_scale(output, 2.0)
    kept = config / "display-scale.json"
    wait_until(lambda: kept.exists() and json.loads(kept.read_text()) == {"shared": 2.0}, "the host to see it")
    assert kept.stat().st_mode & 0o777 == 0o600
    # Another one that comes beside it, Mutter would have forgotten the scale of the first.
    second, _, _ = tool.acquire(1, "1280x800@60", "own")
    assert (scale_of(bare, output), scale_of(bare, second)) == (2, 1)
    tool.ask("release 1")
    assert scale_of(bare, output) == 2
    tool.ask("release 0")
    again, _, age = tool.acquire(0, mode)  # at exactly the client's mode
    assert age == "new" and scale_of(bare, again) == 2
    # The picture has all its pixels, and the pointer goes where the client points.
    Watcher(bare, again)
    tool.capture(0)
    assert tool.picture(0).shape == (1080, 1920, 3)

    def is_there():
        for at in (402, 400):
            assert tool.ask(f"point 0 {at},300") == "pointed"
        tool.ask("count 0 100")
        red = tool.picture(0)[:, :, 0] > 200
        return red.sum() > 0 and red[300:348, 400:448].all() and not red[:300].any() and not red[:, :400].any()
    wait_until(is_there, "the cursor at 400,300")
    # What the user chose last is kept, if the monitor goes right then; a monitor that cannot have it gets the nearest.
    other = min(scales, key=lambda s: abs(s - 1.5))
    bare.choose_scale(again, other)
    tool.ask("release 0")
    assert abs(json.loads(kept.read_text())["shared"] - other) < 1e-6
    small, _, _ = tool.acquire(0, "1024x768@60")
    assert scale_of(bare, small) == round(min(bare.scales(small), key=lambda s: abs(s - other)), 3)
    tool.close()
    assert bare.outputs() == {}


def test_a_scale_belongs_to_who_chose_it(bare):
    """Of two clients that get the same kept monitor one after the other."""
    config = bare.scratch / "config"
    subprocess.run(["mkdir", config], check=True, **as_user())
    kept = config / "display-scale.json"
    tool = Tool(bare, 20000)
    mode = "3840x2160@30"  # may have three scales and more
    output, _, _ = tool.acquire(0, mode, "own")
    scales = bare.scales(output)
    if len(scales) < 3:
        pytest.skip(f"skipped, because this Mutter knows only the scales {scales} here")
    other = min(set(scales) - {1.0, 2.0}, key=lambda s: abs(s - 3))
    bare.choose_scale(output, 2.0)
    tool.ask("release 0")
    # The second one, who never chose any, has it now.
    assert tool.acquire(1, mode, "own")[::2] == (output, "reused")
    assert json.loads(kept.read_text()) == {"1": 2.0} and scale_of(bare, output) == 1
    bare.choose_scale(output, other)
    tool.ask("release 1")
    assert tool.acquire(0, mode, "own")[::2] == (output, "reused")
    known = json.loads(kept.read_text())
    assert known == {"1": 2.0, "2": pytest.approx(other)} and scale_of(bare, output) == 2
    tool.ask("release 0")
    assert tool.acquire(1, mode, "own")[::2] == (output, "reused")
    assert json.loads(kept.read_text()) == known and scale_of(bare, output) == round(other, 3)
    # What is chosen right before the monitor goes is its own, too.
    bare.choose_scale(output, 1.0)
    tool.ask("release 1 quit")
    assert bare.outputs() == {}
    assert json.loads(kept.read_text()) == {"1": 2.0, "2": 1.0}
    tool.close()


def test_killed_mutter_ends_a_capture(bare, tool):
    tool.acquire(0, "1280x720@60")
    tool.capture(0)
    tool.tell("watch 0")
    bare.kill()
    word, code, ms = tool.line().split()
    assert word == "failed" and code in ("-19", "-32")  # ENODEV; EPIPE: newer PipeWires say only that nothing comes
    assert tool.ask("release 0") == "released"
    assert "error no display could be made: GNOME" in tool.ask("acquire 1 1280x720@60")
