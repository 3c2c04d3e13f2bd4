import { useEffect, useState } from "preact/hooks";
import { t } from "../../i18n";
import { clock, secondsLeft } from "../../lib/format";
import { useNow } from "../../lib/useNow";

/* The PIN, and how long it is good for. `of` is the answer that `seconds` came with. */
export function PinDisplay({ pin, seconds, total, of }: { pin: string; seconds: number; total: number; of: unknown }) {
  const [end, setEnd] = useState(Date.now() + seconds * 1000);
  useEffect(() => setEnd(Date.now() + seconds * 1000), [of]);
  const left = Math.min(seconds, secondsLeft(end - useNow(250)));
  return (
    <div class="pin">
      <p class="sr-only" role="status">{t("pair.spoken", { pin: pin.split("").join(" ") })}</p>
      <div class="pin-digits" aria-hidden="true" data-pin={pin}>
        {pin.split("").map((digit, i) => <span key={i}>{digit}</span>)}
      </div>
      <progress value={left} max={Math.max(total, left)} aria-label={t("pair.left")} />
      <p class="muted">
        {t("pair.left")} <span role="timer" class="countdown">{clock(left)}</span>
      </p>
    </div>
  );
}
