/* The paths of a small graph: the newest point at the right edge, scaled from 0 to the largest. */
export const POINTS = 60;

export function linePath(points: readonly number[], width: number, height: number): { line: string; area: string } {
  if (points.length < 2) return { line: "", area: "" };
  const top = Math.max(...points) * 1.15 || 1;
  const step = width / (POINTS - 1);
  const first = width - (points.length - 1) * step;
  const at = points.map((v, i) => `${(first + i * step).toFixed(1)} ${(height - 2 - (v / top) * (height - 4)).toFixed(1)}`);
  const line = `M${at.join("L")}`;
  return { line, area: `${line}V${height}H${first.toFixed(1)}Z` };
}

/* The list with one more, the oldest gone if there are too many. */
export const withPoint = (points: readonly number[], value: number): number[] => [...points, value].slice(-POINTS);
