import { expect, test } from "vitest";
import { safeNext } from "../src/lib/next";

const HERE = "https://host:47992";

test("a place of ours is gone to", () => {
  expect(safeNext("/host?x=1", HERE)).toBe("/host?x=1");
});

test.each([null, "", "host", "//evil.example", "/\\evil.example", "https://evil.example/", "javascript:alert(1)"])(
  "%s ends at the first page",
  (next) => expect(safeNext(next, HERE)).toBe("/"),
);
