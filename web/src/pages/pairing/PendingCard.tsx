import { useState } from "preact/hooks";
import { call } from "../../api/client";
import { refresh, useApi } from "../../api/resource";
import type { Schema } from "../../api/types";
import { useAction } from "../../api/useAction";
import { t } from "../../i18n";
import { shortFingerprint } from "../../lib/format";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Failed } from "../../ui/Failed";
import { Check, ShieldCheck, X } from "../../ui/icons";
import { Notice } from "../../ui/Notice";
import { failureText } from "../../ui/failure";
import { ageText } from "./age";
import { ApproveDialog } from "./ApproveDialog";

const PATH = "/api/v1/native/pending";

/* Hidden while nobody waits. */
export function PendingCard() {
  const pending = useApi(PATH, { every: 3000, on: ["pairing."] });
  const [chosen, setChosen] = useState<Schema["PendingDevice"] | null>(null);
  const action = useAction();
  const deny = (id: number) =>
    void action.run(async () => {
      await call("post", "/api/v1/native/pending/{id}/deny", { params: { id } });
      await refresh(PATH);
    });
  if (pending.failure) return <Notice tone="bad">{failureText(pending.failure)}</Notice>;
  if (!pending.data?.length && !chosen) return <div aria-live="polite" />;
  return (
    <div aria-live="polite">
      <Card title={t("pending.title")} icon={ShieldCheck} note={t("pending.note")} class="attention">
        <Failed action={action} />
        <ul class="rows">
          {pending.data?.map((d) => (
            <li key={d.id} class="row">
              <div class="row-main">
                <strong>{d.name}</strong>
                <span class="muted"><code>{shortFingerprint(d.fingerprint)}</code> · {ageText(d.age_secs)}</span>
              </div>
              <div class="buttons">
                <Button small kind="main" icon={Check} onClick={() => setChosen(d)}>{t("pending.approve")}</Button>
                <Button small icon={X} busy={action.busy} onClick={() => deny(d.id)}>{t("pending.deny")}</Button>
              </div>
            </li>
          ))}
        </ul>
      </Card>
      {chosen && <ApproveDialog device={chosen} onClose={() => setChosen(null)} />}
    </div>
  );
}
