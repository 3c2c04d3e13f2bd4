import { call } from "../../api/client";
import { refresh } from "../../api/resource";
import type { Schema } from "../../api/types";
import { t } from "../../i18n";
import { Confirm } from "../../ui/Confirm";
import { customId } from "./games";

export function DeleteGame({ game, onClose }: { game: Schema["GameEntry"]; onClose: () => void }) {
  const work = async () => {
    await call("delete", "/api/v1/library/custom/{id}", { params: { id: customId(game) } });
    await refresh("/api/v1/library");
  };
  return (
    <Confirm title={t("library.deleteTitle")} text={t("library.deleteText", { name: game.title })}
      yes={t("common.delete")} work={work} onClose={onClose} />
  );
}
