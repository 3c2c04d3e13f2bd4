import { useState } from "preact/hooks";
import { call } from "../../api/client";
import { put, useApi } from "../../api/resource";
import type { Schema } from "../../api/types";
import { useAction } from "../../api/useAction";
import { t } from "../../i18n";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Failed } from "../../ui/Failed";
import { Settings } from "../../ui/icons";
import { Loaded } from "../../ui/Loaded";
import { Notice } from "../../ui/Notice";
import { CustomPolicy } from "./CustomPolicy";
import { EffectLine } from "./EffectLine";
import { effectOf, samePolicy, type Policy } from "./policy";
import { PresetChoice } from "./PresetChoice";

const PATH = "/api/v1/display/settings";

export function PolicyCard() {
  const settings = useApi(PATH);
  return (
    <Card title={t("policy.title")} icon={Settings} note={t("policy.note")}>
      <Loaded of={settings}>{(s) => <PolicyForm state={s} />}</Loaded>
    </Card>
  );
}

/* A draft until it is saved. */
function PolicyForm({ state }: { state: Schema["DisplaySettingsState"] }) {
  const [draft, setDraft] = useState<Policy>(state.settings);
  const [saved, setSaved] = useState(false);
  const action = useAction();
  const change = (part: Partial<Policy>) => {
    setSaved(false);
    setDraft({ ...draft, ...part });
  };
  const save = async () => {
    const ok = await action.run(async () => {
      const answer = await call("put", PATH, { body: draft });
      put(PATH, answer);
      setDraft(answer.settings);
    });
    setSaved(ok);
  };
  const changed = !samePolicy(draft, state.settings);
  return (
    <form class="stack" onSubmit={(event) => { event.preventDefault(); void save(); }}>
      <PresetChoice presets={state.presets} value={draft.preset ?? "custom"} onChange={(preset) => change({ preset })} />
      {(draft.preset ?? "custom") === "custom" && <CustomPolicy draft={draft} onChange={change} />}
      <EffectLine effect={effectOf(draft, state.presets)} />
      <Failed action={action} />
      {saved && <Notice tone="good">{t("policy.saved")}</Notice>}
      <div class="buttons">
        <Button submit kind="main" busy={action.busy} disabled={!changed && state.configured}>{t("common.save")}</Button>
        {changed && <Button onClick={() => setDraft(state.settings)}>{t("common.undo")}</Button>}
      </div>
    </form>
  );
}
