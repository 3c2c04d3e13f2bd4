/* The lines that the log page keeps and shows (pure). */
import type { Schema } from "../../api/types";
import { logTime } from "../../lib/format";

export type Line = Schema["LogEntry"];
export const LEVELS = ["DEBUG", "INFO", "WARN", "ERROR"] as const;
export type Level = (typeof LEVELS)[number];
const KEPT = 5000;
const SHOWN = 1000;

export const withLines = (kept: readonly Line[], more: readonly Line[]): Line[] => [...kept, ...more].slice(-KEPT);

export function filtered(lines: readonly Line[], level: Level, words: string): Line[] {
  const least = LEVELS.indexOf(level);
  const wanted = words.trim().toLowerCase();
  return lines.filter(
    (l) => LEVELS.indexOf(l.level as Level) >= least && (!wanted || `${l.target} ${l.msg}`.toLowerCase().includes(wanted)),
  );
}

export const newest = (lines: readonly Line[]): Line[] => lines.slice(-SHOWN);

export const asText = (lines: readonly Line[]): string =>
  lines.map((l) => `${new Date(l.ts_ms).toISOString()} ${l.level.padEnd(5)} ${l.target}: ${l.msg}\n`).join("");

export const timeOf = (line: Line): string => logTime(line.ts_ms);
