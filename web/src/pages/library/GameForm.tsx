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
import { customId, draftOf, inputOf, type Draft } from "./games";

export function GameForm({ game, onClose }: { game?: Schema["GameEntry"]; onClose: () => void }) {
  const [draft, setDraft] = useState(draftOf(game));
  const action = useAction();
  const set = (key: keyof Draft) => (value: string) => setDraft({ ...draft, [key]: value });
  const save = async () => {
    const ok = await action.run(async () => {
      const body = inputOf(draft, game);
      if (game) await call("put", "/api/v1/library/custom/{id}", { params: { id: customId(game) }, body });
      else await call("post", "/api/v1/library/custom", { body });
      await refresh("/api/v1/library");
    });
    if (ok) onClose();
  };
  return (
    <Dialog title={t(game ? "library.edit" : "library.add")} onClose={onClose}>
      <form class="stack" onSubmit={(event) => { event.preventDefault(); void save(); }}>
        <TextField label={t("library.name")} value={draft.title} onInput={set("title")} required autofocus />
        <TextField label={t("library.command")} hint={t("library.commandHint")} value={draft.command} onInput={set("command")} />
        <TextField label={t("library.portrait")} hint={t("library.artHint")} value={draft.portrait} onInput={set("portrait")} />
        <TextField label={t("library.header")} value={draft.header} onInput={set("header")} />
        <TextField label={t("library.hero")} value={draft.hero} onInput={set("hero")} />
        <Failed action={action} />
        <div class="buttons end">
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button submit kind="main" busy={action.busy} disabled={!draft.title.trim()}>{t("common.save")}</Button>
        </div>
      </form>
    </Dialog>
  );
}
