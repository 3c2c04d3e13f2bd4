import type { Schema } from "../../api/types";
import { language, plural, tMaybe } from "../../i18n";
import { clock, dateTime } from "../../lib/format";

export type Meta = Schema["CaptureMeta"];

export const startText = (m: Meta): string => dateTime(m.started_unix_ms, language.get());

/* A recording in which nothing streamed has no mode. */
export function metaText(m: Meta): string {
  const mode = m.width ? [`${m.width} × ${m.height} · ${m.fps} Hz`, m.codec.toUpperCase()] : [];
  const kind = m.kind ? [tMaybe(`protocol.${m.kind}`, m.kind)] : [];
  return [...mode, ...kind, clock(m.duration_ms / 1000), plural(m.sample_count, "stats.sampleOne", "stats.sampleMany")].join(" · ");
}
