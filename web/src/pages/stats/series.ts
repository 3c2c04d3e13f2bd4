/* What the graphs show, from the samples of a recording (pure). */
import type { Schema } from "../../api/types";

export type Sample = Schema["StatsSample"];
export type Percentile = "p50_us" | "p99_us";

/* Columns of a graph: the seconds, then each line; null where a sample says nothing. */
export interface Series {
  names: string[];
  columns: (number | null)[][];
}

const seconds = (samples: readonly Sample[]): number[] => samples.map((s) => s.t_ms / 1000);

export function totalLatency(sample: Sample, percentile: Percentile): number {
  return sample.stages.reduce((sum, stage) => sum + stage[percentile], 0);
}

/* The stages in the order in which they were first seen, each stacked on those before it; in milliseconds. */
export function latencyStack(samples: readonly Sample[], percentile: Percentile): Series {
  const names: string[] = [];
  for (const sample of samples)
    for (const stage of sample.stages) if (!names.includes(stage.name)) names.push(stage.name);
  const columns: number[][] = names.map(() => []);
  for (const sample of samples) {
    let sum = 0;
    names.forEach((name, i) => {
      sum += (sample.stages.find((s) => s.name === name)?.[percentile] ?? 0) / 1000;
      columns[i]?.push(sum);
    });
  }
  return { names, columns: [seconds(samples), ...columns] };
}

export const THROUGHPUT = ["fps", "repeat_fps", "mbps"] as const;
export const HEALTH = ["frames_dropped", "packets_dropped", "send_dropped", "fec_recovered"] as const;

export function linesOf(samples: readonly Sample[], fields: readonly (typeof THROUGHPUT | typeof HEALTH)[number][]): Series {
  return { names: [...fields], columns: [seconds(samples), ...fields.map((f) => samples.map((s) => s[f]))] };
}

export const METRICS = ["latency", "fps", "mbps"] as const;
export type Metric = (typeof METRICS)[number];

function metricOf(sample: Sample, metric: Metric): number {
  return metric === "latency" ? totalLatency(sample, "p50_us") / 1000 : sample[metric];
}

/* Two recordings over one time axis: each has gaps where only the other has a sample. */
export function compare(a: readonly Sample[], b: readonly Sample[], metric: Metric): Series {
  const at = (samples: readonly Sample[]) => new Map(samples.map((s) => [s.t_ms / 1000, metricOf(s, metric)]));
  const [left, right] = [at(a), at(b)];
  const times = [...new Set([...left.keys(), ...right.keys()])].sort((x, y) => x - y);
  return {
    names: ["A", "B"],
    columns: [times, times.map((s) => left.get(s) ?? null), times.map((s) => right.get(s) ?? null)],
  };
}

export interface Summary {
  min: number;
  mean: number;
  max: number;
}

export function summarise(values: readonly (number | null)[]): Summary {
  const known = values.filter((v): v is number => v !== null);
  if (!known.length) return { min: 0, mean: 0, max: 0 };
  return {
    min: Math.min(...known),
    mean: known.reduce((sum, v) => sum + v, 0) / known.length,
    max: Math.max(...known),
  };
}
