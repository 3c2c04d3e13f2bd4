import type { Schema } from "../../api/types";
import { language, t, tMaybe } from "../../i18n";
import { clock, megabits, number } from "../../lib/format";
import { useNow } from "../../lib/useNow";
import { Badge } from "../../ui/Badge";
import { Sparkline } from "../../ui/Sparkline";
import { remembered } from "./history";

type Session = Schema["ActiveSession"];

export const sessionKey = (s: Session): string => `${s.kind}-${s.id}`;

export function SessionRow({ session: s }: { session: Session }) {
  const locale = language.get();
  const now = useNow(1000);
  const history = remembered(sessionKey(s), { kbps: s.sent_kbps, fps: s.sent_fps, latencyUs: s.latency_us }, s);
  return (
    <li class="session">
      <div class="session-head">
        <div>
          <h3>{s.name || s.client}</h3>
          <p class="muted">
            {`${s.width} × ${s.height} · ${s.fps} Hz`}
            {s.codec && ` · ${s.codec.toUpperCase()}`}
            {` · ${t("home.upTo", { n: megabits(s.bitrate_kbps, locale) })} · ${t("home.parity", { n: s.fec_percent })}`}
          </p>
        </div>
        <div class="badges">
          <Badge tone={s.state === "streaming" ? "good" : "plain"}>{tMaybe(`session.${s.state}`, s.state)}</Badge>
          <Badge>{tMaybe(`protocol.${s.kind}`, s.kind)}</Badge>
          <Badge>{clock((now - s.started_unix_ms) / 1000)}</Badge>
        </div>
      </div>
      <div class="sparks">
        <Sparkline label={t("figure.sent")} value={megabits(s.sent_kbps, locale)} unit="Mbit/s" points={history.kbps} />
        <Sparkline label={t("figure.fps")} value={number(s.sent_fps, locale)} unit="fps" points={history.fps} />
        {history.latencyUs.length > 0 && (
          <Sparkline
            label={t("figure.latency")}
            value={number((history.latencyUs.at(-1) ?? 0) / 1000, locale, 1)}
            unit="ms"
            points={history.latencyUs}
          />
        )}
      </div>
    </li>
  );
}
