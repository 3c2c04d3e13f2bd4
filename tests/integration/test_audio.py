"""Desktop audio: what a program plays reaches the client's ears, channel by channel."""
import math
import signal
import subprocess
import wave

import numpy
import pytest

from api import Api
from conftest import as_user, wait_until

NEEDS_QUIET = True

SESSION = ("punktfunk1-host", "--source", "virtual", "--seconds", "0", "--allow-tofu", "--idle-timeout-ms", "2000")
RATE = 48000
LEVEL = 0.5  # −6.02 dBFS


def write_tone(path, hertz, seconds=30):
    """One frequency for each channel, 0: silence."""
    t = numpy.arange(RATE * seconds) / RATE
    samples = numpy.stack([LEVEL * numpy.sin(2 * math.pi * f * t) for f in hertz], 1)
    with wave.open(str(path), "wb") as w:
        w.setnchannels(len(hertz))
        w.setsampwidth(2)
        w.setframerate(RATE)
        w.writeframes((samples * 32767).astype("<i2").tobytes())
    path.chmod(0o644)


def read_wav(path):
    with wave.open(str(path)) as w:
        data = numpy.frombuffer(w.readframes(w.getnframes()), "<i2")
        return data.reshape(-1, w.getnchannels()) / 32767


def tone_of(samples):
    """(frequency in Hz, level in dBFS of that tone), by the strongest line of the spectrum."""
    window = numpy.hanning(len(samples))
    spectrum = abs(numpy.fft.rfft(samples * window)) / (window.sum() / 2)
    peak = int(spectrum.argmax())
    # A tone between two lines spreads over its neighbours: its power is their sum.
    power = (spectrum[max(0, peak - 3):peak + 4] ** 2).sum() / 1.5
    return peak * RATE / len(samples), 10 * math.log10(power + 1e-12)


