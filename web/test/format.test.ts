import { expect, test } from "vitest";
import { clock, gibibytes, logTime, megabits, modeText, secondsLeft } from "../src/lib/format";

test("a clock has minutes, and hours only if there are any", () => {
  expect([0, 5, 65, 600, 3661, -3].map(clock)).toEqual(["0:00", "0:05", "1:05", "10:00", "1:01:01", "0:00"]);
});

test("a countdown is rounded up and ends at 0", () => {
  expect([0, 1, 1000, 1001, -5].map(secondsLeft)).toEqual([0, 1, 1, 2, 0]);
});

test("figures follow the language", () => {
  expect(megabits(20500, "en")).toBe("20.5");
  expect(megabits(20500, "de")).toBe("20,5");
  expect(gibibytes(24576, "en")).toBe("24.0 GiB");
});

test("modes and log times", () => {
  expect(modeText("1920x1080@59.94")).toBe("1920 × 1080 · 59.94 Hz");
  expect(modeText("something else")).toBe("something else");
  expect(logTime(new Date(2026, 0, 2, 3, 4, 5, 6).getTime())).toBe("03:04:05.006");
});
