/* The time, again and again, while the page can be seen. */
import { useEffect, useState } from "preact/hooks";
import { visible } from "./visible";

export function useNow(everyMs: number, on = true): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (!on) return;
    setNow(Date.now());
    const timer = setInterval(() => visible.get() && setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs, on]);
  return now;
}
