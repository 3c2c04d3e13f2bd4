/* Texts in the language that was chosen: t("key", { value }). */
import { remember, remembered } from "../lib/settings";
import { createStore } from "../lib/store";
import { de } from "./de";
import { en } from "./en";

export type Key = keyof typeof en;
export type Values = Record<string, string | number>;
export const LANGUAGES = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof LANGUAGES;
const catalogues: Record<Language, Record<Key, string>> = { en, de };

export function pickLanguage(stored: string | null, wanted: readonly string[]): Language {
  const known = (tag: string | null): tag is Language => tag === "en" || tag === "de";
  if (known(stored)) return stored;
  return wanted.map((tag) => tag.slice(0, 2).toLowerCase()).find(known) ?? "en";
}

export const language = createStore<Language>(pickLanguage(remembered("language"), navigator.languages));

export function chooseLanguage(next: Language): void {
  remember("language", next);
  language.set(next);
}

export function fillIn(text: string, values: Values = {}): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

export const t = (key: Key, values?: Values): string => fillIn(catalogues[language.get()][key], values);

/* plural(n, "x.one", "x.many"): both texts may show {n}. */
export const plural = (n: number, one: Key, many: Key): string => t(n === 1 ? one : many, { n });

/* The text of a value that the API may extend: the value itself if we have none. */
export function tMaybe(key: string, fallback: string): string {
  return key in en ? t(key as Key) : fallback;
}

export function startLanguage(): void {
  const apply = () => {
    document.documentElement.lang = language.get();
  };
  apply();
  language.subscribe(apply);
}
