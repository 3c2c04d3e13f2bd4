import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

/* The heading takes the focus when the page comes, so that screen readers say where we are. */
export function Page({ title, note, side, children }: {
  title: string; note?: string; side?: ComponentChildren; children: ComponentChildren;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  useEffect(() => {
    document.title = `${title} · punktfunk`;
  }, [title]);
  return (
    <div class="page">
      <header class="page-head">
        <div>
          <h1 ref={heading} tabIndex={-1}>{title}</h1>
          {note && <p class="muted">{note}</p>}
        </div>
        {side && <div class="page-side">{side}</div>}
      </header>
      {children}
    </div>
  );
}
