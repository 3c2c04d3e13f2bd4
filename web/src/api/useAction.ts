/* A request that a button makes: one at a time, its error kept for whoever shows it. */
import { useState } from "preact/hooks";
import { Failure } from "./client";

export interface Action {
  busy: boolean;
  failure: Failure | null;
  run: (work: () => Promise<unknown>) => Promise<boolean>;
  clear: () => void;
}

export function useAction(): Action {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  return {
    busy,
    failure,
    clear: () => setFailure(null),
    async run(work) {
      setBusy(true);
      setFailure(null);
      try {
        await work();
        return true;
      } catch (e) {
        setFailure(e instanceof Failure ? e : new Failure(0, String(e)));
        return false;
      } finally {
        setBusy(false);
      }
    },
  };
}
