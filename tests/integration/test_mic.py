"""The microphone: what a client says can be recorded by any program of the desktop."""
import signal

import numpy
import pytest

from conftest import Process, wait_until
from test_audio import RATE, loudest_second, read_wav, tone_of

NEEDS_QUIET = True

SESSION = ("punktfunk1-host", "--source", "virtual", "--seconds", "0", "--allow-tofu", "--idle-timeout-ms", "2000")
LEVEL = -12.04  # dBFS of the probe's tone


class Recorder:
    def __init__(self, desktop, name):
        self.path = desktop.scratch / f"{name}.wav"
        self.process = Process(name, ["pw-record", "--target", "punktfunk-mic", "--rate", "48000", "--channels", "2",
                                      "--format", "s16", self.path], desktop.env, desktop.scratch)
        desktop.clients.append(self.process)

    def finish(self):
        self.process.stop(signal.SIGINT)
        return read_wav(self.path)


@pytest.fixture
def host(desktop, start_host):
    desktop.start_audio()
    host = start_host(desktop.env, *SESSION)
    wait_until(lambda: desktop.audio_nodes("punktfunk-mic"), "the microphone")
    return host


def assert_tone(samples):
    for channel in (0, 1):
        frequency, level = tone_of(loudest_second(samples)[:, channel])
        assert abs(frequency - 440) <= 2 and abs(level - LEVEL) <= 0.5


def longest_unbroken(samples):
    """Samples between two silences of more than 6 ms."""
    loud = numpy.nonzero(abs(samples[:, 0]) >= 0.001)[0]
    holes = numpy.nonzero(numpy.diff(loud) > RATE * 6 // 1000)[0]
    edges = [loud[0], *loud[holes], loud[-1]]
    return max(numpy.diff(edges))


@pytest.mark.parametrize("cadence", [(), ("--mic-burst",)], ids=["smooth", "bursts"])
def test_tone(desktop, host, cadence):
    recorder = Recorder(desktop, "recorder")
    report = host.probe("--mode", "640x480@30", "--seconds", "6", "--mic-test", *cadence)
    assert report.code == 0, report.text
    samples = recorder.finish()
    assert_tone(samples)
    # Once it plays it goes on: packets every 40 ms leave no holes. A busy machine may send one late, not all.
    assert longest_unbroken(samples) >= RATE


def test_source_is_gone_with_the_host(desktop, host, start_host):
    host.stop(signal.SIGKILL)
    wait_until(lambda: not desktop.audio_nodes("punktfunk"), "the microphone to go")
    other = start_host(desktop.env, *SESSION)
    wait_until(lambda: desktop.audio_nodes("punktfunk-mic"), "the microphone")
    other.stop()
    assert not desktop.audio_nodes("punktfunk")


def test_pipewire_starts_again(desktop, host):
    desktop.stop_audio(signal.SIGKILL)
    desktop.start_audio()
    wait_until(lambda: desktop.audio_nodes("punktfunk-mic"), "the microphone to come back")
    recorder = Recorder(desktop, "recorder")
    report = host.probe("--mode", "640x480@30", "--seconds", "6", "--mic-test")
    assert report.code == 0, report.text
    assert_tone(recorder.finish())


def level_at(samples, hertz):
    """dBFS of what is within 16 Hz of that frequency."""
    window = numpy.hanning(len(samples))
    spectrum = abs(numpy.fft.rfft(samples * window)) / (window.sum() / 2)
    centre, reach = (round(f * len(samples) / RATE) for f in (hertz, 16))
    return 10 * numpy.log10((spectrum[centre - reach:centre + reach + 1] ** 2).sum() / 1.5 + 1e-12)


def test_two_clients(desktop, host):
    """One device for all: both are heard at once, each as loud as it spoke. (Packets of the two that take turns, or
    share a decoder, make less of each than 6 dB below that.)"""
    tones = (440, 1000)
    recorder = Recorder(desktop, "recorder")
    probes = [host.start_probe("--mode", "640x480@30", "--seconds", "8", "--mic-test", "--mic-hertz", hertz, "--identity",
                               desktop.scratch / f"identity-{hertz}", name=f"probe-{hertz}") for hertz in tones]
    for probe in probes:
        report = host.finish_probe(probe)
        assert report.code == 0, report.text
    samples = recorder.finish()
    # A busy machine leaves holes: the quarter of a second with the fewest.
    quarters = (samples[at:at + RATE // 4] for at in range(0, len(samples) - RATE // 4, RATE // 16))
    best = max(min(level_at(q[:, channel], hertz) for channel in (0, 1) for hertz in tones) for q in quarters)
    assert abs(best - LEVEL) <= 1
