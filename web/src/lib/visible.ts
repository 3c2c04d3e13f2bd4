/* Whether anybody can see the page: what nobody sees is not asked for. */
import { createStore } from "./store";

export const visible = createStore(document.visibilityState !== "hidden");

export function startVisibility(): void {
  document.addEventListener("visibilitychange", () => visible.set(document.visibilityState !== "hidden"));
}
