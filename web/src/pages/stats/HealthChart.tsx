import { useMemo } from "preact/hooks";
import { t } from "../../i18n";
import { Chart } from "./Chart";
import { HEALTH, linesOf, type Sample } from "./series";

export function HealthChart({ samples }: { samples: readonly Sample[] }) {
  const series = useMemo(() => linesOf(samples, HEALTH), [samples]);
  return (
    <Chart
      title={t("chart.health")}
      unit=""
      series={series}
      names={[t("line.frames"), t("line.packets"), t("line.send"), t("line.fec")]}
    />
  );
}
