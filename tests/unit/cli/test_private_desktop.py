"""scripts/private-desktop --join: which of the folders in TMPDIR it takes for the private desktop that runs."""
import fcntl
import os
import subprocess
import sys
import tempfile
import unittest

SCRIPT = sys.argv.pop(1)
NAMES = ("XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "XDG_CURRENT_DESKTOP", "WAYLAND_DISPLAY", "SWAYSOCK")
OWN = {"XDG_RUNTIME_DIR": "/own", "WAYLAND_DISPLAY": "wayland-7", "SWAYSOCK": "/own/sway"}


class Join(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.tmp = folder.name

    def desktop(self, name, age, *, lives):
        path = os.path.join(self.tmp, "punktfunk-desktop." + name)
        os.mkdir(path)
        lock = open(os.path.join(path, "wayland-1.lock"), "w")
        self.addCleanup(lock.close)
        if lives:  # as libwayland-server does
            fcntl.flock(lock, fcntl.LOCK_EX)
        os.utime(path, (10_000 - age, 10_000 - age))
        return path

    def join(self):
        environment = {"PATH": os.environ["PATH"], "TMPDIR": self.tmp, **OWN}
        done = subprocess.run([SCRIPT, "--join", "env"], env=environment, capture_output=True, text=True, check=True)
        seen = dict(line.split("=", 1) for line in done.stdout.splitlines())
        return {name: seen[name] for name in NAMES if name in seen}

    def test_takes_the_newest_that_lives(self):
        self.desktop("old", 300, lives=True)
        newest = self.desktop("new", 200, lives=True)
        self.desktop("dead", 100, lives=False)
        self.assertEqual(self.join(), {"XDG_RUNTIME_DIR": newest, "XDG_CURRENT_DESKTOP": "sway",
                                       "DBUS_SESSION_BUS_ADDRESS": f"unix:path={newest}/bus"})

    def test_keeps_the_environment_without_one(self):
        self.assertEqual(self.join(), OWN)
        self.desktop("dead", 100, lives=False)
        self.assertEqual(self.join(), OWN)

    def test_hands_on_the_exit_status(self):
        environment = {**os.environ, "TMPDIR": self.tmp}
        self.assertEqual(subprocess.run([SCRIPT, "--join", "sh", "-c", "exit 7"], env=environment).returncode, 7)


if __name__ == "__main__":
    unittest.main()
