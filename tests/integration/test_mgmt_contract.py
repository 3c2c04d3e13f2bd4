"""The management API against the contract: every live check, answers of the documented form, the document itself."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import pytest

import lab
from api import Api, make_certificate
from conftest import NOBODY, ROOT, TOOLS, Host, wait_until

CONTRACT = json.loads((ROOT / "tests/data/vectors/mgmt-api.json").read_text())
INTEGERS = {"u8": (0, 2**8 - 1), "u16": (0, 2**16 - 1), "u32": (0, 2**32 - 1), "u64": (0, 2**64 - 1),
            "usize": (0, 2**64 - 1), "i32": (-2**31, 2**31 - 1), "i64": (-2**63, 2**63 - 1)}


def check_field(name, field, value):
    if value is None:
        assert field.get("null"), f"{name} must not be null"
        return
    check_type(name, field["t"], value)
    if "const" in field:
        assert value == field["const"], name
    if "one_of" in field:
        assert value in field["one_of"], name
    if "pattern" in field:
        assert re.fullmatch(field["pattern"], value), f"{name}: {value}"
    if "max_items" in field:
        assert len(value) <= field["max_items"], name
    if "min" in field:
        assert value >= field["min"], name


def check_object(name, fields, value):
    assert isinstance(value, dict), name
    for member, field in fields.items():
        if member in value:
            check_field(f"{name}.{member}", field, value[member])
        else:
            assert field.get("out") == "omit_when_unset", f"{name}.{member} is missing"


def check_type(name, kind, value):
    inner = re.fullmatch(r"(array|map)<(\w+)>", kind)
    if inner:
        assert isinstance(value, list if inner[1] == "array" else dict), name
        for element in value if inner[1] == "array" else value.values():
            check_type(name, inner[2], element)
    elif kind in INTEGERS:
        low, high = INTEGERS[kind]
        assert isinstance(value, int) and not isinstance(value, bool) and low <= value <= high, f"{name}: {value}"
    elif kind in ("string", "bool", "f32"):
        wanted = {"string": str, "bool": bool, "f32": (int, float)}[kind]
        assert isinstance(value, wanted), f"{name}: {value}"
    else:
        named = CONTRACT["types"][kind]
        if named["kind"] == "enum":
            assert value in named["values"], f"{name}: {value}"
        elif named["kind"] == "tagged_union":
            check_object(name, named["variants"][value[named["tag"]]], value)
        else:
            check_object(name, named["fields"], value)


def matches(want, have):
    if isinstance(want, dict) and "range" in want:
        return want["range"][0] <= have <= want["range"][1]
    if isinstance(want, dict) and "max_items" in want:
        return len(have) <= want["max_items"]
    if isinstance(want, dict):
        return all(name in have and matches(value, have[name]) for name, value in want.items())
    return want == have


class World:
    """A host with paired and unpaired clients, and a network from which to reach it."""

    def __init__(self, programs, folder):
        self.lab = lab.Lab(TOOLS)
        config = folder / "config"
        config.mkdir(mode=0o700)
        self.paired, self.stranger = make_certificate(folder, "paired"), make_certificate(folder, "stranger")
        (config / "punktfunk1-paired.json").write_text(
            json.dumps({"clients": [{"name": "Paired", "fingerprint": self.paired.fingerprint}]}))
        for path in (folder, config, *config.iterdir()):
            os.chown(path, NOBODY, NOBODY)
        env = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", "XDG_RUNTIME_DIR": str(folder),
               "PUNKTFUNK_CONFIG_DIR": str(config), "PUNKTFUNK_MDNS": "0"}
        self.host = Host(programs, folder, env, "serve", ["--mgmt-bind", "[::]:47990"], netlab=self.lab)
        self.host.mgmt = 47990
        self.host.wait_ready()
        self.api = Api(self.host)
        self.probes = []

    def knock(self):
        """A device waits for approval; its id."""
        self.probes.append(self.host.start_probe(
            "--wait", "60", "--name", "Sofa", "--identity", self.host.scratch / f"sofa{len(self.probes)}",
            name=f"knock{len(self.probes)}"))
        return wait_until(lambda: self.api.get("/native/pending"), "the device to knock")[0]["id"]

    def close(self):
        for probe in self.probes:
            probe.stop()
        self.host.stop()
        self.lab.close()
        assert not self.host.sanitizer(), self.host.sanitizer()


@pytest.fixture(scope="module")
def world(programs):
    reason = lab.missing()
    if reason:
        pytest.skip(f"no second machine to ask from: {reason}")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="pf-contract-"))
    folder.chmod(0o755)
    w = World(programs, folder)
    yield w
    w.close()
    shutil.rmtree(folder, ignore_errors=True)


def arrange(world, check):
    """Puts the host into the state that the check asks for; returns the path to ask."""
    api, given, path, name = world.api, check.get("given"), check["path"], check["name"]
    if given == "a device waits":
        path = path.replace("{id}", str(world.knock()))
    elif given == "just denied":
        number = world.knock()
        assert api.request("POST", f"/native/pending/{number}/deny").status == 204
        path = path.replace("{id}", str(number))
    elif given == "armed":
        api.request("POST", "/stats/capture/start")
    elif given == "no display-settings.json":
        (api.config / "display-settings.json").unlink(missing_ok=True)
    elif given == "paired" and "/native/" in path:
        path = path.replace("{FINGERPRINT}", world.paired.fingerprint.upper())
    elif given:
        pytest.skip(f"a host that serves cannot be brought into this state here ({given}); the unit test has it")
    if name in ("capture idle", "live idle", "capture stop idle"):
        api.request("POST", "/stats/capture/stop")
    return path


def body_of(check):
    filler = re.fullmatch(r"<(\d+) spaces>", check.get("body") or "")
    return " " * int(filler[1]) if filler else check.get("body")


def credentials(world, auth):
    return {"none": {"token": None}, "bearer": {}, "bad_bearer": {"token": "0" * 64},
            "bearer_lowercase_scheme": {"token": None, "headers": {"Authorization": f"bearer {world.api.token}"}},
            "paired_cert": {"token": None, "certificate": world.paired},
            "unpaired_cert": {"token": None, "certificate": world.stranger},
            "paired_cert+bearer": {"certificate": world.paired}}[auth]


# Unpairs what the others need.
CHECKS = sorted(CONTRACT["live_checks"], key=lambda c: c.get("given") == "paired")


@pytest.mark.parametrize("check", CHECKS, ids=[c["name"] for c in CHECKS])
def test_live_check(world, check):
    path = arrange(world, check)
    answer = world.api.request(check["method"], path, body_of(check), base="", peer=check["peer"],
                               content_type=check.get("content_type"), **credentials(world, check["auth"]))
    expect = check["expect"]
    assert answer.status == expect["status"], answer
    if expect.get("type") and check["method"] != "HEAD":
        check_type(expect["type"], expect["type"], answer.json)
    if "json" in expect:
        assert matches(expect["json"], answer.json), answer.json
    if answer.status == 401 and check["method"] != "HEAD":
        assert "bearer" in answer.json["error"]
    if "empty body" in check.get("note", "") or answer.status in (202, 204):
        assert answer.body == b""
    if "Allow" in check.get("note", ""):
        assert answer.headers["Allow"].replace(" ", "") == "GET,HEAD"
    if "<!doctype html>" in check.get("note", ""):
        assert answer.body.startswith(b"<!doctype html>")


def test_key_frames_of_a_live_stream(desktop, start_host):
    """The check "keyframe live", and that status, sessions, displays and recordings show what streams."""
    host = start_host(desktop.env, "serve", "--open")
    api = Api(host)
    probe = host.start_probe("--mode", "1280x720@60", "--seconds", "8")
    wait_until(lambda: api.get("/status")["video_streaming"], "the stream")
    assert api.request("POST", "/session/idr").status == 202
    status = api.get("/status")
    check_type("status", "RuntimeStatus", status)
    assert (status["session"]["width"], status["stream"]["codec"]) == (1280, "h264")
    session = api.get("/sessions")[0]
    assert session["state"] == "streaming" and session["height"] == 720
    measured = wait_until(lambda: (s := api.get("/sessions")[0])["sent_kbps"] and s, "a second of the stream")
    assert measured["sent_fps"] > 0 and measured["latency_us"] > 0
    display = api.get("/display/state")["displays"][0]
    assert display["state"] == "active" and display["mode"] == "1280x720@60"
    assert (display["group"], display["display_index"], display["topology"]) == (1, 0, "extend")
    assert display["output"].startswith("HEADLESS-") and display["age_ms"] > 0
    assert api.get("/gpus")["active"]["sessions"] == 1

    api.request("POST", "/stats/capture/start")
    live = wait_until(lambda: (c := api.get("/stats/capture/live"))["samples"] and c, "a sample")
    check_type("live", "Capture", live)
    meta = api.request("POST", "/stats/capture/stop").json
    check_type("meta", "CaptureMeta", meta)
    assert (meta["kind"], meta["width"], meta["codec"]) == ("native", 1280, "h264")
    recording = api.get(f"/stats/recordings/{meta['id']}")
    check_type("recording", "Capture", recording)
    sample = recording["samples"][0]
    assert sample["fps"] + sample["repeat_fps"] > 5 and sample["mbps"] > 0
    assert [s["name"] for s in sample["stages"]] == ["queue", "encode", "send"]
    csv = api.request("GET", f"/stats/recordings/{meta['id']}/csv").body.decode().splitlines()
    assert len(csv) == 1 + meta["sample_count"] and csv[0].endswith("send_p50_us,send_p99_us")
    assert api.get("/stats/recordings")[0]["id"] == meta["id"]
    assert (api.config / f"captures/{meta['id']}.json").stat().st_mode & 0o777 == 0o600
    assert host.finish_probe(probe).code == 0


# ---- the document ----

def refers(schema, prefix="#/components/schemas/"):
    return schema.get("$ref", "").removeprefix(prefix)


def kind_of(schema):
    """The contract's name of a type, and whether null is allowed."""
    if "oneOf" in schema and {"type": "null"} in schema["oneOf"]:
        return refers(next(s for s in schema["oneOf"] if s != {"type": "null"})), True
    if refers(schema):
        return refers(schema), False
    kind = schema["type"]
    nullable = isinstance(kind, list) and "null" in kind
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "array":
        return f"array<{kind_of(schema['items'])[0]}>", nullable
    if kind == "object":
        return f"map<{kind_of(schema['additionalProperties'])[0]}>", nullable
    for name, primitive in CONTRACT["primitives"].items():
        form = primitive["openapi"]
        same = all({**schema, "type": kind}.get(k) == v for k, v in form.items())
        fits = "max" not in primitive or min(primitive["max"], 2**63 - 1) == schema.get("maximum")
        if same and fits and ("format" in form) == ("format" in schema):
            return name, nullable
    raise AssertionError(f"no type of the contract: {schema}")


