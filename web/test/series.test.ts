import { expect, test } from "vitest";
import { compare, latencyStack, linesOf, summarise, THROUGHPUT, totalLatency, type Sample } from "../src/pages/stats/series";

const sample = (t_ms: number, stages: [string, number][], fps = 60): Sample => ({
  t_ms,
  session_id: 0,
  stages: stages.map(([name, us]) => ({ name, p50_us: us, p99_us: us * 2 })),
  fps,
  repeat_fps: 1,
  mbps: 20,
  bitrate_kbps: 20000,
  frames_dropped: 0,
  packets_dropped: 0,
  send_dropped: 0,
  fec_recovered: 0,
});

test("stages are stacked in the order in which they came", () => {
  const { names, columns } = latencyStack([sample(1000, [["queue", 500]]), sample(2000, [["queue", 250], ["encode", 1000]])], "p50_us");
  expect(names).toEqual(["queue", "encode"]);
  expect(columns).toEqual([[1, 2], [0.5, 0.25], [0.5, 1.25]]);
});

test("the latency is the sum of the stages", () => {
  expect(totalLatency(sample(0, [["a", 1], ["b", 2]]), "p99_us")).toBe(6);
  expect(totalLatency(sample(0, []), "p50_us")).toBe(0);
});

test("lines have one column each", () => {
  expect(linesOf([sample(500, [], 59)], THROUGHPUT).columns).toEqual([[0.5], [59], [1], [20]]);
});

test("two recordings share the axis, with gaps", () => {
  const both = compare([sample(0, []), sample(2000, [])], [sample(1000, [], 30), sample(2000, [], 40)], "fps");
  expect(both.columns).toEqual([[0, 1, 2], [60, null, 60], [null, 30, 40]]);
});

test("a summary leaves gaps out", () => {
  expect(summarise([1, null, 3])).toEqual({ min: 1, mean: 2, max: 3 });
  expect(summarise([null])).toEqual({ min: 0, mean: 0, max: 0 });
});
