import { useState } from "preact/hooks";
import { useApi } from "../../api/resource";
import { t } from "../../i18n";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Choice } from "../../ui/Choice";
import { Empty } from "../../ui/Empty";
import { Activity, X } from "../../ui/icons";
import { Loaded } from "../../ui/Loaded";
import { HealthChart } from "./HealthChart";
import { LatencyChart } from "./LatencyChart";
import { metaText } from "./recordings";
import type { Percentile } from "./series";
import { ThroughputChart } from "./ThroughputChart";

const PERCENTILES = [{ value: "p50_us", text: "p50" }, { value: "p99_us", text: "p99" }] as const;

export function RecordingCard({ id, onClose }: { id: string; onClose: () => void }) {
  const recording = useApi("/api/v1/stats/recordings/{id}", { params: { id } });
  const [percentile, setPercentile] = useState<Percentile>("p50_us");
  const meta = recording.data?.meta;
  return (
    <Card
      title={t("stats.detail")}
      icon={Activity}
      note={meta && metaText(meta)}
      side={<Button kind="quiet" icon={X} label={t("common.close")} onClick={onClose} />}
    >
      <Loaded of={recording}>
        {({ samples }) =>
          samples.length === 0 ? (
            <Empty icon={Activity} title={t("stats.noSamples")} />
          ) : (
            <>
              <Choice label={t("stats.percentile")} value={percentile} options={PERCENTILES} onChange={setPercentile} />
              <div class="charts">
                <LatencyChart samples={samples} percentile={percentile} />
                <ThroughputChart samples={samples} />
                <HealthChart samples={samples} />
              </div>
            </>
          )
        }
      </Loaded>
    </Card>
  );
}
