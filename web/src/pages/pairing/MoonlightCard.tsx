import { useState } from "preact/hooks";
import { call } from "../../api/client";
import { refresh, useApi } from "../../api/resource";
import type { Schema } from "../../api/types";
import { useAction } from "../../api/useAction";
import { t } from "../../i18n";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Empty } from "../../ui/Empty";
import { Failed } from "../../ui/Failed";
import { Gamepad2 } from "../../ui/icons";
import { Loaded } from "../../ui/Loaded";
import { Notice } from "../../ui/Notice";
import { Select } from "../../ui/Select";
import { TextField } from "../../ui/TextField";
import { ageText } from "./age";

const PATH = "/api/v1/pair";

export function MoonlightCard() {
  const pairing = useApi(PATH, { every: 2000, exact: true });
  const [sent, setSent] = useState(false);
  return (
    <Card title={t("moonlight.title")} icon={Gamepad2} note={t("moonlight.note")}>
      <Loaded of={pairing}>
        {(p) => (
          <>
            {sent && p.last_result === "paired" && <Notice tone="good">{t("moonlight.paired")}</Notice>}
            {sent && p.last_result === "failed" && <Notice tone="bad">{t("moonlight.failed")}</Notice>}
            {p.pin_pending ? (
              <PinForm attempts={p.attempts ?? []} onSent={() => setSent(true)} />
            ) : (
              <Empty icon={Gamepad2} title={t("moonlight.idle")}>{t("moonlight.idleHint")}</Empty>
            )}
          </>
        )}
      </Loaded>
    </Card>
  );
}

function PinForm({ attempts, onSent }: { attempts: readonly Schema["PairingAttempt"][]; onSent: () => void }) {
  const [pin, setPin] = useState("");
  const [id, setId] = useState("");
  const action = useAction();
  const options = attempts.map((a) => ({ value: String(a.id), text: `${a.address} · ${ageText(a.age_secs)}` }));
  const chosen = options.some((o) => o.value === id) ? id : (options[0]?.value ?? "");
  const submit = async () => {
    const ok = await action.run(async () => {
      await call("post", "/api/v1/pair/pin", { body: { pin, id: chosen ? Number(chosen) : null } });
      await refresh(PATH);
    });
    setPin("");
    if (ok) onSent();
  };
  return (
    <form class="stack" onSubmit={(event) => { event.preventDefault(); void submit(); }}>
      {options.length > 1 && <Select label={t("moonlight.which")} value={chosen} options={options} onChange={setId} />}
      {options.length === 1 && <p class="muted">{options[0]?.text}</p>}
      <TextField label={t("moonlight.pin")} value={pin} numeric maxLength={4}
        onInput={(text) => setPin(text.replace(/\D/g, ""))} />
      <Failed action={action} />
      <Button submit kind="main" busy={action.busy} disabled={pin.length < 4}>{t("moonlight.send")}</Button>
    </form>
  );
}
