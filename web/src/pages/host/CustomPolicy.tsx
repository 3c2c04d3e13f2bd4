import { t, tMaybe } from "../../i18n";
import { Choice } from "../../ui/Choice";
import { Select } from "../../ui/Select";
import { TextField } from "../../ui/TextField";
import { bounded, type Policy } from "./policy";

const TOPOLOGIES = ["auto", "extend", "primary", "exclusive"] as const;
const CONFLICTS = ["separate", "steal", "join", "reject"] as const;
const IDENTITIES = ["shared", "per-client", "per-client-mode"] as const;

function options<T extends string>(group: string, values: readonly T[]) {
  return values.map((value) => ({ value, text: tMaybe(`${group}.${value}`, value) }));
}

export function CustomPolicy({ draft, onChange }: { draft: Policy; onChange: (part: Partial<Policy>) => void }) {
  const keep = draft.keep_alive ?? { mode: "duration" as const, seconds: 10 };
  const mode = keep.mode;
  return (
    <div class="stack">
      <Choice
        label={t("policy.keepAlive")}
        value={mode}
        options={options("keep", ["off", "duration", "forever"] as const)}
        onChange={(m) => onChange({ keep_alive: m === "duration" ? { mode: m, seconds: 10 } : { mode: m } })}
      />
      <div class="fields">
        {keep.mode === "duration" && (
          <TextField
            label={t("policy.seconds")}
            type="number" numeric min={0} max={86400}
            value={String(keep.seconds)}
            onInput={(text) => {
              const seconds = bounded(text, 0, 86400);
              if (seconds !== null) onChange({ keep_alive: { mode: "duration", seconds } });
            }}
          />
        )}
        <TextField
          label={t("policy.max")}
          type="number" numeric min={1} max={16}
          value={String(draft.max_displays ?? 4)}
          onInput={(text) => {
            const max_displays = bounded(text, 1, 16);
            if (max_displays !== null) onChange({ max_displays });
          }}
        />
        <Select label={t("policy.topology")} value={draft.topology ?? "auto"} options={options("topology", TOPOLOGIES)}
          onChange={(topology) => onChange({ topology })} />
        <Select label={t("policy.conflict")} value={draft.mode_conflict ?? "separate"}
          options={options("conflict", CONFLICTS)} onChange={(mode_conflict) => onChange({ mode_conflict })} />
        <Select label={t("policy.identity")} value={draft.identity ?? "per-client"}
          options={options("identity", IDENTITIES)} onChange={(identity) => onChange({ identity })} />
      </div>
    </div>
  );
}