def loudest_second(samples):
    """The second in the middle of what is not silent."""
    loud = numpy.nonzero(abs(samples).max(axis=1) > 0.01)[0]
    assert len(loud) > 2 * RATE, f"only {len(loud) / RATE:.2f} s of sound in {len(samples) / RATE:.2f} s"
    middle = int(loud[len(loud) // 2])
    return samples[middle - RATE // 2:middle + RATE // 2]


def listen(desktop, host, hertz, name, seconds=8):
    """Plays a tone for each channel into the default sink during a session; returns report and samples."""
    tone, heard = desktop.scratch / f"{name}.wav", desktop.scratch / f"heard-{name}.wav"
    write_tone(tone, hertz)
    probe = host.start_probe("--mode", "640x480@30", "--seconds", seconds, "--audio-channels", len(hertz),
                             "--audio-out", heard, name=name)
    wait_until(lambda: desktop.default_sink().startswith("punktfunk-speaker-"), "the sink of the session")
    player = desktop.play(tone)
    report = host.finish_probe(probe)
    player.stop()
    assert report.code == 0, report.text
    return report, read_wav(heard)


@pytest.fixture
def host(desktop, start_host):
    desktop.start_audio()
    return start_host(desktop.env, *SESSION)


@pytest.mark.parametrize("hertz", [(440, 0), (440, 550, 660, 50, 880, 990), (440, 550, 660, 50, 880, 990, 1100, 1210)],
                         ids=["stereo", "5.1", "7.1"])
def test_tone(desktop, host, hertz, record_property):
    report, samples = listen(desktop, host, hertz, "tone")
    assert report.json["welcome"]["audio_channels"] == len(hertz)
    assert report.json["heard"]["damaged"] == 0
    second = loudest_second(samples)
    for channel, wanted in enumerate(hertz):
        frequency, level = tone_of(second[:, channel])
        record_property(f"channel {channel + 1}", f"{frequency:.0f} Hz {level:.2f} dBFS")
        if wanted:
            assert abs(frequency - wanted) <= 2, f"channel {channel + 1}"
            # Opus codes a pair of channels with different tones at 64 kbit/s less exactly than one tone.
            assert abs(level + 6.02) <= (0.5 if len(hertz) == 2 else 1.5), f"channel {channel + 1}"
        else:
            assert level < -50, f"channel {channel + 1}"


def test_packets_keep_coming_in_silence(desktop, host):
    report = host.probe("--mode", "640x480@30", "--seconds", "4")
    heard = report.json["heard"]
    assert heard["seconds"] > 2 and heard["missing"] == 0
    assert all(c["peak_dbfs"] < -80 for c in heard["channels"])


def test_status_says_so(desktop, start_host):
    desktop.start_audio()
    host = start_host(desktop.env, "serve", "--open")
    api = Api(host)
    says = lambda: api.request("GET", "/status").json["audio_streaming"]  # noqa: E731
    assert not says()
    probe = host.start_probe("--mode", "640x480@30", "--seconds", "60")
    wait_until(says, "sound on its way")
    assert api.request("GET", "/local/summary").json["audio_streaming"]
    probe.stop()
    wait_until(lambda: not says(), "the end of the session")


def test_sink_is_gone_after_the_session(desktop, host):
    before = desktop.default_sink()
    report = host.probe("--mode", "640x480@30", "--seconds", "2")
    assert report.code == 0, report.text
    wait_until(lambda: not desktop.audio_nodes("punktfunk-speaker"), "the host's sink to go")
    assert desktop.default_sink() == before


def test_users_choice_comes_back(desktop, host):
    """Also after the host was killed: the next one gives it back."""
    desktop.make_sink("living-room")
    desktop.choose_sink("living-room")
    for end in (signal.SIGTERM, signal.SIGKILL):
        probe = host.start_probe("--mode", "640x480@30", "--seconds", "20", name=f"probe-{end}")
        wait_until(lambda: desktop.configured_sink().startswith("punktfunk-speaker-"), "the sink of the session")
        host.stop(end)
        probe.stop()
        wait_until(lambda: not desktop.audio_nodes("punktfunk-speaker"), "the host's sink to go")
        host = type(host)(host.programs, host.scratch, desktop.env, SESSION[0], SESSION[1:], name=f"after-{end}").wait_ready()
        wait_until(lambda: desktop.configured_sink() == "living-room", "the user's sink")
    host.stop()


def test_pipewire_starts_again(desktop, host):
    heard, script = desktop.scratch / "heard.wav", desktop.scratch / "end.txt"
    script.write_text("0 wait\n6000 end\n")
    script.chmod(0o644)
    probe = host.start_probe("--mode", "640x480@30", "--input", script, "--audio-out", heard)
    wait_until(lambda: desktop.default_sink().startswith("punktfunk-speaker-"), "the sink of the session")
    desktop.stop_audio(signal.SIGKILL)
    desktop.start_audio()
    wait_until(lambda: desktop.default_sink().startswith("punktfunk-speaker-"), "the sink to come back")
    tone = desktop.scratch / "tone.wav"
    write_tone(tone, (440, 0))
    player = desktop.play(tone)
    probe.child.send_signal(signal.SIGUSR1)  # however long all that took: six seconds of the tone
    report = host.finish_probe(probe)
    player.stop()
    assert report.code == 0, report.text
    assert report.json["heard"]["missing"] == 0  # the numbers go on
    frequency, level = tone_of(loudest_second(read_wav(heard))[:, 0])
    assert abs(frequency - 440) <= 2 and abs(level + 6.02) <= 0.5


def test_two_sessions_hear_the_same(desktop, host):
    tone = desktop.scratch / "tone.wav"
    write_tone(tone, (440, 0))
    probes = [host.start_probe("--mode", "640x480@30", "--seconds", "9", "--audio-channels", channels, "--identity",
                               desktop.scratch / f"identity-{channels}", "--audio-out",
                               desktop.scratch / f"heard-{channels}.wav", name=f"probe-{channels}") for channels in (2, 6)]
    wait_until(lambda: desktop.default_sink().startswith("punktfunk-speaker-"), "the sink of the sessions")
    player = desktop.play(tone)
    for channels, probe in zip((2, 6), probes):
        report = host.finish_probe(probe)
        assert report.code == 0, report.text
        frequency, _ = tone_of(loudest_second(read_wav(desktop.scratch / f"heard-{channels}.wav"))[:, 0])
        assert abs(frequency - 440) <= 2
    player.stop()
    assert not desktop.audio_nodes("punktfunk-speaker")


def test_without_pipewire(desktop, start_host):
    """A machine without audio streams pictures; audio joins when it comes."""
    host = start_host(desktop.env, *SESSION)
    probe = host.start_probe("--mode", "640x480@30", "--seconds", "9")
    wait_until(lambda: "no audio for now" in host.process.text(), "the host to say so")
    desktop.start_audio()
    report = host.finish_probe(probe)
    assert report.code == 0, report.text
    assert report.json["heard"]["packets"] > 100


def test_user_chooses_another_sink(desktop, host):
    """Programs play there then, and are heard from there; the choice outlives the session."""
    desktop.make_sink("living-room")
    tone, heard = desktop.scratch / "tone.wav", desktop.scratch / "heard.wav"
    write_tone(tone, (440, 0))
    probe = host.start_probe("--mode", "640x480@30", "--seconds", "10", "--audio-out", heard)
    wait_until(lambda: desktop.default_sink().startswith("punktfunk-speaker-"), "the sink of the session")
    desktop.choose_sink("living-room")
    player = desktop.play(tone)
    report = host.finish_probe(probe)
    player.stop()
    assert report.code == 0, report.text
    frequency, level = tone_of(loudest_second(read_wav(heard))[:, 0])
    assert abs(frequency - 440) <= 2 and abs(level + 6.02) <= 0.5
    wait_until(lambda: not desktop.audio_nodes("punktfunk-speaker"), "the host's sink to go")
    assert desktop.configured_sink() == "living-room"
