"""sdl_looker.py COUNT: opens that many game controllers with SDL 2, says "open", and once each was pressed on, prints one
JSON object for each of them. Then they rumble until standard input ends."""
import ctypes
import json
import sys
import time

count = int(sys.argv[1])
sdl = ctypes.CDLL("libSDL2-2.0.so.0")
CONTROLLERS = 0x2000
BUTTONS = ["a", "b", "x", "y", "back", "guide", "start", "leftstick", "rightstick", "leftshoulder", "rightshoulder"]
sdl.SDL_GameControllerOpen.restype = ctypes.c_void_p
for name in ("SDL_GameControllerMapping", "SDL_GameControllerName", "SDL_GetError"):
    getattr(sdl, name).restype = ctypes.c_char_p
if sdl.SDL_Init(CONTROLLERS) < 0:
    sys.exit(sdl.SDL_GetError())
end = time.monotonic() + 120
controllers, pressed = {}, {}
while len(controllers) < count and time.monotonic() < end:
    sdl.SDL_GameControllerUpdate()
    for i in range(sdl.SDL_NumJoysticks()):
        if sdl.SDL_IsGameController(i) and i not in controllers:
            controllers[i], pressed[i] = ctypes.c_void_p(sdl.SDL_GameControllerOpen(i)), set()
    time.sleep(0.02)
print("open", flush=True)
while time.monotonic() < end and any("guide" not in names for names in pressed.values()):
    sdl.SDL_GameControllerUpdate()
    for i, pad in controllers.items():
        pressed[i] |= {name for b, name in enumerate(BUTTONS) if sdl.SDL_GameControllerGetButton(pad, b)}
    time.sleep(0.005)
for i, pad in controllers.items():
    print(json.dumps({"type": sdl.SDL_GameControllerGetType(pad), "name": (sdl.SDL_GameControllerName(pad) or b"").decode(),
                      "mapping": (sdl.SDL_GameControllerMapping(pad) or b"").decode(), "pressed": sorted(pressed[i])}), flush=True)
    sdl.SDL_GameControllerRumble(pad, 0x4080, 0x4080, 30000)
sys.stdin.read()
