/* The host's log, followed page by page while the page can be seen. */
import { useEffect, useRef, useState } from "preact/hooks";
import { call, Failure } from "../../api/client";
import { visible } from "../../lib/visible";
import { withLines, type Line } from "./lines";

const PAUSE_MS = 2000;

export function useLog(follow: boolean) {
  const [lines, setLines] = useState<Line[]>([]);
  const [dropped, setDropped] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const after = useRef(0);

  useEffect(() => {
    if (!follow) return;
    let timer = 0;
    let over = false;
    const ask = async () => {
      clearTimeout(timer);
      let wait = PAUSE_MS;
      if (visible.get())
        try {
          const page = await call("get", "/api/v1/logs", { query: `after=${after.current}` });
          if (over) return;
          after.current = page.next;
          setFailure(null);
          if (page.dropped) setDropped(true);
          if (page.entries.length) setLines((kept) => withLines(kept, page.entries));
          if (page.entries.length >= 1000) wait = 0; // there is more
        } catch (e) {
          if (over) return;
          setFailure(e instanceof Failure ? e : new Failure(0, String(e)));
        }
      timer = window.setTimeout(() => void ask(), wait);
    };
    void ask();
    const seen = visible.subscribe(() => visible.get() && void ask());
    return () => {
      over = true;
      clearTimeout(timer);
      seen();
    };
  }, [follow]);

  const clear = () => {
    setLines([]);
    setDropped(false);
  };
  return { lines, dropped, failure, clear };
}
