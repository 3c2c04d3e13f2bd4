import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { LanguageSwitch } from "../../shell/LanguageSwitch";
import { Logo } from "../../shell/Logo";

/* The frame of the pages before one is in. */
export function Door({ title, note, children }: { title: string; note: string; children: ComponentChildren }) {
  useEffect(() => {
    document.title = `${title} · punktfunk`;
  }, [title]);
  return (
    <main class="door">
      <div class="door-card">
        <Logo size={56} />
        <h1>{title}</h1>
        <p class="muted">{note}</p>
        {children}
      </div>
      <LanguageSwitch />
    </main>
  );
}
