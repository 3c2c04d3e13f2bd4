"""What a long-running process must not do: grow, and keep files, threads or children."""
import dataclasses
import os
import pathlib
import re
import statistics
import time


@dataclasses.dataclass
class Sample:
    at: float
    rss_kib: int
    fds: int
    threads: int


class Health:
    def __init__(self, pid):
        self.proc = pathlib.Path(f"/proc/{pid}")
        self.samples = []

    def look(self):
        status = (self.proc / "status").read_text()
        sample = Sample(time.monotonic(), int(re.search(r"VmRSS:\s+(\d+)", status)[1]),
                        len(os.listdir(self.proc / "fd")), int(re.search(r"Threads:\s+(\d+)", status)[1]))
        self.samples.append(sample)
        return sample

    def files(self):
        """What the descriptors are, for people."""
        def target(fd):
            try:
                return os.readlink(fd)
            except OSError:
                return "closed meanwhile"
        return sorted(target(fd) for fd in (self.proc / "fd").iterdir())

    def growth_kib(self):
        """Of the peaks: the second half's over those of the second quarter, as the first is warm-up. Sessions come and
        go all the time, so a few looks say nothing."""
        def peak(samples):
            return statistics.quantiles((s.rss_kib for s in samples), n=10)[-1]
        n = len(self.samples)
        return peak(self.samples[n // 2:]) - peak(self.samples[n // 4:n // 2])

    def describe(self):
        first, last = self.samples[0], self.samples[-1]
        return (f"{len(self.samples)} looks in {last.at - first.at:.0f} s: memory {first.rss_kib} KiB, at most "
                f"{max(s.rss_kib for s in self.samples)}, {last.rss_kib} at the end; {max(s.fds for s in self.samples)} files and "
                f"{max(s.threads for s in self.samples)} threads at most, {last.fds} and {last.threads} at the end")
