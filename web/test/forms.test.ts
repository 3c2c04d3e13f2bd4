import { expect, test } from "vitest";
import { bounded, effectOf } from "../src/pages/host/policy";
import { draftOf, inputOf, matching, pictures } from "../src/pages/library/games";
import { asText, filtered, withLines, type Line } from "../src/pages/logs/lines";
import { problemOf } from "../src/pages/login/password";

const game = {
  id: "custom:1", store: "custom", title: "Chess", art: { logo: "/l.png", header: "/h.png" },
  launch: { kind: "steam_appid", value: "570" },
};

test("editing a title keeps what the form does not show", () => {
  expect(inputOf({ ...draftOf(game), title: " Chess II ", header: "" }, game)).toEqual({
    title: "Chess II", art: { logo: "/l.png" }, launch: game.launch,
  });
  expect(inputOf({ ...draftOf(), title: "X", command: " run " })).toEqual({
    title: "X", art: {}, launch: { kind: "command", value: "run" },
  });
});

test("titles are found without case, pictures best first", () => {
  expect(matching([game], "cHe")).toHaveLength(1);
  expect(matching([game], "go")).toHaveLength(0);
  expect(pictures(game)).toEqual(["/h.png"]);
});

test("a policy's effect is its preset, or itself over the defaults", () => {
  const fields = effectOf({ preset: "custom", max_displays: 7 }, []);
  expect(fields.max_displays).toBe(7);
  expect(fields.topology).toBe("auto");
  const presets = [{ id: "hotdesk", summary: "", fields: { ...fields, max_displays: 2 } }];
  expect(effectOf({ preset: "hotdesk", max_displays: 7 }, presets).max_displays).toBe(2);
});

test("numbers stay within bounds", () => {
  expect(["", "-1", "1.5", "x", "0", "7", "99"].map((s) => bounded(s, 1, 16))).toEqual([null, null, null, null, 1, 7, 16]);
});

const line = (seq: number, level: string, msg: string): Line => ({ seq, ts_ms: 0, level, target: "cli", msg });

test("lines are filtered by level and words, and the oldest go", () => {
  const lines = [line(1, "DEBUG", "a"), line(2, "WARN", "Bee"), line(3, "ERROR", "c")];
  expect(filtered(lines, "WARN", "").map((l) => l.seq)).toEqual([2, 3]);
  expect(filtered(lines, "DEBUG", "bee").map((l) => l.seq)).toEqual([2]);
  expect(filtered(lines, "DEBUG", "CLI")).toHaveLength(3);
  expect(withLines(Array.from({ length: 5000 }, (_, i) => line(i, "INFO", "")), lines)).toHaveLength(5000);
  expect(asText(lines).split("\n")[1]).toBe("1970-01-01T00:00:00.000Z WARN  cli: Bee");
});

test("a new password is long enough and typed twice", () => {
  expect(problemOf("short", "short")).toBe("setup.short");
  expect(problemOf("long enough", "long enougH")).toBe("setup.differ");
  expect(problemOf("long enough", "long enough")).toBeNull();
});
