import type { IconNode } from "lucide";
import type { ComponentChildren } from "preact";
import { Icon } from "./Icon";
import { Circle, CircleAlert, CircleCheck, TriangleAlert } from "./icons";

type Tone = "good" | "warn" | "bad" | "accent" | "plain";
const ICONS: Partial<Record<Tone, IconNode>> = { good: CircleCheck, warn: TriangleAlert, bad: CircleAlert };

/* The tone is told by the icon and the text too, never by the colour alone. */
export function Badge({ tone = "plain", icon, children }: { tone?: Tone; icon?: IconNode; children: ComponentChildren }) {
  const shown = icon ?? ICONS[tone];
  return (
    <span class={`badge ${tone}`}>
      {shown && <Icon of={shown} size={14} />}
      {children}
    </span>
  );
}

export const recordingIcon = Circle;
