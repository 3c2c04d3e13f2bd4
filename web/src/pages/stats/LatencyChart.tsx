import { useMemo } from "preact/hooks";
import { t, tMaybe } from "../../i18n";
import { Chart } from "./Chart";
import { latencyStack, type Percentile, type Sample } from "./series";

export function LatencyChart({ samples, percentile }: { samples: readonly Sample[]; percentile: Percentile }) {
  const series = useMemo(() => latencyStack(samples, percentile), [samples, percentile]);
  return (
    <Chart
      key={percentile}
      title={t("chart.latency", { p: percentile === "p50_us" ? "p50" : "p99" })}
      unit="ms"
      series={series}
      names={series.names.map((n) => tMaybe(`stage.${n}`, n))}
      stacked
    />
  );
}
