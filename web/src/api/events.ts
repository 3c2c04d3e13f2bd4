/* What the host tells by itself: server-sent events, resumed where they broke off. What they are about is asked for
 * again; without them the pages poll more often. */
import { createStore } from "../lib/store";
import { visible } from "../lib/visible";

const KINDS = [
  "session.started", "session.changed", "session.ended",
  "display.added", "display.changed", "display.removed",
  "pairing.pending", "pairing.changed",
  "client.paired", "client.unpaired",
  "library.changed",
];
const RETRY_MS = 4000;

export const live = createStore(false); // whether events come
const listeners = new Set<(kind: string) => void>();
let source: EventSource | null = null;
let last = "";
let retry = 0;

/* kind "": anything may have changed. */
function tell(kind: string): void {
  for (const heard of [...listeners]) heard(kind);
}

export function onEvent(heard: (kind: string) => void): () => void {
  listeners.add(heard);
  return () => listeners.delete(heard);
}

function open(): void {
  clearTimeout(retry);
  if (source) return;
  const stream = new EventSource(`/api/v1/events${last ? `?since=${encodeURIComponent(last)}` : ""}`);
  source = stream;
  stream.onopen = () => {
    live.set(true);
    tell("");
  };
  stream.onerror = () => {
    live.set(false);
    if (stream.readyState !== EventSource.CLOSED) return; // it tries again by itself
    close();
    retry = window.setTimeout(follow, RETRY_MS);
  };
  for (const kind of KINDS)
    stream.addEventListener(kind, (event) => {
      last = (event as MessageEvent).lastEventId;
      tell(kind);
    });
}

function close(): void {
  clearTimeout(retry);
  source?.close();
  source = null;
  live.set(false);
}

function follow(): void {
  if (visible.get()) open();
  else close();
}

/* Listens until the returned function is called, while the page can be seen. */
export function startEvents(): () => void {
  follow();
  const unsubscribe = visible.subscribe(follow);
  return () => {
    unsubscribe();
    close();
  };
}
