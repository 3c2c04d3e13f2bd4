/* Entries of the library, and what the form makes of them. */
import type { Schema } from "../../api/types";

type Game = Schema["GameEntry"];
type Input = Schema["CustomInput"];

export const isCustom = (game: Game): boolean => game.store === "custom";
export const customId = (game: Game): string => game.id.replace(/^custom:/, "");

export function matching(games: readonly Game[], words: string): Game[] {
  const wanted = words.trim().toLowerCase();
  return games.filter((g) => g.title.toLowerCase().includes(wanted));
}

/* Pictures for a tile, best first. */
export function pictures(game: Game): string[] {
  return [game.art.portrait, game.art.header, game.art.hero].filter((url): url is string => Boolean(url));
}

export interface Draft {
  title: string;
  portrait: string;
  hero: string;
  header: string;
  command: string;
}

export function draftOf(game?: Game): Draft {
  return {
    title: game?.title ?? "",
    portrait: game?.art.portrait ?? "",
    hero: game?.art.hero ?? "",
    header: game?.art.header ?? "",
    command: game?.launch?.kind === "command" ? game.launch.value : "",
  };
}

/* What is sent. What the form does not show (the logo, a start that is no command) stays as it was. */
export function inputOf(draft: Draft, game?: Game): Input {
  const art: Schema["Artwork"] = {};
  for (const kind of ["portrait", "hero", "header"] as const) if (draft[kind].trim()) art[kind] = draft[kind].trim();
  if (game?.art.logo) art.logo = game.art.logo;
  const input: Input = { title: draft.title.trim(), art };
  if (draft.command.trim()) input.launch = { kind: "command", value: draft.command.trim() };
  else if (game?.launch && game.launch.kind !== "command") input.launch = game.launch;
  return input;
}
