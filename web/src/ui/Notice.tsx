import type { IconNode } from "lucide";
import type { ComponentChildren } from "preact";
import { Icon } from "./Icon";
import { CircleAlert, CircleCheck, Info, TriangleAlert } from "./icons";

const ICONS = { info: Info, warn: TriangleAlert, bad: CircleAlert, good: CircleCheck } satisfies Record<string, IconNode>;

export function Notice({ tone = "info", children, side }: {
  tone?: keyof typeof ICONS; children: ComponentChildren; side?: ComponentChildren;
}) {
  return (
    <div class={`notice ${tone}`} role={tone === "bad" ? "alert" : "status"}>
      <Icon of={ICONS[tone]} />
      <div class="notice-text">{children}</div>
      {side}
    </div>
  );
}
