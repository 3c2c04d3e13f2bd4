/* The devices of both protocols in one list. */
import type { Schema } from "../../api/types";

export interface Device {
  protocol: "native" | "gamestream";
  name: string;
  fingerprint: string;
}

export function devicesOf(native: readonly Schema["NativeClient"][], moonlight: readonly Schema["PairedClient"][]): Device[] {
  return [
    ...native.map((c): Device => ({ protocol: "native", name: c.name || "—", fingerprint: c.fingerprint })),
    ...moonlight.map((c): Device => ({ protocol: "gamestream", name: c.subject || "—", fingerprint: c.fingerprint })),
  ];
}
