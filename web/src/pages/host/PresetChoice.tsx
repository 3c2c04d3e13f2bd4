import { useId } from "preact/hooks";
import type { Schema } from "../../api/types";
import { t, tMaybe } from "../../i18n";
import type { Preset } from "./policy";

export function PresetChoice({ presets, value, onChange }: {
  presets: readonly Schema["PresetInfo"][]; value: string; onChange: (preset: Preset) => void;
}) {
  const name = useId();
  const all = [...presets.map((p) => ({ id: p.id, summary: p.summary })), { id: "custom", summary: "" }];
  return (
    <fieldset class="presets">
      <legend>{t("policy.preset")}</legend>
      <div class="preset-grid">
        {all.map((p) => (
          <label key={p.id} class={`preset${p.id === value ? " chosen" : ""}`}>
            <input type="radio" name={name} checked={p.id === value} onChange={() => onChange(p.id as Preset)} />
            <span>
              <strong>{tMaybe(`preset.${p.id}`, p.id)}</strong>
              <small>{tMaybe(`preset.${p.id}.note`, p.summary)}</small>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
