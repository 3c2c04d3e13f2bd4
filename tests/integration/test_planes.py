"""What goes beside the video: feedback of pads, rich input, rates and gaps."""
SYNTHETIC = ("punktfunk1-host", "--source", "synthetic", "--allow-tofu", "--frames", "0")


def test_feedback_reaches_the_client(bare_env, start_host):
    """Levels are told again while they last; the client may have missed the first."""
    host = start_host(bare_env | {"PUNKTFUNK_TEST_FEEDBACK": "1"}, *SYNTHETIC)
    report = host.probe("--seconds", "3")
    assert report.code == 0, report.text
    feedback, datagrams = report.json["feedback"], report.json["datagrams"]
    rumble = feedback["rumble"]
    assert (rumble["low"], rumble["high"], rumble["ttl_ms"]) == (0x4000, 0x8000, 400)
    assert feedback["light_bar"] == [10, 20, 30] and feedback["player_leds"] == 4
    assert feedback["trigger"] == {"which": 1, "effect": "210102030405060708090a"}
    # Every 120 ms, and every second each of three.
    assert 10 <= datagrams["rumble"] <= 30 and rumble["seq"] >= datagrams["rumble"] - 1
    assert 6 <= datagrams["hid"] <= 15


def test_no_feedback_unless_asked_for(bare_env, start_host):
    host = start_host(bare_env, *SYNTHETIC)
    report = host.probe("--seconds", "2")
    assert report.code == 0, report.text
    assert report.json["datagrams"]["rumble"] == report.json["datagrams"]["hid"] == 0


def test_pads_that_cannot_be_made_harm_nothing(desktop, start_host, scratch):
    """Without the kernel's uinput the host says what is missing, and the rest of the input works."""
    host = start_host(desktop.env, "serve", "--open")
    script = scratch / "pads.txt"
    script.write_text("".join(f"{2000 + i} pad_state {i % 20} {i % 256} 0x1000 1 2 3 4 5 6\n"
                              f"{2000 + i} motion {i % 20} 1 2 3 4 5 6\n" for i in range(1000)))
    report = host.probe("--seconds", "5", "--input", script)
    assert report.code == 0, report.text
    assert report.json["frames_lost"] == 0
    text = host.process.text()
    assert "a gamepad is there" in text or "no gamepad for now" in text and "uinput" in text
    assert text.count("no gamepad for now") < 5


def test_rich_input_test_of_the_probe(bare_env, start_host):
    host = start_host(bare_env, *SYNTHETIC)
    report = host.probe("--seconds", "9", "--rich-input-test")
    assert report.code == 0, report.text


def test_speed_test(desktop, start_host):
    """The burst arrives, its figures agree with what was sent, and the video goes on."""
    host = start_host(desktop.env, "serve", "--open")
    report = host.probe("--mode", "1280x720@60", "--seconds", "6", "--speed-test", "100000:1000", "--allow-loss")
    assert report.code == 0, report.text
    test = report.json["speed_test"]
    assert test["answered"] and test["access_units"] > 0 and test["wire_packets_sent"] > 0
    assert test["packets_received"] >= 0.95 * test["wire_packets_sent"]
    assert test["bytes_sent"] * 8 / test["duration_ms"] <= 110000
    assert report.json["frames"] > 180
    print(f"{test['delivered_kbps'] / 1000:.0f} of 100 Mbit/s arrived, {test['loss_percent']:.2f} % lost")


def test_newer_clients_are_told_more(desktop, start_host):
    """Another rate in place, another mode with the gap that it made."""
    host = start_host(desktop.env, "serve", "--open")
    report = host.probe("--mode", "1280x720@60", "--seconds", "6", "--decode", "--repair", "--rate", "5000:1",
                        "--remode", "1920x1080@60:3")
    assert report.code == 0, report.text
    welcome, gaps, rate = report.json["welcome"], report.json["gaps"], report.json["rate"]
    assert welcome["extended"] and welcome["host_caps"] == 5
    assert report.json["remode"]["accepted"] and report.json["picture_width"] == 1920
    assert gaps["count"] == 1 and gaps["last_ms"] < 2000
    assert rate == {"answers": 2, "kbps": 5000}
    assert report.json["keyframes"] == 2
    print(f"gap of the mode change: {gaps['last_ms']} ms")


def test_older_clients_are_not(desktop, start_host):
    host = start_host(desktop.env, "serve", "--open")
    report = host.probe("--mode", "1280x720@60", "--seconds", "5", "--remode", "1920x1080@60:2")
    assert report.code == 0, report.text
    assert not report.json["welcome"]["extended"]
    assert report.json["gaps"]["count"] == report.json["rate"]["answers"] == 0
    assert report.json["remode"]["answers"] == 1
