/* Answers that several components share, kept fresh: by events, by polling while somebody looks, and on focus. */
import { useEffect, useState } from "preact/hooks";
import { visible } from "../lib/visible";
import { call, Failure, fill, type Params } from "./client";
import { live, onEvent } from "./events";
import type { Operation, Path, Result } from "./types";

const FRESH_MS = 2000;
const SHARED_MS = 300; // what one component asked for, another one that appears with it need not
const CALM = 5; // with events, polling is only a safety net

interface Entry {
  data: unknown;
  failure: Failure | null;
  at: number;
  pending: Promise<void> | null;
  again: boolean; // something changed while the request was on its way
  watchers: Set<() => void>;
}
const cache = new Map<string, Entry>();

function entryOf(url: string): Entry {
  let entry = cache.get(url);
  if (!entry) {
    entry = { data: undefined, failure: null, at: 0, pending: null, again: false, watchers: new Set() };
    cache.set(url, entry);
  }
  return entry;
}

const asFailure = (e: unknown): Failure => (e instanceof Failure ? e : new Failure(0, String(e)));

async function fetchInto(url: string, entry: Entry): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      entry.data = await call("get", url as Path<"get">);
      entry.failure = null;
    } catch (e) {
      entry.failure = asFailure(e);
      if (attempt === 0 && (entry.failure.status === 0 || entry.failure.status >= 500)) continue;
    }
    break;
  }
  entry.at = Date.now();
}

/* Asks for it again now; who watches it is told. */
export function refresh(path: Path<"get">, params?: Params): Promise<void> {
  const url = fill(path, params);
  const entry = entryOf(url);
  if (entry.pending) {
    entry.again = true;
    return entry.pending;
  }
  entry.pending = fetchInto(url, entry).then(async () => {
    entry.pending = null;
    for (const tell of [...entry.watchers]) tell();
    if (entry.again) {
      entry.again = false;
      await refresh(url as Path<"get">);
    }
  });
  return entry.pending;
}

/* Puts an answer that another request brought. */
export function put<P extends Path<"get">>(path: P, data: Result<Operation<P, "get">>): void {
  const entry = entryOf(path);
  entry.data = data;
  entry.failure = null;
  entry.at = Date.now();
  for (const tell of [...entry.watchers]) tell();
}

export function forgetAll(): void {
  cache.clear();
}

export interface Answer<T> {
  data: T | undefined;
  failure: Failure | null;
  reload: () => void;
}

export interface Watch {
  every?: number; // ms between polls; 0: never
  on?: string[]; // beginnings of kinds of events that change it
  exact?: boolean; // events do not tell of every change: poll as often with them
  params?: Params;
  off?: boolean; // do not ask at all
}

export function useApi<P extends Path<"get">>(path: P, watch: Watch = {}): Answer<Result<Operation<P, "get">>> {
  const url = fill(path, watch.params);
  const entry = entryOf(url);
  const [, redraw] = useState(0);
  const { every = 0, exact = false, off = false } = watch;
  const kinds = (watch.on ?? []).join(" ");

  useEffect(() => {
    if (off) return;
    const ask = () => void refresh(url as Path<"get">);
    const tell = () => redraw((n) => n + 1);
    entry.watchers.add(tell);
    if (Date.now() - entry.at >= SHARED_MS) ask();
    const stale = () => {
      const pace = live.get() && !exact ? every * CALM : every;
      if (visible.get() && pace && Date.now() - entry.at >= pace - 50) ask();
    };
    const timer = every ? setInterval(stale, Math.min(every, 1000)) : 0;
    const onFocus = () => visible.get() && Date.now() - entry.at >= FRESH_MS && ask();
    addEventListener("focus", onFocus);
    const stopVisible = visible.subscribe(onFocus);
    const wanted = kinds ? kinds.split(" ") : [];
    const stopEvents = onEvent((kind) => {
      if (wanted.some((k) => kind === "" || kind.startsWith(k))) ask();
    });
    return () => {
      entry.watchers.delete(tell);
      clearInterval(timer);
      removeEventListener("focus", onFocus);
      stopVisible();
      stopEvents();
    };
  }, [url, every, exact, off, kinds]);

  return {
    data: entry.data as Result<Operation<P, "get">> | undefined,
    failure: entry.failure,
    reload: () => void refresh(url as Path<"get">),
  };
}
