import type { Schema } from "../../api/types";
import { language, t } from "../../i18n";
import { gibibytes } from "../../lib/format";
import { Badge } from "../../ui/Badge";
import { Button } from "../../ui/Button";

export function GpuRow({ gpu, state, busy, onPrefer }: {
  gpu: Schema["ApiGpu"]; state: Schema["GpuState"]; busy: boolean; onPrefer: () => void;
}) {
  const preferred = state.mode === "manual" && state.preferred_id === gpu.id;
  const active = state.active?.id === gpu.id ? state.active : null;
  return (
    <li class="row">
      <div class="row-main">
        <strong>{gpu.name}</strong>
        <span class="muted">
          {gpu.vendor.toUpperCase()}
          {gpu.vram_mb > 0 && ` · ${gibibytes(gpu.vram_mb, language.get())}`} · <code>{gpu.id}</code>
        </span>
      </div>
      <div class="badges">
        {preferred && <Badge tone="accent">{t("gpu.preferred")}</Badge>}
        {active && <Badge tone="good">{t("gpu.inUse", { backend: active.backend.toUpperCase() })}</Badge>}
        {!active && state.selected?.id === gpu.id && <Badge>{t("gpu.next")}</Badge>}
        <Button small disabled={preferred} busy={busy} onClick={onPrefer} label={`${t("gpu.prefer")}: ${gpu.name}`}>
          {t("gpu.prefer")}
        </Button>
      </div>
    </li>
  );
}
