import type { IconNode } from "lucide";
import type { ComponentChildren } from "preact";
import { Icon } from "./Icon";

interface Props {
  children?: ComponentChildren;
  icon?: IconNode;
  label?: string; // for a button that is only an icon
  kind?: "main" | "plain" | "quiet" | "danger";
  small?: boolean;
  disabled?: boolean;
  busy?: boolean;
  submit?: boolean;
  pressed?: boolean;
  onClick?: (event: MouseEvent) => void;
}

export function Button({ children, icon, label, kind = "plain", small, disabled, busy, submit, pressed, onClick }: Props) {
  return (
    <button
      type={submit ? "submit" : "button"}
      class={`button ${kind}${small ? " small" : ""}${children ? "" : " bare"}`}
      aria-label={label}
      title={children ? undefined : label}
      aria-busy={busy || undefined}
      aria-pressed={pressed}
      disabled={disabled || busy}
      onClick={onClick}
    >
      {icon && <Icon of={icon} size={small || !children ? 18 : 20} />}
      {children}
    </button>
  );
}
