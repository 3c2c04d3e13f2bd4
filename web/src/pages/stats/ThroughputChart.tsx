import { useMemo } from "preact/hooks";
import { t } from "../../i18n";
import { Chart } from "./Chart";
import { linesOf, THROUGHPUT, type Sample } from "./series";

export function ThroughputChart({ samples }: { samples: readonly Sample[] }) {
  const series = useMemo(() => linesOf(samples, THROUGHPUT), [samples]);
  return (
    <Chart
      title={t("chart.throughput")}
      unit="fps"
      series={series}
      names={[t("line.fps"), t("line.repeat"), t("line.mbps")]}
      right={2}
      rightUnit="Mbit/s"
    />
  );
}
