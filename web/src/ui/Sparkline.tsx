import { linePath } from "../lib/sparkline";

/* The last minute of one figure. The figure itself stands beside it as text. */
export function Sparkline({ label, value, unit, points }: { label: string; value: string; unit: string; points: number[] }) {
  const { line, area } = linePath(points, 160, 40);
  return (
    <figure class="spark">
      <figcaption>
        <span class="muted">{label}</span>
        <span class="spark-value">{value} <small>{unit}</small></span>
      </figcaption>
      <svg viewBox="0 0 160 40" preserveAspectRatio="none" aria-hidden="true" focusable="false">
        <path class="spark-area" d={area} />
        <path class="spark-line" d={line} />
      </svg>
    </figure>
  );
}
