"""run.py PROGRAMS [WORD…]: gamepads, keyboard and mouse on a real kernel. Runs inside the virtual machine (scripts/vm), as root; prints TAP.

A host and a probe of PROGRAMS talk over loopback; what the probe's pads do is read from the kernel's event nodes, and what
games do there comes back to the probe. With words only tests run whose names contain one of them. PF_CLIENTS: the probe's
build, for a host with sanitizers and a probe without.
"""
import importlib
import pathlib
import sys
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.dont_write_bytecode = True
from desktop import close_all  # noqa: E402
from rig import LIMIT, WORK, Rig, all_nodes, wait_for  # noqa: E402

ROOMS = ["xbox", "playstation", "crowd", "commands", "sdl", "seat", "moonlight"]
words = sys.argv[2:]
tests = [(name, run) for room in ROOMS for name, run in vars(importlib.import_module(room)).items()
         if name.startswith("test_") and (not words or any(word in name for word in words))]
Rig.start(pathlib.Path(sys.argv[1]))
print(f"1..{len(tests)}")
failed = 0
for name, run in tests:
    start = time.monotonic()
    try:
        wait_for(lambda: not all_nodes(), "the pads of the test before to go")
        reason = run()
        print(f"ok {name}" + (f" # SKIP {reason}" if reason else f" # {time.monotonic() - start:.1f} s"), flush=True)
    except Exception as error:  # whatever it is, the other tests shall run
        failed += 1
        print(f"not ok {name}: {error!r}"[:2000], flush=True)
        print("".join(traceback.format_exc().splitlines(keepends=True)[-4:]).replace("\n", "\n# "), flush=True)
close_all()
if Rig.host.end() != 0:
    failed += 1
    print("not ok the host ends as it should")
if failed:
    for log in sorted(WORK.glob("*host.log")):
        print(f"{log.name}:\n{log.read_text()[-12000:]}")
sys.exit(failed > 0)
