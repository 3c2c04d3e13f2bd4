import { useState } from "preact/hooks";
import { useApi } from "../../api/resource";
import { t } from "../../i18n";
import { Loaded } from "../../ui/Loaded";
import { Page } from "../../ui/Page";
import { CaptureCard } from "./CaptureCard";
import { CompareCard } from "./CompareCard";
import { LiveCard } from "./LiveCard";
import { RecordingCard } from "./RecordingCard";
import { RecordingsCard } from "./RecordingsCard";

export function StatsPage() {
  const status = useApi("/api/v1/stats/capture/status", { every: 2000, exact: true });
  const [shown, setShown] = useState<string | null>(null);
  const [marked, setMarked] = useState<string[]>([]);
  const mark = (id: string) =>
    setMarked(marked.includes(id) ? marked.filter((m) => m !== id) : [...marked, id].slice(-2));
  const forget = (id: string) => {
    setMarked(marked.filter((m) => m !== id));
    if (shown === id) setShown(null);
  };
  const [a, b] = marked;
  return (
    <Page title={t("stats.title")} note={t("stats.note")}>
      <Loaded of={status}>
        {(s) => (
          <>
            <CaptureCard status={s} onSaved={setShown} />
            {s.armed && <LiveCard />}
          </>
        )}
      </Loaded>
      {a && b && <CompareCard key={`${a} ${b}`} a={a} b={b} />}
      {shown && <RecordingCard key={shown} id={shown} onClose={() => setShown(null)} />}
      <RecordingsCard shown={shown} marked={marked} onShow={setShown} onMark={mark} onDeleted={forget} />
    </Page>
  );
}
