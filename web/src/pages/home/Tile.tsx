import type { IconNode } from "lucide";
import { Icon } from "../../ui/Icon";

export function Tile({ icon, label, value, on, href }: {
  icon: IconNode; label: string; value: string; on?: boolean; href?: string;
}) {
  const inner = (
    <>
      <span class="card-icon"><Icon of={icon} /></span>
      <span class="tile-text">
        <span class="muted">{label}</span>
        <strong>{value}</strong>
      </span>
    </>
  );
  const kind = `tile${on ? " on" : ""}`;
  return href ? <a class={kind} href={href}>{inner}</a> : <div class={kind}>{inner}</div>;
}
