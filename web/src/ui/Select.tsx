import { Field } from "./Field";

export function Select<T extends string>({ label, hint, value, options, onChange }: {
  label: string; hint?: string; value: T; options: readonly { value: T; text: string }[]; onChange: (value: T) => void;
}) {
  return (
    <Field label={label} hint={hint}>
      {(id, hintId) => (
        <select
          id={id}
          value={value}
          aria-describedby={hintId}
          onChange={(event) => onChange(event.currentTarget.value as T)}
        >
          {options.map((o) => <option key={o.value} value={o.value}>{o.text}</option>)}
        </select>
      )}
    </Field>
  );
}
