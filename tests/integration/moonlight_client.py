"""A stock Moonlight client (moonlight-python) that does what it is told on standard input, one JSON object a line.

usage: moonlight_client.py CONFIG-FOLDER HOST. Each command {"do": NAME, …} is answered by one line: {"ok": true, …} or
{"ok": false, "error": NAME, "text": …}. Runs in an environment of its own (scripts/moonlight).
"""
import json
import pathlib
import sys
import threading
import urllib.request
import wave

import numpy
from moonlight_python import MoonlightClient
from moonlight_python.discovery import connect_to_server
from moonlight_python.http_client import NvHTTP


class Player:
    def __init__(self, folder, host):
        self.client = MoonlightClient(folder)
        self.server = self.client._server = connect_to_server(host, self.client._identity, 47989)
        self.certificate = pathlib.Path(folder) / "host.pem"
        if self.certificate.exists():  # paired by an earlier process
            self.client._http = NvHTTP(host, self.client._identity, https_port=self.server.https_port,
                                       server_cert_pem=self.certificate.read_bytes())
        self.counter = {"frames": 0, "keys": 0, "shapes": set()}

    # ---- pairing and lists ----

    def pair(self, pin):
        self.client.pair(self.server, pin=pin)
        self.certificate.write_bytes(self.server.server_cert_pem)
        return {}

    def apps(self):
        return {"apps": [{"id": a.id, "title": a.name} for a in self.client.apps()]}

    def https(self, path):
        """The raw answer to a request with this client's certificate, paired or not."""
        http = NvHTTP(self.server.address, self.client._identity, https_port=self.server.https_port)
        command, _, arguments = path.partition("?")
        return {"text": http.open_https(command, arguments or None)}

    def art(self, app, path):
        """The box art of an app, into a file. The client's own request takes text only."""
        http = NvHTTP(self.server.address, self.client._identity, https_port=self.server.https_port)
        url = http._build_url(http.base_url_https, "appasset", f"appid={app}&AssetType=2&AssetIdx=0")
        with urllib.request.urlopen(url, context=http._make_ssl_context(), timeout=20) as answer:
            pathlib.Path(path).write_bytes(answer.read())
            return {"type": answer.headers["Content-Type"]}

    def http(self, path):
        return {"text": NvHTTP(self.server.address, self.client._identity).open_http(path)}

    # ---- streaming ----

    def start(self, width, height, fps, kbps=20000, app="Desktop"):
        self.client.start_stream(app, width, height, fps, bitrate_kbps=kbps, output_format="rgb24",
                                 ready_timeout=30, black_frame_threshold=-1)
        self.counter = {"frames": 0, "keys": 0, "shapes": set()}
        threading.Thread(target=self.count, args=(self.client._stream_manager.subscribe(), self.counter), daemon=True).start()
        return {}

    @staticmethod
    def count(frames, counter):
        for frame in frames:
            counter["frames"] += 1
            counter["keys"] += frame.is_keyframe
            counter["shapes"].add(frame.shape)

    def counts(self):
        return self.counter | {"shapes": sorted(self.counter["shapes"])}

    def picture(self, path):
        numpy.save(path, self.client._stream_manager.latest_frame.data)
        return {}

    def listen(self, path, seconds):
        manager = self.client._stream_manager
        chunks, heard = manager.subscribe_audio(), []
        rate = manager.audio_sample_rate
        while sum(len(c) for c in heard) < seconds * rate:
            chunk = chunks.get(timeout=10)
            if chunk is None:
                raise TimeoutError("no sound for ten seconds")
            heard.append(chunk.data)
        manager.unsubscribe_audio(chunks)
        samples = (numpy.clip(numpy.concatenate(heard), -1, 1) * 32767).astype("<i2")
        with wave.open(path, "wb") as w:
            w.setnchannels(samples.shape[1])
            w.setsampwidth(2)
            w.setframerate(rate)
            w.writeframes(samples.tobytes())
        return {"channels": samples.shape[1]}

    def state(self):
        session = self.client._session
        return {"connected": bool(session and session.is_connected),
                "terminated": session.termination_error if session and session.is_terminated else None}

    def stop(self):
        self.client.stop_stream()
        return {}

    def quit(self):
        self.client.quit_app()
        return {}


def main():
    player = Player(sys.argv[1], sys.argv[2])
    print(json.dumps({"ok": True, "state": player.server.state, "paired": player.server.paired}), flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        try:
            answer = {"ok": True} | getattr(player, command.pop("do"))(**command)
        except Exception as e:  # whatever the client raises is what the test wants to see
            answer = {"ok": False, "error": type(e).__name__, "text": str(e)}
        print(json.dumps(answer), flush=True)


main()
