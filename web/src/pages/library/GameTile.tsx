import { useState } from "preact/hooks";
import type { Schema } from "../../api/types";
import { t, tMaybe } from "../../i18n";
import { Button } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { Gamepad2, Pencil, Trash } from "../../ui/icons";
import { isCustom, pictures } from "./games";

export function GameTile({ game, onEdit, onDelete }: {
  game: Schema["GameEntry"]; onEdit: () => void; onDelete: () => void;
}) {
  const [broken, setBroken] = useState<string[]>([]);
  const picture = pictures(game).find((url) => !broken.includes(url));
  return (
    <li class="game">
      <div class="game-art">
        {picture ? (
          <img src={picture} alt="" loading="lazy" decoding="async" onError={() => setBroken([...broken, picture])} />
        ) : (
          <div class="game-bare" aria-hidden="true"><Icon of={Gamepad2} size={36} /></div>
        )}
        {isCustom(game) && (
          <div class="game-buttons">
            <Button small icon={Pencil} label={t("library.editNamed", { name: game.title })} onClick={onEdit} />
            <Button small icon={Trash} label={t("library.deleteNamed", { name: game.title })} onClick={onDelete} />
          </div>
        )}
      </div>
      <h2>{game.title}</h2>
      <p class="muted">
        {tMaybe(`store.${game.store}`, game.store)}
        {!game.launch && ` · ${t("library.noStart")}`}
      </p>
    </li>
  );
}
