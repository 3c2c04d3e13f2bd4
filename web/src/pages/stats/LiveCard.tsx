import { useApi } from "../../api/resource";
import { t } from "../../i18n";
import { Card } from "../../ui/Card";
import { Empty } from "../../ui/Empty";
import { Activity, Clock } from "../../ui/icons";
import { LatencyChart } from "./LatencyChart";
import { ThroughputChart } from "./ThroughputChart";

export function LiveCard() {
  const live = useApi("/api/v1/stats/capture/live", { every: 2000, exact: true });
  const samples = live.data?.samples ?? [];
  return (
    <Card title={t("stats.live")} icon={Activity}>
      {samples.length === 0 ? (
        <Empty icon={Clock} title={t("stats.waiting")}>{t("stats.waitingHint")}</Empty>
      ) : (
        <div class="charts">
          <LatencyChart samples={samples} percentile="p50_us" />
          <ThroughputChart samples={samples} />
        </div>
      )}
    </Card>
  );
}
