import { useMemo, useState } from "preact/hooks";
import { useApi } from "../../api/resource";
import { t } from "../../i18n";
import { Card } from "../../ui/Card";
import { Choice } from "../../ui/Choice";
import { GitCompare } from "../../ui/icons";
import { Loaded } from "../../ui/Loaded";
import { Chart } from "./Chart";
import { metaText, startText, type Meta } from "./recordings";
import { compare, METRICS, type Metric } from "./series";

const PATH = "/api/v1/stats/recordings/{id}";
const UNITS: Record<Metric, string> = { latency: "ms", fps: "fps", mbps: "Mbit/s" };
const nameOf = (letter: string, m: Meta) => `${letter}: ${startText(m)}, ${metaText(m)}`;

export function CompareCard({ a, b }: { a: string; b: string }) {
  const left = useApi(PATH, { params: { id: a } });
  const right = useApi(PATH, { params: { id: b } });
  const [metric, setMetric] = useState<Metric>("latency");
  const series = useMemo(
    () => compare(left.data?.samples ?? [], right.data?.samples ?? [], metric),
    [left.data, right.data, metric],
  );
  return (
    <Card title={t("stats.compare")} icon={GitCompare}>
      <Choice label={t("stats.metric")} value={metric} onChange={setMetric}
        options={METRICS.map((value) => ({ value, text: t(`metric.${value}`) }))} />
      <Loaded of={left}>
        {(first) => (
          <Loaded of={right}>
            {(second) => (
              <Chart key={metric} title={t(`metric.${metric}`)} unit={UNITS[metric]} series={series}
                names={[nameOf("A", first.meta), nameOf("B", second.meta)]} />
            )}
          </Loaded>
        )}
      </Loaded>
    </Card>
  );
}
