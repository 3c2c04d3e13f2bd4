import { call } from "../../api/client";
import { put, refresh } from "../../api/resource";
import type { Schema } from "../../api/types";
import { useAction } from "../../api/useAction";
import { plural, t } from "../../i18n";
import { clock } from "../../lib/format";
import { useNow } from "../../lib/useNow";
import { Badge } from "../../ui/Badge";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Failed } from "../../ui/Failed";
import { Activity, Play, Square } from "../../ui/icons";

const STATUS = "/api/v1/stats/capture/status";

export function CaptureCard({ status: s, onSaved }: { status: Schema["StatsStatus"]; onSaved: (id: string) => void }) {
  const action = useAction();
  const now = useNow(1000, s.armed);
  const start = () => void action.run(async () => put(STATUS, await call("post", "/api/v1/stats/capture/start")));
  const stop = () =>
    void action.run(async () => {
      const meta = await call("post", "/api/v1/stats/capture/stop");
      await Promise.all([refresh(STATUS), refresh("/api/v1/stats/recordings")]);
      if (meta) onSaved(meta.id);
    });
  const button = s.armed ? (
    <Button kind="main" icon={Square} busy={action.busy} onClick={stop}>{t("stats.stop")}</Button>
  ) : (
    <Button kind="main" icon={Play} busy={action.busy} onClick={start}>{t("stats.start")}</Button>
  );
  return (
    <Card title={t("stats.capture")} icon={Activity} note={t("stats.captureNote")} side={button}>
      <Failed action={action} />
      <div class="badges" aria-live="polite">
        {s.armed ? <Badge tone="bad">{t("stats.recording")}</Badge> : <Badge>{t("stats.idle")}</Badge>}
        {s.armed && <Badge>{clock((now - s.started_unix_ms) / 1000)}</Badge>}
        {s.armed && <Badge>{plural(s.sample_count, "stats.sampleOne", "stats.sampleMany")}</Badge>}
      </div>
    </Card>
  );
}
