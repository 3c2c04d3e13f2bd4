import type { IconNode } from "lucide";
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { Icon } from "./Icon";

interface Props {
  title: string;
  icon?: IconNode;
  note?: string;
  side?: ComponentChildren; // right of the title
  wide?: boolean;
  class?: string;
  children: ComponentChildren;
}

export function Card({ title, icon, note, side, wide, children, ...rest }: Props) {
  const id = useId();
  return (
    <section class={`card${wide ? " wide" : ""} ${rest.class ?? ""}`} aria-labelledby={id}>
      <header class="card-head">
        {icon && <span class="card-icon"><Icon of={icon} /></span>}
        <div class="card-title">
          <h2 id={id}>{title}</h2>
          {note && <p class="muted">{note}</p>}
        </div>
        {side && <div class="card-side">{side}</div>}
      </header>
      {children}
    </section>
  );
}
