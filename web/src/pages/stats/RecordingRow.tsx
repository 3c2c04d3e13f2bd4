import { call } from "../../api/client";
import { useAction } from "../../api/useAction";
import { t } from "../../i18n";
import { download } from "../../lib/download";
import { Button } from "../../ui/Button";
import { Failed } from "../../ui/Failed";
import { Icon } from "../../ui/Icon";
import { Download, GitCompare, Trash } from "../../ui/icons";
import { metaText, startText, type Meta } from "./recordings";

export function RecordingRow({ meta, shown, marked, onShow, onMark, onDelete }: {
  meta: Meta; shown: boolean; marked: boolean; onShow: () => void; onMark: () => void; onDelete: () => void;
}) {
  const action = useAction();
  const when = startText(meta);
  const json = () =>
    void action.run(async () => {
      const capture = await call("get", "/api/v1/stats/recordings/{id}", { params: { id: meta.id } });
      download(`${meta.id}.json`, "application/json", JSON.stringify(capture, null, 2));
    });
  return (
    <li class="row">
      <div class="row-main">
        <strong>{when}</strong>
        <span class="muted">{metaText(meta)}</span>
        <Failed action={action} />
      </div>
      <div class="buttons">
        <Button small pressed={shown} onClick={onShow}>{t(shown ? "stats.hide" : "stats.view")}</Button>
        <Button small icon={GitCompare} pressed={marked} label={t("stats.compareNamed", { when })} onClick={onMark} />
        <a class="button small plain" href={`/api/v1/stats/recordings/${encodeURIComponent(meta.id)}/csv`}
          download={`${meta.id}.csv`} aria-label={t("stats.csvNamed", { when })}>
          <Icon of={Download} size={18} />CSV
        </a>
        <Button small icon={Download} busy={action.busy} onClick={json}>JSON</Button>
        <Button small icon={Trash} label={t("stats.deleteNamed", { when })} onClick={onDelete} />
      </div>
    </li>
  );
}
