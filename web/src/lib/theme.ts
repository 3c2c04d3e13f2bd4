/* Dark, light, or as the system has it. The colours are in styles/tokens.css. */
import { remember, remembered } from "./settings";
import { createStore } from "./store";

export const THEMES = ["system", "dark", "light"] as const;
export type Theme = (typeof THEMES)[number];

const stored = remembered("theme");
export const theme = createStore<Theme>(THEMES.find((t) => t === stored) ?? "system");

function apply(): void {
  document.documentElement.dataset["theme"] = theme.get();
}

export function chooseTheme(next: Theme): void {
  remember("theme", next);
  theme.set(next);
}

export function startTheme(): void {
  apply();
  theme.subscribe(apply);
}
