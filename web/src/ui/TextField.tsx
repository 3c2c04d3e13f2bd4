import { Field } from "./Field";

interface Props {
  label: string;
  hint?: string;
  value: string;
  onInput: (value: string) => void;
  type?: "text" | "url" | "search" | "number";
  required?: boolean;
  autofocus?: boolean;
  placeholder?: string;
  numeric?: boolean;
  maxLength?: number;
  min?: number;
  max?: number;
}

export function TextField({ label, hint, value, onInput, type = "text", numeric, autofocus, ...rest }: Props) {
  return (
    <Field label={label} hint={hint}>
      {(id, hintId) => (
        <input
          id={id}
          type={type}
          value={value}
          aria-describedby={hintId}
          autoFocus={autofocus}
          autoComplete="off"
          inputMode={numeric ? "numeric" : undefined}
          onInput={(event) => onInput(event.currentTarget.value)}
          {...rest}
        />
      )}
    </Field>
  );
}
