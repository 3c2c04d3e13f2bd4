/* What a display policy comes to (management-and-operations.md 2.5). */
import type { Schema } from "../../api/types";

export type Policy = Schema["DisplayPolicy"];
export type Effect = Schema["EffectivePolicy"];
export type Preset = NonNullable<Policy["preset"]>;

const DEFAULTS: Effect = {
  keep_alive: { mode: "duration", seconds: 10 },
  topology: "auto",
  mode_conflict: "separate",
  identity: "per-client",
  layout: { mode: "auto-row", positions: {} },
  max_displays: 4,
};

export function effectOf(draft: Policy, presets: readonly Schema["PresetInfo"][]): Effect {
  const preset = presets.find((p) => p.id === draft.preset);
  if (preset) return preset.fields;
  const given = Object.fromEntries(
    Object.keys(DEFAULTS).map((k) => [k, draft[k as keyof Effect]]).filter(([, v]) => v !== undefined),
  ) as Partial<Effect>;
  return { ...DEFAULTS, ...given };
}

export const samePolicy = (a: Policy, b: Policy): boolean => JSON.stringify(a) === JSON.stringify(b);

/* What was typed as a number within bounds; nothing if it is none. */
export function bounded(text: string, min: number, max: number): number | null {
  if (!/^\d+$/.test(text.trim())) return null;
  return Math.min(max, Math.max(min, Number(text)));
}
