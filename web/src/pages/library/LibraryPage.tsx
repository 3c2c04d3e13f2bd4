import { useState } from "preact/hooks";
import { useApi } from "../../api/resource";
import type { Schema } from "../../api/types";
import { plural, t } from "../../i18n";
import { Button } from "../../ui/Button";
import { Empty } from "../../ui/Empty";
import { Gamepad2, Plus } from "../../ui/icons";
import { Loaded } from "../../ui/Loaded";
import { Page } from "../../ui/Page";
import { TextField } from "../../ui/TextField";
import { DeleteGame } from "./DeleteGame";
import { GameForm } from "./GameForm";
import { GameTile } from "./GameTile";
import { matching } from "./games";

type Game = Schema["GameEntry"];
type Open = { what: "add" } | { what: "edit" | "delete"; game: Game } | null;

export function LibraryPage() {
  const library = useApi("/api/v1/library", { every: 30_000, on: ["library."] });
  const [words, setWords] = useState("");
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const add = <Button kind="main" icon={Plus} onClick={() => setOpen({ what: "add" })}>{t("library.add")}</Button>;
  return (
    <Page
      title={t("library.title")}
      note={library.data && plural(library.data.length, "library.one", "library.many")}
      side={add}
    >
      <Loaded of={library}>
        {(games) =>
          games.length === 0 ? (
            <div class="card"><Empty icon={Gamepad2} title={t("library.none")}>{t("library.noneHint")}</Empty></div>
          ) : (
            <>
              <div class="search"><TextField label={t("library.search")} type="search" value={words} onInput={setWords} /></div>
              <ul class="games">
                {matching(games, words).map((game) => (
                  <GameTile key={game.id} game={game}
                    onEdit={() => setOpen({ what: "edit", game })} onDelete={() => setOpen({ what: "delete", game })} />
                ))}
              </ul>
            </>
          )
        }
      </Loaded>
      {open?.what === "add" && <GameForm onClose={close} />}
      {open?.what === "edit" && <GameForm game={open.game} onClose={close} />}
      {open?.what === "delete" && <DeleteGame game={open.game} onClose={close} />}
    </Page>
  );
}
