import { useEffect, useState } from "preact/hooks";
import type { Schema } from "../../api/types";
import { plural, t, tMaybe } from "../../i18n";
import { clock, modeText, secondsLeft } from "../../lib/format";
import { useNow } from "../../lib/useNow";
import { Badge } from "../../ui/Badge";
import { Button } from "../../ui/Button";
import { Clock } from "../../ui/icons";

/* The countdown runs here between the answers, from what the last one said. */
function useCountdown(ms: number | null | undefined, of: unknown): number | null {
  const [end, setEnd] = useState(0);
  const on = ms !== null && ms !== undefined;
  useEffect(() => setEnd(on ? Date.now() + ms : 0), [of]);
  const now = useNow(250, on);
  return on && end ? secondsLeft(end - now) : null;
}

export function DisplayRow({ display: d, busy, onRelease }: {
  display: Schema["ApiDisplayInfo"]; busy: boolean; onRelease: () => void;
}) {
  const left = useCountdown(d.expires_in_ms, d);
  const active = d.state === "active";
  return (
    <li class="row">
      <div class="row-main">
        <strong>{modeText(d.mode)}</strong>
        <span class="muted">
          {d.backend}
          {d.output && ` · ${d.output}`}
          {d.client && ` · ${d.client}`}
          {active && ` · ${plural(d.sessions, "display.sessionOne", "display.sessionMany")}`}
        </span>
      </div>
      <div class="badges">
        <Badge tone={active ? "good" : "plain"}>{tMaybe(`display.state.${d.state}`, d.state)}</Badge>
        {left !== null && (
          <span role="timer" aria-label={t("display.expires", { n: left })}>
            <Badge tone="accent" icon={Clock}>{clock(left)}</Badge>
          </span>
        )}
        {!active && (
          <Button small busy={busy} onClick={onRelease} label={`${t("display.release")}: ${modeText(d.mode)}`}>
            {t("display.release")}
          </Button>
        )}
      </div>
    </li>
  );
}
