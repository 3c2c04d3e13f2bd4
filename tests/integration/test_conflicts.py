"""The owner's policy between the two protocols: one host, a client of punktfunk/1 and a stock Moonlight client, whichever
comes first. Among clients of one protocol: test_reconnect.py, test_moonlight.py."""
import signal

import pytest
from conftest import wait_until
from test_moonlight import play  # noqa: F401: a fixture
from test_reconnect import write_policy

NATIVE, MOONLIGHT = (1024, 768), (640, 480)


def sizes(play):
    return sorted(mode[:2] for mode in play.desktop.in_use().values())


def streams_on(client):
    before = client("counts")["frames"]
    client.frames(before + 30)


def is_over(play, *clients):
    for client in clients:
        client.try_("stop")
        client.try_("quit")
    wait_until(lambda: not play.api("GET", "/sessions")[1], "the sessions to end")
    play.desktop.wait_until_clean()


def moonlight_comes_second(play, client, conflict):
    probe = play.host.start_probe("--mode", "1024x768@60", "--seconds", "90")
    wait_until(lambda: [s["state"] for s in play.api("GET", "/sessions")[1]] == ["streaming"], "the first session")
    answer = client.try_("start", width=640, height=480, fps=60)
    if conflict == "reject":
        assert not answer["ok"] and "Another device plays" in answer["text"], answer
        assert sizes(play) == [NATIVE]
    else:
        assert answer["ok"], answer
        streams_on(client)
        width, height = NATIVE if conflict == "join" else MOONLIGHT
        assert client("counts")["shapes"] == [[height, width, 3]]
    if conflict == "steal":
        report = play.host.finish_probe(probe)
        assert (report.json["close"]["code"], report.json["close"]["reason"]) == (0, "another device takes over")
        wait_until(lambda: sizes(play) == [MOONLIGHT], "its display to go")
    else:
        assert probe.alive()
        if conflict != "reject":
            kinds = sorted(s["kind"] for s in play.api("GET", "/sessions")[1])
            assert kinds == ["gamestream", "native"]
            assert sizes(play) == sorted([NATIVE, NATIVE if conflict == "join" else MOONLIGHT])
            streams_on(client)
        probe.child.send_signal(signal.SIGINT)
        report = play.host.finish_probe(probe)
    assert report.json["frames"] > 0, report.text
    is_over(play, client)


def moonlight_comes_first(play, client, conflict):
    client("start", width=640, height=480, fps=60)
    client.frames(30)
    report = play.host.probe("--mode", "1024x768@60", "--frames", "30")
    if conflict == "reject":
        assert report.json["close"]["code"] == 0x42, report.text
        assert report.json["close"]["reason"].startswith("host busy: streaming 640x480@60 to Moonlight ")
    else:
        assert report.code == 0 and report.json["frames"] >= 30, report.text
        width = (MOONLIGHT if conflict == "join" else NATIVE)[0]
        assert (report.json["welcome"]["width"], report.json["picture_width"]) == (width, width)
    if conflict == "steal":
        wait_until(lambda: not client("state")["connected"], "Moonlight to be cut off")
        assert client("state")["terminated"] is not None
    else:
        streams_on(client)
    is_over(play, client)


@pytest.mark.parametrize("conflict", ["separate", "join", "steal", "reject"])
def test_the_policy_holds_between_the_protocols(play, conflict):  # noqa: F811
    play.start("--open")
    write_policy(play.desktop, mode_conflict=conflict, topology="extend", keep_alive={"mode": "off"})
    client = play.client()
    play.pair(client)
    moonlight_comes_second(play, client, conflict)
    moonlight_comes_first(play, client, conflict)


def test_displays_of_both_protocols_are_counted(play):  # noqa: F811
    play.start("--open")
    write_policy(play.desktop, max_displays=1, topology="extend", keep_alive={"mode": "off"})
    client = play.client()
    play.pair(client)
    probe = play.host.start_probe("--mode", "1024x768@60", "--seconds", "90")
    wait_until(lambda: [s["state"] for s in play.api("GET", "/sessions")[1]] == ["streaming"], "the first session")
    answer = client.try_("start", width=640, height=480, fps=60)
    assert not answer["ok"] and "display budget exhausted" in answer["text"], answer
    probe.child.send_signal(signal.SIGINT)
    play.host.finish_probe(probe)
    wait_until(lambda: not play.api("GET", "/sessions")[1], "the session to end")
    client("start", width=640, height=480, fps=60)
    client.frames(30)
    report = play.host.probe("--mode", "1024x768@60", "--frames", "30")
    assert report.json["close"]["code"] == 0x42 and "1 of 1 displays" in report.json["close"]["reason"], report.text
    is_over(play, client)
