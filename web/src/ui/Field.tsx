import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

/* A labelled control; the control gets the id, and the id of the hint. */
export function Field({ label, hint, children }: {
  label: string; hint?: string; children: (id: string, hintId: string | undefined) => ComponentChildren;
}) {
  const id = useId();
  const hintId = hint ? `${id}-hint` : undefined;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children(id, hintId)}
      {hint && <p class="hint" id={hintId}>{hint}</p>}
    </div>
  );
}
