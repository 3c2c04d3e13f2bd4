/* Requests to the console's server: typed by the API's document, errors as one class. */
import { navigate, place } from "../lib/router";
import type { Body, Method, Operation, Path, Result } from "./types";

export class Failure extends Error {
  /* status: 0 when no answer came; retryAfter: seconds, 0 if not told */
  constructor(
    readonly status: number,
    message: string,
    readonly retryAfter = 0,
  ) {
    super(message);
  }
}

export type Params = Record<string, string | number>;

export function fill(path: string, params: Params = {}): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params[name] ?? "")));
}

async function failureOf(answer: Response): Promise<Failure> {
  let text = answer.statusText;
  try {
    const body: unknown = await answer.json();
    if (body && typeof body === "object" && "error" in body) text = String(body.error);
  } catch {
    /* an answer without the envelope: its status says enough */
  }
  return new Failure(answer.status, text, Number(answer.headers.get("Retry-After")) || 0);
}

/* One request. Throws a Failure for everything but 2xx. */
export async function send(method: string, url: string, body?: unknown): Promise<unknown> {
  let answer: Response;
  try {
    answer = await fetch(url, {
      method: method.toUpperCase(),
      credentials: "same-origin",
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (e) {
    throw new Failure(0, e instanceof Error ? e.message : String(e));
  }
  if (!answer.ok) throw await failureOf(answer);
  const text = await answer.text();
  return text ? JSON.parse(text) : undefined;
}

/* Somebody has to sign in (again). */
function signIn(): void {
  const { path } = place.get();
  if (path === "/login" || path === "/setup") return;
  navigate(`/login?next=${encodeURIComponent(path + location.search)}`, true);
}

export async function call<M extends Method, P extends Path<M>>(
  method: M,
  path: P,
  wish: { params?: Params; body?: Body<Operation<P, M>>; query?: string } = {},
): Promise<Result<Operation<P, M>>> {
  try {
    const url = fill(path, wish.params) + (wish.query ? `?${wish.query}` : "");
    return (await send(method, url, wish.body)) as Result<Operation<P, M>>;
  } catch (e) {
    if (e instanceof Failure && e.status === 401) signIn();
    throw e;
  }
}
