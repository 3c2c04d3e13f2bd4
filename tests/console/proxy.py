"""A small console server over a real host's API: serves web/dist, keeps the password, puts the token on what it passes on.

It has no throttle and no TLS: it is for tests of the pages alone.
"""
import http.client
import http.server
import json
import mimetypes
import pathlib
import secrets
import ssl
import threading

DIST = pathlib.Path(__file__).resolve().parents[2] / "web/dist"
PAGES = {"/", "/host", "/library", "/stats", "/logs", "/pairing", "/settings", "/login", "/setup"}
POLICY = ("default-src 'self'; img-src 'self' https: data:; style-src 'self'; script-src 'self'; connect-src 'self'; "
          "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", kind="application/json", **headers):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", POLICY)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def signed_in(self):
        return any(c.strip() == f"pf_session={self.server.session}" for c in self.headers.get("Cookie", "").split(";"))

    def auth(self, body):
        asked = json.loads(body or b"{}")
        server = self.server
        if self.path == "/_auth/setup":
            if server.password or asked.get("token") != server.token:
                return self.answer(409 if server.password else 401, {"error": "no"})
            server.password = asked["password"]
        elif self.path == "/_auth/logout":
            server.session = secrets.token_hex(16)
            return self.answer(200, {"ok": True})
        elif not server.password or asked.get("password") != server.password:
            return self.answer(401 if server.password else 503, {"error": "no"})
        return self.answer(200, {"ok": True}, Set_Cookie=f"pf_session={server.session}; Path=/; HttpOnly; SameSite=Lax")

    def pass_on(self, body):
        if not self.signed_in():
            return self.answer(401, {"error": "sign in"})
        context = ssl._create_unverified_context()
        upstream = http.client.HTTPSConnection("127.0.0.1", self.server.api.host.mgmt, context=context, timeout=60)
        headers = {"Authorization": f"Bearer {self.server.api.token}", "Host": "localhost"}
        headers |= {k: v for k in ("Content-Type", "Last-Event-ID") if (v := self.headers.get(k))}
        upstream.request(self.command, self.path, body or None, headers)
        got = upstream.getresponse()
        if "event-stream" not in (got.headers.get("Content-Type") or ""):
            return self.answer(got.status, got.read(), got.headers.get("Content-Type") or "application/json")
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        while data := got.read1(65536):
            self.wfile.write(data)
            self.wfile.flush()
        return None

    def serve_file(self):
        path = self.path.split("?")[0]
        file = DIST / ("index.html" if path in PAGES else path.lstrip("/"))
        if not file.is_file():
            return self.answer(404, {"error": "no such page"})
        return self.answer(200, file.read_bytes(), mimetypes.guess_type(file.name)[0] or "text/plain")

    def handle_one(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.close_connection = True
        try:
            if self.path.startswith("/_auth/"):
                self.auth(body)
            elif self.path.startswith("/api/"):
                self.pass_on(body)
            else:
                self.serve_file()
        except (OSError, http.client.HTTPException):
            pass

    do_GET = do_POST = do_PUT = do_DELETE = handle_one


class Console(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, api):
        super().__init__(("127.0.0.1", 0), Handler)
        self.api, self.password = api, None
        self.session, self.token = secrets.token_hex(16), secrets.token_hex(16)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def setup_url(self):
        return f"{self.url}/setup#{self.token}"
