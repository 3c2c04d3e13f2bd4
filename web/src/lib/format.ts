/* Figures and times as people read them. */
export function clock(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  const h = Math.floor(s / 3600);
  const rest = `${String(Math.floor(s / 60) % 60).padStart(h ? 2 : 1, "0")}:${String(s % 60).padStart(2, "0")}`;
  return h ? `${h}:${rest}` : rest;
}

/* What is left, in whole seconds, rounded up: a countdown ends at 0 and not before. */
export const secondsLeft = (ms: number): number => Math.max(0, Math.ceil(ms / 1000));

export function megabits(kbps: number, locale: string): string {
  return (kbps / 1000).toLocaleString(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
}

export function number(value: number, locale: string, digits = 0): string {
  return value.toLocaleString(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export const gibibytes = (mib: number, locale: string): string => `${number(mib / 1024, locale, 1)} GiB`;

export const shortFingerprint = (hex: string): string => hex.slice(0, 16);

export function dateTime(unixMs: number, locale: string): string {
  return new Date(unixMs).toLocaleString(locale, { dateStyle: "medium", timeStyle: "short" });
}

/* 14:05:09.042 */
export function logTime(unixMs: number): string {
  const d = new Date(unixMs);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}.${String(d.getMilliseconds()).padStart(3, "0")}`;
}

/* "1920x1080@60" as "1920 × 1080 · 60 Hz" */
export function modeText(mode: string): string {
  const found = /^(\d+)x(\d+)@([\d.]+)$/.exec(mode);
  return found ? `${found[1]} × ${found[2]} · ${found[3]} Hz` : mode;
}
