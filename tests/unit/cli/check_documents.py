#!/usr/bin/env python3
"""Every command and option that --help shows is in the manual page and in the completions, and nothing else is; and an
installation puts them where man and the shells look.

usage: check_documents.py PUNKTFUNK-HOST SOURCE-FOLDER BUILD-FOLDER
"""
import json
import pathlib
import re
import subprocess
import sys

host, root, build = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
man = (root / "docs/man/punktfunk-host.1").read_text()
bash = (root / "packaging/completions/punktfunk-host.bash").read_text()
fish = (root / "packaging/completions/punktfunk-host.fish").read_text()
zsh = (root / "packaging/completions/punktfunk-host.zsh").read_text()
errors = []


def helped(*args):
    done = subprocess.run([host, *args, "--help"], capture_output=True, text=True, timeout=20)
    assert done.returncode == 0 and not done.stdout, (args, done)
    return done.stderr


def compare(what, where, wanted, found):
    for name in sorted(wanted - found):
        errors.append(f"{what}: {name} is missing in the {where}")
    for name in sorted(found - wanted):
        errors.append(f"{what}: {name} is in the {where} but not in --help")


commands = re.findall(r"^  (\S+) {2,}\S", helped(), re.M)
assert "serve" in commands and "pair" in commands, commands
sections = dict(re.findall(r"^\.Ss (\S+)\n(.*?)(?=^\.S[sh] )", man, re.M | re.S))
compare("commands", "manual page", set(commands), set(sections))
for command in commands:
    if command in ("version", "openapi"):  # have no options
        continue
    options = {o[2:] for o in re.findall(r"^ +(?:-\w, )?(--[a-z0-9-]+)", helped(command), re.M)} - {"help"}
    assert options or command in ("doctor", "recover"), command
    compare(command, "manual page", options, set(re.findall(r"^\.It Fl -(\S+)", sections.get(command, ""), re.M)))
    words = re.search(rf'^    {command}\)\s+words="(.*?)"', bash, re.M | re.S)
    compare(command, "bash completion", options, set(re.findall(r"--([a-z0-9-]+)", words[1] if words else "")) - {"help"})
    compare(command, "fish completion", options,
            set(re.findall(rf"__fish_seen_subcommand_from {command}' -l (\S+)", fish)))
    words = re.search(rf"^    {command}\)\n(.*?)^        ;;", zsh, re.M | re.S)
    compare(command, "zsh completion", options, set(re.findall(r"'--([a-z0-9-]+)\[", words[1] if words else "")))
    for completion, name in ((bash, "bash"), (fish, "fish"), (zsh, "zsh")):
        if not re.search(rf"\b{command}\b", completion):
            errors.append(f"{command} is missing in the {name} completion")

installed = json.loads((build / "meson-info/intro-installed.json").read_text())
for source, place in (("docs/man/punktfunk-host.1", "share/man/man1/punktfunk-host.1"),
                      ("packaging/completions/punktfunk-host.bash", "share/bash-completion/completions/punktfunk-host"),
                      ("packaging/completions/punktfunk-host.fish", "share/fish/vendor_completions.d/punktfunk-host.fish"),
                      ("packaging/completions/punktfunk-host.zsh", "share/zsh/site-functions/_punktfunk-host")):
    if not installed.get(str(root / source), "").endswith("/" + place):
        errors.append(f"{source} is not installed as {place}")

print("\n".join(errors) if errors else f"{len(commands)} commands are documented")
sys.exit(bool(errors))
