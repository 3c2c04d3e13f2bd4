import { useState } from "preact/hooks";
import { call } from "../../api/client";
import { refresh, useApi } from "../../api/resource";
import { t } from "../../i18n";
import { Card } from "../../ui/Card";
import { Confirm } from "../../ui/Confirm";
import { Empty } from "../../ui/Empty";
import { Gauge, ScrollText } from "../../ui/icons";
import { Loaded } from "../../ui/Loaded";
import { RecordingRow } from "./RecordingRow";
import { startText, type Meta } from "./recordings";

const PATH = "/api/v1/stats/recordings";

export function RecordingsCard({ shown, marked, onShow, onMark, onDeleted }: {
  shown: string | null; marked: string[]; onShow: (id: string | null) => void; onMark: (id: string) => void;
  onDeleted: (id: string) => void;
}) {
  const recordings = useApi(PATH);
  const [doomed, setDoomed] = useState<Meta | null>(null);
  const remove = async (id: string) => {
    await call("delete", "/api/v1/stats/recordings/{id}", { params: { id } });
    onDeleted(id);
    await refresh(PATH);
  };
  return (
    <Card title={t("stats.recordings")} icon={ScrollText} note={t("stats.recordingsNote")}>
      <Loaded of={recordings}>
        {(list) =>
          list.length === 0 ? (
            <Empty icon={Gauge} title={t("stats.none")}>{t("stats.noneHint")}</Empty>
          ) : (
            <ul class="rows">
              {list.map((m) => (
                <RecordingRow key={m.id} meta={m} shown={m.id === shown} marked={marked.includes(m.id)}
                  onShow={() => onShow(m.id === shown ? null : m.id)} onMark={() => onMark(m.id)}
                  onDelete={() => setDoomed(m)} />
              ))}
            </ul>
          )
        }
      </Loaded>
      {doomed && (
        <Confirm title={t("stats.deleteTitle")} text={t("stats.deleteText", { when: startText(doomed) })}
          yes={t("common.delete")} work={() => remove(doomed.id)} onClose={() => setDoomed(null)} />
      )}
    </Card>
  );
}
