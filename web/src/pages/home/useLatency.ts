/* How long a picture takes through the host, from the running recording; nothing is measured without one. */
import { useApi } from "../../api/resource";
import type { Schema } from "../../api/types";
import { totalLatency } from "../stats/series";

export function useLatency(session: Schema["ActiveSession"]): number | undefined {
  const status = useApi("/api/v1/stats/capture/status", { every: 5000 });
  const armed = status.data?.armed ?? false;
  const { data } = useApi("/api/v1/stats/capture/live", { every: 2000, exact: true, off: !armed });
  if (!armed || data?.meta.kind !== session.kind) return undefined;
  const sample = data.samples.at(-1);
  return sample ? totalLatency(sample, "p50_us") : undefined;
}
