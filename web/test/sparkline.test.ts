import { expect, test } from "vitest";
import { linePath, POINTS, withPoint } from "../src/lib/sparkline";

test("one point makes no line, many end at the right edge", () => {
  expect(linePath([5], 100, 20)).toEqual({ line: "", area: "" });
  const { line, area } = linePath([0, 10, 0], 100, 20);
  expect(line.startsWith("M")).toBe(true);
  expect(line.split("L").at(-1)).toBe("100.0 18.0");
  expect(area.endsWith("Z")).toBe(true);
});

test("zeros are drawn at the foot", () => {
  expect(linePath([0, 0], 100, 20).line).not.toContain("NaN");
});

test("the oldest point goes", () => {
  const full = Array.from({ length: POINTS }, (_, i) => i);
  expect(withPoint(full, 99)).toHaveLength(POINTS);
  expect(withPoint(full, 99).at(-1)).toBe(99);
  expect(withPoint(full, 99)[0]).toBe(1);
});
