import { useState } from "preact/hooks";
import { call } from "../../api/client";
import { refresh } from "../../api/resource";
import type { Schema } from "../../api/types";
import { useAction } from "../../api/useAction";
import { t } from "../../i18n";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Failed } from "../../ui/Failed";
import { TextField } from "../../ui/TextField";

export function ApproveDialog({ device, onClose }: { device: Schema["PendingDevice"]; onClose: () => void }) {
  const [name, setName] = useState(device.name);
  const action = useAction();
  const approve = async () => {
    const ok = await action.run(async () => {
      await call("post", "/api/v1/native/pending/{id}/approve", {
        params: { id: device.id },
        body: { name: name.trim() || null },
      });
      await Promise.all([refresh("/api/v1/native/pending"), refresh("/api/v1/native/clients")]);
    });
    if (ok) onClose();
  };
  return (
    <Dialog title={t("pending.approveTitle")} onClose={onClose}>
      <form class="stack" onSubmit={(event) => { event.preventDefault(); void approve(); }}>
        <p>{t("pending.approveText")}</p>
        <TextField label={t("pending.name")} value={name} onInput={setName} maxLength={64} autofocus />
        <p class="muted">{t("pending.fingerprint")} <code class="wrap">{device.fingerprint}</code></p>
        <Failed action={action} />
        <div class="buttons end">
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button submit kind="main" busy={action.busy}>{t("pending.approve")}</Button>
        </div>
      </form>
    </Dialog>
  );
}
