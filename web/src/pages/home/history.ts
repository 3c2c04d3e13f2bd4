/* The last minute of each session's figures, as the polls brought them. */
import { withPoint } from "../../lib/sparkline";

export interface Point {
  kbps: number;
  fps: number;
  latencyUs?: number | null; /* null: nothing was sent */
}
export interface History {
  kbps: number[];
  fps: number[];
  latencyUs: number[];
}

const sessions = new Map<string, { history: History; of: unknown }>();

/* The history with the point that `of`, an answer of the API, brought; each answer counts once. */
export function remembered(key: string, point: Point, of: unknown): History {
  const entry = sessions.get(key) ?? { history: { kbps: [], fps: [], latencyUs: [] }, of: null };
  if (entry.of !== of) {
    entry.of = of;
    entry.history = {
      kbps: withPoint(entry.history.kbps, point.kbps),
      fps: withPoint(entry.history.fps, point.fps),
      latencyUs: point.latencyUs ? withPoint(entry.history.latencyUs, point.latencyUs) : entry.history.latencyUs,
    };
    sessions.set(key, entry);
  }
  return entry.history;
}

/* Forgets the sessions that are no more. */
export function keepOnly(keys: readonly string[]): void {
  for (const key of sessions.keys()) if (!keys.includes(key)) sessions.delete(key);
}
