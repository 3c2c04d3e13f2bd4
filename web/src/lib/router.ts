/* Where we are, and how to go elsewhere without loading the page again. */
import { createStore } from "./store";

export interface Place {
  path: string;
  query: URLSearchParams;
  hash: string;
}

function here(): Place {
  return {
    path: location.pathname.replace(/\/+$/, "") || "/",
    query: new URLSearchParams(location.search),
    hash: location.hash.slice(1),
  };
}

export const place = createStore<Place>(here());

export function navigate(to: string, replace = false): void {
  if (replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  place.set(here());
  scrollTo(0, 0);
}

/* A click that the browser need not handle: plain, left, on a link of ours that stays in this tab. */
function followable(event: MouseEvent): HTMLAnchorElement | null {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return null;
  const link = (event.target as Element).closest("a");
  if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return null;
  return link.getAttribute("href")?.startsWith("/") && !link.pathname.startsWith("/api/") ? link : null;
}

export function startRouter(): void {
  addEventListener("popstate", () => place.set(here()));
  document.addEventListener("click", (event) => {
    const link = followable(event);
    if (!link) return;
    event.preventDefault();
    navigate(link.pathname + link.search);
  });
}
