import type { Action } from "../api/useAction";
import { failureText } from "./failure";
import { Notice } from "./Notice";

/* Why the last action did not work, if it did not. */
export function Failed({ action }: { action: Action }) {
  return action.failure ? <Notice tone="bad">{failureText(action.failure)}</Notice> : null;
}