def test_document_has_the_forms_of_the_contract(world):
    document = world.api.get("/openapi.json")
    for name, schema in document["components"]["schemas"].items():
        want = CONTRACT["types"].get(name)
        if not want or want["kind"] != "object":
            assert not want or want["kind"] != "enum" or schema["enum"] == want["values"]
            continue
        for member, field in want["fields"].items():
            kind, nullable = kind_of(schema["properties"][member])
            assert {kind, field["t"]} in ({kind}, {"u64", "usize"}, {"u64", "i64"}), (name, member, kind)
            assert nullable == field.get("null", False), (name, member)
            assert (member in schema.get("required", [])) == field["doc_required"], (name, member)


def test_document_has_the_operations_of_the_contract(world):
    document = world.api.get("/openapi.json")
    assert document["openapi"] == "3.1.0" and document["info"]["title"] == "punktfunk management API"
    assert [t["name"] for t in document["tags"]] == CONTRACT["document"]["tags_in_order"]
    seen = set()
    for want in CONTRACT["operations"]:
        have = document["paths"][want["path"]][want["method"].lower()]
        assert have["operationId"] == want["id"] and have["tags"] == [want["tag"]]
        assert have.get("security") == (None if want["document_security"] == "inherit" else want["document_security"])
        documented = {s for s, r in want["responses"].items() if r["documented"]}
        assert documented <= set(have["responses"]), want["id"]
        seen.add(want["id"])
    assert len(seen) >= 38
    ids = [o["operationId"] for p in document["paths"].values() for o in p.values()]
    assert len(ids) == len(set(ids))


def test_document_is_the_one_in_the_tree(world):
    served = world.api.get("/openapi.json")
    printed = json.loads(subprocess.run([world.host.programs / "punktfunk-host", "openapi"], capture_output=True,
                                        check=True, timeout=20).stdout)
    kept = json.loads((ROOT / "api/openapi.json").read_text())
    assert served == printed
    kept["info"]["version"] = printed["info"]["version"]
    assert printed == kept, "scripts/check-openapi --fix"
