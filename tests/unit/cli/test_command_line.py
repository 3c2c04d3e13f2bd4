#!/usr/bin/env python3
"""What the program says and how it exits, without starting a host. usage: test_command_line.py PUNKTFUNK-HOST VERSION"""
import os
import subprocess
import sys
import tempfile

host, version = sys.argv[1:3]
failures = []


def run(*args, **env):
    with tempfile.TemporaryDirectory() as folder:
        full = {"PATH": os.environ["PATH"], "PUNKTFUNK_CONFIG_DIR": folder + "/config", "XDG_RUNTIME_DIR": folder, **env}
        full |= {k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}
        return subprocess.run([host, *args], capture_output=True, text=True, timeout=60, env=full)


def check(args, status, out="", err=(), absent=(), **env):
    done = run(*args, **env)
    problems = []
    if done.returncode != status:
        problems.append(f"exit {done.returncode} instead of {status}")
    if not done.stdout.startswith(out) or (not out and done.stdout):
        problems.append(f"stdout {done.stdout!r}")
    problems += [f"{word!r} is not in stderr" for word in err if word not in done.stderr]
    problems += [f"{word!r} is in stderr" for word in absent if word in done.stderr]
    if problems:
        failures.append(f"{args}: {', '.join(problems)}\n{done.stderr}")


for words in ([], ["help"], ["-h"], ["--help"]):
    check(words, 0, err=["usage: punktfunk-host", "serve", "pair"], absent=["openapi"])
for words in (["--version"], ["-V"], ["version"]):
    check(words, 0, out=f"punktfunk-host {version}\n")
for feature in ("core ABI: 3", "virtual displays:", "capture:", "encoders:", "input:", "audio:", "discovery:", "sealing:"):
    if f"\n{feature}" not in run("--version").stdout:
        failures.append(f"--version does not tell of {feature}")
check(["serv"], 1, err=['"serv"', '"serve"'])
check(["xyzzy"], 1, err=['"xyzzy"'], absent=["did you mean"])
check(["serve", "--mgmt-bnd", "x"], 1, err=["--mgmt-bind"])
check(["serve", "--bogus"], 1, err=["--bogus"])
check(["serve", "--native-port"], 1, err=["--native-port"])
check(["serve", "--native-port", "65536"], 1, err=["--native-port", "65535"])
check(["serve", "--native-port", "-1"], 1, err=["--native-port"])
check(["serve", "extra"], 1, err=["extra"])
check(["serve", "--mgmt-token", ""], 1, err=["--mgmt-token", "blank"])
check(["serve", "--mgmt-token", "my secret"], 1, err=["--mgmt-token"], absent=["my secret"])
check(["serve", "--mgmt-bind", "nonsense"], 1, err=["nonsense"])
for word in ("--gamestream", "--moonlight"):
    check(["serve", word], 1, err=["/proc/punktfunk"], PUNKTFUNK_CONFIG_DIR="/proc/punktfunk")
    check(["pair", word, "12345"], 1, err=["four digits"])
    check(["pair", word, "12a4"], 1, err=["four digits"])
    check(["pair", word, "1234"], 1, err=["punktfunk-host serve"])
for address in ("host.example", "10.0.0.5:47989", ""):
    check(["serve", "--gamestream", "--gamestream-bind", address], 1, err=["--gamestream-bind"])
check(["serve"], 1, err=["PUNKTFUNK_GAMESTREAM_BIND"], PUNKTFUNK_GAMESTREAM_BIND="any")
check(["pair", "--gamestream", "1234", "--request", "0"], 1, err=["--request"])
check(["serve"], 1, err=["PUNKTFUNK_NATIVE_PORT"], PUNKTFUNK_NATIVE_PORT="many")
check(["serve"], 1, err=["PUNKTFUNK_IDLE_TIMEOUT_MS"], PUNKTFUNK_IDLE_TIMEOUT_MS="10")
check(["punktfunk1-host", "--sorce", "virtual"], 1, err=["--source"])
check(["punktfunk1-host", "--source", "camera"], 1, err=["synthetic", "virtual"])
check(["punktfunk1-host", "--frames", "many"], 1, err=["--frames"])
check(["punktfunk1-host", "--pairing-pin", ""], 1, err=["--pairing-pin"])
check(["pair", "--ttl", "5"], 1, err=["--ttl"])
check(["pair", "--fingerprint", "abc"], 1, err=["--fingerprint"])
check(["pair"], 1, err=["punktfunk-host serve"])
for command in ("serve", "punktfunk1-host", "pair", "probe-compositor"):
    check([command, "--help"], 0, err=[f"usage: punktfunk-host {command}"])
    check([command, "-h"], 0, err=[f"usage: punktfunk-host {command}"])
check(["probe-compositor", "--al"], 1, err=["--all"])
check(["probe-compositor"], 1, err=["ERROR"], PUNKTFUNK_COMPOSITOR="gnome")
check(["probe-compositor", "--all"], 1, out="kwin", PUNKTFUNK_COMPOSITOR="gnome")
check(["probe-compositor"], 1, err=["PUNKTFUNK_COMPOSITOR"], PUNKTFUNK_COMPOSITOR="windows")

# A configuration folder that cannot be made is one sentence, and no crash.
blocked = run("punktfunk1-host", PUNKTFUNK_CONFIG_DIR="/proc/punktfunk")
if blocked.returncode != 1 or "/proc/punktfunk" not in blocked.stderr:
    failures.append(f"unwritable configuration: {blocked}")

print("\n".join(failures) if failures else "ok")
sys.exit(bool(failures))
