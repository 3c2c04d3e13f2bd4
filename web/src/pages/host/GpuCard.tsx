import { call } from "../../api/client";
import { put, useApi } from "../../api/resource";
import type { Schema } from "../../api/types";
import { useAction } from "../../api/useAction";
import { t } from "../../i18n";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Empty } from "../../ui/Empty";
import { Failed } from "../../ui/Failed";
import { Cpu } from "../../ui/icons";
import { Loaded } from "../../ui/Loaded";
import { Notice } from "../../ui/Notice";
import { GpuRow } from "./GpuRow";

const PATH = "/api/v1/gpus";

export function GpuCard() {
  const gpus = useApi(PATH, { every: 5000, exact: true });
  const action = useAction();
  const prefer = (body: Schema["SetGpuPreference"]) =>
    void action.run(async () => put(PATH, await call("put", "/api/v1/gpus/preference", { body })));
  return (
    <Card title={t("gpu.title")} icon={Cpu} note={t("gpu.note")}>
      <Failed action={action} />
      <Loaded of={gpus}>
        {(g) =>
          g.gpus.length === 0 ? (
            <Empty icon={Cpu} title={t("gpu.none")}>{t("gpu.noneHint")}</Empty>
          ) : (
            <>
              {g.selected?.source === "preference_missing" && (
                <Notice tone="warn">{t("gpu.missing", { name: g.preferred_name ?? g.preferred_id ?? "?" })}</Notice>
              )}
              {g.mode === "auto" && g.env_override && <Notice>{t("gpu.pinned", { value: g.env_override })}</Notice>}
              <ul class="rows">
                {g.gpus.map((gpu) => (
                  <GpuRow key={gpu.id} gpu={gpu} state={g} busy={action.busy}
                    onPrefer={() => prefer({ mode: "manual", gpu_id: gpu.id })} />
                ))}
              </ul>
              <Button disabled={g.mode === "auto"} busy={action.busy} onClick={() => prefer({ mode: "auto" })}>
                {t(g.mode === "auto" ? "gpu.isAuto" : "gpu.auto")}
              </Button>
            </>
          )
        }
      </Loaded>
    </Card>
  );
}
